"""Trainings that may be stopped at any moment, even killed, and go on as if they had not been.

A training comes about in a hidden folder beside what it makes. Its checkpoint lies there, with a
mark that tells for what training it is good.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from studio.engines.machine import in_short
from studio.errors import UsageError

FILE = "checkpoint.pt"


class Course(Protocol):
    """A training that is under way: on which device, and how far."""

    device: str
    step: int

    def state(self) -> dict[str, Any]:
        """All that the next step depends on, beside what was given at the start."""
        ...

    def put_state(self, state: dict[str, Any]) -> None:
        """Be where a training was that had this state."""
        ...


def work_folder(out: Path) -> Path:
    """The hidden folder beside `out` in which it comes about."""
    return out.with_name(f".{out.name}.training")


class Checkpoint:
    """What is kept of one training. identity: the same for the same training."""

    def __init__(self, out: Path, identity: str) -> None:
        self._out, self._identity = out, identity
        self._file = work_folder(out) / FILE

    def resume(self, course: Course) -> int:
        """Put a training where it was stopped; the step, 0 where none was. Raises UsageError."""
        import torch

        if not self._file.is_file():
            return 0
        try:
            kept = torch.load(self._file, map_location=course.device, weights_only=True)
            identity, state = kept["identity"], kept["state"]
        except Exception as error:  # as many kinds as there are ways to damage a file
            raise UsageError(
                f"What was kept of a training cannot be read from {self._file} "
                f"({in_short(error)}).",
                "It cannot be gone on with.",
                "Begin anew: --restart",
            ) from error
        if identity != self._identity:
            raise UsageError(
                f"A training of {self._out.name} with other examples, another model or other "
                "settings was stopped half way.",
                "It cannot be gone on with.",
                "Repeat what it was begun with, or begin anew: --restart",
            )
        course.put_state(state)
        return course.step

    def keep(self, course: Course) -> None:
        """Write down how far a training is, whole or not at all."""
        import torch

        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_name(f"{FILE}.part")
        torch.save({"identity": self._identity, "state": course.state()}, part)
        part.replace(self._file)


@contextlib.contextmanager
def repeatable() -> Iterator[None]:
    """Have torch calculate so that it can be repeated; afterwards it is as it was.

    Where a graphics card knows no such way for a step, torch takes the usual one; only then does
    a training that was stopped end near one that was not, and not to the last bit like it.
    """
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # as torch's notes on it ask
    was = torch.are_deterministic_algorithms_enabled()
    warned = torch.is_deterministic_algorithms_warn_only_enabled()
    try:
        torch.use_deterministic_algorithms(True, warn_only=True)
        with torch.random.fork_rng(range(torch.cuda.device_count())):
            yield
    finally:
        torch.use_deterministic_algorithms(was, warn_only=warned)
