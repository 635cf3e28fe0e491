"""Reading what a language model answers: without its thoughts, one candidate a line."""

from __future__ import annotations

import re

LONGEST_EVIDENCE = 2000
"""Letters of what a model saw that are kept with a draft."""

_THOUGHTS = re.compile(r"<think>.*?(?:</think>|$)", re.DOTALL)
_ITEM = re.compile(r"^\s*(?:[-*•]\s+|\(?\d{1,2}[.):]\s*)")


def plain(answer: str) -> str:
    """The answer without what the model thought before, and only of whole characters."""
    text = _THOUGHTS.sub("", answer).strip()
    return text.encode("utf-8", "replace").decode("utf-8")  # half of one could not be kept


def says_something(text: str) -> bool:
    """Whether there is a letter or a digit in it."""
    return any(map(str.isalnum, text))


def candidates(answer: str) -> tuple[str, ...]:
    """The lines of an answer, each once, without the marks of a list."""
    lines = (_ITEM.sub("", line).strip() for line in answer.splitlines())
    return tuple(dict.fromkeys(line for line in lines if says_something(line)))


def shortened(seen: str) -> str:
    """What a model saw, as much of it as is kept."""
    return seen[:LONGEST_EVIDENCE]
