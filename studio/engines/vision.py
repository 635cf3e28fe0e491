"""The describer "transformers": a vision-language model on this machine, by transformers and torch.

    studio draft PROJECT --describer transformers:FOLDER

Any model that AutoModelForImageTextToText loads, named by the catalogue, by its folder, or by its
id at the hub where an earlier program has left it in the hub's cache; nothing is fetched here.
Several moments are asked at once, as many as the memory takes: on a graphics card that has room
for more, batches grow; one that does not fit is halved, and the smaller one is kept to.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from studio.engines import (
    SAW,
    SEEN,
    Check,
    Moment,
    Picture,
    Proposal,
    Unanswered,
    answers,
    models,
    unchecked,
)
from studio.engines.machine import device, give_back_memory, in_short, number_kind, quiet
from studio.errors import EngineError

NAME = "transformers"

_AT_ONCE = {"cuda": 16, "mps": 4, "cpu": 2}  # moments, before memory has its say
_MOST, _FASTER = 64, 2  # moments where there is memory for them; how much a batch may grow at once
_SHARE = 0.8  # of the memory that is free; what a batch takes is not known to the last byte
_WIDTH = 768  # pixels of a picture; what vision models see at once
_TOKENS_LOOK, _TOKENS_SHORT = 300, 200

Talk = list[dict[str, Any]]
"""The messages of one question, as chat templates take them."""


class Vision:
    """Describes with a model of this machine. Loaded when first asked, kept until another is."""

    def __init__(self, model: str = "") -> None:
        """model: see the module; "" takes the one of the catalogue that was fetched."""
        self._folder = _folder(model)

    def describe(
        self, moments: Iterable[Moment], check: Check = unchecked
    ) -> Generator[tuple[Proposal, ...] | Unanswered]:
        waiting = iter(moments)
        held = deque(islice(waiting, 1))
        if not held:
            return
        with quiet():
            model = _loaded(self._folder)
        at_once, most = _AT_ONCE[model.device], _MOST
        while held:
            held.extend(islice(waiting, max(0, at_once - len(held))))
            batch = list(islice(held, at_once))
            with quiet():
                answered = _answered(model, batch, check)
            if answered is None:
                at_once = most = len(batch) // 2
                continue
            if len(batch) == at_once:
                at_once = max(at_once, min(most, _FASTER * at_once, model.fitting(at_once)))
            for _ in batch:
                held.popleft()
            yield from answered
            held.extend(islice(waiting, 1))


def _folder(model: str) -> Path:
    if "/" in model and not Path(model).expanduser().exists():
        return _in_cache(model)
    return models.chosen(NAME, model, "", "describer")


def _in_cache(name: str) -> Path:
    """Where an earlier program has left a model of the hub. Raises EngineError."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise EngineError(
            f"The model “{name}” is not on this machine.",
            "Nothing is fetched unasked.",
            "Fetch it with the hub's own program, or name a folder that holds it.",
        ) from error


def _answered(
    model: _Model, batch: Sequence[Moment], check: Check
) -> list[tuple[Proposal, ...] | Unanswered] | None:
    """The answers to a batch; None where the memory does not take so many at once."""
    import torch

    try:
        return model.proposals(batch, check)
    except torch.OutOfMemoryError as error:
        give_back_memory(model.device)
        if len(batch) > 1:
            return None
        return [Unanswered(f"The memory does not suffice for this moment ({error}).")]
    except Exception as error:  # whatever the model's own code raises
        if len(batch) > 1:
            singly = (_answered(model, [moment], check) or [] for moment in batch)
            return [answer for one in singly for answer in one]
        return [Unanswered(f"The model failed on this moment ({in_short(error)}).")]


