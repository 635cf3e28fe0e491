"""Film out: where everything lies once the picture waits, the mix, the copy, the deliveries.

timemap   film time <-> output time, with holds
mixer     the sound at any output sample: film, ducking, holds, clips
roomtone  the sound of a place, for as long as the film waits
ambience  where in a film that sound is heard
levels    a mix brought to a loudness profile, its peaks held
copying   new timestamps for packets that are copied
tracks    which stream goes where, and what a container cannot carry
aac       packets of AAC: their windows, made and decoded
runs      which packets must be encoded
splice    the film's packets and encoded ones, joined
keep      encoded runs in the cache
carry     what lies beside picture and sounds: subtitles, covers, chapters
subtitles their words in the codec another container knows
render    one film file, written
stem      the description alone, written
clips     each clip as a file, and a list of them
sounding  the same mix, to be heard before it is exported
export    the deliveries of a project
"""
