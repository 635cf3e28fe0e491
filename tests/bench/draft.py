"""How many gaps a minute the describer "transformers" drafts: in batches, and one by one; prints.

    python -m tests.bench.draft [--size SIZE] [--gaps COUNT] [--frames COUNT] [--tokens COUNT]

The model has random weights and the published shape of a SmolVLM2, so it takes the time and the
memory of a real one and says nothing; the describer loads it from a folder as it loads any. Each
gap is asked about twice, as in drafting: once with its frames, once with what was seen. One by
one is how the narration pipeline that the studio takes over from did it, with 8 frames and 50 new
tokens. Both ways run in the same process on the same gaps, after one gap that is not counted.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio import engines
from studio.engines import SEEN, Brief, Moment, Picture, Proposal, vision
from studio.times import Span
from tests.engines import cpu_torch

_WIDTH, _HEIGHT = 768, 432
_WORDS = 49_280  # of SmolVLM2's vocabulary
_TEMPLATE = (
    "{% for m in messages %}{{ m['role'] }} : {% for p in m['content'] %}"
    "{% if p['type'] == 'image' %}<image>{% else %} {{ p['text'] }} {% endif %}"
    "{% endfor %}<end_of_utterance> {% endfor %}"
    "{% if add_generation_prompt %}assistant : {% endif %}"
)


@dataclass(frozen=True)
class Shape:
    """The shape of a model: its language part, its eyes, and how many of their patches are one."""

    text: dict[str, int]
    eyes: dict[str, int]
    scale: int

    @property
    def seen(self) -> int:
        """Tokens of a picture."""
        return (self.eyes["image_size"] // self.eyes["patch_size"] // self.scale) ** 2


def _text(
    hidden: int, inner: int, layers: int, heads: int, pairs: int, width: int = 64
) -> dict[str, int]:
    return {
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": pairs,
        "head_dim": width,
    }


def _eyes(
    hidden: int, inner: int, layers: int, heads: int, size: int, patch: int
) -> dict[str, int]:
    return {
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "image_size": size,
        "patch_size": patch,
    }


SHAPES = {
    "tiny": Shape(_text(64, 128, 2, 4, 2, 16), _eyes(64, 128, 2, 4, 64, 16), 2),
    # from config.json of HuggingFaceTB/SmolVLM2-256M-Video-Instruct, -500M-Video-Instruct and
    # SmolVLM2-2.2B-Instruct; the last two sizes have the language parts of Qwen3 4B and 8B instead
    "256m": Shape(_text(576, 1536, 30, 9, 3), _eyes(768, 3072, 12, 12, 512, 16), 4),
    "500m": Shape(_text(960, 2560, 32, 15, 5), _eyes(768, 3072, 12, 12, 512, 16), 4),
    "2.2b": Shape(_text(2048, 8192, 24, 32, 32), _eyes(1152, 4304, 27, 16, 384, 14), 3),
    "4b": Shape(_text(2560, 9728, 36, 32, 8, 128), _eyes(1152, 4304, 27, 16, 384, 14), 3),
    "8b": Shape(_text(4096, 12_288, 36, 32, 8, 128), _eyes(1152, 4304, 27, 16, 384, 14), 3),
}


@dataclass(frozen=True)
class Measured:
    """What one way took. batches: moments in each; peak: bytes, of the card or else the process."""

    seconds: float
    batches: tuple[int, ...]
    peak: int


def make(folder: Path, shape: Shape, words: int = _WORDS) -> int:
    """Save a model of this shape as the real ones are saved; how many weights it has."""
    import torch
    from transformers import (
        SmolVLMConfig,
        SmolVLMForConditionalGeneration,
        SmolVLMImageProcessor,
        SmolVLMProcessor,
        SmolVLMVideoProcessor,
    )

    tokenizer = _tokenizer(words)
    config = SmolVLMConfig(
        text_config={
            "model_type": "llama",
            "vocab_size": words,
            "max_position_embeddings": 8192,
            **shape.text,
        },
        vision_config=shape.eyes,
        scale_factor=shape.scale,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        pad_token_id=tokenizer.pad_token_id,
    )
    # in the numbers the engine will calculate in, so that a large model is not saved twice over
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16 if torch.cuda.is_available() else torch.float32)
    model = SmolVLMForConditionalGeneration(config)
    torch.set_default_dtype(torch.float32)
    model.generation_config.eos_token_id = None  # every answer is as long as it may be
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
    edge = {"longest_edge": shape.eyes["image_size"]}
    given: dict[str, Any] = {"max_image_size": edge, "size": edge}
    SmolVLMProcessor(
        image_processor=SmolVLMImageProcessor(**given),
        tokenizer=tokenizer,
        video_processor=SmolVLMVideoProcessor(**given),
        image_seq_len=shape.seen,
        chat_template=_TEMPLATE,
    ).save_pretrained(folder)
    return sum(one.numel() for one in model.parameters())


def _tokenizer(words: int) -> Any:
    """As many words as the real one, each a made-up one, so that an answer can be asked about."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    special = [
        "<unk>", "<s>", "</s>", "<pad>", "<image>", "<fake_token_around_image>", "<global-img>",
        "<end_of_utterance>", "<row_1_col_1>", "\n\n",
    ]  # fmt: skip
    known = [*special, *(f"w{number}" for number in range(words - len(special)))]
    tokens = Tokenizer(
        models.WordLevel({word: at for at, word in enumerate(known)}, unk_token="<unk>")  # noqa: S106
    )
    tokens.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokens,
        unk_token="<unk>",  # noqa: S106
        bos_token="<s>",  # noqa: S106
        eos_token="</s>",  # noqa: S106
        pad_token="<pad>",  # noqa: S106
        additional_special_tokens=special[4:9],
    )


