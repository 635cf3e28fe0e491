"""Spelling: which words of a text nobody knows, and what may have been meant.

The word lists come with pyspellchecker and are read on a thread when a language is first written
in; until then, and in a language without a list, every word counts as known. Names of the cast and
the words in the project's list (its pronunciations) are known too.
"""

from __future__ import annotations

import gzip
import importlib.resources
import importlib.util
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from studio.app.document import Document
from studio.errors import EngineError
from studio.progress import Progress
from studio.script import edits
from studio.script.model import Project, Pronunciation
from studio.script.saying import rows_for

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SHOUTED = 2  # letters from which on a word in capitals is taken for a sign that is read
_CLITIC = 2  # letters before or after an apostrophe that need not be a word: l', d', 's
_PART = 4  # letters of each part of a compound, at least
_COMPOUNDING = ("de", "nl")
_JOINTS = ("", "s", "es", "n", "en", "e")
_MOST = 6  # suggestions
_TWO_SLIPS = 7  # letters of a word in which two slips are looked for; in longer it takes seconds
_EVERY, _RARE = 40, 1 / 2000  # which words tell the letters; of all letters, what one must make up
_SOON = 1200  # ms after a project was opened; the film is to be seen first
_SLICE = 1 << 15  # letters of a word list read at a time
_NEXT_KEY = re.compile(r',\s*"')

