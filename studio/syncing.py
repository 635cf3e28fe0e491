"""The steps about sync: is the sound in step with the picture, and putting it back.

One project or film at a time; nothing here is kept in the document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from studio import settings
from studio.errors import ExportError
from studio.instep import InStep, late_at
from studio.progress import Progress

if TYPE_CHECKING:
    from studio.media.probe import FilmInfo

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
    """What was measured and what it means. verdict: a sentence. in_step: None: not measurable."""

    measured: InStep
    verdict: str
    in_step: bool | None

    def to_json(self) -> dict[str, Any]:
        """As the command line's contract prints it."""
        measured = self.measured
        return {
            "offset": _rounded(measured.offset),
            "drift_ppm": _rounded(measured.drift),
            "confidence": round(measured.confidence, 4),
            "verdict": self.verdict,
            "in_step": self.in_step,
            "method": measured.method,
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


def check_sync(
    film: Path, progress: Progress, norm: NormName = "itu", meter: str = "correlation"
) -> Checked:
    """Measure the film's sync and hold it against a norm. Raises MediaError and EngineError."""
    from studio.media.probe import probe

    allowed = next(one for one in NORMS if one.name == norm)
    return checked(probe(film), measure_sync(film, progress, meter), allowed)


def measure_sync(film: Path, progress: Progress, meter: str = "correlation") -> InStep:
    """Measure the film's sync. Raises MediaError, EngineError and Cancelled."""
    from studio import analysis
    from studio.analysis import sync
    from studio.media.probe import probe

    info = probe(film)
    found = analysis.analyse(info, settings.DEFAULTS, progress.part(0, 0.3))
    cuts = [scene.start for scene in found.scenes]
    return sync.measure(info, cuts, found.speech, progress.part(0.3, 1), meter)


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
    return Checked(
        measured,
        f"{said} That is {judgement} the norm ({norm.source}).{_container_sentence(info)}",
        fine,
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
