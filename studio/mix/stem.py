"""The description alone, as one WAV as long as the delivered film; how such a WAV is written."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from studio.mix.levels import Level, levelled
from studio.mix.mixer import MixPlan, Sound
from studio.mix.sound import mixed
from studio.progress import Progress

RATE = 48_000
_BITS = 24
_BYTES = _BITS // 8
_LARGEST = (1 << 32) - 1  # what the sizes in a plain WAV can say
_PCM = 1


def wav_bytes(channels: int, count: int) -> int:
    """The size on disk of `count` samples of each channel."""
    return count * channels * _BYTES


def stem_bytes(plan: MixPlan) -> int:
    """The size of the stem's samples on disk."""
    return wav_bytes(plan.channels, plan.length)


def write_stem(
    plan: MixPlan,
    level: Level | None,
    target: Path,
    progress: Progress,
    doing: str = "Writing the description alone",
) -> None:
    """Write the mix of `plan` without the film's sound to `target` as a 24-bit WAV.

    In constant memory. doing: for the progress. Raises OSError and MediaError.
    """
    blocks = levelled(mixed(plan, None), level, plan.rate)
    write_wav(target, plan, _reported(blocks, plan.length, progress, doing))


def write_wav(target: Path, plan: MixPlan, blocks: Iterable[Sound]) -> None:
    """Write `blocks`, a mix of `plan` from its start to its end, to `target` as a 24-bit WAV.

    Beyond 4 GiB it is an RF64 (EBU Tech 3306), which is a WAV with 64-bit sizes. Raises OSError.
    """
    with target.open("wb") as file:
        write_wav_to(file, plan, blocks)


def write_wav_to(file: BinaryIO, plan: MixPlan, blocks: Iterable[Sound]) -> None:
    """The same, to a file that is open."""
    file.write(wav_header(plan.rate, plan.channels, plan.length))
    for block in blocks:
        file.write(_packed(block))


def _reported(
    blocks: Iterable[Sound], length: int, progress: Progress, doing: str
) -> Iterator[Sound]:
    done = 0
    for block in blocks:
        progress(done / length, doing)
        yield block
        done += block.shape[1]


def _packed(block: Sound) -> bytes:
    """Channels x n of -1..1 as interleaved little-endian 24-bit integers."""
    full_scale = (1 << (_BITS - 1)) - 1
    whole = np.rint(block.T.clip(-1, 1) * full_scale).astype("<i4", order="C")
    packed: bytes = whole.reshape(-1, 1).view(np.uint8)[:, :_BYTES].tobytes()
    return packed


def wav_header(rate: int, channels: int, count: int) -> bytes:
    """What precedes `count` 24-bit samples of each channel in a WAV, or RF64 where it is large."""
    size = count * channels * _BYTES
    layout = struct.pack(
        "<4sIHHIIHH", b"fmt ", 16, _PCM, channels, rate,
        rate * channels * _BYTES, channels * _BYTES, _BITS,
    )  # fmt: skip
    after_size = 4 + len(layout) + 8 + size
    if after_size <= _LARGEST:
        return (
            struct.pack("<4sI4s", b"RIFF", after_size, b"WAVE")
            + layout
            + struct.pack("<4sI", b"data", size)
        )
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, after_size + 36, size, count, 0)
    return (
        struct.pack("<4sI4s", b"RF64", _LARGEST, b"WAVE")
        + sizes
        + layout
        + struct.pack("<4sI", b"data", _LARGEST)
    )
