"""English sentences that are not in the present tense or not in the third person.

Told from words alone, without a grammar, so it is careful: what may be a participle, a relative
clause or text that is read out is let pass. On the professional lines at hand (see the tests) it
speaks only where the tense does change.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from studio.script.checks import english, wording
from studio.script.checks.subject import Finding, Subject
from studio.script.checks.text import Sentence, sentences

_NEAR = 3  # words before a verb in which its helper stands
_SUBJECT = 4  # words of a subject that a verb's form is told by
_SHORT = 2  # letters of a word too short to be a verb in -s
_CLAUSE = 8  # words before a verb in which the word that opens its clause stands


def findings(subject: Subject) -> Iterator[Finding]:
    """Texts that change to another tense, or to another person; English only."""
    if subject.plain_language != "en":
        return
    for one in subject.written:
        words = other_tenses(one.text)
        if words:
            what = f"is not in the present tense: {_quoted(words)}. Tell what happens now."
            yield subject.finding("language.tense", one, what)
        others = other_persons(one.text)
        # “we see” is told of by its own rule
        if others and not wording.phrases_in(one.text, "language.viewer", subject.style, "en"):
            what = f"is not in the third person: {_quoted(others)}. Say who does it."
            yield subject.finding("language.person", one, what)


@functools.lru_cache(maxsize=8192)
def other_tenses(text: str) -> tuple[str, ...]:
    """The verbs of `text`, with the word before, that are past or future tense."""
    return tuple(
        " ".join(one.words[max(0, index - 1) : index + 1])
        for one in sentences(text)
        if "ed" in one.text or "'ll" in one.text or not english.MAYBE_PAST.isdisjoint(one.folded)
        for index, word in enumerate(one.folded)
        if (word in english.MAYBE_PAST or word.endswith(("ed", "'ll")))
        and _is_other_tense(one, index)
    )


@functools.lru_cache(maxsize=8192)
def other_persons(text: str) -> tuple[str, ...]:
    """The words of `text`, with the next one, that are first or second person."""
    return tuple(
        " ".join(one.words[index : index + 2])
        for one in sentences(text)
        if "'" in one.text or not english.PERSONS.isdisjoint(one.folded)
        for index, word in enumerate(one.folded)
        if word.partition("'")[0] in english.PERSONS and _is_other_person(one, index)
    )


def _is_other_person(sentence: Sentence, index: int) -> bool:
    """Titles such as “Thank You” and “World War I” are none: what matters is how it is written."""
    written, word = sentence.words[index], sentence.folded[index].partition("'")[0]
    before = sentence.folded[index - 1] if index else ""
    after = sentence.folded[index + 1] if index + 1 < len(sentence.words) else ""
    small = written[0].islower()
    first = index == 0
    goes_on = index + 1 < len(sentence.words) and sentence.words[index + 1].islower()
    behind_small = first or sentence.words[index - 1].islower()
    told = {
        "we": small or first,
        "i": behind_small and after in english.VERBS_OF_I,
        "us": small and before in english.PREPOSITIONS,
        "our": (small or first) and after in english.OURS,
        "you": (small and before != "thank") or (first and goes_on),
        "your": small,
        **dict.fromkeys(("me", "my", "mine", "ours", "yours"), small),
    }
    return told[word]


def _is_other_tense(sentence: Sentence, index: int) -> bool:
    word = sentence.folded[index]
    if index and sentence.words[index][0].isupper():
        return False  # a title or a name
    before = _clause(sentence, index)
    if _is_future(word, before):
        return True
    if any(one in english.SUBORDINATING for one in before[-_CLAUSE:]):
        return False
    if word in english.PAST_HELPERS:
        return not _is_relative(before) and (bool(before) or index == 0)
    if any(one in english.AUXILIARIES for one in before[-_NEAR:]):
        return False
    return _is_past(sentence, index, before)


def _is_future(word: str, before: tuple[str, ...]) -> bool:
    """“He will” and “she'll”; not “his will” and not a man of that name."""
    return (word == "will" and _behind_pronoun(before)) or (
        word.endswith("'ll") and word[:-3] in english.SUBJECT_PRONOUNS
    )


