"""The sound tracks of a film file: where each comes from, and how it is made.

A track is copied where nothing in it changes, spliced where only stretches change and its packets
can be joined to encoded ones, and encoded once in full where neither can be done; why it could not
is told.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias

from studio.media.probe import FilmInfo, SoundStream
from studio.mix.aac import FRAME
from studio.mix.ambience import Ambience
from studio.mix.arrange import mix_plan, placed_clips
from studio.mix.containers import Coding, Container, carries, coding
from studio.mix.levels import Level
from studio.mix.mixer import MixPlan
from studio.mix.render import CopiedTrack, Labels, MixedTrack, SplicedTrack, Track
from studio.mix.splice import NotSpliceable, PacketSound, read_packet_sound
from studio.mix.timemap import TimeMap
from studio.progress import Progress
from studio.script.model import Placement, Project

SoundKind = Literal["copied", "spliced", "encoded"]
TITLE = "Audio description"
# dBTP; channels that were never meant to meet add up to more than one of them
FOLDED_PEAK = -1.0
_STEREO = 2  # channels


# spliced: the packets it is spliced with
_Way: TypeAlias = "PacketSound | Literal['copied', 'encoded']"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A track: what it is made from, what it says of itself, whether the description is in it."""

    source: SoundStream | None
    labels: Labels
    described: bool


