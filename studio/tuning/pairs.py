"""Pairs of a prompt and the text that answers it: what a language model learns a choice from.

They come from what people made of drafts, or from lines of JSON as `studio tune examples` writes
them; others' lines will do, if each has a "prompt" and a "response".
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from studio.engines.causal import prompt
from studio.errors import UsageError
from studio.tuning.examples import Example

FEWEST = 20
"""Pairs from which something can be learned and tested."""

_HELD_OUT = 8  # every so many prompts are kept for testing


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """A prompt and the text a person answered it with; neither is empty."""

    prompt: str
    response: str


def of_examples(examples: Iterable[Example]) -> tuple[Pair, ...]:
    """The pairs in what people made of drafts; where they left a cue silent there is none."""
    return tuple(
        Pair(prompt(one.situation, one.candidates), one.text)
        for one in examples
        if one.text.strip()
    )


def read(file: Path) -> tuple[Pair, ...]:
    """The pairs in lines of JSON; empty answers are passed over. Raises UsageError."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(
            f"{file} cannot be read ({why}).", advice="Give a file of studio tune examples."
        ) from error
    found = (_pair(file, at, line) for at, line in enumerate(lines, 1) if line.strip())
    return tuple(pair for pair in found if pair.response)


def _pair(file: Path, at: int, line: str) -> Pair:
    try:
        row = json.loads(line)
        asked, answer = row["prompt"], row["response"]
        if isinstance(asked, str) and isinstance(answer, str) and asked.strip():
            return Pair(asked, answer.strip())
    except (ValueError, KeyError, TypeError):
        pass  # said below, as for a line whose values are of another kind
    raise UsageError(
        f"Line {at} of {file} is no pair of a prompt and a response.",
        "Nothing was learned.",
        'Each line is to be like {"prompt": "...", "response": "..."}; '
        "studio tune examples writes them.",
    )


def split(pairs: Iterable[Pair]) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """The pairs to learn from and those to test with, each once, in an order of their own.

    A prompt is on one side with all its answers. Raises UsageError where there are too few.
    """
    unique = sorted(set(pairs))
    if len(unique) < FEWEST:
        raise UsageError(
            f"There are {len(unique)} different examples, too few to learn from.",
            "Nothing was learned.",
            f"Write, pick or edit texts in at least {FEWEST} places that have drafts.",
        )
    prompts = sorted({one.prompt for one in unique}, key=lambda asked: zlib.crc32(asked.encode()))
    if len(prompts) < _HELD_OUT:
        raise UsageError(
            f"The examples have {len(prompts)} different prompts, too few to learn from.",
            "Nothing was learned.",
            "Give examples of more places of the films.",
        )
    tested = set(prompts[::_HELD_OUT])
    return (
        tuple(one for one in unique if one.prompt not in tested),
        tuple(one for one in unique if one.prompt in tested),
    )
