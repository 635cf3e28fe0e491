"""Teaching a sync-meter: lips and timbre of the same moment are to fit, of other moments not.

A step takes some clips, a few seconds of each, shifts the sound by up to a second either way, and
asks at which lag it fits; what is learned is the chance of the true one among all (contrastive, as
van den Oord et al. 2018 put it, with lags as the alternatives). Everything drawn at random follows
from the seed and the number of the step, so a training that was stopped, even killed, goes on
exactly as if it had not been.
"""

from __future__ import annotations

import hashlib
import json
import math
import platform
import shutil
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import studio
from studio.engines import LAG_STEP, SyncMeter, TalkingMouth, Timbre
from studio.engines.learned import (
    FORMAT,
    FRAME,
    STRIDE,
    Learned,
    Score,
    evenly,
    fit,
    loaded,
    report_of,
    save,
    sentence,
    shown,
    towers,
)
from studio.engines.machine import device, in_short
from studio.errors import EngineError, UsageError
from studio.progress import Progress
from studio.tuning.checkpoint import Checkpoint, repeatable, work_folder
from studio.tuning.clips import Film, Stored, load, split
from studio.tuning.figure import draw

CLIPS = "clips"

SHIFT = 1000
"""ms by which the sound is shifted at most, early or late, in training and in testing."""

_SEARCH = 1300  # ms; lags among which the true one is to be found
_NEAR_LAG = 15.0  # ms; the deviation of what counts as the true lag
_SHIFTS = 3  # of each clip in a test
_KEEP_EVERY = 25  # steps between two checkpoints
_CLOSE = 40.0  # ms, a picture at 25 Hz
_LONGEST_STEP = 1.0  # length of a step's gradient at most
_FIRST_SCALE = 20.0  # of correlations, before their chances are told


@dataclass(frozen=True, slots=True)
class Recipe:
    """How is learned. rounds: how often each clip is seen. batch: clips a step. rate: of learning,

    the highest. warm_up: share of the steps in which it rises. window: ms of a clip that are
    looked at. noise: what is added to lips and timbre, of their deviation.
    """

    rounds: int = 30
    batch: int = 16
    rate: float = 3e-3
    warm_up: float = 0.05
    window: int = 2600
    noise: float = 0.3
    seed: int = 0


DEFAULT_RECIPE = Recipe()


@dataclass(frozen=True)
class Taught:
    """What came of a training. report: as it stands in the model. resumed: the step it went on

    from, 0 where it began anew. told: sentences for people.
    """

    report: dict[str, Any]
    resumed: int
    told: tuple[str, ...]


def picture_of(out: Path) -> Path:
    """Where the picture of a training lies: beside its model."""
    return out.with_name(f"{out.name}.png")


def check_place(out: Path) -> None:
    """Raise UsageError where `out` is something else than a model of this kind."""
    if not out.exists():
        return
    try:
        report_of(out)
    except EngineError as error:
        raise UsageError(
            f"{out} is there already and is no sync-meter.",
            "Nothing was learned.",
            "Name another file, or remove it.",
        ) from error


