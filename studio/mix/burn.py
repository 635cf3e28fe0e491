"""The film with its subtitles in the pictures; its sound and all else are copied.

libass draws them, as part of ffmpeg, with the fonts of the system. Before a film is encoded the
same libass is asked which letters it has in none of them: a text with such letters is left out of
the pictures and reported, since it would be a row of boxes.
"""

from __future__ import annotations

import contextlib
import math
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import ffmpeg

from studio.amounts import counted
from studio.errors import ExportError
from studio.media.ffmpeg import ffmpeg_says
from studio.media.probe import FilmInfo, probe
from studio.mix.ambience import Ambience
from studio.mix.containers import Container, carries, container_for
from studio.mix.encode import encode_picture
from studio.mix.files import (
    beside,
    check_folders,
    check_space,
    check_target,
    in_sentences,
    only_export,
    put_in_place,
    sweep,
    sync,
)
from studio.mix.lettering import Look, Wishes, fitting, plain_script, script
from studio.mix.pictures import Picture, encoded_bytes
from studio.mix.render import FilmJob, Track, render_film
from studio.mix.shown import NotCopyable, read_picture_times
from studio.mix.timemap import TimeMap
from studio.mix.tracks import SoundKind, SoundTracks, kind
from studio.progress import Progress
from studio.script.model import Issue, Project
from studio.script.subtitles import Subtitle
from studio.times import MS_PER_SECOND, clock

GLYPHS, UNTOLD, CROWDED = "burning.letters", "burning.unknown", "burning.crowded"
"""The rules of issues about what was left out of the pictures, or could not be made sure of."""

_ENCODING = 0.9  # of the time
_CANARY = "\U0010fffd"  # in no font: where libass does not miss it, it cannot be asked
_MISSED = re.compile(r"failed to find any fallback with glyph 0x([0-9A-Fa-f]+)")
_SHOWN_LETTERS = 12  # of those that are missing, in a sentence
# Marks and fillers that no font draws: U+034F, the Hangul fillers, Khmer's inherent vowels.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")


@dataclass(frozen=True, slots=True)
class Burnt:
    """What was made. sound: how the film's own got there, "" where it has none.

    issues: what was left out of the pictures. notes: what else a person should know.
    """

    sound: SoundKind | str
    issues: tuple[Issue, ...]
    notes: tuple[str, ...]


# --- letters --------------------------------------------------------------------------------------


def missing_letters(texts: Iterable[str]) -> frozenset[str] | None:
    """The letters of these texts that are in no font libass would use; None: it cannot be told.

    Raises ExportError where this machine's ffmpeg cannot draw subtitles at all.
    """
    letters = sorted({one for text in texts for one in text if _is_drawn(one)})
    if not letters:
        return frozenset()
    rows = ["".join(letters[at : at + 40]) for at in range(0, len(letters), 40)]
    with tempfile.TemporaryDirectory(prefix="studio-letters-") as folder:
        file = Path(folder, "letters.ass")
        file.write_text(plain_script([*rows, _CANARY]), encoding="utf-8")
        picture = ffmpeg.input("color=black:size=640x360:rate=10:duration=0.1", format="lavfi")
        output = picture.filter("ass", filename=str(file)).output("-", format="null", vframes=1)
        said = ffmpeg_says(output.get_args(), error=ExportError)
    if "No such filter" in said:
        raise ExportError(
            "This ffmpeg cannot draw subtitles: it was made without libass.",
            "No film was made.",
            "Install a full one (on Debian and Ubuntu: apt-get install ffmpeg).",
        )
    missed = frozenset(chr(int(one, 16)) for one in _MISSED.findall(said))
    if _CANARY not in missed:
        return None
    return missed if _CANARY in letters else missed - {_CANARY}


def _is_drawn(one: str) -> bool:
    """Whether a font must have it: no blank, no control, no mark of direction."""
    if one in _INVISIBLE or "\ufe00" <= one <= "\ufe0f" or "\U000e0100" <= one <= "\U000e01ef":
        return False
    return unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")


@dataclass(frozen=True, slots=True)
class Drawable:
    """What can be drawn. issues: on what cannot. names: whether all names of people can be."""

    shown: Sequence[Subtitle]
    issues: tuple[Issue, ...] = ()
    names: bool = True


def drawable(project: Project, shown: Sequence[Subtitle], language: str) -> Drawable:
    """The subtitles without what has letters in no font, and an issue on that.

    A line whose own letters are missing keeps its translation, and the other way round.
    """
    names = [project.called(one) for one in sorted({one.person for one in shown})]
    missing = missing_letters([*names, *(row for one in shown for row in (*one.rows, *one.below))])
    if missing is None:
        sentence = (
            "Whether this machine's fonts have all letters of the subtitles could not be told. "
            "Look at the film before you deliver it."
        )
        return Drawable(shown, (Issue(UNTOLD, "caution", sentence, language=language),))
    if not missing:
        return Drawable(shown)

    def lacks(rows: Iterable[str]) -> bool:
        return any(one in missing for row in rows for one in row)

    kept, hurt = [], []
    for one in shown:
        rows = () if lacks(one.rows) else one.rows
        below = () if lacks(one.below) else one.below
        if (rows, below) != (one.rows, one.below):
            hurt.append(one)
        if rows or below:
            # a translation alone stands where the line would
            kept.append(replace(one, rows=rows or below, below=below if rows else ()))
    unnamed = any(one in missing for name in names for one in name)
    issue = _letters_issue(missing, hurt, unnamed=unnamed, language=language)
    return Drawable(kept, (issue,), not unnamed)