def _is_past(sentence: Sentence, index: int, before: tuple[str, ...]) -> bool:
    """Whether a word with no helper before it is a verb in the past."""
    word = sentence.folded[index]
    if word in english.PAST_ANYWHERE:
        return _has_subject(before) and not _is_relative(before)
    if _behind_pronoun(before) and (word in english.PAST_BEHIND_PRONOUN or _is_regular(word)):
        return not _is_followed_by(sentence, index, "by")
    if word in english.UNCHANGED:
        return _is_behind_one(sentence, index, before) and _meets_object(sentence, index)
    if _is_only_verb(sentence, index) or _is_weather(sentence, index):
        return True
    if word in english.PAST_WITH_OBJECT:
        return _does_to(sentence, index) or _is_departure(sentence, index)
    return _is_regular(word) and (
        _takes_object(sentence, index, before) or _is_all(sentence, index)
    )


def _is_behind_one(sentence: Sentence, index: int, before: tuple[str, ...]) -> bool:
    """Whether one person alone stands before, so that a present form would end in -s."""
    if "and" in before or not before:
        return False
    if before[-1] in ("he", "she"):
        return not _is_relative(before)
    subject = _subject(sentence, index)
    alone = len(subject) > 1 and not _is_plural(subject[-1])
    return alone and subject[0] in english.DETERMINERS


def _subject(sentence: Sentence, index: int) -> tuple[str, ...]:
    """All that stands before in the sentence, “suddenly” and the like left out; () if it is long.

    Only then is it sure to be the subject of the verb at `index`.
    """
    start = 0
    while start < index and _opens(sentence.folded[start]):
        start += 1
    if index - start > _SUBJECT or not all(sentence.joined[start:index]):
        return ()
    return sentence.folded[start:index]


def _opens(word: str) -> bool:
    return word in english.OPENERS or word.endswith("ly")


def _does_to(sentence: Sentence, index: int) -> bool:
    """Whether somebody does something to an object: “Maria found a key”."""
    subject = _subject(sentence, index)
    if not _has_subject(subject) or not _meets_object(sentence, index):
        return False
    if subject[-1] in english.PLACES_OF_LEFT:
        return False
    return len(subject) == 1 or subject[0] in english.DETERMINERS


def _is_weather(sentence: Sentence, index: int) -> bool:
    """Whether the sentence is as short as “Smoke rose from the chimney.”"""
    subject = _subject(sentence, index)
    if len(subject) != 1 or sentence.folded[index] not in english.PAST_OF_NATURE:
        return False
    return subject[0] in english.NATURE and _is_place(sentence.folded[index + 1 :])


def _is_only_verb(sentence: Sentence, index: int) -> bool:
    """Whether a form that may be a participle is all that can be the sentence's verb.

    “Two men fought in the street”, but not “A house built on a rock”, a picture in words, and not
    “The door closed behind her, she waits”, where the sentence goes on.
    """
    subject, rest = _subject(sentence, index), sentence.folded[index + 1 :]
    if not subject or not all(sentence.joined[index:]) or rest[:1] == ("by",):
        return False  # “the road closed by snow”
    if not _acts(subject, sentence.folded[index]):
        return False
    if _is_plural(subject[-1]) and not _is_place(rest):  # “the men turned to stone stare ahead”
        return False
    return not _may_be_present(sentence.folded, index)


def _acts(subject: tuple[str, ...], word: str) -> bool:
    """Whether the past form `word` tells what `subject` did rather than what was done to it."""
    if word == "rose" and subject[-1] in english.COLOURS:
        return False
    somebody = subject[0] in english.SOMEBODY
    named = len(subject) > 1 and subject[0] in english.DETERMINERS
    if word in english.PAST_OF_PEOPLE and (somebody or (named and subject[-1] in english.PEOPLE)):
        return True
    definite = somebody or (named and subject[0] not in english.INDEFINITE)
    return definite and word in english.PAST_OF_THINGS


def _is_plural(noun: str) -> bool:
    return noun in english.PLURALS or (noun.endswith("s") and not noun.endswith("ss"))


