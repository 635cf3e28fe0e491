"""What models run on here: the device torch finds, the numbers it calculates in, and quiet."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import Any


def device() -> str:
    """The quickest that is here: "cuda" (ROCm too), "mps" or "cpu"."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def number_kind(device: str) -> Any:
    """What a model calculates in: half as many bits where the device is made for it."""
    import torch

    if device == "cpu":
        return torch.float32
    if device == "cuda" and torch.cuda.is_bf16_supported():
        return torch.bfloat16
    return torch.float16


def give_back_memory(device: str) -> None:
    """Give back memory of the graphics card that torch holds without using it."""
    import torch

    if device == "cuda":
        torch.cuda.empty_cache()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what the libraries print about themselves off the terminal."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def in_short(error: BaseException) -> str:
    """What a library's error says, on one line: its kind and the first 200 letters."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
