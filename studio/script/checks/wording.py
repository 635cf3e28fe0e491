"""Words a style bans or points out, and sentences that are too long to be heard."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence

from studio.script.checks.subject import Finding, Subject
from studio.script.checks.text import Sentence, all_words, sentence_lengths, sentences
from studio.script.patterns import keys
from studio.script.styles import Phrases, Style


def findings(subject: Subject) -> Iterator[Finding]:
    """One finding for each rule a text breaks, with all the words that do."""
    index = _index(subject.style, subject.plain_language)
    longest = subject.number("language.long-sentence", "most")
    for one in subject.written:
        for rule, found in _found(one.text, index):
            quoted = ", ".join(f"“{words}”" for words, _ in found)
            why = " ".join(dict.fromkeys(reason for _, reason in found))
            yield subject.finding(rule, one, f"says {quoted}. {why}")
        most = max(sentence_lengths(one.text), default=0)
        if most > longest:
            what = (
                f"has a sentence of {most} words, and {longest:.0f} is the most. Make it two, or "
                "say less."
            )
            yield subject.finding("language.long-sentence", one, what)


def phrases_in(text: str, rule: str, style: Style, language: str) -> tuple[str, ...]:
    """The words in `text` that break a rule about phrases, as written."""
    found = dict(_found(text, _index(style, language.partition("-")[0])))
    return tuple(words for words, _ in found.get(rule, ()))


_Row = tuple[tuple[str, ...], Phrases]  # words in lower case, and the list they come from


class _Index:
    """The phrases of a style in one language, by their first word. The same object each time."""

    def __init__(self, phrases: tuple[Phrases, ...]) -> None:
        self.by_word: dict[str, list[_Row]] = {}
        for one in phrases:
            for words in one.words:
                row = all_words(words)
                self.by_word.setdefault(row[0], []).append((row, one))
        self.first_words = frozenset(self.by_word)
        self.patterns = [(pattern, one) for one in phrases for pattern in one.patterns]
        needed: dict[str, set[int]] = {}  # the patterns that may match a text with these letters
        for number, (pattern, _) in enumerate(self.patterns):
            for key in keys(pattern.pattern) or ("",):
                needed.setdefault(key, set()).add(number)
        self.by_key = list(needed.items())


@functools.lru_cache(maxsize=64)
def _index(style: Style, language: str) -> _Index:
    return _Index(tuple(one for one in style.phrases if one.language == language))


@functools.lru_cache(maxsize=8192)
def _found(text: str, index: _Index) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """For each broken rule, the words as written with what is said of them."""
    by_rule: dict[str, dict[str, str]] = {}
    small = text.casefold()
    near = [numbers for key, numbers in index.by_key if key in small]
    searched = [index.patterns[number] for number in sorted(set().union(*near))]
    for sentence in sentences(text):
        for words, phrases in _in_sentence(sentence, index, searched):
            by_rule.setdefault(phrases.rule, {}).setdefault(words, phrases.why)
    return _frozen(by_rule)


def _frozen(
    by_rule: Mapping[str, Mapping[str, str]],
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return tuple((rule, tuple(found.items())) for rule, found in by_rule.items())


def _in_sentence(
    sentence: Sentence, index: _Index, searched: Sequence[tuple[re.Pattern[str], Phrases]]
) -> Iterator[tuple[str, Phrases]]:
    if not index.first_words.isdisjoint(sentence.folded):
        for place, word in enumerate(sentence.folded):
            for row, phrases in index.by_word.get(word, ()):
                end = place + len(row)
                said = sentence.folded[place:end] == row
                if said and all(sentence.joined[place : end - 1]):
                    yield " ".join(sentence.words[place:end]), phrases
    for pattern, phrases in searched:
        match = pattern.search(sentence.text)
        if match is not None:
            yield match[0].strip(" ,.;:"), phrases
