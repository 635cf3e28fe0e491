"""What a project sounds and looks like in one language: the plan that an editor plays.

It is built by the functions the export uses, so what is heard here is what a delivery will hold:
the mix of the film's main sound, at the rate and in the layout in which that would be encoded.
Two things take longer to find out than an edit may take: whether that sound would be spliced, so
that it waits for whole packets, and what the rooms sound like in which the film waits. Until
`look_closer` has told, it waits to the sample (10 ms off at most) and in silence.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType

from studio.media.probe import FilmInfo, SoundStream
from studio.mix import bedsound, tracks
from studio.mix.aac import FRAME
from studio.mix.ambience import Ambience
from studio.mix.arrange import (
    clip_samples,
    factor,
    mix_plan,
    placed_beds,
    placed_cues,
    speech_samples,
)
from studio.mix.containers import Coding, Container, coding
from studio.mix.copying import NONE_KNOWN, Wait, holds, waits
from studio.mix.mixer import MixPlan, PlacedClip
from studio.mix.roomtone import RoomTone
from studio.mix.shown import PictureTimes
from studio.mix.splice import NotSpliceable, PacketSound, read_packet_sound
from studio.mix.timemap import Hold, TimeMap
from studio.progress import Progress, unwatched
from studio.script.model import Gap, Placement, Project
from studio.times import MS_PER_SECOND, Span, exact_seconds

_SPANS_KEPT = 1 << 13

NO_LENGTHS: Mapping[str, Fraction] = MappingProxyType({})


@dataclass(frozen=True)
class Facts:
    """What only a longer look at the film tells, as far as it was taken.

    packets: of the film's main sound, by stream, or why they cannot be spliced. tones: the room
    tone of each place at which the film waits, by film ms rounded down; None where there is none.
    speech: where somebody talks, on which the tones depend.
    """

    packets: Mapping[int, PacketSound | NotSpliceable] = field(default_factory=dict)
    tones: Mapping[int, RoomTone | None] = field(default_factory=dict)
    speech: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Sounding:
    """All that decides what is seen and heard. Times given and returned are ms.

    times: of the film's pictures. source: the film's sound that is mixed, None for a silent film.
    form: rate and layout of the mix. clips: where each cue's clip sounds, and the placement that
    says so. clip_files, clip_counts: by the clip's key; samples in the mix. silent: cues whose clip
    could not be found, and a sentence that says why. complete: nothing is left to find out, so that
    the mix is the export's to the sample. talks: where somebody in the film talks, in output
    samples. rooms: the film's gaps.
    """

    info: FilmInfo
    times: PictureTimes
    time_map: TimeMap
    waits: tuple[Wait, ...]
    source: SoundStream | None
    form: Coding
    plan: MixPlan
    clips: Mapping[str, tuple[Placement, PlacedClip]]
    clip_files: Mapping[str, Path]
    clip_counts: Mapping[str, int]
    silent: Mapping[str, str]
    facts: Facts
    complete: bool
    talks: tuple[tuple[int, int], ...] = field(repr=False)
    rooms: tuple[Gap, ...] = field(repr=False)

    @cached_property
    def length(self) -> int:
        """How long the described film is, freezes included; rounded up."""
        return math.ceil(self.time_map.output(self.times.end) * MS_PER_SECOND)

    def to_output(self, film: int) -> int:
        """When what starts at film time `film` is shown; after a freeze that lies there."""
        return math.ceil(self.time_map.output(exact_seconds(film)) * MS_PER_SECOND)

    def to_film(self, output: int) -> int:
        """The film time shown at `output`; all through a freeze that of the picture held."""
        return math.floor(self.time_map.film(exact_seconds(output)) * MS_PER_SECOND)

    def frame_start(self, output: int) -> Fraction:
        """When the picture shown at `output` begins to be shown, in exact output seconds.

        While the film waits, every frame's length counts as a picture. Where the film's pictures
        lie on no grid, that of their mean rate stands for them.
        """
        return self._grid_point(min(exact_seconds(max(0, output)), self.last_frame), math.floor)

    @cached_property
    def last_frame(self) -> Fraction:
        """When the last picture begins to be shown, in exact output seconds."""
        last = self.time_map.output(self.times.end) - 1 / self.times.rate
        # the film's end may be rounded to whole ms
        return self._grid_point(max(Fraction(0), last), round)

    def _grid_point(self, at: Fraction, to_whole: Callable[[Fraction], int]) -> Fraction:
        """The point near `at` (output seconds) where a picture begins: that `to_whole` chooses."""
        rate = self.times.rate
        begun = self.time_map.begun(at)
        if not begun:
            return to_whole(at * rate) / rate
        hold, waited = self.time_map.holds[begun - 1], self.time_map.waited(begun)
        ended = hold.at + waited
        begin = ended - hold.length
        if at < ended:
            return begin + to_whole((at - begin) * rate) / rate
        return max(ended, to_whole((at - waited) * rate) / rate + waited)

    @cached_property
    def spans(self) -> Mapping[str, Span]:
        """When each cue's clip sounds, in output ms."""
        rate = self.form.rate
        return {cue: _span(clip.start, clip.count, rate) for cue, (_, clip) in self.clips.items()}

    @cached_property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """The gaps that may hold a description, in output samples; no delivery needs them, but a
        listener may.
        """
        wanted = (gap.span for gap in self.rooms if not gap.leave_silent)
        return tuple(self.time_map.samples(wanted, self.form.rate))


