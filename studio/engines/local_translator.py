"""The translator "transformers": a translation model on this machine, by transformers and torch.

    studio draft PROJECT --translator transformers:FOLDER -l de

NLLB, M2M-100, MADLAD and Marian are told the languages each in a way of its own; which way is seen
from the marks in a model's vocabulary. A Marian that knows one pair only is asked for no other.
Nothing is fetched, and no text leaves the machine.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.engines import Check, Unanswered, models, tongues, unchecked
from studio.engines.machine import device, give_back_memory, in_short, number_kind, quiet
from studio.engines.translators import finished_within
from studio.errors import EngineError

NAME, KIND = "transformers", "translator"

_BEAMS = 4  # translations followed at once; what the models' own papers use is four or five
_LONGER, _MORE = 2, 40  # a translation has at most so many times the tokens, and so many more
_NEEDS_RANGE = {"t5", "mt5", "umt5"}  # families whose numbers outgrow float16
_MARK = {
    "madlad": re.compile(r"<2([A-Za-z_]+)>"),
    "m2m": re.compile(r"__([a-z]{2,3})__"),
    "marian": re.compile(r">>([A-Za-z_]+)<<"),
}
_OPUS = re.compile(r"opus-mt-(?:tc-\w+-)?([a-z]{2,3})-([a-z]{2,3})")


@dataclass(frozen=True, slots=True)
class Way:
    """How a model is told the languages. before: put before the text. source: what its tokenizer

    is told the text is in. first: the token the translation begins with. "": nothing of that kind.
    """

    before: str = ""
    source: str = ""
    first: str = ""


class LocalTranslator:
    """Translates with a model of this machine. Loaded when first asked, kept until another is."""

    def __init__(self, model: str = "") -> None:
        """model: a folder or a name of the catalogue; "" takes the one that was fetched."""
        self._folder = models.chosen(NAME, model, KIND, "translator")

    def translate(
        self, text: str, source: str, target: str, check: Check = unchecked
    ) -> str | Unanswered:
        with quiet():
            model: _Model = finished_within(lambda: _loaded(self._folder), check, math.inf)
            way = model.way(source, target)
            try:
                return model.translated(text, way, check)
            except Exception as error:  # whatever the model's own code raises
                give_back_memory(model.device)
                return Unanswered(f"The model failed on this text ({in_short(error)}).")


class _Model:
    """A loaded model. device: "cuda" (ROCm too), "mps" or "cpu"."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoConfig, AutoModelForSeq2SeqLM, AutoTokenizer

        self.device = device()
        self._name = str(folder)
        self._family = AutoConfig.from_pretrained(folder, local_files_only=True).model_type
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        kind = number_kind(self.device)
        if kind is torch.float16 and self._family in _NEEDS_RANGE:
            kind = torch.float32
        loaded = AutoModelForSeq2SeqLM.from_pretrained(folder, local_files_only=True, dtype=kind)
        self._model = loaded.to(self.device).eval()
        # M2M-100 keeps its marks of languages beside its vocabulary
        self._marks: dict[str, int] = getattr(self._tokenizer, "lang_token_to_id", {})
        self._vocabulary = frozenset((*self._tokenizer.get_vocab(), *self._marks))

    def way(self, source: str, target: str) -> Way:
        """How this model is asked for these languages. Raises EngineError where it cannot be."""
        found = way(self._family, self._vocabulary, self._pair(), source, target)
        if isinstance(found, Way):
            return found
        raise EngineError(
            f"The model in {self._name} does not translate from “{source}” into “{target}”: "
            f"{found}",
            "Nothing was translated.",
            "Choose another model or translator; see: studio engines get",
        )

    def _pair(self) -> tuple[str, str] | None:
        """The languages a Marian was made for, as its tokenizer or its folder's name says."""
        names = ("source_lang", "target_lang")
        source, target = (getattr(self._tokenizer, name, None) for name in names)
        if source and target:
            return source, target
        return _pair_named(Path(self._name).name)

    def translated(self, text: str, way: Way, check: Check) -> str | Unanswered:
        """A text as the model says it in the other language."""
        import torch
        from transformers import StoppingCriteria, StoppingCriteriaList

        class Checked(StoppingCriteria):  # type: ignore[misc]  # transformers ships no types
            def __call__(self, input_ids: Any, _scores: Any, **_: Any) -> Any:
                check()
                return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)

        if way.source:
            self._tokenizer.src_lang = way.source
        inputs = self._tokenizer(f"{way.before}{text}", return_tensors="pt").to(self.device)
        length = inputs["input_ids"].shape[1]
        if length > self._room():
            return Unanswered("The text is too long for the model.")
        begin = self._number(way.first) if way.first else None
        with torch.inference_mode():
            made = self._model.generate(
                **inputs,
                forced_bos_token_id=begin,
                num_beams=_BEAMS,
                do_sample=False,
                max_new_tokens=min(_LONGER * length + _MORE, self._room() - 1),
                stopping_criteria=StoppingCriteriaList([Checked()]),
            )
        first = 1 if begin is None else 2  # after where every answer begins, and its language
        return str(self._tokenizer.decode(made[0, first:], skip_special_tokens=True)).strip()

    def _number(self, mark: str) -> int:
        found = self._marks.get(mark)
        return int(self._tokenizer.convert_tokens_to_ids(mark) if found is None else found)

    def _room(self) -> int:
        """Tokens the model can take at once."""
        config = self._model.config
        rooms = (getattr(config, name, None) for name in ("max_position_embeddings", "n_positions"))
        return min(next((room for room in rooms if room), 512), 1024)


