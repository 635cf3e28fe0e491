"""Sound beds as steps: the mood of a still, the sound of a bed, a film with beds in it.

Like the other steps these neither print nor ask; they take a project and return the next one.
Nothing is ever added unasked: a bed is there because a person made it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from studio.errors import UsageError
from studio.progress import Progress
from studio.script import beds, edits
from studio.script.model import Bed, Project
from studio.times import Span, clock, parse_clock

if TYPE_CHECKING:
    from studio.drafting.mood import Mood
    from studio.media.frames import Pixels
    from studio.media.probe import FilmInfo
    from studio.mix.export import Delivery

MAKER = "procedural"
"""The sound-maker used unasked."""

STILLS = ("33%", "66%")
"""The stills of a stretch that are offered; the first is taken unasked."""

_SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%")


def still_of(span: Span, at: str) -> int:
    """The film ms of a still. at: a share of the stretch ("33%"), or a time ("12.5", "1:02.5").

    Raises UsageError where it is neither, or lies outside the stretch.
    """
    share = _SHARE.fullmatch(at.strip())
    if share is not None:
        time = span.start + round(float(share[1]) / 100 * span.duration)
    else:
        time = parse_clock(at)
    if not span.start <= time <= span.end:
        raise UsageError(
            f"{at} does not lie in the stretch from {clock(span.start)} to {clock(span.end)}.",
            advice="Give a share of it, such as 33%, or a time in it.",
        )
    return min(time, span.end - 1)


def span_of(text: str | None, duration: int) -> Span:
    """The stretch "A-B" of times, or the whole film for None. Raises UsageError."""
    if text is None:
        return Span(0, duration)
    begin, dash, end = text.partition("-")
    if not dash:
        raise UsageError(f"“{text}” is no stretch.", advice="Write it like 1:02.5-1:20.")
    return Span(parse_clock(begin), parse_clock(end))


def mood(info: FilmInfo, still: int, describer: str | None, progress: Progress) -> Mood:
    """What the picture at film ms `still` asks for; see drafting.mood."""
    from studio.drafting.mood import mood_of

    return mood_of(info, still, describer, progress)


def stills(info: FilmInfo, times: tuple[int, ...], width: int) -> tuple[Pixels, ...]:
    """The pictures shown at film ms, at most `width` pixels wide, RGB. Raises MediaError."""
    from studio.media.frames import pictures_at

    return tuple(pixels for _, pixels in pictures_at(info, times, width))


def unknown_words(*fields: str) -> tuple[str, ...]:
    """The words of a mood's fields that the built-in sound-maker does not know."""
    from studio.engines.moods import unknown

    return unknown(*fields)


def makers() -> tuple[str, ...]:
    """The sound-makers that can work on this machine, by name."""
    from studio import engines

    return tuple(row.name for row in engines.rows("sound-maker") if not row.missing())


def terms(maker: str) -> str:
    """What a person must know of the licence of a sound-maker before using it; "" for nothing."""
    from studio.engines import licences

    return licences.terms("sound-maker", maker)


def make(bed: Bed, progress: Progress) -> Bed:
    """The bed with its sound, which the cache holds now; blocks. Raises EngineError, MediaError."""
    from studio.mix import bedsound

    return bedsound.make(bed, progress)


def make_all(project: Project, ids: Collection[str] | None, progress: Progress) -> Project:
    """The project with the sounds of some beds, or of all, made."""
    wanted = [bed for bed in project.beds if ids is None or bed.id in ids]
    for done, bed in enumerate(wanted):
        part = progress.part(done / len(wanted), (done + 1) / len(wanted))
        project = beds.put_sound(project, make(bed, part))
    return project


def is_there(bed: Bed) -> bool:
    """Whether the sound of the bed has been made and is still kept."""
    from studio.mix import bedsound

    return bedsound.is_kept(bed)


def sound_file(bed: Bed) -> Path:
    """The file of a bed's sound, as loud as clips are, without its fades."""
    from studio.mix import bedsound

    return bedsound.sound_file(bed)


def write(bed: Bed, target: Path, progress: Progress) -> None:
    """Write the sound of a bed alone: 48 kHz, 24 bit, stereo, with its gain and fades.

    A loop has no fades, so that it can be repeated. Raises MediaError and ExportError.
    """
    from studio.mix.bedfile import write_bed

    write_bed(replace(bed, fade_in=0, fade_out=0) if bed.loop else bed, target, progress)


def listened(project: Project, info: FilmInfo, progress: Progress) -> Project:
    """The project of a film with what its sound tells: where people speak, and how loudly.

    Decodes the whole sound; blocks. The project itself where the film has none. Raises MediaError.
    """
    from studio.analysis.sound import listen

    if info.sound is None:
        return project
    progress(0.0, "Listening to the film")
    heard = listen(info, info.sound, progress.check)
    project = edits.relink(project, replace(project.film, loudness=heard.loudness))
    return edits.put_analysis(project, project.scenes, heard.speech, project.gaps)


def mix_into(
    project: Project, info: FilmInfo, target: Path, progress: Progress
) -> tuple[Delivery, ...]:
    """The film with the project's beds in its sound, and nothing else changed, at `target`.

    A film without sound gets a sound track. Its picture is copied where the container allows it.
    Raises ExportError and MediaError.
    """
    from studio.mix.export import deliver

    language = project.languages[0]
    return deliver(project, info, language, (), {}, {"film": target}, progress)
