"""Whether a folder of deliveries is what its list says: there, unchanged, as loud, well flagged.

Everything is measured anew in the files as they lie there; only what was wanted comes from the list
(see mix.manifest). Loudness and true peaks are those of the described sound, as decoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.errors import StudioError, UsageError
from studio.media.audio import Samples, file_blocks, sound_blocks
from studio.media.loudness import LoudnessMeter, integrated
from studio.media.probe import FilmInfo, SoundStream, probe, sound_streams
from studio.media.truepeak import TruePeakMeter
from studio.mix.carry import left_out
from studio.mix.containers import container_for
from studio.mix.levels import EVERYTHING
from studio.mix.manifest import MANIFEST, Entry, content_of, entries, sums_of
from studio.mix.reread import reread
from studio.progress import Progress
from studio.script.checks.subject import Finding
from studio.times import Span

_FILMS = ("film", "track")
_DESCRIPTION = "the description"  # what mix.export calls the loudness over the clips


@dataclass(frozen=True, slots=True)
class Heard:
    """What is heard when in a language version, in ms of the described film."""

    speech: tuple[Span, ...]
    clips: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Tolerances:
    """How far a delivery may be off: loudness in LU, true peak in dB."""

    loudness: float
    peak: float


def verify(
    folder: Path,
    film: FilmInfo,
    heard: Mapping[str, Heard],
    tolerances: Tolerances,
    progress: Progress,
) -> Iterator[Finding]:
    """What is wrong with the deliveries in `folder`, file by file in the order of the list.

    film: the one they were made from. heard: by language, for loudness over dialogue. Reads every
    file; blocks. Raises UsageError where the folder has no list.
    """
    listed = entries(folder)
    if not listed:
        raise UsageError(
            f"There is no list of deliveries ({MANIFEST}) in {folder}.",
            "Nothing was checked there.",
            "Name the folder of an export: studio export PROJECT -o FOLDER",
        )
    for index, (name, entry) in enumerate(listed.items()):
        part = progress.part(index / len(listed), (index + 1) / len(listed))
        part(0.0, f"Checking {name}")
        for rule, what in _one(folder, name, entry, film, heard, tolerances, part):
            yield Finding(rule, f"{name}: {what}", "", str(entry.get("language", "")))


_Fault = tuple[str, str]  # the rule, and what is wrong


def _one(
    folder: Path,
    name: str,
    entry: Entry,
    film: FilmInfo,
    heard: Mapping[str, Heard],
    tolerances: Tolerances,
    progress: Progress,
) -> Iterator[_Fault]:
    path = folder / name
    if Path(name).name != name or not path.exists():
        yield "delivery.missing", "It stands in the list and is not there. Export it again."
        return
    if _is_changed(entry, path):
        yield (
            "delivery.changed",
            "It is not the file that was made: its content differs from the list. Export it again, "
            "or find out who changed it.",
        )
    kind = entry.get("delivery")
    try:
        if kind in _FILMS:
            yield from _film(path, kind == "track", entry, film, heard, tolerances, progress)
        elif kind == "stem":
            stream = _only(sound_streams(path))
            if stream is not None:
                blocks = file_blocks(path, stream)
                yield from _levels(blocks, stream, entry, heard, tolerances, progress)
        else:
            reread(str(kind), path, film.picture.rate)
    except StudioError as error:
        yield "delivery.unreadable", f"{error.what} Export it again."


def _is_changed(entry: Entry, path: Path) -> bool:
    if "sha256" in entry:
        return bool(entry["sha256"] != sums_of(path))
    return (entry.get("bytes"), entry.get("fingerprint")) != content_of(path)


def _only(streams: Sequence[SoundStream]) -> SoundStream | None:
    return streams[0] if streams else None


# --- a film ---------------------------------------------------------------------------------------


def _film(
    path: Path,
    beside: bool,
    entry: Entry,
    film: FilmInfo,
    heard: Mapping[str, Heard],
    tolerances: Tolerances,
    progress: Progress,
) -> Iterator[_Fault]:
    """beside: the description is a track beside the film's own sound."""
    made = probe(path)
    described = _only(made.sounds)
    if beside:
        yield from _flags(path, made, film)
        described = next(
            (one for one in made.sounds if one.described), made.sounds[-1] if made.sounds else None
        )
    for sentence in left_out(film, container_for(path)):
        yield "delivery.loss", sentence
    if described is None:
        yield "delivery.flag", "It has no sound at all. Export it again."
        return
    blocks = sound_blocks(made, described)
    yield from _levels(blocks, described, entry, heard, tolerances, progress)


def _flags(path: Path, made: FilmInfo, film: FilmInfo) -> Iterator[_Fault]:
    """Whether players can tell the description from the film's own sound, and play the latter."""
    container = container_for(path)
    if not container.keeps_flags:
        yield (
            "delivery.loss",
            f"{container.suffix} cannot say which track is the description. Deliver .mp4 or .mkv, "
            "where that matters.",
        )
    elif not any(one.described for one in made.sounds):
        yield "delivery.flag", "No track of it is flagged as a description. Export it again."
    own = [one for one in made.sounds if not one.described]
    if film.sound is not None and container.keeps_flags and own:
        asked = [one for one in made.sounds if one.default]
        if asked and all(one.described for one in asked):
            yield (
                "delivery.default",
                "The description plays unasked, not the film's own sound. Export it again.",
            )


# --- how loud -------------------------------------------------------------------------------------


def _levels(
    blocks: Iterable[Samples],
    stream: SoundStream,
    entry: Entry,
    heard: Mapping[str, Heard],
    tolerances: Tolerances,
    progress: Progress,
) -> Iterator[_Fault]:
    """Loudness and true peak against the profile, where the delivery was brought to one."""
    wanted = entry.get("loudness")
    if not isinstance(wanted, dict) or wanted.get("reached") is None:
        return
    loudness, peak = (
        LoudnessMeter(stream.sample_rate, stream.layout),
        TruePeakMeter(stream.channels),
    )
    for block in blocks:
        progress.check()
        loudness.feed(block)
        peak.feed(block)
    within = _within(str(wanted["measured"]), heard.get(str(entry.get("language"))))
    found = integrated(loudness.energies(), within)
    target, limit = float(wanted["target"]), float(wanted["peak_limit"])
    profile = wanted["profile"]
    if found is None:
        yield "delivery.loudness", f"It is too faint to be measured; “{profile}” asks {target:g}."
    elif abs(found - target) > tolerances.loudness:
        yield (
            "delivery.loudness",
            f"It is at {found:.1f} LUFS, measured over {wanted['measured']}, and “{profile}” asks "
            f"for {target:g}. Export it again with --loudness {profile}.",
        )
    highest = peak.finish()
    if highest > limit + tolerances.peak:
        yield (
            "delivery.peak",
            f"Its true peak is {highest:.1f} dBTP, and “{profile}” allows {limit:g}. "
            "Deliver another format, or a lower profile.",
        )


def _within(measured: str, heard: Heard | None) -> tuple[Span, ...] | None:
    """The stretches a loudness is measured over; None for all of the sound."""
    if measured == EVERYTHING.name or heard is None:
        return None
    return heard.clips if measured == _DESCRIPTION else heard.speech