def way(
    family: str,
    vocabulary: Collection[str],
    pair: tuple[str, str] | None,
    source: str,
    target: str,
) -> Way | str:
    """How a model is told that a text is to come from `source` into `target` (BCP 47).

    family: transformers' type of the model. pair: the languages a Marian says it was made for.
    Or the reason, a whole sentence, why it does not translate so.
    """
    if family == "marian":
        return _marian(vocabulary, pair, source, target)
    if family in {"m2m_100", "nllb-moe"}:
        return _many(vocabulary, source, target)
    marks = _marks("madlad", vocabulary)
    if not marks:
        return "it is no model for translating."
    code = tongues.plain(target, marks)
    return _unknown(target) if code is None else Way(before=f"{marks[code]} ")


def _many(vocabulary: Collection[str], source: str, target: str) -> Way | str:
    """NLLB and M2M-100: the tokenizer is told the source, the answer begins with the target."""
    m2m = _marks("m2m", vocabulary)
    codes = [
        tongues.plain(one, m2m) if m2m else tongues.flores(one, vocabulary)
        for one in (source, target)
    ]
    from_, to = codes
    if from_ is None or to is None:
        return _unknown(source if from_ is None else target)
    return Way(source=from_, first=m2m[to] if m2m else to)


def _marian(
    vocabulary: Collection[str], pair: tuple[str, str] | None, source: str, target: str
) -> Way | str:
    """Marian: one pair, or groups of languages, of which the target is marked before the text."""
    if pair is None:
        return "it does not say which languages it was made for."
    from_, to = pair
    if tongues.is_one_language(from_) and not tongues.same(source, from_):
        return f"it translates from “{from_}” into “{to}” only."
    marks = _marks("marian", vocabulary)
    if marks:
        code = tongues.plain(target, marks)
        return _unknown(target) if code is None else Way(before=f"{marks[code]} ")
    if not tongues.same(target, to):
        return f"it translates from “{from_}” into “{to}” only."
    return Way()


def _marks(kind: str, vocabulary: Collection[str]) -> dict[str, str]:
    """The marks of languages in a vocabulary, by the code that is in them."""
    found = ((_MARK[kind].fullmatch(one), one) for one in vocabulary)
    return {match[1]: one for match, one in found if match is not None}


def _unknown(language: str) -> str:
    return f"it does not know “{language}”."


def _pair_named(folder: str) -> tuple[str, str] | None:
    """The languages in a folder's name, as the Helsinki group names its models."""
    match = _OPUS.search(folder)
    return (match[1], match[2]) if match is not None else None


@functools.lru_cache(maxsize=1)
def _loaded(folder: Path) -> _Model:
    try:
        return _Model(folder)
    except Exception as error:  # as many kinds as there are ways to damage a model
        raise EngineError(
            f"The model in {folder} cannot be loaded ({in_short(error)}).",
            "Nothing was translated.",
            "Get it again, or name a folder with a translation model for transformers.",
        ) from error
