"""The steps about sync: is the sound in step with the picture, and putting it back.

One project or film at a time; nothing here is kept in the document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from studio import paths, settings
from studio.amounts import counted
from studio.errors import EngineError, ExportError, MediaError, UsageError
from studio.instep import InStep, late_at
from studio.progress import Progress
from studio.times import clock

if TYPE_CHECKING:
    from studio.analysis.clips import Cut
    from studio.media.probe import FilmInfo
    from studio.tuning.clips import Film
    from studio.tuning.sync import Taught

DEFAULT_METER = "correlation"

_SET_UP = {"meter": DEFAULT_METER}  # rows of [sync] in engines.toml

NormName = Literal["itu", "ebu"]


@dataclass(frozen=True, slots=True)
class Norm:
    """How far sound may lie off its picture, in ms. early, late: how much is let pass.

    source: who says so.
    """

    name: NormName
    early: int
    late: int
    source: str

    def passes(self, late: float) -> bool:
        """Whether a sound that is late by `late` ms (negative: early) is let pass."""
        return -self.early <= late <= self.late


NORMS = (
    Norm("itu", 45, 125, "ITU-R BT.1359-1: detectable beyond 45 ms early, 125 ms late"),
    Norm("ebu", 5, 15, "EBU R 37: 5 ms early, 15 ms late at the transmitter"),
)


@dataclass(frozen=True)
class Checked:
    """What was measured and what it means. verdict: sentences. in_step: None: not measurable.

    meter: the row that measured. learned_from: a sentence on what that was trained on, or "".
    """

    measured: InStep
    verdict: str
    in_step: bool | None
    meter: str = DEFAULT_METER
    learned_from: str = ""

    def to_json(self) -> dict[str, Any]:
        """As the command line's contract prints it."""
        measured = self.measured
        return {
            "offset": _rounded(measured.offset),
            "drift_ppm": _rounded(measured.drift),
            "confidence": round(measured.confidence, 4),
            "certain": measured.certain,
            "verdict": self.verdict,
            "in_step": self.in_step,
            "method": measured.method,
            "meter": self.meter,
            "learned_from": self.learned_from,
            "stretches": [
                {"start": one.start, "offset": _rounded(one.late), "drift_ppm": _rounded(one.drift)}
                for one in measured.stretches
            ],
            "passages": [
                {**asdict(one), "offset": _rounded(one.offset),
                 "confidence": round(one.confidence, 3)}
                for one in measured.passages
            ],
        }  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def chosen_meter(name: str | None = None) -> str:
    """The row that measures: `name`, or else the one set up (meter in [sync] of engines.toml).

    Raises UsageError where engines.toml cannot be read.
    """
    from studio.engines import outside

    return name if name is not None else outside.server("sync", _SET_UP)["meter"]


@dataclass(frozen=True, slots=True)
class MeterChoice:
    """A row that can measure. needs: what it lacks on this machine, "" where it is ready."""

    name: str
    about: str
    needs: str


def meters() -> tuple[MeterChoice, ...]:
    """Who can measure, the chosen one first; loads nothing of them. Raises UsageError."""
    from studio import engines

    chosen = chosen_meter()
    found = [
        MeterChoice(row.name, row.about, " and ".join(one.called for one in row.missing()))
        for row in engines.rows("sync-meter")
    ]
    if all(one.name != chosen for one in found):  # a row with a file of its own
        row = engines.row("sync-meter", chosen)
        lacks = [one.called for one in row.missing() if one.kind != "file"]
        found.append(MeterChoice(chosen, row.about, " and ".join(lacks)))
    return tuple(sorted(found, key=lambda one: one.name != chosen))


def check_sync(
    film: Path, progress: Progress, norm: NormName = "itu", meter: str | None = None
) -> Checked:
    """Measure the film's sync and hold it against a norm. Raises MediaError and EngineError.

    meter: a row; None is the one that was set up.
    """
    from studio import engines
    from studio.media.probe import probe

    allowed = next(one for one in NORMS if one.name == norm)
    name = chosen_meter(meter)
    learned_from = engines.open("sync-meter", name).learned_from
    found = checked(probe(film), measure_sync(film, progress, name), allowed)
    return replace(found, meter=name, learned_from=learned_from)


