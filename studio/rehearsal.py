"""What an editor asks beside the steps: a cue spoken, a voice tried, the film before delivery.

Like the steps these neither print nor ask, and change nothing: what they give are proposals.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from studio import cache, steps
from studio.deliveries import film_suffix
from studio.errors import ProjectError
from studio.progress import Progress
from studio.script.model import Cue, Project, VoiceChoice
from studio.times import Span

if TYPE_CHECKING:
    from studio.media.probe import FilmInfo
    from studio.mix.shown import PictureTimes
    from studio.mix.sounding import Sounding
    from studio.speech.synthesise import Spoken


def speak_cues(
    project: Project,
    language: str,
    cue_ids: Collection[str],
    takes: Path | None,
    progress: Progress,
) -> Spoken:
    """Clips for some cues only, as proposals: `edits.put_spoken` applies them.

    takes: the folder of the project's recordings. It lasts some 60 ms a cue with a built-in
    speaker, nothing where the clip was made before.
    """
    from studio.speech.synthesise import speak as say

    return say(project, language, progress, cue_ids, takes)


def get_ready_to_speak(project: Project, language: str, cue_id: str | None) -> None:
    """Load and begin what a new text of that cue needs, so that it is heard sooner. Blocks.

    cue_id: None loads only what all speaking needs. Raises EngineError, UsageError.
    """
    from studio.speech import synthesise  # it is kept once it was loaded

    if cue_id is not None:
        synthesise.get_ready(project, language, cue_id)


def voices(language: str) -> tuple[VoiceChoice, ...]:
    """Every voice that speaks `language` on this machine; the one used unasked comes first."""
    from studio.speech.voices import all_voices

    return all_voices(language)


def choose_voice(language: str) -> VoiceChoice:
    """Who speaks `language` unasked. Raises EngineError where nobody on this machine does."""
    from studio.speech.voices import choose

    return choose(language)


def terms(choices: Iterable[VoiceChoice]) -> tuple[str, ...]:
    """What a person must know of the licences of speakers and voices before paid work; see there.

    Raises UsageError for a speaker that is not in the table.
    """
    from studio.engines import licences

    asked = (licences.terms("speaker", one.speaker, one.voice) for one in choices)
    return tuple(dict.fromkeys(one for one in asked if one))


def hear(text: str, choice: VoiceChoice, progress: Progress) -> Path:
    """A sound file (48 kHz mono WAV, in the cache) of `text` in a voice, to try it. Blocks."""
    from studio.speech.synthesise import sample

    progress(0.0, "Speaking")
    return sample(text, choice)


def room(project: Project, cue: Cue) -> Span:
    """The film time in which a cue's clip may sound without a wait; see speech.fit.room."""
    from studio.speech import fit

    return fit.room(project, cue)


# --- the film before it is delivered -------------------------------------------------------------


def picture_times(info: FilmInfo, progress: Progress) -> PictureTimes:
    """When each picture of the film is shown; what `sounding` needs. Reads the whole file.

    Until it is done, `studio.mix.shown.even_times` stands in for a film of constant rate.
    Raises MediaError.
    """
    from studio.mix import shown
    from studio.mix.shown import NotCopyable, even_times

    try:
        return shown.picture_times(info, progress)
    except NotCopyable:  # the export then encodes the pictures, one after the other at their rate
        return even_times(info)


def known_picture_times(info: FilmInfo) -> PictureTimes | None:
    """The same where they were found before; else None, at once. Raises MediaError."""
    from studio.mix.shown import kept_picture_times

    return kept_picture_times(info)


def known_proxy(info: FilmInfo, times: PictureTimes) -> Path | None:
    """The small copy of the film's pictures where it was made before. Raises MediaError."""
    from studio.media.proxy import proxy_file

    target = proxy_file(info, times.rate)
    cache.used(target)
    return target if target.exists() else None


def proxy(info: FilmInfo, times: PictureTimes, progress: Progress) -> Path:
    """The small copy of the film's pictures that seeks fast, from the cache or made now.

    Made in about a quarter of the film's length; blocks. Raises MediaError.
    """
    from studio.media.proxy import make_proxy, proxy_file

    known = known_proxy(info, times)
    if known is not None:
        return known
    target = proxy_file(info, times.rate)
    make_proxy(info, times.rate, target, progress)
    return target


def sounding(
    project: Project,
    info: FilmInfo,
    language: str,
    times: PictureTimes,
    earlier: Sounding | None = None,
    takes: Path | None = None,
) -> Sounding:
    """What an export of the film would show and sound now, for an editor to play.

    earlier: the last sounding of the film; only what differs from it is made anew, in some tens of
    ms. Without one call it in a thread: clips the cache has lost are spoken again. One that cannot
    be is left out and told of in `silent`; an export would refuse. takes: the folder of the
    project's recordings. See `listened` where it is not `complete`.
    """
    from studio.errors import EngineError, MediaError
    from studio.mix.containers import container_for
    from studio.mix.sounding import sounding as sound
    from studio.speech.clips import CLIP_RATE, there
    from studio.speech.synthesise import clip_files

    placements = steps.plan(project, language)
    known = {} if earlier is None else earlier.clip_files
    new = [one.clip for one in placements if one.clip is not None and one.clip.key not in known]
    found = there(new)
    files: dict[str, Path] = {}
    silent: dict[str, str] = {}
    for place in placements:
        if place.clip is None or place.clip.key in files:
            continue
        key = place.clip.key
        if key in known:
            files[key] = known[key]
        elif key in found:
            files[key], _ = found[key]
        else:
            try:
                files[key] = clip_files(project, language, [place], takes)[place.cue]
            except (ProjectError, EngineError, MediaError) as error:
                silent[place.cue] = str(error)
    container = container_for(info.path.with_suffix(film_suffix(info.path)))
    lengths = {key: Fraction(frames, CLIP_RATE) for key, (_, frames) in found.items()}
    return sound(project, info, times, container, placements, files, silent, earlier, lengths)


def listened(
    project: Project,
    language: str,
    earlier: Sounding,
    progress: Progress,
    takes: Path | None = None,
) -> Sounding:
    """The sounding of the project once the film was looked at as closely as an export does.

    earlier: its sounding. Reads the whole film the first time, then only around new freezes;
    blocks. After edits made meanwhile the result is a good `earlier`. Raises MediaError.
    """
    from studio.mix.sounding import look_closer

    known = replace(earlier, facts=look_closer(project, earlier, progress))
    return sounding(project, earlier.info, language, earlier.times, known, takes)
