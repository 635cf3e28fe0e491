"""A picture of a training: how its loss fell, and how far its answers lie from the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

_SIZE = (1000, 450)  # pixels
_LEFT, _RIGHT = (70, 40, 470, 360), (570, 40, 970, 360)  # left, top, right, bottom of the plots
_INK, _FAINT = (40, 40, 40), (200, 200, 200)  # BGR
_COLOURS = {
    "learned": (170, 90, 20),
    "correlation": (40, 140, 40),
    "zero": (60, 60, 200),
}
"""BGR; in words, too."""

_STEPS = (10, 20, 40, 80, 160, 320, 640, 1280)  # ms on the axis of errors
_SMOOTHED = 25  # steps

Picture = NDArray[np.uint8]


def draw(
    losses: Sequence[float], chance: float, errors: Mapping[str, Sequence[float]], file: Path
) -> None:
    """Write the picture as PNG. losses: nats, a step each. chance: nats of a guess.

    errors: ms off, by the name of who answered. Raises OSError.
    """
    page: Picture = np.full((_SIZE[1], _SIZE[0], 3), 255, np.uint8)
    _draw_losses(page, np.array(losses, np.float64), chance)
    _draw_errors(page, errors)
    done, packed = cv2.imencode(".png", page)
    if not done:
        raise OSError("the picture cannot be packed")
    file.write_bytes(packed.tobytes())


def _draw_losses(page: Picture, losses: NDArray[np.float64], chance: float) -> None:
    left, top, right, bottom = _LEFT
    highest = max(chance * 1.1, float(losses.max(initial=0.0)))
    _frame(page, _LEFT, "loss (nats over the best possible), by step")

    def place(step: float, loss: float) -> tuple[int, int]:
        across = left + (right - left) * step / max(1, len(losses) - 1)
        return round(across), round(bottom - (bottom - top) * loss / highest)

    for level in np.arange(0, highest, 1.0):
        _write(page, f"{level:.0f}", (left - 25, place(0, level)[1] + 4))
    _write(page, f"{len(losses)}", (right - 20, bottom + 20))
    cv2.line(page, place(0, chance), (right, place(0, chance)[1]), _COLOURS["zero"], 1)
    _write(page, "guessing", (right - 80, place(0, chance)[1] - 5), _COLOURS["zero"])
    width = min(_SMOOTHED, max(1, len(losses) // 10))
    smooth = np.convolve(losses, np.ones(width) / width, "valid") if len(losses) else losses
    for values, colour, thick in ((losses, _FAINT, 1), (smooth, _COLOURS["learned"], 2)):
        first = (len(losses) - len(values)) / 2
        curve = [place(first + step, loss) for step, loss in enumerate(values.tolist())]
        cv2.polylines(page, [np.array(curve, np.int32)], False, colour, thick, cv2.LINE_AA)


def _draw_errors(page: Picture, errors: Mapping[str, Sequence[float]]) -> None:
    left, top, right, bottom = _RIGHT
    _frame(page, _RIGHT, "held-out clips: share no farther off than so many ms")
    low, high = np.log2(_STEPS[0] / 2), np.log2(_STEPS[-1] * 2)

    def across(apart: float) -> int:
        share = (np.log2(max(apart, _STEPS[0] / 2)) - low) / (high - low)
        return round(left + (right - left) * min(1.0, float(share)))

    for step in _STEPS:
        cv2.line(page, (across(step), top), (across(step), bottom), _FAINT, 1)
        _write(page, f"{step}", (across(step) - 12, bottom + 20))
    for share in (0, 50, 100):
        _write(page, f"{share}%", (left - 45, round(bottom - (bottom - top) * share / 100) + 4))
    for who, values in errors.items():
        apart = np.sort(np.abs(np.array(values, np.float64)))
        curve = [(left, bottom)]
        for count, one in enumerate(apart.tolist(), 1):
            curve.append((across(one), curve[-1][1]))
            curve.append((across(one), round(bottom - (bottom - top) * count / len(apart))))
        curve.append((right, curve[-1][1]))
        colour = _COLOURS[who]
        cv2.polylines(page, [np.array(curve, np.int32)], False, colour, 2, cv2.LINE_AA)
    for number, (who, values) in enumerate(errors.items()):
        apart = np.abs(np.array(values, np.float64))
        rms = float(np.sqrt((apart**2).mean()))
        told = f"{who}: {rms:.0f} ms rms, median {float(np.median(apart)):.0f}"
        _write(page, told, (_LEFT[0] + 310 * number, _SIZE[1] - 22), _COLOURS[who])


def _frame(page: Picture, box: tuple[int, int, int, int], title: str) -> None:
    cv2.rectangle(page, box[:2], box[2:], _INK, 1)
    _write(page, title, (box[0], box[1] - 12))


def _write(
    page: Picture, text: str, at: tuple[int, int], colour: tuple[int, int, int] = _INK
) -> None:
    cv2.putText(page, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)
