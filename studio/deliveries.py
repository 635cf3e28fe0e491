"""What `export` can make: one row a delivery, and what its files are called.

Deliveries that belong to the described film, and so need its times, are made together by
`mix.export`; those a packager needs are texts of `mix.streaming`; subtitles are made of the film's
lines by `studio.subtitling`; the rest are scripts, one for each format that is written
(`script.formats`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio.errors import UsageError
from studio.script import formats
from studio.settings import Profile, profile_of

if TYPE_CHECKING:
    from studio.media.probe import FilmInfo
    from studio.mix.levels import Levelled


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the table.

    name: as export calls it. ending: of its file's name, after the project's and the language;
    "" where it follows from the film or from captions. about: what it is, for people. picture: it
    is a film. sound: it can be brought to a loudness. in_all: “all” makes it.
    """

    name: str
    ending: str
    about: str
    picture: bool = False
    sound: bool = False
    in_all: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """One file, or folder of clips, that an export made.

    delivery: its kind, a row's name. timeline: "film", or "output" where freezes shift it.
    picture: "copied", "partly encoded", "encoded" or "" where it has none; picture_why: a sentence
    on that. sound: "copied", "encoded" or "spliced", where only what the description touches was
    encoded. notes: what a person should know.
    loudness: what was measured and done to bring it to a profile, None where none was asked for.
    unchanged: it was there already, made from the same things.
    """

    delivery: str
    language: str
    file: Path
    timeline: str
    picture: str = ""
    picture_why: str = ""
    sound: str = ""
    notes: tuple[str, ...] = ()
    loudness: Levelled | None = None
    unchanged: bool = False


TEXTS = {row.name: row for row in formats.writable()}
"""The scripts, by name."""

SUBTITLES = {f"subtitles-{one}": one for one in ("srt", "vtt", "ttml", "ass")}
"""The files of subtitles, of what people in the film say, and the format of each."""

BURNT = "burnt"
OF_LINES = (*SUBTITLES, BURNT)
"""What is made of the film's lines, by `studio.subtitling`, and so needs no description."""

SNIPPETS = ("hls", "dash")
CAPTIONS = "captions"
ALL = "all"

_ROWS = (
    Delivery("film", "", "the described film", picture=True, sound=True),
    Delivery("track", "", "the film with a described second track", picture=True, sound=True),
    Delivery("stem", ".stem.wav", "the description alone, as long as the film", sound=True),
    Delivery("beds", ".beds.wav", "the sound beds alone, as long as the film", in_all=False),
    Delivery("clips", ".clips", "a folder with a file for each description", sound=True),
    Delivery("control", ".control.wav", "the description with a control track", sound=True),
    Delivery(CAPTIONS, "", "captions moved to the described film"),
    Delivery("hls", ".m3u8", "lines of an HLS playlist"),
    Delivery("dash", ".dash.xml", "descriptors of a DASH manifest"),
    Delivery("dapt-clips", ".dapt-clips.xml", "DAPT that refers to the clips"),
    Delivery(
        "dapt-embedded", ".dapt-embedded.xml", "DAPT with the clips in it", sound=True, in_all=False
    ),
    *(Delivery(row.name, row.ending, row.about) for row in TEXTS.values()),
    *(
        Delivery(
            name, f".subtitles.{one}", f"subtitles of the dialogue, {one.upper()}", in_all=False
        )
        for name, one in SUBTITLES.items()
    ),
    Delivery(BURNT, "", "the film with subtitles in its pictures", picture=True, in_all=False),
)
TABLE: Mapping[str, Delivery] = {row.name: row for row in _ROWS}
"""All deliveries by name, in the order in which they are made."""

NAMES = tuple(TABLE)
WITH_PICTURE = tuple(row.name for row in _ROWS if row.picture)

_CONTAINERS = {".mp4": ".mp4", ".m4v": ".mp4", ".mov": ".mov", ".mkv": ".mkv", ".webm": ".webm"}
_OTHERWISE = ".mkv"  # carries every codec


def chosen(words: Sequence[str], captions: Path | None) -> tuple[str, ...]:
    """The deliveries that `words` ask for, each once; “all” stands for the whole set.

    captions: those of the film, None where there are none. Raises UsageError.
    """
    names: dict[str, None] = {}
    for word in words:
        if word == ALL:
            whole = (row.name for row in _ROWS if row.in_all)
            names |= dict.fromkeys(
                name for name in whole if name != CAPTIONS or captions is not None
            )
        elif word in TABLE:
            names[word] = None
        else:
            raise UsageError(
                f"There is no delivery “{word}”.",
                advice=f"Choose from: {', '.join((ALL, *NAMES))}.",
            )
    if CAPTIONS in names and (captions is None or not captions.is_file()):
        there = "are no captions" if captions is None else f"is no file {captions}"
        raise UsageError(
            f"There {there} to move to the described film.",
            advice="Name their file: --deliver captions --captions FILE",
        )
    return tuple(names)


def film_suffix(film: Path) -> str:
    """The suffix a described film gets: the film's own where the studio writes that container."""
    return _CONTAINERS.get(film.suffix.lower(), _OTHERWISE)


def targets_in(
    folder: Path,
    stem: str,
    language: str,
    deliver: Sequence[str],
    film: Path,
    captions: Path | None = None,
) -> dict[str, Path]:
    """Where `export` puts each delivery: `stem`_en.mp4, `stem`_en.track.mp4, `stem`_en.vtt ...

    Raises UsageError as `chosen` does.
    """
    suffix = film_suffix(film)
    endings = {"film": suffix, "track": f".track{suffix}"}
    if BURNT in deliver:
        from studio.mix.burn import burnt_suffix

        endings[BURNT] = f".burnt{burnt_suffix(film)}"
    if captions is not None:
        from studio.mix.captions import captions_suffix

        endings[CAPTIONS] = f".captions{captions_suffix(captions)}"
    return {
        name: folder / f"{stem}_{language}{endings.get(name) or TABLE[name].ending}"
        for name in chosen(deliver, captions)
    }


def profiles_from(words: Sequence[str], deliver: Sequence[str]) -> dict[str, Profile]:
    """The loudness profile of each delivery that gets one, by name.

    A word is a profile's name, for all that are mixed, or DELIVERY=PROFILE; later ones win. Raises
    UsageError for a profile or delivery that is not there.
    """
    sounds = [name for name in deliver if TABLE[name].sound]
    found: dict[str, Profile | None] = {}
    for word in words:
        delivery, named, profile = word.rpartition("=")
        if named and delivery not in sounds:
            raise UsageError(
                f"“{word}” gives a loudness to “{delivery}”, which is no sound that is delivered.",
                advice="Write --loudness PROFILE, or --deliver film --loudness film=PROFILE.",
            )
        for name in [delivery] if named else sounds:
            found[name] = profile_of(profile)
    return {name: one for name, one in found.items() if one is not None}


def snippet(name: str, target: Path, info: FilmInfo, language: str, *, fold_down: bool) -> str:
    """The text of one of SNIPPETS for the delivery “track” beside `target`."""
    from studio.mix import streaming

    sounds = streaming.renditions(info, language, fold_down=fold_down)
    if name == "dash":
        return streaming.dash(sounds)
    return streaming.hls(target.name.removesuffix(TABLE[name].ending), info, sounds)