def teach(
    films: Sequence[Film],
    out: Path,
    baseline: SyncMeter,
    made: str,
    progress: Progress,
    recipe: Recipe = DEFAULT_RECIPE,
) -> Taught:
    """Learn a sync-meter from prepared clips and write it to `out`, a picture of it beside it.

    baseline: the meter it is compared with. made: the day, YYYY-MM-DD, for the report; of a
    training that is gone on with, the day it began. Blocks. A stop keeps what was learned in
    `work_folder(out)`, and the same call goes on from there. Raises UsageError, EngineError, and
    Cancelled within seconds.
    """
    films = sorted({film.key: film for film in films}.values(), key=lambda one: one.key)
    clips = [clip for film in films for clip in film.clips]
    taught, tested, apart = split(clips, recipe.seed)
    work = _Work(out, _identity(recipe, taught, tested))
    with repeatable():
        try:
            course = _Course(recipe, taught, tested, made)
            resumed = work.checkpoint.resume(course)
            _run(course, work, progress.part(0, 0.85))
            learned = work.draft(course)
            trials = _trials(tested, recipe.seed)
            meters = {"learned": learned, "correlation": baseline}
            errors = {
                name: off(meter, trials, part.check)
                for (name, meter), part in zip(
                    meters.items(), progress.part(0.85, 1).shared(1, 1), strict=True
                )
            }
        except (OSError, RuntimeError, ValueError) as error:  # torch's own are RuntimeErrors
            raise EngineError(
                f"The training failed ({in_short(error)}).",
                f"What was learned up to the last {_KEEP_EVERY} steps is kept.",
                "Start it again.",
            ) from error
        errors["zero"] = [float(shift) for _, shift in trials]
        report = {
            "made": course.made,
            "studio": studio.__version__,
            "torch": _torch_version(),
            "python": platform.python_version(),
            "seed": recipe.seed,
            "recipe": asdict(recipe),
            "steps": course.steps,
            "loss": course.fallen(),
            "films": len(films),
            "names": sorted(film.name for film in films),
            "people": len({clip.person for clip in clips}),
            "faces": sum(film.faces for film in films),
            "minutes": round(sum(clip.length for clip in clips) / 60_000, 2),
            "clips": len(taught),
            "held_out": len(tested),
            "people_apart": apart,
            "tested": {name: asdict(scored(values)) for name, values in errors.items()},
        }
        picture = work.folder / "figure.png"
        draw(course.losses, course.chance, errors, picture)
        work.finish(course.model, report, picture)
    progress(1.0, "Learned")
    return Taught({"format": FORMAT, **report}, resumed, (sentence(report), *_doubts(report)))


def _torch_version() -> str:
    import torch

    return str(torch.__version__)


def _doubts(report: dict[str, Any]) -> list[str]:
    """What is to be said against a model."""
    found = []
    if not report["people_apart"]:
        found.append(
            "The clips it was tested on come from the films it learned from; with four people or "
            "films it is tested on people it never saw."
        )
    learned, zero = (report["tested"][name]["rms"] for name in ("learned", "zero"))
    if learned > zero / 3:
        found.append(
            f"It is hardly better than always answering zero ({zero:.0f} ms rms): measure with it "
            "only to compare."
        )
    if learned > report["tested"]["correlation"]["rms"]:
        found.append("On these clips the meter “correlation” is nearer to the truth.")
    return found


def _identity(recipe: Recipe, taught: Sequence[Stored], tested: Sequence[Stored]) -> str:
    """The same for the same training, so that no other is gone on with."""
    said = [FORMAT, asdict(recipe), *([one.file.name, one.length] for one in (*taught, *tested))]
    return hashlib.sha256(json.dumps([len(taught), *said]).encode()).hexdigest()


# --- testing --------------------------------------------------------------------------------------


def scored(errors: Sequence[float]) -> Score:
    """What errors in ms come to."""
    return Score(
        rms=round(math.sqrt(statistics.fmean(one * one for one in errors)), 2),
        median=round(statistics.median(abs(one) for one in errors), 2),
        near=round(sum(abs(one) <= _CLOSE for one in errors) / len(errors), 4),
    )


Trials = list[tuple[TalkingMouth, int]]


