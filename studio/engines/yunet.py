"""The face finder "yunet": OpenCV's small network for faces, frontal, turned and partly hidden.

    studio cast PROJECT --faces yunet --faces drawn

The network (Wu and others, 2023; MIT) is one .onnx file of 0.2 MB that its user fetches or names by
its folder: "yunet:FOLDER". It runs in OpenCV itself, on the processor.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from studio.engines import Box, models
from studio.engines.machine import in_short
from studio.errors import EngineError, UsageError

if TYPE_CHECKING:
    from studio.engines import Pixels

NAME = "yunet"

_WIDTH = 640  # pixels: the network was trained on faces of about 10 to 300 pixels
_LEAST_SIDE = 48  # pixels: smaller pictures show no face that can be told
_SURE, _SHARED, _MOST = 0.9, 0.3, 5000  # as OpenCV sets FaceDetectorYN unasked


class YuNet:
    """Finds faces by a network. Not safe for use by two threads at once."""

    def __init__(self, model: str = "") -> None:
        """model: a folder or a name of the catalogue; "" takes the one that was fetched.

        Raises EngineError where the file is not the network it should be.
        """
        self._file = _file(model)
        try:
            size = (_WIDTH, _WIDTH)
            self._net = cv2.FaceDetectorYN.create(str(self._file), "", size, _SURE, _SHARED, _MOST)
        except cv2.error as error:
            raise _damaged(self._file, error) from error

    def find(self, pixels: Pixels) -> tuple[Box, ...]:
        """The faces in an RGB picture, largest first. Raises EngineError for a wrong network."""
        if min(pixels.shape[:2]) < _LEAST_SIDE:
            return ()
        small = _narrowed(pixels)
        height, width = small.shape[:2]
        try:
            self._net.setInputSize((width, height))
            _, found = self._net.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
        except cv2.error as error:  # only now a network shows what it gives
            raise _damaged(self._file, error) from error
        if found is None:
            return ()
        boxes = [box for face in found if (box := _box(face, width, height)) is not None]
        return tuple(sorted(boxes, key=lambda box: (-box.width * box.height, box.left, box.top)))


def _file(model: str) -> Path:
    if model:
        folder = models.located(NAME, model)
    else:
        here = models.installed(NAME)
        if not here:
            raise UsageError(
                f"The face finder “{NAME}” has not been told which network to use.",
                advice=f"Name its folder as {NAME}:FOLDER, or: studio engines get {NAME}",
            )
        folder = here[0].folder
    files = sorted(folder.glob("*.onnx"))
    if len(files) != 1:
        raise UsageError(
            f"The folder {folder} holds {len(files) or 'no'} .onnx files; the face finder “{NAME}” "
            "takes one.",
            advice="Put the network alone into a folder, and name that.",
        )
    return files[0]


def _damaged(file: Path, error: cv2.error) -> EngineError:
    return EngineError(
        f"The network {file} cannot be used ({in_short(error)}).",
        "No faces were looked for.",
        f"Get it again: studio engines get {NAME}",
    )


def _narrowed(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    longest = max(height, width)
    if longest <= _WIDTH:
        return np.ascontiguousarray(pixels)
    size = (max(1, round(width * _WIDTH / longest)), max(1, round(height * _WIDTH / longest)))
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _box(face: np.ndarray, width: int, height: int) -> Box | None:
    """A row of the network's answer, its box cut to the picture; None where it lies outside."""
    left, top, wide, high = (float(value) for value in face[:4])
    right, bottom = min(left + wide, width), min(top + high, height)
    left, top = max(0.0, left), max(0.0, top)
    if right <= left or bottom <= top:
        return None
    return Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
