"""The object finder "transformers": people, animals and things in a picture, by a local model.

    [evidence] in engines.toml: objects = "transformers:FOLDER"

Any model that AutoModelForObjectDetection loads (DETR, RT-DETR, YOLOS ...), named by the catalogue
or by its folder; nothing is fetched. Works in 32 bits everywhere: these models are small, and what
they find must not depend on the machine.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.engines import Box, Thing, models
from studio.engines.machine import device, in_short, quiet
from studio.errors import EngineError

if TYPE_CHECKING:
    from studio.engines import Pixels

NAME, KIND = "transformers", "object-finder"

_LEAST = 0.5  # confidence from which anything is told; whoever writes of it may want more
_LEAST_SIDE = 48  # pixels: smaller pictures show nothing that can be told
_NO_CLASS = "N/A"  # what DETR's list of classes holds in place of those that COCO gave up


class Detector:
    """Finds objects. The model is loaded when first asked, and kept until another is."""

    def __init__(self, model: str = "") -> None:
        """model: a folder or a name of the catalogue; "" takes the one that was fetched."""
        self._folder = models.chosen(NAME, model, KIND, "object finder")

    def find(self, pixels: Pixels) -> tuple[Thing, ...]:
        """See ObjectFinder. Raises EngineError where the model cannot be loaded or fails."""
        if min(pixels.shape[:2]) < _LEAST_SIDE:
            return ()
        with quiet():
            return _loaded(self._folder).find(pixels)


class _Model:
    """A loaded model."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoImageProcessor, AutoModelForObjectDetection

        self._torch, self._device, self._folder = torch, device(), folder
        self._eyes: Any = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
        loaded, told = AutoModelForObjectDetection.from_pretrained(
            folder, local_files_only=True, dtype=torch.float32, output_loading_info=True
        )
        unlearned = [key for key in told["missing_keys"] if "class" in key]
        if unlearned:  # transformers fills them with random numbers, which would name anything
            raise ValueError(f"its file lacks {unlearned[0]}")
        self._model = loaded.to(self._device).eval()
        self._labels: dict[int, str] = loaded.config.id2label

    def find(self, pixels: Pixels) -> tuple[Thing, ...]:
        """The objects in an RGB picture, surest first."""
        height, width = pixels.shape[:2]
        try:
            inputs = self._eyes(images=pixels.copy(), return_tensors="pt").to(self._device)
            with self._torch.inference_mode():
                answer = self._model(**inputs)
            (found,) = self._eyes.post_process_object_detection(
                answer, threshold=_LEAST, target_sizes=[(height, width)]
            )
        except Exception as error:  # whatever the model's own code raises
            raise EngineError(
                f"The model in {self._folder} failed on a picture ({in_short(error)}).",
                "Nothing more was looked for.",
                "Try another model, or leave objects out of [evidence] in engines.toml.",
            ) from error
        things = [
            Thing(self._labels[label], confidence, _box(corners, width, height))
            for label, confidence, corners in zip(
                found["labels"].tolist(), found["scores"].tolist(), found["boxes"].tolist(),
                strict=True,
            )
        ]  # fmt: skip
        return tuple(
            sorted(
                (one for one in things if one.label != _NO_CLASS),
                key=lambda one: (-one.confidence, one.label, one.box.left, one.box.top),
            )
        )


def _box(corners: list[float], width: int, height: int) -> Box:
    """From left, top, right and bottom in pixels, which may lie a little outside the picture."""
    left, right = (min(1.0, max(0.0, at / width)) for at in corners[::2])
    top, bottom = (min(1.0, max(0.0, at / height)) for at in corners[1::2])
    return Box(left, top, max(0.0, right - left), max(0.0, bottom - top))


@functools.lru_cache(maxsize=1)
def _loaded(folder: Path) -> _Model:
    try:
        return _Model(folder)
    except Exception as error:  # as many kinds as there are ways to damage a model
        raise EngineError(
            f"The model in {folder} cannot be loaded ({in_short(error)}).",
            "No objects were looked for.",
            "Get it again, or name a folder with an object detection model for transformers.",
        ) from error
