"""The sync-meter "learned": lips and voice held against each other by what was learned of them.

    studio tune sync DATA -o MODEL
    studio sync FILM --meter learned:MODEL

Two small networks look at the flow of lips (3-D convolutions, 25 rows a second) and listen to the
timbre (convolutions, 100 rows a second); each makes a vector of a moment. How well the sound fits
at a lag is Pearson's correlation of the two rows of vectors, so what it answers is judged exactly
as the answers of “correlation” are. The model is a safetensors file: numbers, and words that say
what it was trained on; nothing in it is ever run.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio import paths
from studio.amounts import counted
from studio.engines import (
    LAG_STEP,
    LIP_GRID,
    TIMBRE,
    Check,
    TalkingMouth,
    Timbre,
    unchecked,
)
from studio.engines.machine import in_short
from studio.errors import EngineError

Floats = NDArray[np.float32]

FILE = "sync-meter.safetensors"
"""In the user's data folder: the model that is meant when none is named."""

FORMAT = 1
"""Counts up when the networks, or what they are given, change."""

FRAME = 40
"""ms from one row of lips to the next."""

STRIDE = FRAME // LAG_STEP
"""Rows of timbre to one of lips."""

_REPORT = "studio"  # the row of the file's words
_LARGEST = 16 * 1024**2  # bytes; a model has some 100 KB
_LONGEST_WORDS = 2**20  # bytes
_ENOUGH = 0.6  # share of a mouth that must be heard at a lag
_SHORTEST = 25  # rows of lips, 1 s
_AT_ONCE = 6000  # rows of timbre, a minute
_SEEN, _HEARD = (8, 16, 32), 32  # channels
_SIZE = 16  # of the vectors
_REACH = 12  # rows of timbre on either side that a vector depends on: 2 + 4 + 6


