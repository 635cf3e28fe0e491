"""Teaching a language model of this machine what a describer writes: LoRA, by the package peft.

LoRA (Hu et al. 2021, arXiv 2106.09685) leaves the model's own weights alone and learns a pair of
thin matrices beside each linear one; what is written is these alone. Only the answers are learned,
not the prompts.

Everything that is drawn at random in a step follows from the seed and the number of the step, and
so does its rate; with the weights, the optimizer's memory and the number of the next step a
training goes on after a stop exactly as if there had been none.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from studio.engines.adapter import FORMAT, LEARNED
from studio.engines.causal import PROMPT, Causal, Tokens, fingerprint
from studio.engines.machine import in_short, quiet
from studio.engines.translators import finished_within
from studio.errors import EngineError, UsageError
from studio.progress import Cancelled, Progress
from studio.tuning.checkpoint import Checkpoint, repeatable, work_folder
from studio.tuning.pairs import Pair, split

_TOGETHER = {"cuda": 8, "mps": 2, "cpu": 1}  # pairs calculated at once; a batch may be several
_KEEP_EVERY = 60.0  # s between two checkpoints
_LONGEST_STEP = 1.0  # length of a step's gradient at most (Pascanu et al. 2013)
_FAR_APART = 1_000_003  # steps; no two seeds draw alike before
_IGNORED = -100  # torch's mark for a token that is not to be learned


@dataclass(frozen=True, slots=True)
class Recipe:
    """How is learned. epochs: how often each pair is seen. batch: pairs a step. rate: of learning,

    the highest. rank: of the matrices; their share is scaled by 2. dropout: share of what goes
    into them that is left out, 0..1. warm_up: share of the steps in which the rate rises.
    """

    epochs: int = 3
    batch: int = 8
    rate: float = 2e-4
    rank: int = 16
    dropout: float = 0.05
    warm_up: float = 0.05
    seed: int = 0


DEFAULT_RECIPE = Recipe()


@dataclass(frozen=True, slots=True)
class Taught:
    """What came of a training. before, after: nats a token on `tested` pairs it never saw.

    resumed: the step it went on from, 0 where it began anew.
    """

    pairs: int
    tested: int
    steps: int
    resumed: int
    before: float
    after: float


def teach(
    pairs: Sequence[Pair],
    base: Path,
    out: Path,
    progress: Progress,
    recipe: Recipe = DEFAULT_RECIPE,
    *,
    restart: bool = False,
) -> Taught:
    """Learn an adapter for the model in `base` and write it to the folder `out`.

    A stop, even in the middle of a step, keeps what was learned beside `out`, and the next call
    goes on from there; restart: begin anew instead. An adapter that was in `out` stays until the
    new one is whole. Raises UsageError and EngineError; `Cancelled` within a second.
    """
    taught, tested = split(pairs)
    base, out = base.resolve(), out.absolute()
    _check_place(out)
    mark = _fingerprint(base)
    work = _Work(out, _identity(recipe, mark, taught, tested), restart)
    with repeatable():
        model = _opened(base, progress)
        try:
            with quiet():
                course = _Course(model, recipe, taught, tested)
            resumed = work.checkpoint.resume(course)
            before, after = _run(course, work, progress)
        except (OSError, RuntimeError, ValueError) as error:  # torch's own are RuntimeErrors
            raise EngineError(
                f"The training of {base} failed ({in_short(error)}).",
                "What was learned up to the last minute is kept.",
                "Where the memory was too small, take a smaller model; then start it again.",
            ) from error
        result = Taught(len(taught), len(tested), course.steps, resumed, before, after)
        with quiet():
            work.finish(model.model, {**asdict(result), **_origin(base, mark, recipe)})
    return result


def _origin(base: Path, mark: str, recipe: Recipe) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "prompt": PROMPT,
        "model": str(base),
        "fingerprint": mark,
        "recipe": asdict(recipe),
    }


def _check_place(out: Path) -> None:
    if out.exists() and not (out / LEARNED).is_file():
        raise UsageError(
            f"{out} is there already and is no adapter of the studio.",
            "Nothing was learned.",
            "Name another folder, or remove it.",
        )


def _fingerprint(base: Path) -> str:
    try:
        return fingerprint(base)
    except OSError as error:
        raise _no_model(base, error) from error


def _no_model(base: Path, error: BaseException) -> EngineError:
    return EngineError(
        f"The model in {base} cannot be loaded ({in_short(error)}).",
        "Nothing was learned.",
        "Name a folder with a language model for transformers, such as phi-2.",
    )


def _opened(base: Path, progress: Progress) -> Causal:
    """The model; loading it takes a while and cannot be stopped, but it can be left."""
    progress(0.0, "Loading the model")
    try:
        # eager: the other ways to calculate attention do not repeat themselves to the last bit
        with quiet():
            loaded = finished_within(lambda: Causal(base, "eager"), progress.check, math.inf)
    except Exception as error:  # as many kinds as there are ways to damage a model
        raise _no_model(base, error) from error
    assert isinstance(loaded, Causal)  # noqa: S101  # for the checker of types
    return loaded


def _run(course: _Course, work: _Work, progress: Progress) -> tuple[float, float]:
    """The loss before and after all the steps that are left."""
    progress(0.05, "Testing before")
    with course.model.stoppable(progress.check):
        before = course.before if course.before is not None else course.loss()
        course.before = before
        kept = time.monotonic()
        try:
            while course.step < course.steps:
                progress(0.1 + 0.8 * course.step / course.steps, "Learning")
                course.learn()
                if time.monotonic() - kept >= _KEEP_EVERY:
                    work.checkpoint.keep(course)
                    kept = time.monotonic()
            work.checkpoint.keep(course)
            progress(0.9, "Testing after")
            after = course.loss()
        except Cancelled:
            work.checkpoint.keep(course)  # a step that was not finished has changed nothing
            raise
    progress(1.0, "Learned")
    return before, after


# --- what is kept ---------------------------------------------------------------------------------


def _identity(recipe: Recipe, mark: str, taught: Sequence[Pair], tested: Sequence[Pair]) -> str:
    """The same for the same training, so that no other is gone on with."""
    said = [asdict(recipe), mark, *([one.prompt, one.response] for one in (*taught, *tested))]
    return hashlib.sha256(json.dumps([len(taught), *said]).encode()).hexdigest()


class _Work:
    """The hidden folder beside an adapter in which it comes about."""

    def __init__(self, out: Path, identity: str, restart: bool) -> None:
        self._out, self._folder = out, work_folder(out)
        self.checkpoint = Checkpoint(out, identity)
        if restart:
            shutil.rmtree(self._folder, ignore_errors=True)

    def finish(self, model: Any, learned: dict[str, Any]) -> None:
        """Put the adapter into its place and remove the folder. Raises EngineError."""
        new, former = self._folder / "new", self._folder / "former"
        try:
            for folder in (new, former):
                shutil.rmtree(folder, ignore_errors=True)
            # not the embeddings: they are as they were, and peft would ask the hub about them
            model.save_pretrained(new, save_embedding_layers=False)
            (new / "README.md").unlink(missing_ok=True)  # a form that nobody has filled in
            (new / LEARNED).write_text(json.dumps(learned, indent=1) + "\n", encoding="utf-8")
            if self._out.exists():
                self._out.replace(former)
            new.replace(self._out)
            shutil.rmtree(self._folder)
        except OSError as error:
            raise EngineError(
                f"{self._out} cannot be written ({error.strerror or error}).",
                "What was learned is kept.",
                "Make room, and start the training again: it only writes the adapter.",
            ) from error


# --- learning -------------------------------------------------------------------------------------


class _Course:
    """A training: its model with the adapter, how far it is, and its next step."""

    def __init__(
        self, model: Causal, recipe: Recipe, taught: Sequence[Pair], tested: Sequence[Pair]
    ) -> None:
        import torch
        from peft import LoraConfig, get_peft_model

        config = LoraConfig(
            r=recipe.rank,
            lora_alpha=2 * recipe.rank,
            lora_dropout=recipe.dropout,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
        torch.manual_seed(recipe.seed)
        model.model = get_peft_model(model.model, config)
        self.model, self._recipe = model, recipe
        self._taught = [model.tokens(one.prompt, one.response) for one in taught]
        self._tested = [model.tokens(one.prompt, one.response) for one in tested]
        parameters = model.model.named_parameters()
        self._weights = {name: one for name, one in parameters if one.requires_grad}
        self._optimizer = torch.optim.AdamW(self._weights.values(), weight_decay=0.0)
        # half numbers lose small gradients; bfloat16 and float32 do not
        half = model.kind is torch.float16
        self._scaler = torch.amp.GradScaler(model.device, enabled=half)
        self._a_round = math.ceil(len(taught) / recipe.batch)
        self.device = model.device
        self.steps = recipe.epochs * self._a_round
        self.step = 0
        self.before: float | None = None

    def state(self) -> dict[str, Any]:
        """All that the next step depends on, beside what was given at the start."""
        return {
            "step": self.step,
            "before": self.before,
            "weights": {name: one.detach() for name, one in self._weights.items()},
            "optimizer": self._optimizer.state_dict(),
            "scaler": self._scaler.state_dict(),
        }

    def put_state(self, state: dict[str, Any]) -> None:
        """Be where a training was that had this state."""
        import torch

        self.step, self.before = state["step"], state["before"]
        with torch.no_grad():
            for name, weight in self._weights.items():
                weight.copy_(state["weights"][name])
        self._optimizer.load_state_dict(state["optimizer"])
        self._scaler.load_state_dict(state["scaler"])

    def loss(self) -> float:
        """Nats a token on the pairs that are not learned from."""
        import torch

        self.model.model.eval()
        with torch.no_grad():
            whole = math.fsum(float(self._nats(part)) for part in self._parts(self._tested))
        return whole / sum(one.ending for one in self._tested)

    def learn(self) -> None:
        """Take the next step. Raises EngineError where the numbers have run away."""
        import torch

        torch.manual_seed(self._recipe.seed * _FAR_APART + self.step)
        self.model.model.train()
        self._optimizer.zero_grad()  # of a step that was stopped half way, too
        batch = self._batch()
        tokens = sum(one.ending for one in batch)
        for part in self._parts(batch):
            loss = self._nats(part) / tokens
            if not math.isfinite(float(loss.detach())):
                raise EngineError(
                    f"The training ran away at step {self.step + 1} of {self.steps}.",
                    "No adapter was written.",
                    "Take another model, or fewer rounds; then begin anew: --restart",
                )
            self._scaler.scale(loss).backward()
        self._scaler.unscale_(self._optimizer)
        torch.nn.utils.clip_grad_norm_(self._weights.values(), _LONGEST_STEP)
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate()
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self.step += 1

    def _batch(self) -> list[Tokens]:
        """The pairs of this step; each comes once in a round, in an order of the round's own."""
        around, place = divmod(self.step, self._a_round)
        order = list(range(len(self._taught)))
        random.Random(f"{self._recipe.seed} {around}").shuffle(order)  # noqa: S311  # no secret
        first = place * self._recipe.batch
        return [self._taught[at] for at in order[first : first + self._recipe.batch]]

    def _rate(self) -> float:
        """Rising, then falling to nothing along half a wave (Loshchilov and Hutter 2017)."""
        rising = max(1, round(self._recipe.warm_up * self.steps))
        if self.step < rising:
            return self._recipe.rate * (self.step + 1) / rising
        done = (self.step - rising) / max(1, self.steps - rising)
        return self._recipe.rate * (1 + math.cos(math.pi * done)) / 2

    def _parts(self, rows: Sequence[Tokens]) -> Iterator[Sequence[Tokens]]:
        together = _TOGETHER[self.device]
        return (rows[at : at + together] for at in range(0, len(rows), together))

    def _nats(self, rows: Sequence[Tokens]) -> Any:
        """The sum of what each token of the answers was unexpected, in nats."""
        import torch

        longest = max(len(one.ids) for one in rows)
        fill = self.model.tokenizer.eos_token_id
        ids = [[*one.ids, *[fill] * (longest - len(one.ids))] for one in rows]
        there = [[1] * len(one.ids) + [0] * (longest - len(one.ids)) for one in rows]
        learned = [
            [_IGNORED] * (len(one.ids) - one.ending)
            + list(one.ids[-one.ending :])
            + [_IGNORED] * (longest - len(one.ids))
            for one in rows
        ]
        given = {"input_ids": ids, "attention_mask": there}
        inputs = {name: torch.tensor(one, device=self.device) for name, one in given.items()}
        expected = self.model.model(**inputs, use_cache=False).logits[:, :-1].float()
        wanted = torch.tensor(learned, device=self.device)[:, 1:]
        return torch.nn.functional.cross_entropy(
            expected.flatten(0, 1), wanted.flatten(), ignore_index=_IGNORED, reduction="sum"
        )