# British spellings beside the American ones of the English list
_BRITISH = (
    (re.compile(r"(?<=[^aeou])our(?=$|s$|ed$|ing$|ful$|less$|able$|ite$|hood$)"), "or"),
    (re.compile(r"is(?=e$|es$|ed$|er$|ers$|ing$|ation$|ations$)"), "iz"),
    (re.compile(r"ys(?=e$|es$|ed$|ing$)"), "yz"),
    (re.compile(r"ll(?=ed$|ing$|er$|ers$)"), "l"),
    (re.compile(r"tre(?=$|s$)"), "ter"),
    (re.compile(r"ellery$"), "elry"),
    (re.compile(r"ogue(?=$|s$)"), "og"),
    (re.compile(r"ence(?=$|s$)"), "ense"),
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text and where it stands: [start, end) in letters."""

    text: str
    start: int
    end: int


def words(text: str) -> Iterator[Word]:
    """The words of a text, in order; figures and signs are none."""
    for match in _WORD.finditer(text):
        yield Word(match[0], match.start(), match.end())


def word_at(text: str, position: int) -> Word | None:
    """The word that `position` lies in or touches."""
    return next((one for one in words(text) if one.start <= position <= one.end), None)


class Dictionary:
    """The words of one language, in small letters, and how often each was counted."""

    def __init__(self, counts: Mapping[str, int], language: str) -> None:
        self._counts = counts
        self._language = language.partition("-")[0]
        self._letters = _usual_letters(counts)

    def knows(self, word: str) -> bool:
        """Whether a word is right as it stands; a word in capitals always is."""
        if len(word) >= _SHOUTED and word.isupper():
            return True
        plain = word.replace("’", "'").lower()
        return self._listed(plain) or self._joined(plain) or self._compound(plain)

    def _listed(self, word: str) -> bool:
        if word in self._counts:
            return True
        if self._language != "en":
            return False
        variants = (pattern.sub(by, word) for pattern, by in _BRITISH)
        return any(one != word and one in self._counts for one in variants)

    def _joined(self, word: str) -> bool:
        """Whether it is known words, or single letters of some, with apostrophes between."""
        first, found, rest = word.partition("'")
        if not found:
            return False
        known = len(first) <= _CLITIC or self._listed(first)
        return known and (len(rest) <= _CLITIC or self._listed(rest) or self._joined(rest))

    def _compound(self, word: str) -> bool:
        """Whether it is two known words in one, as languages that join words have them."""
        if self._language not in _COMPOUNDING:
            return False
        for cut in range(_PART, len(word) - _PART + 1):
            head, tail = word[:cut], word[cut:]
            if tail in self._counts and any(
                head.endswith(joint) and head.removesuffix(joint) in self._counts
                for joint in _JOINTS
                if len(head) - len(joint) >= _PART
            ):
                return True
        return False

    def meant(self, word: str) -> tuple[str, ...]:
        """What may have been meant, the likeliest first: words one slip of the hand away, or two.

        Takes up to half a second.
        """
        plain = word.replace("’", "'").lower()
        near = self._slips(plain)
        found = {one for one in near if one in self._counts}
        if not found and len(plain) <= _TWO_SLIPS:
            found = {two for one in near for two in self._slips(one) if two in self._counts}
        ranked = sorted(found - {plain}, key=lambda one: (-self._counts[one], one))[:_MOST]
        return tuple(_like(word, one) for one in ranked)

    def _slips(self, word: str) -> set[str]:
        """What comes of a letter too many, too few, wrong, or two in the wrong order."""
        cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
        found = {head + tail[1:] for head, tail in cuts if tail}
        found |= {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
        for letter in self._letters:
            found |= {head + letter + tail for head, tail in cuts}
            found |= {head + letter + tail[1:] for head, tail in cuts if tail}
        return found


def _usual_letters(counts: Mapping[str, int]) -> str:
    """The letters of a language, told from those that only stray words have."""
    sample = Counter(itertools.chain.from_iterable(itertools.islice(counts, 0, None, _EVERY)))
    return "".join(letter for letter, count in sample.items() if count > sample.total() * _RARE)


def _like(word: str, found: str) -> str:
    return found[:1].upper() + found[1:] if word[:1].isupper() else found


def read_dictionary(language: str, progress: Progress) -> Dictionary | None:
    """The words of `language`, None where there is no list of them. Takes half a second.

    Raises EngineError where the package is missing.
    """
    if importlib.util.find_spec("spellchecker") is None:
        raise EngineError(
            "Spelling needs the package pyspellchecker, which is not installed.",
            "Words are not checked; everything else works.",
            "Install it with: pip install 'audio-description-studio[app]'",
        )
    name = f"{language.partition('-')[0]}.json.gz"
    source = importlib.resources.files("spellchecker") / "resources" / name
    if not source.is_file():
        return None
    text = gzip.decompress(source.read_bytes()).decode("utf-8")
    counts: dict[str, int] = {}
    for done, part in _slices(text):
        progress(done, "Reading the words")
        counts.update((word.lower(), count) for word, count in json.loads(part).items())
    return Dictionary(counts, language)


def _slices(text: str) -> Iterator[tuple[float, str]]:
    """A flat JSON object in small ones: reading it whole would hold up window and sound.

    With each, how far it is, 0..1.
    """
    start, last = text.index("{") + 1, text.rindex("}")
    while start < last:
        cut = _NEXT_KEY.search(text, start + _SLICE)
        end = last if cut is None else cut.start()
        yield start / last, f"{{{text[start:end]}}}"
        start = last if cut is None else cut.end() - 1


class Spelling(QObject):
    """What is known in the document's present language. changed: words count otherwise now."""

    changed = Signal()
    failed = Signal(object)  # a StudioError, once

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._read: dict[str, Dictionary | None] = {}
        self._reading: set[str] = set()
        self._language = ""
        self._own: frozenset[str] = frozenset()
        self._verdicts: dict[tuple[str, str], bool] = {}
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON)
        self._soon.timeout.connect(self._load)
        document.opened.connect(self._open)
        document.changed.connect(self._follow)
        document.language_changed.connect(self._follow)

    @property
    def checks(self) -> bool | None:
        """Whether words of the present language are checked; None while that is being read."""
        language = self._document.language
        return None if language not in self._read else self._read[language] is not None

    def unknown(self, text: str) -> tuple[Word, ...]:
        """The words of `text` that nobody knows."""
        dictionary = self._read.get(self._document.language)
        if dictionary is None:
            return ()
        return tuple(one for one in words(text) if not self._knows(dictionary, one.text))

    def _knows(self, dictionary: Dictionary, word: str) -> bool:
        if word.casefold() in self._own or _bare(word).casefold() in self._own:
            return True
        key = (self._document.language, word)
        if key not in self._verdicts:
            self._verdicts[key] = dictionary.knows(word)
        return self._verdicts[key]

    def ask(self, word: str, answer: Callable[[tuple[str, ...]], None]) -> None:
        """Look for what may have been meant by `word`; `answer` gets it a little later."""
        dictionary = self._read.get(self._document.language)
        if dictionary is None:
            answer(())
            return
        job = self._document.jobs.light("Look a word up", _meant, dictionary, _bare(word))
        job.done.connect(answer)
        job.failed.connect(self.failed)

    def add(self, word: str) -> None:
        """Put a word into the project's list, as one edit."""
        document = self._document
        row = Pronunciation(document.language, word, word)
        if word.casefold() not in self._own:
            rows = (*document.project.pronunciations, row)
            project = edits.set_pronunciations(document.project, rows)
            document.edit(f"Add the word “{word}”", project)

    def _open(self) -> None:
        self._take_words()
        self._soon.start()

    def _follow(self, _change: object = None) -> None:
        self._take_words()
        if not self._soon.isActive():
            self._load()

    def _take_words(self) -> None:
        document = self._document
        if not document.is_open:
            return
        known = (document.language, _own_words(document.project, document.language))
        if known != (self._language, self._own):
            self._language, self._own = known
            self.changed.emit()

    def _load(self) -> None:
        language = self._document.language
        there = self._document.is_open
        if not there or language in self._read or language in self._reading:
            return
        self._reading.add(language)
        job = self._document.jobs.light("Read the words", read_dictionary, language)
        job.done.connect(lambda dictionary: self._take(language, dictionary))
        job.failed.connect(self.failed)

    def _take(self, language: str, dictionary: Dictionary | None) -> None:
        self._read[language] = dictionary
        self._reading.discard(language)
        self.changed.emit()


def _meant(dictionary: Dictionary, word: str, progress: Progress) -> tuple[str, ...]:
    progress(0.0, "Looking a word up")
    return dictionary.meant(word)


def _own_words(project: Project, language: str) -> frozenset[str]:
    """The words that this project knows, without regard to capitals."""
    texts = [person.name for person in project.named]
    texts += [row.written for row in rows_for(project.pronunciations, language)]
    return frozenset(part.text.casefold() for text in texts for part in words(text))


def _bare(word: str) -> str:
    """A name without the 's of what belongs to it."""
    return re.sub(r"['’]s$", "", word)