def _trials(tested: Sequence[Stored], seed: int) -> Trials:
    """Each held-out clip, its sound shifted some times by so many ms."""
    return [
        (_late(load(one.file), shift), shift)
        for number, one in enumerate(tested)
        for shift in np.random.default_rng([seed, number, 1])
        .integers(-SHIFT // LAG_STEP, SHIFT // LAG_STEP, _SHIFTS, endpoint=True)
        .tolist()
        for shift in (shift * LAG_STEP,)
    ]


def _late(mouth: TalkingMouth, shift: int) -> TalkingMouth:
    """A mouth whose sound comes `shift` ms later."""
    return TalkingMouth(
        mouth.times,
        mouth.opening,
        mouth.loudness,
        mouth.heard_from + shift,
        mouth.lips,
        mouth.timbre,
    )


def off(meter: SyncMeter, trials: Trials, check: Callable[[], None]) -> list[float]:
    """How many ms the lag of best agreement lies off the truth, for each trial."""
    found = meter.agreement((mouth for mouth, _ in trials), _SEARCH, check)
    return [
        float(int(np.argmax(row)) * LAG_STEP - _SEARCH - shift)
        for row, (_, shift) in zip(found, trials, strict=True)
    ]


# --- what is kept ---------------------------------------------------------------------------------


class _Work:
    """The hidden folder beside a model in which it comes about."""

    def __init__(self, out: Path, identity: str) -> None:
        self._out, self.folder = out, work_folder(out)
        self.checkpoint = Checkpoint(out, identity)
        self.folder.mkdir(parents=True, exist_ok=True)

    def draft(self, course: _Course) -> Learned:
        """The model as it is, opened the way it will be."""
        file = self.folder / "draft.safetensors"
        nothing = asdict(Score(0.0, 0.0, 0.0))
        report = {"made": course.made, "films": 0, "minutes": 0, "faces": 0, "held_out": 0}
        save(course.model, {**report, "tested": {"learned": nothing}}, file)
        return Learned(str(file))

    def finish(self, model: Any, report: dict[str, Any], picture: Path) -> None:
        """Put the model and its picture into their places and remove the folder.

        Raises EngineError.
        """
        try:
            new = self.folder / "new.safetensors"
            save(model, report, new)
            loaded(new)  # what cannot be opened is not put in the place of what can
            picture.replace(picture_of(self._out))
            new.replace(self._out)
            shutil.rmtree(self.folder)
        except OSError as error:
            raise EngineError(
                f"{self._out} cannot be written ({error.strerror or error}).",
                "What was learned is kept.",
                "Make room, and start the training again: it only writes the model.",
            ) from error


# --- learning -------------------------------------------------------------------------------------


def _run(course: _Course, work: _Work, progress: Progress) -> None:
    """Take all the steps that are left."""
    try:
        while course.step < course.steps:
            progress(course.step / course.steps, "Learning")
            course.learn()
            if course.step % _KEEP_EVERY == 0:
                work.checkpoint.keep(course)
    finally:
        work.checkpoint.keep(course)  # a step that was not finished has changed nothing


class _Course:
    """A training: its networks, how far it is, and its next step. losses: nats, one a step."""

    def __init__(
        self, recipe: Recipe, taught: Sequence[Stored], tested: Sequence[Stored], made: str
    ) -> None:
        import torch

        self._recipe, self._taught = recipe, taught
        self.made = made
        self.device = device()
        torch.manual_seed(recipe.seed)
        self.model = towers().to(self.device)
        self._scale = torch.nn.Parameter(torch.tensor(math.log(_FIRST_SCALE), device=self.device))
        self._weights = [*self.model.parameters(), self._scale]
        self._optimizer = torch.optim.AdamW(self._weights, weight_decay=0.01)
        a_round = math.ceil(len(taught) / recipe.batch)
        self.steps = recipe.rounds * a_round
        self._a_round = a_round
        self.step = 0
        self.losses: list[float] = []
        lags = np.arange(-_SEARCH, _SEARCH + 1, LAG_STEP)
        peak = np.exp(-((lags / _NEAR_LAG) ** 2) / 2)
        peak /= peak.sum()
        self._least = -float((peak * np.log(np.maximum(peak, 1e-30))).sum())
        self.chance = math.log(len(lags)) - self._least

    def fallen(self) -> dict[str, float]:
        """Nats over the best possible: of a guess, and of the first and last tenth of the steps."""
        tenth = max(1, len(self.losses) // 10)
        first, last = (
            statistics.fmean(part) for part in (self.losses[:tenth], self.losses[-tenth:])
        )
        return {"guess": round(self.chance, 4), "first": round(first, 4), "last": round(last, 4)}

    def state(self) -> dict[str, Any]:
        """All that the next step depends on, beside what was given at the start."""
        return {
            "step": self.step,
            "made": self.made,
            "losses": self.losses,
            "model": self.model.state_dict(),
            "scale": self._scale.detach(),
            "optimizer": self._optimizer.state_dict(),
        }

    def put_state(self, state: dict[str, Any]) -> None:
        """Be where a training was that had this state."""
        import torch

        self.step, self.made, self.losses = state["step"], state["made"], list(state["losses"])
        self.model.load_state_dict(state["model"])
        with torch.no_grad():
            self._scale.copy_(state["scale"])
        self._optimizer.load_state_dict(state["optimizer"])

    def learn(self) -> None:
        """Take the next step. Raises EngineError where the numbers have run away."""
        import torch

        lot = np.random.default_rng([self._recipe.seed, self.step, 2])
        drawn = [self._drawn(load(one.file), lot) for one in self._batch()]
        lips, timbre = (
            torch.from_numpy(np.stack([one[place] for one in drawn])).to(self.device)
            for place in (0, 1)
        )
        late = torch.tensor([one[2] for one in drawn], device=self.device)
        seen = self.model["eyes"](lips)[..., 0, 0]
        fits = fit(seen, self.model["ears"](timbre)) * self._scale.exp()
        lags = torch.arange(-_SEARCH, _SEARCH + 1, LAG_STEP, device=self.device)
        wanted = torch.softmax(-(((lags - late[:, None]) / _NEAR_LAG) ** 2) / 2, dim=1)
        nats = -(wanted * torch.log_softmax(fits, dim=1)).sum(dim=1).mean()
        if not math.isfinite(float(nats.detach())):
            raise EngineError(
                f"The training ran away at step {self.step + 1} of {self.steps}.",
                "No model was written.",
                "Give more or other films; then begin anew: --restart",
            )
        self._optimizer.zero_grad()
        nats.backward()
        torch.nn.utils.clip_grad_norm_(self._weights, _LONGEST_STEP)
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate()
        self._optimizer.step()
        self.losses.append(float(nats.detach()) - self._least)
        self.step += 1

    def _rate(self) -> float:
        """Rises evenly, then falls as half a cosine."""
        warm = max(1, round(self._recipe.warm_up * self.steps))
        if self.step < warm:
            return self._recipe.rate * (self.step + 1) / warm
        share = (self.step - warm) / max(1, self.steps - warm)
        return self._recipe.rate * (0.02 + 0.98 * (1 + math.cos(math.pi * share)) / 2)

    def _batch(self) -> list[Stored]:
        """The clips of this step; each comes once in a round, in an order of the round's own."""
        a_round, place = divmod(self.step, self._a_round)
        order = np.random.default_rng([self._recipe.seed, a_round, 3]).permutation(
            len(self._taught)
        )
        begin = place * self._recipe.batch
        return [self._taught[at] for at in order[begin : begin + self._recipe.batch]]

    def _drawn(
        self, mouth: TalkingMouth, lot: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
        """A window of a clip, its sound shifted, both roughened; and the shift in ms."""
        assert mouth.lips is not None  # noqa: S101  # clips.py puts none without
        assert mouth.timbre is not None  # noqa: S101
        count = self._recipe.window // FRAME
        first, rows = evenly(mouth.times, mouth.lips)
        begin = int(lot.integers(0, max(1, len(rows) - count + 1)))
        rows = rows[begin : begin + count]
        rows = np.pad(rows, ((0, count - len(rows)), (0, 0), (0, 0)))
        if lot.random() < 0.5:  # noqa: PLR2004  # a face in a mirror
            rows = rows[:, :, ::-1]
        reach, shift = _SEARCH // LAG_STEP, int(lot.integers(-SHIFT, SHIFT, endpoint=True))
        shift //= LAG_STEP
        start = first + STRIDE * begin - reach - shift - mouth.heard_from // LAG_STEP
        timbre = _within(mouth.timbre, start, STRIDE * (count - 1) + 1 + 2 * reach)
        lips = shown(np.ascontiguousarray(rows))
        lips = lips + np.asarray(lot.normal(0, self._recipe.noise, lips.shape), np.float32)
        colour = np.asarray(lot.normal(1, self._recipe.noise / 2, timbre.shape[1]), np.float32)
        rough = np.asarray(lot.normal(0, self._recipe.noise, timbre.shape), np.float32)
        timbre = timbre * colour + rough
        return lips, np.ascontiguousarray(timbre.T), float(shift * LAG_STEP)


def _within(timbre: Timbre, start: int, count: int) -> NDArray[np.float32]:
    """`count` rows from `start`; where there are none, the first or the last."""
    places = np.clip(np.arange(start, start + count), 0, len(timbre.rows) - 1)
    return timbre.rows[places]