def measure_sync(film: Path, progress: Progress, meter: str | None = None) -> InStep:
    """Measure the film's sync. meter: as for `check_sync`. Raises MediaError, EngineError and
    Cancelled."""
    from studio import analysis
    from studio.analysis import sync
    from studio.media.probe import probe

    name = chosen_meter(meter)
    info = probe(film)
    found = analysis.analyse(info, settings.DEFAULTS, progress.part(0, 0.3))
    cuts = [scene.start for scene in found.scenes]
    return sync.measure(info, cuts, found.speech, progress.part(0.3, 1), name)


def checked(info: FilmInfo, measured: InStep, norm: Norm) -> Checked:
    """What `measured` means under a norm."""
    if not measured.stretches:
        carried = _container_sentence(info)
        advice = " If that is not meant, repair the film by that much." if carried else ""
        return Checked(measured, f"Cannot be measured. {measured.why}{carried}{advice}", None)
    stretches = measured.stretches
    lasts = [one.start - 1 for one in stretches[1:]] + [info.duration]
    lates = [one.late for one in stretches] + [late_at(stretches, last) for last in lasts]
    fine = all(norm.passes(late) for late in lates)
    said = _said(measured, max(lates, key=abs))
    judgement = "within" if fine else "beyond"
    advice = ""
    if not measured.certain:
        said = f"Likely, but not certain: {said[0].lower()}{said[1:]}"
        advice = f" {_NOT_CERTAIN}"
    return Checked(
        measured,
        f"{said} That is {judgement} the norm ({norm.source}).{_container_sentence(info)}{advice}",
        fine,
    )


_NOT_CERTAIN = (
    "Too little speech is seen to be sure: watch a face that speaks before you rely on it."
)


def _said(measured: InStep, worst: float) -> str:
    stretches = measured.stretches
    if len(stretches) > 1:
        steps = ", ".join(
            f"{late_words(one.late)} from {one.start / 1000:.1f} s" for one in stretches
        )
        return f"The sound jumps: it is {steps}."
    drift = stretches[0].drift
    if drift:
        way = "later" if drift > 0 else "earlier"
        return (
            f"The sound is {late_words(stretches[0].late)} at the start and gets {way} by "
            f"{abs(drift):.0f} ms in 1,000 s; at worst it is {late_words(worst)}."
        )
    return f"The sound is {late_words(stretches[0].late)}."


def late_words(late: float) -> str:
    """How late the sound is, in words; late: ms."""
    if round(late) == 0:
        return "in step"
    return f"{abs(late):.0f} ms {'late' if late > 0 else 'early'}"


def _container_sentence(info: FilmInfo) -> str:
    """Where the container itself starts the sound off the picture, that is said."""
    sound = info.sound
    if sound is None or sound.start is None:
        return ""
    after = float(sound.start - info.picture.start) * 1000
    if abs(after) < _CONTAINER_TELLS:
        return ""
    way = "after" if after > 0 else "before"
    return f" The file itself begins its sound {abs(after):.0f} ms {way} the picture."


_CONTAINER_TELLS = 30.0  # ms; encoders' delays are shorter


def check_target(film: Path, target: Path) -> None:
    """Raise ExportError where a repair of `film` cannot be written to `target`; MediaError."""
    from studio.media.probe import probe
    from studio.mix.repair import check_repair

    check_repair(probe(film), target.absolute())


def repair_sync(film: Path, target: Path, measured: InStep, progress: Progress) -> tuple[str, ...]:
    """Write the film in step to `target`; returns sentences on how. Raises ExportError."""
    from studio.media.probe import probe
    from studio.mix.repair import repair
    from studio.mix.warp import Slip

    if not measured.stretches:
        raise ExportError(
            f"“{film.name}” was not repaired: how far it is out of sync cannot be measured.",
            measured.why,
            "Where it is known, say it: --late MS (negative where the sound is early).",
        )
    slips = [Slip(one.start, one.late, one.drift) for one in measured.stretches]
    return repair(probe(film), slips, target, progress)


def repair_by(film: Path, target: Path, late: float, progress: Progress) -> tuple[str, ...]:
    """Write the film with its sound `late` ms earlier. Raises ExportError and MediaError."""
    from studio.media.probe import probe
    from studio.mix.repair import repair
    from studio.mix.warp import Slip

    return repair(probe(film), [Slip(0, late)], target, progress)


def norm_names() -> Sequence[str]:
    """The norms there are."""
    return [one.name for one in NORMS]


# --- learning -------------------------------------------------------------------------------------


