"""Where the pictures of a delivery come from, and why: decided before anything is written.

Copied, wherever the container carries the codec: then a freeze is a picture that is shown for
longer. Where a constant rate is asked for, a freeze is frames of its own, and the stretches around
the freezes are encoded. All pictures are encoded anew only where neither can be done.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from studio.errors import ExportError
from studio.media.probe import FilmInfo, probe
from studio.mix.constant import ALONE, ConstantPlan, Run, constant_plan, write_constant
from studio.mix.containers import Container, carries
from studio.mix.copying import freezing, holds
from studio.mix.encode import encode_picture
from studio.mix.shown import (
    NotCopyable,
    PictureTimes,
    even_times,
    picture_times,
    read_picture_times,
)
from studio.progress import Progress
from studio.script.model import Placement

PictureKind = Literal["copied", "partly encoded", "encoded"]

_BITS_PER_PIXEL = 0.25  # of encoded pictures, where there is much detail and grain


@dataclass(frozen=True)
class Choice:
    """What becomes of the pictures in one container. why: a sentence for the report.

    plan: how they get a constant rate, where that is asked for and takes a file of its own.
    size: about how many bytes they take. lost: sentences on what the container cannot do with them.
    """

    kind: PictureKind
    why: str
    size: int
    plan: ConstantPlan | None = None
    lost: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know: little, as long as every picture is the film's own."""
        return self.lost if self.kind == "copied" else (self.why, *self.lost)

    @property
    def own_file(self) -> bool:
        """Whether the pictures are first made, in a file beside the deliveries."""
        return self.kind != "copied" or self.plan is not None


@dataclass(frozen=True)
class Picture:
    """Where a delivery's picture comes from: the film, or a file that was made of its pictures.

    times: of the pictures without freezes. held: of a picture whose freezes are frames already.
    """

    info: FilmInfo
    times: PictureTimes
    held: PictureTimes | None = None


@dataclass(frozen=True)
class Chosen:
    """The choice for each container; the same sentence means the same pictures. own: the film's."""

    own: Picture
    choices: Mapping[Container, Choice]

    @property
    def made_bytes(self) -> int:
        """About how many bytes are written beside the deliveries, and go at the end."""
        made = {one.why: one.size for one in self.choices.values() if one.own_file}
        return sum(made.values())


def choose_pictures(
    info: FilmInfo,
    containers: Collection[Container],
    placements: Sequence[Placement],
    progress: Progress,
    *,
    constant_rate: bool = False,
) -> Chosen:
    """Decide for each container; reads the film's packets, writes nothing.

    Raises ExportError where neither copying nor encoding gives what is asked for, and MediaError.
    """
    try:
        own = Picture(info, picture_times(info, progress.part(0, 0.7)))
    except NotCopyable as refusal:
        if constant_rate:
            raise _no_constant_rate(info, str(refusal)) from refusal
        own = Picture(info, even_times(info))
        choices = {one: _encoded(one, info, own, str(refusal)) for one in containers}
        return Chosen(own, choices)
    if constant_rate:
        if own.times.fields:
            raise _no_constant_rate(info, "its packets hold fields, two to a picture")
        time_map = holds(placements, own.times)
        plan = constant_plan(info, own.times, time_map, progress.part(0.7, 1))
        return Chosen(own, {one: _constant(one, own, plan) for one in containers})
    choices = {
        one: _copied(one, own, placements)
        if carries(one, info.picture.codec)
        else _encoded(one, info, own, f"{one.suffix} cannot carry {info.picture.codec}")
        for one in containers
    }
    return Chosen(own, choices)


def _copied(container: Container, own: Picture, placements: Sequence[Placement]) -> Choice:
    why = "The pictures are copied bit by bit"
    if freezing(placements):
        why += "; at a freeze, the one before it is shown for longer"
    return Choice("copied", f"{why}.", own.info.size, lost=_no_longer_hidden(container, own))


def _no_longer_hidden(container: Container, own: Picture) -> tuple[str, ...]:
    """A sentence on the pictures before the film's start, which only an edit list can hide."""
    if not own.times.hidden or "mov" not in own.info.container or container.keeps_edits:
        return ()
    return (
        f"The {own.times.hidden} pictures before its start, which the film hides, are shown in "
        f"{container.suffix}; .mp4 and .mov hide them.",
    )


def _encoded(container: Container, info: FilmInfo, own: Picture, reason: str) -> Choice:
    _check_encodable(container, info, reason)
    size = encoded_bytes(info, len(own.times.pts))
    return Choice("encoded", f"The pictures are encoded anew, because {reason}.", size)


