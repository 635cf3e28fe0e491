"""The text reader: RapidOCR's PP-OCR models on the processor, without network.

The models' files are named outright, because RapidOCR would otherwise fetch what it thinks is
missing or damaged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from studio.engines import Box, ReadText
from studio.errors import EngineError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.engines import Pixels

_THREADS = 2
_SHORT_SIDE = 544  # pixels to which a picture's short side is brought for finding text
_LEAST_SIDE = 24  # pixels: nothing can be read in less
_LEAST_CONFIDENCE = 0.7
_LEAST_LETTERS = 2
_TALLEST = 0.45  # of the picture's height: more is a shape taken for a letter
_SMALLEST = 0.018  # of the picture's height: less cannot be told
_WIDEST = 12  # a picture longer than so many times its other side is cut off by the model
_DOUBLE_LINE = 3.0  # a box less than so many times wider than high may hold two lines
_RUN_TOGETHER = re.compile(r"(?<=[a-z]{3})(?=[A-Z][a-z]{2})|(?<=[A-Z][a-z]{2})(?=[A-Z][a-z]{2})")


@dataclass(frozen=True)
class _Line:
    """A line in pixels of the picture."""

    text: str
    confidence: float
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


class RapidOcr:
    """Reads Latin and Chinese print. Loads about 30 MB of models; uses two threads."""

    def __init__(self) -> None:
        import rapidocr

        models = Path(rapidocr.__file__).parent / "models"
        self._reader: Any = rapidocr.RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,  # text upside down is not worth a third model
                "Global.text_score": _LEAST_CONFIDENCE / 2,  # judged below, once split
                "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "Det.limit_type": "min",
                "Det.limit_side_len": _SHORT_SIDE,
                "Det.model_path": str(_model(models, "det")),
                "Rec.model_path": str(_model(models, "rec")),
            }
        )

    def read(self, pixels: Pixels) -> tuple[ReadText, ...]:
        """The lines of text in an RGB picture, in reading order.

        What is too small, too tall, too unsure or a single sign is left out: those are mostly
        shapes taken for letters.
        """
        height, width = pixels.shape[:2]
        short, long = sorted((height, width))
        if short < _LEAST_SIDE or long > short * _WIDEST:
            return ()
        picture = np.ascontiguousarray(pixels[:, :, ::-1])
        found = [line for raw in self._found(picture) for line in self._split(picture, raw)]
        lines = [line for line in found if _readable(line, height)]
        return tuple(_shown(line, width, height) for line in _in_rows(lines))

    def _found(self, picture: NDArray[np.uint8]) -> list[_Line]:
        result = self._reader(picture, use_det=True, use_rec=True)
        if result.txts is None or result.boxes is None:
            return []
        return [
            _Line(text, float(score), *map(float, (*box.min(axis=0), *box.max(axis=0))))
            for text, score, box in zip(result.txts, result.scores, result.boxes, strict=True)
        ]

    def _split(self, picture: NDArray[np.uint8], line: _Line) -> list[_Line]:
        """The line, or the two it consists of: tightly set titles are found as one box."""
        if line.right - line.left > _DOUBLE_LINE * line.height:
            return [line]
        middle = (line.top + line.bottom) / 2
        upper = self._line(picture, line.left, line.top, line.right, middle)
        lower = self._line(picture, line.left, middle, line.right, line.bottom)
        least = max(line.confidence, 0.9)
        halves = [half for half in (upper, lower) if half is not None and _letters(half.text) > 2]  # noqa: PLR2004
        if len(halves) == 2 and all(half.confidence > least for half in halves):  # noqa: PLR2004
            return halves
        return [line]

    def _line(
        self, picture: NDArray[np.uint8], left: float, top: float, right: float, bottom: float
    ) -> _Line | None:
        height, width = picture.shape[:2]
        rows = slice(max(0, int(top)), min(height, int(bottom)))
        columns = slice(max(0, int(left)), min(width, int(right)))
        crop = picture[rows, columns]
        if min(crop.shape[:2]) < _LEAST_SIDE // 2:
            return None
        result = self._reader(cv2.copyMakeBorder(crop, 2, 2, 2, 2, cv2.BORDER_REPLICATE), False)
        if not result.txts:
            return None
        # squeezed letters lose the blank between words: "BigBuck"
        text = _RUN_TOGETHER.sub(" ", result.txts[0])
        return _Line(text, float(result.scores[0]), left, top, right, bottom)


def _model(folder: Path, task: str) -> Path:
    """The model for "det" (where text is) or "rec" (what it says)."""
    found = sorted(folder.glob(f"*_{task}_*.onnx"))
    if not found:
        raise EngineError(
            f"The text reader “rapidocr” needs its {task} model, which its package did not bring.",
            advice="Get it with: pip install --force-reinstall 'rapidocr>=3,<4'",
        )
    return found[0]


def _letters(text: str) -> int:
    return sum(sign.isalnum() for sign in text)


def _readable(line: _Line, picture_height: int) -> bool:
    return (
        line.confidence >= _LEAST_CONFIDENCE
        and _letters(line.text) >= _LEAST_LETTERS
        and _SMALLEST * picture_height <= line.height <= _TALLEST * picture_height
    )


def _in_rows(lines: list[_Line]) -> list[_Line]:
    """The lines from top to bottom; neighbours on one row become one line."""
    rows: list[_Line] = []
    for line in sorted(lines, key=lambda one: (one.top, one.left)):
        last = next((row for row in rows if _same_row(row, line)), None)
        if last is None:
            rows.append(line)
        else:
            rows[rows.index(last)] = _beside(last, line)
    return rows


def _same_row(one: _Line, two: _Line) -> bool:
    shared = min(one.bottom, two.bottom) - max(one.top, two.top)
    apart = max(one.left, two.left) - min(one.right, two.right)
    low = min(one.height, two.height)
    return shared > 0.6 * low and max(one.height, two.height) < 1.6 * low and apart < 1.2 * low


def _beside(one: _Line, two: _Line) -> _Line:
    left, right = sorted((one, two), key=lambda line: line.left)
    return _Line(
        text=f"{left.text} {right.text}",
        confidence=min(one.confidence, two.confidence),
        left=left.left,
        top=min(one.top, two.top),
        right=max(one.right, two.right),
        bottom=max(one.bottom, two.bottom),
    )


def _shown(line: _Line, width: int, height: int) -> ReadText:
    box = Box(
        left=max(0.0, line.left / width),
        top=max(0.0, line.top / height),
        width=min(1.0, (line.right - line.left) / width),
        height=min(1.0, line.height / height),
    )
    return ReadText(text=line.text.strip(), confidence=min(1.0, line.confidence), box=box)
