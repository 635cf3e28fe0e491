"""Makes torchaudio and torchvision importable beside a torch for CPUs.

The registry's builds of both want CUDA when they are imported. What the studio uses of them is
plain Python, so it is enough to stand in for torchaudio's empty extension and to declare the two
operators of torchvision before they are imported. Installed from PyTorch's own CPU index, none of
this is needed.
"""

from __future__ import annotations

import importlib.util
import sys
import types
from typing import Any

_declared: list[Any] = []


def install() -> None:
    """Stand in for what is missing; does nothing where torch has CUDA or it was done already."""
    import torch

    torch.set_num_threads(1)  # on a busy machine more of them mostly wait for each other
    if torch.version.cuda or _declared:
        return
    if importlib.util.find_spec("torchaudio") and "torchaudio" not in sys.modules:
        sys.modules["torchaudio._extension"] = _audio_extension()
    library = torch.library.Library("torchvision", "DEF")
    if importlib.util.find_spec("torchvision") and "torchvision" not in sys.modules:
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.append(library)


def _audio_extension() -> types.ModuleType:
    def needs_native(*_: object) -> Any:
        def decorate(_function: object) -> Any:
            def missing(*_arguments: object, **_named: object) -> None:
                raise RuntimeError("torchaudio's native part is not here")

            return missing

        return decorate

    extension: Any = types.ModuleType("torchaudio._extension")
    extension.__path__ = []
    extension._IS_TORCHAUDIO_EXT_AVAILABLE = extension._IS_ALIGN_AVAILABLE = False
    extension.fail_if_no_align = needs_native
    extension._check_cuda_version = lambda: None
    return extension  # type: ignore[no-any-return]