def _is_place(words: tuple[str, ...]) -> bool:
    """Whether there is no room for a verb: nothing, “away”, “in the street”, “into dark woods”."""
    whither = False
    while words and (words[0] in english.PARTICLES or words[0].endswith("ly")):
        whither = words[0] in english.PARTICLES
        words = words[1:]
    if not words or not (whither or words[0] in english.PLACES):
        return len(words) <= 1  # “football”
    noun = words if words[0] in english.DETERMINERS else words[1:]
    return len(noun) <= (_NEAR if noun and noun[0] in english.DETERMINERS else 1)


def _may_be_present(words: tuple[str, ...], past: int) -> bool:
    """Whether any word but those that begin a noun's phrase could be a verb in the present."""
    for index, word in enumerate(words):
        if index == past:
            continue
        if word in english.AUXILIARIES:
            return True
        ends = word.endswith("s") and not word.endswith(("ss", "'s")) and len(word) > _SHORT
        if ends and word not in english.NO_PRESENT and not _begins_noun(words[:index], past):
            return True
    return False


def _begins_noun(before: tuple[str, ...], past: int) -> bool:
    """Whether the next word is a noun for sure, or stands before the verb anyway."""
    return len(before) < past or before[-1] in english.BEFORE_NOUNS


def _clause(sentence: Sentence, index: int) -> tuple[str, ...]:
    """The words before the one at `index` from which no comma or the like parts it."""
    start = index
    while start and sentence.joined[start - 1]:
        start -= 1
    return sentence.folded[start:index]


def _behind_pronoun(before: tuple[str, ...]) -> bool:
    """Whether a pronoun that is a subject stands directly before, or with one adverb between."""
    if before and before[-1].endswith("ly"):
        before = before[:-1]
    if before == ("it",):  # elsewhere it is an object
        return True
    return bool(before) and before[-1] in english.SUBJECT_PRONOUNS and not _is_relative(before)


def _is_relative(before: tuple[str, ...]) -> bool:
    """Whether a pronoun before the verb hangs on a noun: “the letter he wrote”."""
    return (
        len(before) > 1
        and before[-1] in english.SUBJECT_PRONOUNS
        and before[-2] not in english.CLAUSE_OPENERS
    )


def _has_subject(before: tuple[str, ...]) -> bool:
    """Whether what stands before can be a subject: “the man” and “Emo”, not “an” or “with arms”."""
    if not before or before[-1] in english.DETERMINERS:
        return False
    return before[0] not in english.NEVER_SUBJECTS


def _is_all(sentence: Sentence, index: int) -> bool:
    """Whether the verb ends a sentence of three words: “The car stopped.”"""
    whole = len(sentence.words) == index + 1 == 3  # noqa: PLR2004
    return whole and all(sentence.joined) and sentence.folded[0] in ("the", "a", "an")


def _is_departure(sentence: Sentence, index: int) -> bool:
    """Whether the sentence is “The bus left.”, for who can leave."""
    ends = sentence.folded[index] == "left" and index + 1 == len(sentence.words)
    return ends and sentence.folded[index - 1] in english.PEOPLE and bool(_subject(sentence, index))


def _is_regular(word: str) -> bool:
    return len(word) > 4 and word.endswith("ed") and word not in english.NOT_PAST  # noqa: PLR2004


def _takes_object(sentence: Sentence, index: int, before: tuple[str, ...]) -> bool:
    """Whether an -ed form stands between a subject and an object: “the speaker revealed a mass”."""
    if sentence.folded[index] in english.NAMING or not _has_subject(before):
        return False
    if _meets_object(sentence, index):
        return True
    after = index + 1
    if after >= len(sentence.words) or not sentence.joined[index]:
        return False
    if before[-1] in english.PEOPLE and sentence.folded[after] in english.FINISHING:
        return _meets_object(sentence, after)  # “the girl picked up the doll”
    return all(sentence.words[place][0].isupper() for place in (index - 1, after))


def _meets_object(sentence: Sentence, index: int) -> bool:
    """Whether an object begins behind the word at `index`."""
    after = sentence.folded[index + 1 : index + 3]
    if not after or not sentence.joined[index] or after in english.NO_OBJECTS:
        return False
    return after[0] in english.OBJECT_BEGINNINGS


def _is_followed_by(sentence: Sentence, index: int, word: str) -> bool:
    return index + 1 < len(sentence.words) and sentence.folded[index + 1] == word


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"“{one}”" for one in dict.fromkeys(words))