def moments(count: int, frames: int) -> Iterator[Moment]:
    """Gaps with frames of noise, made as they are asked for."""
    draw = np.random.default_rng(3)
    question = "w1 " * 150  # about what the house style's prompts have
    brief = Brief("w2 " * 50, question, f"{question} {SEEN}")
    for number in range(count):
        pictures = tuple(
            Picture(at, draw.integers(0, 256, (_HEIGHT, _WIDTH, 3), dtype=np.uint8))
            for at in range(frames)
        )
        span = Span(5000 * number, 5000 * number + 3000)
        yield Moment(span, "en", pictures, 0.0, 9, brief=brief)


def measure(folder: Path, asked: list[Moment], at_once: int | None, tokens: int) -> Measured:
    """Draft for these moments. at_once: moments a batch; None: as many as the memory takes."""
    import torch

    batches: list[int] = []
    proposals = vision._Model.proposals
    before = vision._AT_ONCE, vision._MOST, vision._TOKENS_LOOK, vision._TOKENS_SHORT

    def counted(model: Any, batch: Any, check: Any) -> Any:
        batches.append(len(batch))
        return proposals(model, batch, check)

    vision._Model.proposals = counted  # type: ignore[method-assign]
    vision._TOKENS_LOOK = vision._TOKENS_SHORT = tokens
    if at_once is not None:
        vision._AT_ONCE, vision._MOST = dict.fromkeys(vision._AT_ONCE, at_once), at_once
    peaks = [0]
    try:
        describer = engines.open("describer", f"transformers:{folder}")
        begun = time.perf_counter()
        answers = describer.describe(asked, lambda: peaks.append(_peak()))
        assert all(isinstance(one[0], Proposal) for one in answers)  # type: ignore[index]
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        return Measured(time.perf_counter() - begun, tuple(batches), max(peaks))
    finally:
        vision._Model.proposals = proposals  # type: ignore[method-assign]
        vision._AT_ONCE, vision._MOST, vision._TOKENS_LOOK, vision._TOKENS_SHORT = before


def _peak() -> int:
    """Bytes of the card that were in use at most, or of the process where there is no card."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", choices=SHAPES, default="256m")
    parser.add_argument("--gaps", type=int, default=None, help="else 128 on a card, 4 without")
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=50, help="new ones an answer")
    given = parser.parse_args()
    import torch
    import transformers

    threads = torch.get_num_threads()
    cpu_torch.install()
    torch.set_num_threads(threads)  # the tests are content with one
    card = torch.cuda.is_available()
    gaps = given.gaps or (128 if card else 4)
    where = torch.cuda.get_device_name() if card else f"CPU, {torch.get_num_threads()} threads"
    print(f"{where}; torch {torch.__version__}, transformers {transformers.__version__}")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / given.size
        with vision.quiet():
            weights = make(folder, SHAPES[given.size])
        print(
            f"{given.size}: {weights / 1e6:.0f} M random weights, {SHAPES[given.size].seen} tokens "
            f"a frame; {gaps} gaps of {given.frames} frames, twice {given.tokens} new tokens each"
        )
        asked = list(moments(gaps, given.frames))
        measure(folder, asked[:1], 1, given.tokens)
        singly = measure(folder, asked, 1, given.tokens)
        batched = measure(folder, asked, None, given.tokens)
    for name, one in (("one by one", singly), ("in batches", batched)):
        print(
            f"{name}: {60 * gaps / one.seconds:.2f} gaps a minute ({one.seconds:.1f} s); "
            f"batches of {_told(one.batches)}; peak memory {one.peak / 1e9:.2f} GB"
        )
    print(f"in batches {singly.seconds / batched.seconds:.2f} times as quick")


def _told(batches: tuple[int, ...]) -> str:
    """The sizes of batches in the order in which they came, each once."""
    return ", ".join(str(one) for one in dict.fromkeys(batches))


if __name__ == "__main__":
    main()