def own_meter_file() -> Path:
    """Where the model lies that `--meter learned` means."""
    from studio.engines import learned

    return paths.data_folder() / learned.FILE


@dataclass(frozen=True)
class Learning:
    """What came of learning a meter. picture: of how it was learned and how well it does.

    refused: sentences on what was not learned from, and why.
    """

    taught: Taught
    picture: Path
    refused: tuple[str, ...]


def learn_meter(
    data: Path,
    out: Path,
    progress: Progress,
    *,
    rounds: int | None = None,
    seed: int = 0,
    restart: bool = False,
) -> Learning:
    """Learn a sync-meter from the films in a folder and write it to `out`.

    The films are taken to be in sync. Films of one folder within `data` are taken to show the same
    people. rounds: how often each clip is seen; None leaves that to the studio. A stop keeps what
    was prepared and learned beside `out`, and the same call goes on; restart: begin anew instead.
    Raises UsageError, EngineError and Cancelled.
    """
    import shutil
    from datetime import UTC, datetime

    from studio import engines
    from studio.tuning import sync
    from studio.tuning.checkpoint import work_folder
    from studio.tuning.clips import check_enough

    out = out.absolute()
    _check_packages()
    sync.check_place(out)
    files = _files_in(data)
    folder = work_folder(out)
    if restart:
        shutil.rmtree(folder, ignore_errors=True)
    try:
        (folder / sync.CLIPS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(
            f"{folder} cannot be made ({error.strerror or error}).",
            "What is learned is kept there while it comes about.",
            "Name a place you may write to: -o MODEL",
        ) from error
    films, refused = [], []
    parts = progress.part(0, 0.7).shared(*[1.0] * len(files))
    for file, part in zip(files, parts, strict=True):
        film, why = _prepared(file, data, folder / sync.CLIPS, part)
        refused += why
        if film is not None:
            films.append(film)
    check_enough(len({clip for film in films for clip in film.clips}), refused)
    recipe = sync.DEFAULT_RECIPE
    recipe = replace(recipe, seed=seed, rounds=recipe.rounds if rounds is None else rounds)
    baseline = engines.open("sync-meter", DEFAULT_METER)
    today = datetime.now(UTC).date().isoformat()
    taught = sync.teach(films, out, baseline, today, progress.part(0.7, 1), recipe)
    return Learning(taught, sync.picture_of(out), tuple(refused))


def _check_packages() -> None:
    from studio import engines

    missing = [one for one in engines.row("sync-meter", "learned").missing() if one.kind != "file"]
    if missing:
        raise EngineError(
            f"Learning a sync-meter needs {' and '.join(need.called for need in missing)}, "
            "which this machine does not have.",
            "Nothing was learned.",
            "Get it with: " + "; ".join(dict.fromkeys(need.get for need in missing)),
        )


def _files_in(data: Path) -> list[Path]:
    """The files of a folder and of those in it, but for hidden ones. Raises UsageError."""
    found = [
        file
        for file in sorted(data.rglob("*"))
        if file.is_file() and not any(p.startswith(".") for p in file.relative_to(data).parts)
    ]
    if not found:
        raise UsageError(
            f"{data} is no folder with films.",
            "Nothing was learned.",
            "Name a folder with films in which people are seen to speak, in sync.",
        )
    return found


def _prepared(
    file: Path, data: Path, folder: Path, progress: Progress
) -> tuple[Film | None, list[str]]:
    """The clips of a film, kept in `folder`, and sentences on what was refused."""
    from studio.analysis.clips import cut
    from studio.media.probe import fingerprint, probe
    from studio.tuning import clips

    inside = file.relative_to(data)
    person = inside.parts[0] if len(inside.parts) > 1 else file.name
    try:
        key = fingerprint(file)
        film = clips.kept(folder, key)
        if film is None or (film.name, film.person) != (file.name, person):
            found: Cut = cut(probe(file), progress)
            film = clips.put(
                folder,
                file.name,
                person,
                key,
                found.faces,
                [(one.span, one.mouth) for one in found.clips],
                [(one.span, one.why) for one in found.refused],
            )
    except MediaError as error:
        return None, [f"{inside}: {error.what}"]
    progress(1.0, f"Prepared {counted(len(film.clips), 'clip')} of “{file.name}”")
    return film, [
        f"{inside}, {clock(start)} to {clock(end)}: {why}" for start, end, why in film.refused
    ]