def sounding(
    project: Project,
    info: FilmInfo,
    times: PictureTimes,
    container: Container,
    placements: Sequence[Placement],
    clip_files: Mapping[str, Path],
    silent: Mapping[str, str],
    earlier: Sounding | None = None,
    lengths: Mapping[str, Fraction] = NO_LENGTHS,
) -> Sounding:
    """What `project` sounds like once its clips lie where `placements` say.

    container: of the delivery that is imitated. clip_files: by the clip's key, of all placed clips
    but those of the cues in `silent`. earlier: of the same film and container; what it has in
    common with the new one is taken over and not computed or read again. lengths: seconds that
    some clips last, by their key; their files are not looked into then. Raises ExportError where a
    clip's file cannot be read.
    """
    planned = waits(placements)
    if earlier is not None and earlier.waits == planned and earlier.times is times:
        time_map = earlier.time_map
    else:
        time_map = holds(placements, times, _known_holds(earlier, times))
    form = _form(info, container) if earlier is None else earlier.form
    heard = [one for one in placements if one.clip is not None and one.cue not in silent]
    known = {} if earlier is None else dict(earlier.clip_counts)
    known |= {key: math.ceil(length * form.rate) for key, length in lengths.items()}
    counts = _counts(heard, clip_files, form.rate, known)
    starts = clip_samples(placements, time_map, form.rate)
    clips = _clips(heard, starts, clip_files, counts, {} if earlier is None else earlier.clips)
    facts = Facts(speech=project.speech) if earlier is None else earlier.facts
    if facts.speech is not project.speech and facts.speech != project.speech:
        facts = Facts(facts.packets, speech=project.speech)
    in_order = sorted((clip for _, clip in clips.values()), key=attrgetter("start"))
    talks = _talks(project, time_map, form.rate, earlier)
    alone = info.sound is None and not in_order
    beds = placed_beds(project, bedsound.there(project), time_map, form.rate, alone=alone)
    made = Sounding(
        info=info,
        times=times,
        time_map=time_map,
        waits=planned,
        source=info.sound,
        form=form,
        plan=MixPlan(form.rate, 0, ()),
        clips=MappingProxyType(clips),
        clip_files=MappingProxyType(dict(clip_files)),
        clip_counts=MappingProxyType(counts),
        silent=MappingProxyType(dict(silent)),
        facts=facts,
        complete=False,
        talks=talks,
        rooms=project.gaps,
    )
    grid = _grid(project, made, container, placements)
    plan = mix_plan(
        project, in_order, time_map, times.end, form.rate, form.channels, grid, talks, beds
    )
    if _has_tones(project, made):
        tones = tuple(facts.tones.get(_place(hold)) for hold in time_map.holds)
        plan = replace(plan, room_tones=tones)
    complete = _packets_known(made) and not _unheard(project, made)
    return replace(made, plan=plan, complete=complete)


def _known_holds(earlier: Sounding | None, times: PictureTimes) -> Mapping[Wait, Hold]:
    if earlier is None or earlier.times is not times:
        return NONE_KNOWN
    return dict(zip(earlier.waits, earlier.time_map.holds, strict=True))


def _clips(
    heard: Sequence[Placement],
    starts: Mapping[str, int],
    files: Mapping[str, Path],
    counts: Mapping[str, int],
    earlier: Mapping[str, tuple[Placement, PlacedClip]],
) -> dict[str, tuple[Placement, PlacedClip]]:
    """The clip of each placement, by its cue; those that lie as they did `earlier` stay."""
    clips = {}
    for one in heard:
        start, before = starts[one.cue], earlier.get(one.cue)
        if before is not None and before[0] is one and before[1].start == start:
            clips[one.cue] = before
        elif one.clip is not None:
            key = one.clip.key
            clips[one.cue] = one, PlacedClip(start, counts[key], files[key], factor(one.gain))
    return clips