@dataclass(frozen=True)
class SoundTracks:
    """What one film file shall sound like.

    beside: the description is a track of its own, beside the film's own sound. rate: frames a
    second. end: when the last picture ends, film seconds. fold_down: described sound of more than
    two channels becomes stereo. level: what is done to the described sound; None leaves it as it
    is. ambience and read (the packets of the film's sounds by stream, as far as they were read) are
    shared by the files one export makes.
    """

    project: Project
    info: FilmInfo
    language: str
    placements: Sequence[Placement]
    clip_files: Mapping[str, Path]
    container: Container
    time_map: TimeMap
    rate: Fraction
    end: Fraction
    beside: bool
    fold_down: bool
    level: Level | None
    ambience: Ambience
    read: MutableMapping[int, PacketSound | NotSpliceable]

    def tracks(self, progress: Progress) -> tuple[tuple[Track, ...], tuple[str, ...]]:
        """The tracks, and a sentence for each that must be encoded as a whole, with the reason.

        May read all of the film's packets. Raises MediaError and ExportError.
        """
        reasons: list[str] = []
        tracks = tuple(self._track(one, reasons, progress) for one in self._wanted())
        return tracks, tuple(reasons)

    def foreseen(self, progress: Progress) -> tuple[SoundKind, tuple[str, ...]]:
        """How the described sound will be made, and the same sentences, without any clip."""
        reasons: list[str] = []
        made: SoundKind = "encoded"
        for one in self._wanted():
            way = self._way(one, reasons, progress)
            if one.described:
                made = _kind(way)
        return made, tuple(reasons)

    def described(self) -> MixedTrack:
        """The described sound as it would be encoded in full, at the level it has unchanged."""
        wanted = _Wanted(self.info.sound, Labels("", "", default=True), described=True)
        form = self._coding(wanted)
        return MixedTrack(wanted.source, self._plan(wanted, form), form, wanted.labels)

    def bytes(self) -> int:
        """About how many bytes the tracks that are not copied take."""
        seconds = float(self.time_map.output(self.end))
        rates = [self._coding(one).bit_rate for one in self._wanted()]
        return int(sum(rates) * seconds / 8)

    def _wanted(self) -> list[_Wanted]:
        main = self.info.sound
        if self.beside:
            labels = Labels(self.language, TITLE, default=main is None, described=True)
        else:
            language = main.language if main is not None else self.language
            title = main.title if main is not None else TITLE
            labels = Labels(language or self.language, title, default=True)
        wanted = [_Wanted(main, labels, described=True)]
        if self.beside and main is not None:
            wanted.insert(0, _Wanted(main, own_labels(main, default=True), described=False))
        others = [one for one in self.info.sounds if one is not main]
        return wanted + [
            _Wanted(one, own_labels(one, default=False), described=False) for one in others
        ]

    def _track(self, wanted: _Wanted, reasons: list[str], progress: Progress) -> Track:
        way = self._way(wanted, reasons, progress)
        form = self._coding(wanted)
        if way == "copied":
            assert wanted.source is not None  # noqa: S101  # silence is never copied
            return CopiedTrack(wanted.source, wanted.labels)
        if isinstance(way, PacketSound):
            return SplicedTrack(way, self._plan(wanted, form, FRAME), form, wanted.labels)
        level = self.level if wanted.described else None
        if level is None and self._folded(wanted):
            level = Level(0.0, FOLDED_PEAK)
        return MixedTrack(wanted.source, self._plan(wanted, form), form, wanted.labels, level)

    def _way(self, wanted: _Wanted, reasons: list[str], progress: Progress) -> _Way:
        """How a track is made; where it must be encoded in full, one sentence more says why."""
        source = wanted.source
        asked_for = self._folded(wanted) or (wanted.described and self.level is not None)
        if source is None or asked_for:
            return "encoded"
        if not self._changes(wanted) and carries(self.container, source.codec):
            return "copied"
        packets = self._packets(source, self._coding(wanted), progress)
        if isinstance(packets, PacketSound):
            return packets
        reason = f"Sound track {source.index} is encoded in full, because {packets}."
        if reason not in reasons:
            reasons.append(reason)
        return "encoded"

    def _folded(self, wanted: _Wanted) -> bool:
        source = wanted.source
        surround = source is not None and source.channels > _STEREO
        return self.fold_down and wanted.described and surround

    def _changes(self, wanted: _Wanted) -> bool:
        """Whether a sound of the film is changed at all."""
        spoken = any(placement.clip is not None for placement in self.placements)
        return bool(self.time_map.holds) or (wanted.described and spoken)

    def _packets(
        self, source: SoundStream, form: Coding, progress: Progress
    ) -> PacketSound | NotSpliceable:
        """The packets of a sound of the film, or why they cannot be copied."""
        if self.time_map.holds and 1 / self.rate < Fraction(FRAME, form.rate):
            # after a freeze its sound would be off by more than half a frame
            return NotSpliceable("a frame of the film is shorter than a packet of its sound")
        if (form.codec, form.rate, form.layout) != ("aac", source.sample_rate, source.layout):
            return NotSpliceable(
                f"{self.container.suffix} takes it as {form.codec}, {form.rate} Hz, {form.layout}"
            )
        if source.index not in self.read:
            try:
                self.read[source.index] = read_packet_sound(self.info, source, progress)
            except NotSpliceable as reason:
                self.read[source.index] = reason
        return self.read[source.index]

    def _coding(self, wanted: _Wanted) -> Coding:
        source = wanted.source
        if source is None:
            return coding(self.container)
        layout = "stereo" if self._folded(wanted) else source.layout
        return coding(self.container, layout, source.sample_rate, source.bit_rate)

    def _plan(self, wanted: _Wanted, form: Coding, grid: int = 1) -> MixPlan:
        clips = placed_clips(self.placements, self.clip_files, self.time_map, form.rate)
        plan = mix_plan(
            self.project,
            clips if wanted.described else (),
            self.time_map,
            self.end,
            form.rate,
            form.channels,
            grid,
        )
        if wanted.source is None or self.project.settings.freeze_sound != "room-tone":
            return plan
        tones = self.ambience.of(wanted.source, form.rate, form.layout, self.time_map)
        return replace(plan, room_tones=tones)


def own_labels(source: SoundStream, *, default: bool) -> Labels:
    """What a sound of the film says of itself."""
    return Labels(source.language, source.title, default, source.described)


def _kind(way: _Way) -> SoundKind:
    return "spliced" if isinstance(way, PacketSound) else way


def kind(track: Track) -> SoundKind:
    """How a track is made, in a word."""
    if isinstance(track, CopiedTrack):
        return "copied"
    return "spliced" if isinstance(track, SplicedTrack) else "encoded"
