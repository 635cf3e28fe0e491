"""The ranker "adapter": a language model of this machine that has learned from a describer's picks.

    studio tune adapter PROJECT... --model FOLDER -o ADAPTER
    studio draft PROJECT --describer ... --ranker adapter:ADAPTER

An adapter (LoRA, by the package peft) is a small addition to a model's weights; the model itself
lies in its own folder, unchanged. A draft is liked as much as the model finds it likely as the
answer to the prompt it was taught with. Without `--ranker` drafting knows nothing of it.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio import paths
from studio.engines import Check, Situation, unchecked
from studio.engines.causal import PROMPT, Causal, fingerprint, prompt
from studio.engines.machine import in_short, quiet
from studio.engines.translators import finished_within
from studio.errors import EngineError

FOLDER = "adapter"
"""Where in the user's data folder the adapter lies that is meant when none is named."""

LEARNED = "learned.json"
"""Beside the adapter: on which model and from how many examples it was learned."""

FORMAT = 1


class Adapter:
    """Ranks with an adapter and its model. Both are loaded when first asked."""

    def __init__(self, folder: str = "") -> None:
        """folder: an adapter's; "" takes the user's own. Raises EngineError where it is none."""
        named = Path(folder).expanduser() if folder else paths.data_folder() / FOLDER
        self._folder = named.resolve()
        self._base = base_of(self._folder)

    def rank(
        self, situation: Situation, texts: Sequence[str], check: Check = unchecked
    ) -> tuple[float, ...]:
        ordered = sorted(set(texts))  # so that the order in which they come can change no bit
        if not ordered:
            return ()
        with quiet():
            changed = _changed(self._folder)
            model: Causal = finished_within(
                lambda: _loaded(self._folder, self._base, changed), check, math.inf
            )
            try:
                with model.stoppable(check):
                    found = model.likelihoods(prompt(situation, ordered), ordered)
            except Exception as error:  # whatever the model's own code raises
                raise EngineError(
                    f"The model {self._base} failed at choosing ({in_short(error)}).",
                    "Drafts could not be put in your order.",
                    "Draft without --ranker, or learn again: studio tune adapter",
                ) from error
        ranks = dict(zip(ordered, _shares(found), strict=True))
        return tuple(ranks[text] for text in texts)


def base_of(folder: Path) -> Path:
    """The folder of the model that an adapter was learned on.

    Raises EngineError where the adapter cannot be read, was learned with other prompts, or its
    model is gone or another.
    """
    try:
        learned = json.loads((folder / LEARNED).read_text(encoding="utf-8"))
        made_for = learned["format"], learned["prompt"]
        base, mark = Path(learned["model"]), str(learned["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _useless(folder, in_short(error)) from error
    if made_for != (FORMAT, PROMPT):
        raise _useless(folder, "another version of the studio made it")
    try:
        found = fingerprint(base)
    except OSError as error:
        raise EngineError(
            f"The model that {folder} was learned on is not in {base}.",
            "Drafts could not be put in your order.",
            f"Put it back, or write its new folder into {folder / LEARNED}, or draft without "
            "--ranker.",
        ) from error
    if found != mark:
        raise EngineError(
            f"The model in {base} is not the one that {folder} was learned on.",
            "Its answers would mean nothing.",
            "Put the former one back, or learn again: studio tune adapter",
        )
    return base


def _useless(folder: Path, why: str) -> EngineError:
    return EngineError(
        f"The adapter in {folder} cannot be used ({why}).",
        "Drafts could not be put in your order.",
        "Draft without --ranker, or learn again: studio tune adapter",
    )


def _shares(likelihoods: Sequence[float]) -> tuple[float, ...]:
    """Log-likelihoods as shares of one, 0..1: how likely each is the one that is picked.

    fsum: the same to the last bit, in whatever order a machine would add.
    """
    best = max(likelihoods)
    weights = [math.exp(one - best) for one in likelihoods]
    whole = math.fsum(weights)
    return tuple(weight / whole for weight in weights)


def _changed(folder: Path) -> int:
    """When the adapter was learned, so that one learned anew is loaded anew."""
    return (folder / LEARNED).stat().st_mtime_ns


@functools.lru_cache(maxsize=1)
def _loaded(folder: Path, base: Path, _changed: int) -> Causal:
    try:
        return _with_adapter(Causal(base), folder)
    except Exception as error:  # as many kinds as there are ways to damage a model
        raise _useless(folder, in_short(error)) from error


def _with_adapter(model: Causal, folder: Path) -> Causal:
    from peft import PeftModel

    wrapped: Any = PeftModel.from_pretrained(model.model, folder, local_files_only=True)
    model.model = wrapped.eval()
    return model