class _Model:
    """A loaded model. device: "cuda" (ROCm too), "mps" or "cpu"."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoModelForImageTextToText, AutoProcessor

        self.device = device()
        self.name = folder.name
        self.processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
        self.processor.tokenizer.padding_side = "left"  # answers begin where questions end
        if self.processor.tokenizer.pad_token is None:
            self.processor.tokenizer.pad_token = self.processor.tokenizer.eos_token
        kind = number_kind(self.device)
        loaded = AutoModelForImageTextToText.from_pretrained(
            folder, local_files_only=True, dtype=kind
        )
        self.model = loaded.to(self.device).eval()
        self._kind, self._torch = kind, torch
        eyes: Any = getattr(self.processor, "image_processor", None)
        if hasattr(eyes, "do_image_splitting"):
            # SmolVLM looks at a picture in a dozen pieces: twelve pictures would fill its memory
            eyes.do_image_splitting = False
        if self.device == "cuda":
            torch.cuda.reset_peak_memory_stats()  # loading is over

    def proposals(
        self, batch: Sequence[Moment], check: Check
    ) -> list[tuple[Proposal, ...] | Unanswered]:
        """The candidates for each moment: everything is looked at, then put in few words."""
        briefs = [one.brief for one in batch]
        if any(brief is None for brief in briefs):
            raise ValueError("a moment for a free describer needs a brief")
        looks = [_talk(b.system, b.look, m) for b, m in zip(briefs, batch, strict=True) if b]
        seen = self._ask(looks, [_pictures(one) for one in batch], _TOKENS_LOOK, check)
        short = [
            _talk(b.system, b.shorten.replace(SEEN, saw.replace(SEEN, "")), None)
            for b, saw in zip(briefs, seen, strict=True)
            if b
        ]
        said = self._ask(short, None, _TOKENS_SHORT, check)
        return [self._read(text, saw) for text, saw in zip(said, seen, strict=True)]

    def _read(self, said: str, seen: str) -> tuple[Proposal, ...] | Unanswered:
        evidence = (f"model {self.name}", SAW + answers.shortened(seen))
        texts = answers.candidates(said)
        if not texts:
            return Unanswered("The model gave an empty answer.")
        return tuple(Proposal(text, evidence) for text in texts)

    def fitting(self, count: int) -> int:
        """How many moments the memory takes at once, going by the `count` that were asked last."""
        if self.device != "cuda":
            return count  # more at once would only wait for each other
        cuda = self._torch.cuda
        held = cuda.memory_allocated()
        each = max(1.0, (cuda.max_memory_allocated() - held) / count)
        free = cuda.mem_get_info()[0] + cuda.memory_reserved() - held
        cuda.reset_peak_memory_stats()
        return int(_SHARE * free / each)

    def _ask(
        self,
        talks: Sequence[Talk],
        pictures: Sequence[list[Any]] | None,
        tokens: int,
        check: Check,
    ) -> list[str]:
        from transformers import StoppingCriteria, StoppingCriteriaList

        class Checked(StoppingCriteria):  # type: ignore[misc]  # transformers ships no types
            def __call__(self, input_ids: Any, _scores: Any, **_: Any) -> Any:
                check()
                return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)

        torch = self._torch
        questions = [self._question(talk) for talk in talks]
        given: dict[str, Any] = {"images": list(pictures)} if pictures is not None else {}
        inputs = self.processor(text=questions, padding=True, return_tensors="pt", **given)
        inputs = inputs.to(self.device, self._kind)
        with torch.inference_mode():
            made = self.model.generate(
                **inputs,
                max_new_tokens=tokens,
                do_sample=False,
                stopping_criteria=StoppingCriteriaList([Checked()]),
            )
        new = made[:, inputs["input_ids"].shape[1] :]
        said = self.processor.batch_decode(new, skip_special_tokens=True)
        return [answers.plain(one) for one in said]

    def _question(self, talk: Talk) -> str:
        """The words of a question as the model was trained to be asked."""
        if getattr(self.processor, "chat_template", None):
            text = self.processor.apply_chat_template(talk, add_generation_prompt=True)
            return str(text)
        parts = [part for message in talk for part in message["content"]]
        shown = "".join("<image>" for part in parts if part["type"] == "image")
        words = "\n".join(part["text"] for part in parts if part["type"] == "text")
        return f"USER: {shown}\n{words} ASSISTANT:"  # as LLaVA and Video-LLaVA were trained


@functools.lru_cache(maxsize=1)
def _loaded(folder: Path) -> _Model:
    try:
        return _Model(folder)
    except Exception as error:  # as many kinds as there are ways to damage a model
        raise EngineError(
            f"The model in {folder} cannot be loaded ({in_short(error)}).",
            "Nothing was drafted.",
            "Get it again, or name a folder with a vision-language model for transformers.",
        ) from error


def _talk(system: str, question: str, moment: Moment | None) -> Talk:
    """One question; with a moment, its pictures first, told apart as before, now and after."""
    content: list[dict[str, str]] = []
    if moment is not None:
        for label, pictures in (
            ("The shots before:", moment.earlier),
            ("The shot to describe:", moment.pictures),
            ("The shots after:", moment.later),
        ):
            if pictures:
                content.append({"type": "text", "text": label})
                content += [{"type": "image"} for _ in pictures]
    content.append({"type": "text", "text": question})
    told = [{"type": "text", "text": system}]
    return [{"role": "system", "content": told}, {"role": "user", "content": content}]


def _pictures(moment: Moment) -> list[Any]:
    return [_image(one) for one in (*moment.earlier, *moment.pictures, *moment.later)]


def _image(picture: Picture) -> Any:
    from PIL import Image

    image = Image.fromarray(picture.pixels)
    image.thumbnail((_WIDTH, _WIDTH))
    return image