def _constant(container: Container, own: Picture, plan: ConstantPlan) -> Choice:
    """The choice where a constant rate is asked for."""
    info = own.info
    # what is encoded begins at the film's start, so there is nothing left to hide
    lost = () if plan.runs[0].encoded else _no_longer_hidden(container, own)
    pictures, codec = len(plan.number), info.picture.codec
    if not carries(container, codec):
        reason = f"{container.suffix} cannot carry {codec}"
        plan = replace(plan, runs=(Run(0, pictures, True),))
    else:
        reason = _why_as_a_whole(own)
    if plan.encoded and not carries(container, "h264"):
        raise _no_constant_rate(info, f"{reason}, and {container.suffix} cannot carry h264")
    size = int(info.size * plan.length / pictures) if codec in ALONE else info.size
    size += encoded_bytes(info, plan.encoded)
    if plan.encoded == pictures:
        why = f"All pictures are encoded anew at a constant rate, because {reason}."
        return Choice("encoded", why, size, plan)
    if plan.encoded:
        why = (
            f"For a constant rate, the {plan.encoded} of {pictures} pictures around the freezes "
            "are encoded anew, with the held ones as frames; the others are copied bit by bit."
        )
        return Choice("partly encoded", why, size, plan, lost)
    if plan.repeats:
        why = "The pictures are copied bit by bit; a held one is written again for every frame."
        return Choice("copied", why, size, plan, lost)
    why = "The pictures are copied bit by bit; their rate is constant."
    return Choice("copied", why, size, None, lost)


def _why_as_a_whole(own: Picture) -> str:
    if not own.times.even:
        return "the film's own rate varies"
    if own.info.picture.codec == "h264":
        return "from the first freeze to the film's end they build on each other"
    return f"{own.info.picture.codec} cannot be encoded in parts"


def encoded_bytes(info: FilmInfo, pictures: int) -> int:
    """About how many bytes so many of the film's pictures take once they are encoded anew."""
    return int(info.picture.width * info.picture.height * pictures * _BITS_PER_PIXEL / 8)


def _check_encodable(container: Container, info: FilmInfo, reason: str) -> None:
    if not carries(container, "h264"):
        raise ExportError(
            f"The pictures of “{info.path.name}” cannot be copied into {container.suffix}: "
            f"{reason}.",
            "Encoding them anew for it would take many times the film's length.",
            "Deliver the film as .mkv or .mp4.",
        )


def _no_constant_rate(info: FilmInfo, reason: str) -> ExportError:
    return ExportError(
        f"The pictures of “{info.path.name}” cannot be brought to a constant rate: {reason}.",
        "No delivery was made.",
        "Deliver the film as .mkv or .mp4, or export without a constant rate.",
    )


# --- making them ----------------------------------------------------------------------------------


def make_pictures(
    chosen: Chosen, temporary: Callable[[], Path], progress: Progress
) -> dict[Container | None, Picture]:
    """The picture for each container, and (None) for the description alone.

    temporary: gives a name for a file that goes when the deliveries are made. Each choice is made
    once, however many containers it serves. Blocks; raises ExportError, MediaError, av.FFmpegError
    and OSError.
    """
    made: dict[str, Picture] = {}
    own_files = {one.why: one for one in chosen.choices.values() if one.own_file}
    for number, (why, choice) in enumerate(own_files.items()):
        part = progress.part(number / len(own_files), (number + 1) / len(own_files))
        part(0, why)
        made[why] = _made(chosen.own, choice, temporary(), part)
    result: dict[Container | None, Picture] = {
        container: made.get(choice.why, chosen.own) for container, choice in chosen.choices.items()
    }
    # The description alone goes with the films that are made here, so it waits where they do.
    result[None] = next((one for one in result.values()), chosen.own)
    return result


def _made(own: Picture, choice: Choice, target: Path, progress: Progress) -> Picture:
    if choice.plan is not None:
        write_constant(own.info, choice.plan, target, progress.part(0, 0.95))
    else:
        encode_picture(own.info, target, progress.part(0, 0.95))
    anew = probe(target)
    try:
        times = read_picture_times(anew, progress.part(0.95, 1))
    except NotCopyable as reason:
        raise ExportError(
            f"The pictures of “{own.info.path.name}” could not be encoded anew, because {reason}."
        ) from reason
    return Picture(anew, times) if choice.plan is None else Picture(anew, own.times, times)