def _talks(
    project: Project, time_map: TimeMap, rate: int, earlier: Sounding | None
) -> tuple[tuple[int, int], ...]:
    """Where the film talks; an edit that neither moves speech nor a freeze leaves it as it was."""
    if (
        earlier is not None
        and earlier.time_map is time_map
        and (earlier.facts.speech is project.speech or earlier.facts.speech == project.speech)
    ):
        return earlier.talks
    return speech_samples(project.speech, time_map, rate)


def look_closer(project: Project, sounding: Sounding, progress: Progress) -> Facts:
    """What `sounding` of the project lacks to be complete, with what it has.

    Reads all packets of the film once, and a few seconds of sound around each freeze that is new;
    blocks. Raises MediaError.
    """
    facts, source = sounding.facts, sounding.source
    if source is None:
        return facts
    packets, tones = dict(facts.packets), dict(facts.tones)
    if not _packets_known(sounding):
        try:
            found = read_packet_sound(sounding.info, source, progress.part(0, 0.5))
            # that it can be spliced is all that counts here, and where is many numbers
            packets[source.index] = replace(found, grid=replace(found.grid, fitting=array("q")))
        except NotSpliceable as reason:
            packets[source.index] = reason
    unheard = _unheard(project, sounding)
    for done, hold in enumerate(unheard):
        part = progress.part(0.5 + 0.5 * done / len(unheard), 0.5 + 0.5 * (done + 1) / len(unheard))
        ambience = Ambience(sounding.info, project.speech, part)
        form = sounding.form
        (tones[_place(hold)],) = ambience.of(source, form.rate, form.layout, TimeMap((hold,)))
    return Facts(packets, tones, project.speech)


def _packets_known(sounding: Sounding) -> bool:
    """Whether it is known how the film's sound waits, or does not matter."""
    source = sounding.source
    return source is None or not sounding.waits or source.index in sounding.facts.packets


def _grid(
    project: Project, sounding: Sounding, container: Container, placements: Sequence[Placement]
) -> int:
    """Samples in whole multiples of which the film's sound waits in a delivery."""
    info, source = sounding.info, sounding.source
    if source is None or not sounding.waits or not _packets_known(sounding):
        return 1
    delivered = tracks.SoundTracks(
        project,
        replace(info, sounds=(source,)),
        source.language,
        placements,
        {},
        container,
        sounding.time_map,
        sounding.times.rate,
        sounding.times.end,
        beside=False,
        fold_down=False,
        level=None,
        ambience=Ambience(info, project.speech, unwatched()),
        read=dict(sounding.facts.packets),
    )
    made, _ = delivered.foreseen(unwatched())
    return FRAME if made == "spliced" else 1


def _has_tones(project: Project, sounding: Sounding) -> bool:
    return sounding.source is not None and project.settings.freeze_sound == "room-tone"


def _unheard(project: Project, sounding: Sounding) -> tuple[Hold, ...]:
    """The holds whose room tone is wanted and not known."""
    if not _has_tones(project, sounding):
        return ()
    found = {_place(hold): hold for hold in sounding.time_map.holds}
    return tuple(hold for place, hold in found.items() if place not in sounding.facts.tones)


def _place(hold: Hold) -> int:
    """The film ms by which a room tone is known."""
    return math.floor(hold.at * MS_PER_SECOND)


def _form(info: FilmInfo, container: Container) -> Coding:
    """The rate and layout that the mix of the film's main sound has in a delivery."""
    if info.sound is None:
        return coding(container)
    return coding(container, info.sound.layout, info.sound.sample_rate, info.sound.bit_rate)


def _counts(
    heard: Sequence[Placement], files: Mapping[str, Path], rate: int, known: Mapping[str, int]
) -> dict[str, int]:
    """The samples of each clip at `rate` Hz, by its key; only those not `known` are read."""
    keys = {one.clip.key: one.cue for one in heard if one.clip is not None}
    new = {cue: key for key, cue in keys.items() if key not in known}
    unplaced = [replace(one, freeze=0) for one in heard if one.cue in new]
    read = placed_cues(unplaced, {cue: files[key] for cue, key in new.items()}, TimeMap(), rate)
    return {key: known[key] for key in keys if key in known} | {
        new[cue]: clip.count for cue, clip in read
    }


@lru_cache(maxsize=_SPANS_KEPT)  # an edit moves few of the clips that a long film has
def _span(start: int, count: int, rate: int) -> Span:
    """The ms in which `count` samples from `start` sound."""
    return Span(start * MS_PER_SECOND // rate, -(-(start + count) * MS_PER_SECOND // rate))
