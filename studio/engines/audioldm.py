"""The sound-maker "audioldm": sounds of places, and music, from words, by an AudioLDM model.

    studio bed FILM --engine audioldm:FOLDER -o OUT.wav

A folder that diffusers' AudioLDMPipeline loads, of the catalogue or by its path; nothing is fetched
here. It makes ten seconds at a time, one channel, at 16 kHz; longer sounds are pieces that are
cross-faded, each drawn by lots of its own. Its weights allow no paid work.

AudioLDM 2 is another pipeline of diffusers and is not loaded. This one gets no new features there
(since diffusers 0.33) but works with transformers 5.
"""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.engines import Check, Wish, models, unchecked
from studio.engines.continued import finished, needed
from studio.engines.musicgen import failing

if TYPE_CHECKING:
    from studio.engines import Stereo

NAME = "audioldm"

_WINDOW = 10.24  # s, as it was trained
_OVERLAP = 2.0  # s, or a quarter of a shorter window
_STEPS = 50  # of the diffusion; more cost time and are hardly heard
_GUIDANCE = 2.5
_NEGATIVE = "low quality, noise, speech"


class AudioLdm:
    """Makes sound in the mood of the words. Loaded when first asked, kept until another is."""

    def __init__(self, model: str = "") -> None:
        """model: of the catalogue or a folder; "" takes the one that was fetched."""
        self._folder = models.located(NAME, model or models.installed(NAME)[0].name).resolve()

    def make(self, wish: Wish, check: Check = unchecked) -> Generator[Stereo]:
        with failing(NAME, self._folder):
            pipeline = _loaded(self._folder)
            rate = int(pipeline.vocoder.config.sampling_rate)
            overlap = round(_OVERLAP * rate)
            yield from finished(_pieces(pipeline, wish, check), rate, overlap, False, wish)


def _pieces(pipeline: Any, wish: Wish, check: Check) -> Iterator[Stereo]:
    import torch

    words = ", ".join(one for one in (wish.atmosphere, wish.rhythm, wish.melody) if one.strip())
    left, number = needed(wish), 0
    while left > 0:
        lots = torch.Generator("cpu").manual_seed(wish.seed + number)
        with _quiet(), torch.inference_mode():
            made = pipeline(
                words,
                audio_length_in_s=_WINDOW,
                num_inference_steps=_STEPS,
                guidance_scale=_GUIDANCE,
                negative_prompt=_NEGATIVE,
                generator=lots,
                callback=lambda *_: check(),
            )
        left -= _WINDOW - _OVERLAP * bool(number)
        number += 1
        yield np.asarray(made.audios, np.float32).reshape(1, -1)


@functools.lru_cache(maxsize=1)
def _loaded(folder: Path) -> Any:
    import torch
    from diffusers import AudioLDMPipeline
    from diffusers.utils import logging

    logging.set_verbosity_error()  # it would speak of its age each time
    with _quiet():
        pipeline = AudioLDMPipeline.from_pretrained(folder, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to("cuda" if torch.cuda.is_available() else "cpu")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the libraries print about themselves off the terminal."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield
