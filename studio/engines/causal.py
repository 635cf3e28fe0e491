"""Language models of this machine that go on with a text, and how likely they find a given ending.

A choice between drafts is put to such a model as a prompt; the likelier it finds a draft as the
text that follows, the more it takes it for what its user would have written. What
`studio tune adapter` learns from and what the ranker "adapter" asks are the same prompts.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.engines import Check, Situation
from studio.engines.machine import device, number_kind

PROMPT = 1
"""Counts up when the words of prompts change: what was learned on others is of no use then."""

LONGEST = 2048
"""Tokens of a prompt and its ending at most; phi-2 has room for as many."""


def prompt(situation: Situation, candidates: Sequence[str]) -> str:
    """A choice in words. The candidates stand in the order of their letters, whatever it was.

    Dialogue plays no part, so that no number spoken in the film can look like the answer.
    """
    parts = [
        f"Choose an audio description of at most {situation.word_limit} words "
        f"in “{situation.language}”.",
        _list("Described before:", situation.before),
        _list("Seen:", (situation.seen,) if situation.seen else ()),
        _list("Candidates:", sorted(candidates)),
        "Description:",
    ]
    return "\n".join(part for part in parts if part)


def _list(title: str, texts: Sequence[str]) -> str:
    return "\n".join([title, *(f"- {text}" for text in texts)]) if texts else ""


def fingerprint(folder: Path) -> str:
    """What tells a model's folder from another's: of its configuration and its weights' sizes.

    The weights themselves are gigabytes, and are not read. Raises OSError.
    """
    seen = hashlib.sha256((folder / "config.json").read_bytes())
    weights = (*folder.glob("*.safetensors"), *folder.glob("*.bin"))
    for file in sorted(weights):
        seen.update(f"\n{file.name} {file.stat().st_size}".encode())
    return seen.hexdigest()


@dataclass(frozen=True, slots=True)
class Tokens:
    """A prompt and its ending in a model's tokens. ending: how many of them are the ending."""

    ids: tuple[int, ...]
    ending: int


class Causal:
    """A loaded model with its tokenizer. device: as in `machine`; kind: the numbers it works in."""

    def __init__(self, folder: Path, attention: str | None = None) -> None:
        """attention: transformers' name for how attention is calculated; None: the quickest."""
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.device = device()
        self.kind = number_kind(self.device)
        self.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        if self.tokenizer.eos_token_id is None:
            raise ValueError("its tokenizer has no token for the end of a text")
        chosen = {} if attention is None else {"attn_implementation": attention}
        loaded = AutoModelForCausalLM.from_pretrained(
            folder, local_files_only=True, dtype=self.kind, **chosen
        )
        self.model = loaded.to(self.device).eval()
        room = getattr(self.model.config, "max_position_embeddings", None) or LONGEST
        self.longest = min(LONGEST, room)

    @contextlib.contextmanager
    def stoppable(self, check: Check) -> Iterator[None]:
        """Call `check` at every step of the model inside, on the way there and back.

        So that even what takes minutes ends within a second: what `check` raises comes through.
        """

        def looked(_module: object, _given: object, out: Any) -> None:
            check()
            if getattr(out, "requires_grad", False):
                out.register_hook(lambda _slope: check())

        smallest = [one for one in self.model.modules() if not any(one.children())]
        hooks = [one.register_forward_hook(looked) for one in smallest]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def tokens(self, asked: str, ending: str) -> Tokens:
        """A prompt and the text that follows it, closed by the token for the end of a text.

        What is too long loses the beginning of the prompt first.
        """
        end = self.tokenizer.eos_token_id
        answer = self.tokenizer(f" {ending.strip()}", add_special_tokens=False)["input_ids"]
        answer = [*answer[: self.longest - 2], end]
        question = list(self.tokenizer(asked)["input_ids"])
        if question and question[-1] == end:  # some close every text
            question.pop()
        question = question[-(self.longest - len(answer)) :] or [end]
        return Tokens((*question, *answer), len(answer))

    def likelihoods(self, asked: str, endings: Sequence[str]) -> tuple[float, ...]:
        """For each ending the mean of its tokens' log-likelihoods after the prompt, in nats.

        The mean, since the sum would prefer short texts to likely ones. The prompt is read once.
        """
        import torch

        found = []
        with torch.inference_mode():
            read: tuple[tuple[int, ...], Any] = ((), None)
            for ending in endings:
                both = self.tokens(asked, ending)
                question = both.ids[: -both.ending]
                if read[0] != question:  # only an ending too long to leave the prompt whole
                    read = question, self._read(question)
                found.append(self._likelihood(read[1], both))
        return tuple(found)

    def _read(self, question: Sequence[int]) -> tuple[Any, Any]:
        """What the model remembers of a prompt, and what it expects to follow."""
        import torch

        ids = torch.tensor([question], device=self.device)
        out = self.model(ids, use_cache=True)
        return out.past_key_values, out.logits[:, -1:]

    def _likelihood(self, read: tuple[Any, Any], both: Tokens) -> float:
        import torch

        memory, first = read
        ids = torch.tensor([both.ids[-both.ending :]], device=self.device)
        expected = first
        if both.ending > 1:
            # a copy: reading on changes the memory, and the next ending follows the prompt too
            out = self.model(ids[:, :-1], past_key_values=copy.deepcopy(memory), use_cache=True)
            expected = torch.cat([first, out.logits], dim=1)
        said = torch.log_softmax(expected.float(), dim=-1).gather(2, ids[..., None])
        return float(said.mean())