def _letters_issue(
    missing: frozenset[str], hurt: Sequence[Subtitle], *, unnamed: bool, language: str
) -> Issue:
    listed = " ".join(sorted(missing)[:_SHOWN_LETTERS])
    more = " …" if len(missing) > _SHOWN_LETTERS else ""
    first = f", the first at {clock(hurt[0].span.start)}" if hurt else ""
    where = f"{counted(len(hurt), 'subtitle')}{first}"
    if unnamed:
        where += ", and names of people"
    sentence = (
        f"No font of this machine has {listed}{more}: what is written with them is left out of "
        f"the pictures ({where}). Install a font that has them (on Debian and Ubuntu: apt-get "
        "install fonts-noto-core fonts-noto-cjk) and burn the subtitles in again."
    )
    return Issue(GLYPHS, "error", sentence, language=language)


# --- the film -------------------------------------------------------------------------------------


def burnt_suffix(film: Path) -> str:
    """How a film with subtitles in its pictures ends: as the film, where H.264 may lie in that."""
    with contextlib.suppress(ExportError):
        container = container_for(film.with_suffix(film.suffix.lower().replace(".m4v", ".mp4")))
        if carries(container, "h264"):
            return container.suffix
    return ".mkv"


def burn(
    project: Project,
    info: FilmInfo,
    language: str,
    shown: Sequence[Subtitle],
    target: Path,
    wishes: Wishes,
    progress: Progress,
) -> Burnt:
    """Write the film to `target` with these subtitles in its pictures.

    Blocks for about as long as the film lasts; constant memory. A file that is there is replaced
    once the new one is whole. Raises ExportError and MediaError.
    """
    target = target.absolute()
    container = container_for(target)
    _check_target(info, container, target)
    look = Look(info.picture.width, info.picture.height)
    progress(0.0, "Looking for the letters")
    found = drawable(project, shown, language)
    drawn, crowded = fitting(found.shown, look)
    issues = (*found.issues, *_crowded_issue(crowded, language))
    wishes = replace(wishes, names=wishes.names and found.names)
    with in_sentences(target.parent), contextlib.ExitStack() as stack:
        stack.enter_context(only_export([target]))
        sweep(target.parent)
        part = stack.enter_context(beside(target))
        pictures = stack.enter_context(beside(target.with_name("picture.mov")))
        count = math.ceil(info.duration * info.picture.rate / MS_PER_SECOND)
        check_space({target: 2 * encoded_bytes(info, count) + info.size})
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="studio-burn-")))
        lettering = folder / "lettering.ass"
        lettering.write_text(script(project, drawn, look, wishes), encoding="utf-8")
        progress(0.0, "Drawing the subtitles")
        encode_picture(info, pictures, progress.part(0, _ENCODING), lettering)
        sound, notes = _put_together(
            project, info, container, pictures, part, progress.part(_ENCODING, 1)
        )
        progress(1.0, "Making sure that all is on the disk")
        sync(part)
        progress.check()
        put_in_place(part, target)
    return Burnt(sound, issues, notes)


def _crowded_issue(crowded: Sequence[Subtitle], language: str) -> list[Issue]:
    if not crowded:
        return []
    sentence = (
        f"{counted(len(crowded), 'subtitle')} found no room in the picture beside others, the "
        f"first at {clock(crowded[0].span.start)}, and were left out. Let fewer lines lie over "
        "each other there."
    )
    return [Issue(CROWDED, "error", sentence, language=language)]


def _put_together(
    project: Project,
    info: FilmInfo,
    container: Container,
    pictures: Path,
    part: Path,
    progress: Progress,
) -> tuple[SoundKind | str, tuple[str, ...]]:
    """The encoded pictures with all else of the film, in one file."""
    encoded = probe(pictures)
    try:
        picture = Picture(encoded, read_picture_times(encoded, progress.part(0, 0.1)))
    except NotCopyable as reason:
        raise ExportError(
            f"The pictures of “{info.path.name}” could not be encoded anew, because {reason}."
        ) from reason
    tracks: tuple[Track, ...] = ()
    notes: tuple[str, ...] = ()
    if info.sound is not None:
        sounds = SoundTracks(
            project,
            info,
            info.sound.language,
            (),
            {},
            container,
            TimeMap(),
            picture.times.rate,
            picture.times.end,
            beside=False,
            fold_down=False,
            level=None,
            ambience=Ambience(info, project.speech, progress),
            read={},
        )
        tracks, notes = sounds.tracks(progress)
    job = FilmJob(info, picture.info, picture.times, TimeMap(), container, tracks)
    notes += render_film(job, part, progress.part(0.1, 1))
    return kind(tracks[0]) if tracks else "", notes


def _check_target(info: FilmInfo, container: Container, target: Path) -> None:
    check_folders([target])
    check_target(target, info.path)
    if not carries(container, "h264"):
        raise ExportError(
            f"Subtitles cannot be burnt into {container.suffix}: it cannot carry h264.",
            "Encoding for it would take many times the film's length.",
            "Deliver the film as .mkv or .mp4.",
        )