class Learned:
    """Measures with a trained model; some 40 MB an hour of film while it works."""

    looks_closely = True

    def __init__(self, file: str = "") -> None:
        """file: a model; "" takes the user's own. Raises EngineError where it is none."""
        named = Path(file).expanduser() if file else paths.data_folder() / FILE
        self._file = named.resolve()
        self._report = report_of(self._file)
        self._towers = loaded(self._file)
        # what was embedded, with what it was made from, so that no address is used twice
        self._heard: dict[int, tuple[Timbre, NDArray[np.float16]]] = {}
        self._seen: dict[int, tuple[Floats, Any]] = {}

    @property
    def learned_from(self) -> str:
        """See SyncMeter."""
        return sentence(self._report)

    def agreement(
        self, mouths: Iterable[TalkingMouth], reach: int, check: Check = unchecked
    ) -> Generator[NDArray[np.float32]]:
        """See SyncMeter."""
        for mouth in mouths:
            check()
            yield self._agreement(mouth, reach // LAG_STEP, check)

    def _agreement(self, mouth: TalkingMouth, reach: int, check: Check) -> Floats:
        import torch

        if mouth.lips is None or mouth.timbre is None:
            raise ValueError("the meter was given neither lips nor timbre")
        lags = np.zeros(2 * reach + 1, np.float32)
        first, rows = evenly(mouth.times, mouth.lips)
        if len(rows) < _SHORTEST or not len(mouth.timbre.rows):
            return lags
        start = first - reach - mouth.heard_from // LAG_STEP
        count = STRIDE * (len(rows) - 1) + 1 + 2 * reach
        heard, known = _around(self._voice(mouth.timbre, check), start, count)
        with torch.inference_mode():
            found = fit(self._face(mouth.lips, rows)[None], torch.from_numpy(heard.T[None].copy()))
        there = np.concatenate([[0], np.cumsum(known)])
        width = STRIDE * (len(rows) - 1) + 1
        enough = there[width:] - there[:-width] >= _ENOUGH * width
        lags[enough] = found[0].numpy()[enough]
        return lags

    def _face(self, lips: Floats, rows: Floats) -> Any:
        """The vectors of a mouth; it is held against the sound of many moments."""
        import torch

        if id(lips) not in self._seen:
            self._seen[id(lips)] = lips, self._towers["eyes"](torch.from_numpy(shown(rows)[None]))
        return self._seen[id(lips)][1].reshape(_SIZE, -1)

    def _voice(self, timbre: Timbre, check: Check) -> NDArray[np.float16]:
        """The vectors of a film's whole sound, n x _SIZE."""
        import torch

        if id(timbre) not in self._heard:
            rows = np.pad(timbre.rows, ((_REACH, _REACH), (0, 0)), "edge")
            found = np.empty((len(timbre.rows), _SIZE), np.float16)
            with torch.inference_mode():
                for begin in range(0, len(found), _AT_ONCE):
                    check()
                    part = rows[begin : begin + _AT_ONCE + 2 * _REACH]
                    told = self._towers["ears"](torch.from_numpy(part.T[None].copy()))
                    found[begin : begin + _AT_ONCE] = told[0, :, _REACH:-_REACH].numpy().T
            self._heard[id(timbre)] = timbre, found
        return self._heard[id(timbre)][1]


def _around(vectors: NDArray[Any], start: int, count: int) -> tuple[Floats, NDArray[np.int64]]:
    """`count` vectors from row `start`, and 1 where they are known, else 0; unknown: their mean."""
    low, high = max(0, start), min(len(vectors), start + count)
    known = np.zeros(count, np.int64)
    found = np.zeros((count, vectors.shape[1]), np.float32)
    if low < high:
        inside = vectors[low:high].astype(np.float32)
        found[:] = inside.mean(axis=0)
        found[low - start : high - start] = inside
        known[low - start : high - start] = 1
    return found, known


# --- what the networks are given ------------------------------------------------------------------


def evenly(times: NDArray[np.int64], lips: NDArray[Any]) -> tuple[int, Floats]:
    """The motion of lips each FRAME ms, n x LIP_GRID, and where its first row begins, in LAG_STEPs.

    times, lips: as in TalkingMouth. A row is what moved in the FRAME ms around its time, whatever
    the rate of the film. The middle of the first row lies at the number returned.
    """
    way = np.cumsum(lips.reshape(len(lips), -1).astype(np.float64), axis=0)
    half = FRAME // 2
    first = -(-(int(times[0]) + half) // LAG_STEP)
    count = (int(times[-1]) - half - first * LAG_STEP) // FRAME + 1
    if count <= 0:
        return first, np.zeros((0, *LIP_GRID), np.float32)
    edges = first * LAG_STEP - half + FRAME * np.arange(count + 1)
    after = np.clip(np.searchsorted(times, edges, "right"), 1, len(times) - 1)
    before = after - 1
    share = (edges - times[before]) / (times[after] - times[before])
    at = way[before] + np.clip(share, 0, 1)[:, None] * (way[after] - way[before])
    return first, np.diff(at, axis=0).astype(np.float32).reshape(count, *LIP_GRID)


def shown(rows: Floats) -> Floats:
    """Rows of lips as the network wants them: 1 x n x LIP_GRID, of mean square 1."""
    size = math.sqrt(float((rows**2).mean())) + 1e-4  # pixels; far below what moves
    return (rows / size)[None].astype(np.float32)


# --- the networks ---------------------------------------------------------------------------------


def towers() -> Any:
    """The two networks, untrained: `eyes` b x 1 x n x LIP_GRID, `ears` b x TIMBRE x n.

    `eyes` gives b x _SIZE x n x 1 x 1, `ears` b x _SIZE x n. Nothing is normed along time, so a
    moment has the same vector in a clip and in a film.
    """
    from torch import nn

    one, two, three = _SEEN
    tall, wide = (math.ceil(math.ceil(n / 2) / 2) for n in LIP_GRID)
    eyes = nn.Sequential(
        nn.Conv3d(1, one, 3, stride=(1, 2, 2), padding=1),
        nn.GELU(),
        nn.Conv3d(one, two, 3, stride=(1, 2, 2), padding=1),
        nn.GELU(),
        nn.Conv3d(two, three, (1, tall, wide)),
        nn.GELU(),
        nn.Conv3d(three, three, (5, 1, 1), padding=(2, 0, 0)),
        nn.GELU(),
        nn.Conv3d(three, three, (5, 1, 1), padding=(4, 0, 0), dilation=(2, 1, 1)),
        nn.GELU(),
        nn.Conv3d(three, _SIZE, 1),
    )
    ears = nn.Sequential(
        nn.Conv1d(TIMBRE, _HEARD, 5, padding=2),
        nn.GELU(),
        nn.Conv1d(_HEARD, _HEARD, 5, padding=4, dilation=2),
        nn.GELU(),
        nn.Conv1d(_HEARD, _HEARD, 5, padding=6, dilation=3),
        nn.GELU(),
        nn.Conv1d(_HEARD, _SIZE, 1),
    )
    return nn.ModuleDict({"eyes": eyes, "ears": ears})


def fit(seen: Any, heard: Any) -> Any:
    """How well vectors of lips fit those of the sound at each lag: b x lags, -1..1.

    seen: b x _SIZE x n. heard: b x _SIZE x rows, the first at the first lag; a row each LAG_STEP.
    Pearson's correlation over all moments, the numbers of a vector side by side.
    """
    from torch import ones
    from torch.nn.functional import conv1d

    many, size, count = seen.shape
    varied = seen - seen.mean(dim=2, keepdim=True)
    flat = heard.reshape(1, many * size, -1)
    together = conv1d(flat, varied, dilation=STRIDE, groups=many)[0]
    box = ones(1, 1, count, dtype=seen.dtype, device=seen.device)
    sums = conv1d(heard.reshape(many * size, 1, -1), box, dilation=STRIDE)
    squares = conv1d((heard**2).sum(dim=1, keepdim=True), box, dilation=STRIDE)[:, 0]
    spread = squares - (sums.reshape(many, size, -1) ** 2).sum(dim=1) / count
    own = (varied**2).sum(dim=(1, 2))[:, None]
    return (together / (own * spread.clamp(min=0) + 1e-9).sqrt()).clamp(-1, 1)


# --- the file -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Score:
    """How far answers lie from the truth. rms, median: ms. near: share within 40 ms, 0..1."""

    rms: float
    median: float
    near: float


def save(model: Any, report: dict[str, Any], file: Path) -> None:
    """Write a model and its report whole or not at all. Raises OSError."""
    from safetensors.torch import save as packed

    part = file.with_name(f".{file.name}.part")
    weights = {name: one.detach().cpu().contiguous() for name, one in model.state_dict().items()}
    words = {_REPORT: json.dumps({"format": FORMAT, **report}, sort_keys=True)}
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        part.write_bytes(packed(weights, metadata=words))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def report_of(file: Path) -> dict[str, Any]:
    """What the file says it was trained on; needs no package. Raises EngineError."""
    try:
        if file.stat().st_size > _LARGEST:
            raise _useless(file, "it is far too large for one")
        with file.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            if length > _LONGEST_WORDS:
                raise _useless(file, "it is no safetensors file")
            report = json.loads(json.loads(opened.read(length))["__metadata__"][_REPORT])
        if report["format"] != FORMAT:
            raise _useless(file, "another version of the studio made it")
        sentence(report)
    except FileNotFoundError as error:
        raise EngineError(
            f"There is no model {file}.",
            "Nothing was measured.",
            "Name another, or make it: studio tune sync DATA -o MODEL",
        ) from error
    except (
        OSError,
        struct.error,
        ValueError,
        KeyError,
        TypeError,
        RecursionError,
        ArithmeticError,
    ) as error:
        raise _useless(file, in_short(error)) from error
    return dict(report)


def sentence(report: dict[str, Any]) -> str:
    """What a model was trained on and how well it did, for people."""
    tested = Score(**report["tested"]["learned"])
    films = counted(int(report["films"]), "film")
    return (
        f"Trained on {date.fromisoformat(report['made'])} on {films} "
        f"({float(report['minutes']):.0f} min of {counted(int(report['faces']), 'face')}), taken "
        f"to be in sync; on {counted(int(report['held_out']), 'clip')} it never saw it was "
        f"{float(tested.median):.0f} ms off in the middle, {float(tested.rms):.0f} ms rms."
    )


def loaded(file: Path) -> Any:
    """The networks with the weights of a file, on the processor. Raises EngineError."""
    import torch
    from safetensors.torch import load_file

    model = towers()
    try:
        weights = load_file(file)
        finite = all(bool(torch.isfinite(one).all()) for one in weights.values())
        model.load_state_dict(weights)
    except Exception as error:  # as many kinds as there are ways to damage a file
        raise _useless(file, in_short(error)) from error
    if not finite:
        raise _useless(file, "some of its weights are no numbers")
    return model.eval().requires_grad_(False)


def _useless(file: Path, why: str) -> EngineError:
    return EngineError(
        f"The model {file} cannot be used ({why}).",
        "Nothing was measured.",
        "Measure with --meter correlation, or learn again: studio tune sync DATA -o MODEL",
    )
