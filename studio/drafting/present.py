"""“A man walking” becomes “A man walks”, where that can be done surely.

What follows “The video shows” is a noun with a participle. Here the participle is made the verb
of a sentence. Which participle belongs to which noun cannot always be told without understanding;
in every case of doubt the words stay as they are, because “A kitchen with a man cooking” is still
good description and “A kitchen with a man cooks” is nonsense.
"""

from __future__ import annotations

import re

from studio.drafting.sentences import bare
from studio.drafting.words import word_list

_VERBS = word_list("verbs")
_DOUBLED = {"begin", "control", "forget"}  # more than one syllable, and the last letter twice
_ONE_SYLLABLE = re.compile(r"[^aeiou]*[aeiou][^aeiouwxy]")
_SIBILANT = re.compile(r"(?:s|x|z|ch|sh|o)$")


def participle(verb: str) -> str:
    """The -ing form of a verb: “walk” gives “walking”, “sit” gives “sitting”."""
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    if verb in _DOUBLED or _ONE_SYLLABLE.fullmatch(verb):
        return verb + verb[-1] + "ing"
    return verb + "ing"


def third_person(verb: str) -> str:
    """The verb after “he”: “carry” gives “carries”."""
    if verb == "have":
        return "has"
    if _SIBILANT.search(verb):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"


_BY_PARTICIPLE = {participle(verb): verb for verb in _VERBS}
# These say how somebody looks while they do something else.
_ATTRIBUTES = {"wearing", "holding", "carrying", "having"}

_ARTICLES = {"a", "an"}
_ONE = {"a", "an", "one", "another", "each", "every", "this", "that"}
_SEVERAL = word_list("several")
_GROUPS = word_list("groups")
_UNCHANGING = {"sheep", "fish", "deer", "aircraft", "series", "species"}
_PLURALS = word_list("plurals")
_SINGULAR_S = re.compile(r"(?:ss|us|is|’s|'s)$")
_LIVING = word_list("living")
_LIVING_ENDS = re.compile(r"(?:man|men|woman|women|ist|naut)$")
_WORN = word_list("worn")
_OF_PICTURES = word_list("pictures")
_PREPOSITIONS = word_list("prepositions")
_FINITE = word_list("finite")
_BEFORE_NOUNS = (_PREPOSITIONS - {"up", "down", "off"}) | word_list("before_nouns")
_DOUBTFUL = word_list("doubtful")
_THINGS = word_list("things")
_ALSO_NOUNS = word_list("also_nouns")
_DETERMINERS = word_list("determiners")
_AFTER_VERBS = _PREPOSITIONS | _DETERMINERS | word_list("after_verbs")
_SUBJECTS = {"him": "he", "her": "she", "them": "they", "me": "I", "us": "we"}
_WITH_PLURAL_VERB = {"they", "we", "you", "i"}
_WITH_SINGULAR_VERB = {"he", "she", "it", "someone", "somebody", "everyone", "everybody"}


def in_present(phrase: str) -> str:
    """A noun with a participle as a sentence in the present tense; unchanged in case of doubt.

    `phrase` is what was shown: “a man standing in a room and talking”. Idempotent.
    """
    tokens = phrase.split()
    if not tokens:
        return phrase
    tokens = _subject_pronoun(tokens)
    tokens = _without_who(tokens)
    at = _verb_place(tokens)
    if at is None:
        return " ".join(_bare_infinitive(tokens))
    plural = _is_plural(_subject(tokens, at))
    if plural is None:
        return " ".join(tokens)
    if bare(tokens[at]) == "being":
        return " ".join([*tokens[:at], "are" if plural else "is", *tokens[at:]])
    return " ".join(_with_verbs(tokens, at, plural))


def is_someone(phrase: str) -> bool:
    """Whether a noun phrase is surely about a person or an animal, and says nothing they do."""
    names = [bare(token) for token in phrase.split()]
    said = any(name in _BY_PARTICIPLE or name in _FINITE or name == "of" for name in names)
    end = next((k for k, name in enumerate(names) if name in _PREPOSITIONS), len(names))
    return not said and end > 0 and _is_living(names[end - 1])


def is_plural(phrase: str) -> bool | None:
    """Whether a noun phrase wants “are”; None where that cannot be told surely."""
    return _is_plural(phrase.split())


def _subject_pronoun(tokens: list[str]) -> list[str]:
    """“Him walking” with “he”; “her walking” too, but not “her car”."""
    if len(tokens) > 1 and bare(tokens[0]) in _SUBJECTS and bare(tokens[1]) in _BY_PARTICIPLE:
        return [_SUBJECTS[bare(tokens[0])], *tokens[1:]]
    return tokens


def _without_who(tokens: list[str]) -> list[str]:
    """“A man who is cooking” as “a man is cooking”, where “who” follows the noun at once."""
    for at, token in enumerate(tokens):
        word = bare(token)
        if word in _PREPOSITIONS or token.endswith(","):
            return tokens
        if at > 0 and at + 1 < len(tokens) and _drops(word, bare(tokens[at + 1])):
            return [*tokens[:at], *tokens[at + 1 :]]
    return tokens


def _drops(word: str, following: str) -> bool:
    return word == "who" or (word == "that" and following in {"reads", "says", "read", "say"})


def _verb_place(tokens: list[str]) -> int | None:
    """Which participle becomes the verb; None where none surely belongs to the first noun."""
    first = _next_participle(tokens, 0)
    if first is None or not _belongs(tokens, first) or _others_follow(tokens, first):
        return None
    if bare(tokens[first]) not in _ATTRIBUTES:
        return first
    second = _next_participle(tokens, first + 1)
    if second is None or bare(tokens[second - 1]) == "and" or tokens[second - 1].endswith(","):
        return first
    between = [bare(token) for token in tokens[first + 1 : second]]
    return first if any(word in _FINITE or _is_living(word) for word in between) else second


def _others_follow(tokens: list[str], at: int) -> bool:
    """Whether somebody else does something too: “a man driving a car and a woman running”."""
    for k in range(at + 1, len(tokens) - 1):
        if bare(tokens[k]) == "and" and bare(tokens[k + 1]) in _DETERMINERS:
            other = _next_participle(tokens, k + 2)
            if other is not None and any(_is_living(bare(one)) for one in tokens[k + 2 : other]):
                return True
    return False


def _next_participle(tokens: list[str], start: int) -> int | None:
    for at in range(start, len(tokens)):
        word = bare(tokens[at])
        if word in _FINITE and word != "being":
            return None
        if at == 0 or not _may_be_verb(tokens, at):
            continue
        return None if start == 0 and bare(tokens[at - 1]) in _DOUBTFUL else at
    return None


def _may_be_verb(tokens: list[str], at: int) -> bool:
    word = bare(tokens[at])
    if word != "being" and word not in _BY_PARTICIPLE:
        return False
    if bare(tokens[at - 1]) in _BEFORE_NOUNS or tokens[at - 1][-1] in ",;:":
        return False
    following = bare(tokens[at + 1]) if at + 1 < len(tokens) else ""
    if word in _ALSO_NOUNS:
        return following in _DETERMINERS
    if following in _THINGS:
        return False
    # before a bare noun, or at the end, it may tell what kind of thing it is: “a shopping mall”
    certain = following in _AFTER_VERBS or _is_adverb(following)
    return certain or _is_living(bare(tokens[at - 1])) or word == "being"


def _belongs(tokens: list[str], at: int) -> bool:
    """Whether the participle at `at` surely belongs to the noun the phrase begins with."""
    subject = _subject(tokens, at)
    names = [bare(token) for token in subject]
    if not names or names[0] in _PREPOSITIONS:
        return False
    preposition = next((k for k, word in enumerate(names) if word in _PREPOSITIONS), None)
    if any(token[-1] in ",;:" for token in subject):  # “a large, furry rabbit”
        return preposition is None and _is_living(names[-1])
    if preposition is None:
        return True
    return _head_does(names[preposition - 1], names[preposition:])


def _head_does(head: str, rest: list[str]) -> bool:
    """Whether it is the noun `head` that does something after the phrase `rest`, not one in it."""
    worn = "with" not in rest or rest[-1] in _WORN
    if rest[0] == "of" and head in _GROUPS:
        return worn
    if rest[0] == "of":
        mixed = any(word in _PREPOSITIONS or _is_living(word) for word in rest[1:])
        return not mixed and not _looks_plural(rest[-1]) and head not in _OF_PICTURES
    return _is_living(head) and not any(map(_is_living, rest)) and worn


def _subject(tokens: list[str], at: int) -> list[str]:
    """The tokens before the verb at `at`, without adverbs."""
    end = at
    while end > 0 and _is_adverb(bare(tokens[end - 1])):
        end -= 1
    return tokens[:end]


def _is_adverb(word: str) -> bool:
    return word in {"still", "now", "also", "then", "just"} or (
        word.endswith("ly") and word not in {"family", "butterfly", "fly", "belly", "lily"}
    )


def _is_plural(subject: list[str]) -> bool | None:
    names = [bare(token) for token in subject]
    if len(names) == 1 and names[0] in _WITH_PLURAL_VERB | _WITH_SINGULAR_VERB:
        return names[0] in _WITH_PLURAL_VERB
    beyond = _PREPOSITIONS | _ATTRIBUTES | {"dressed"}
    end = next((k for k, word in enumerate(names) if word in beyond), len(names))
    if end == 0:
        return None
    if "and" in names:
        joined = names.index("and")
        if joined < end:
            return _joined_is_plural(names[:end], joined)
        if any(map(_is_living, names[joined:])):  # “a man in a suit and a woman in a dress”
            return True
    head_is_group = names[end - 1] in _GROUPS and names[end : end + 1] == ["of"]
    return head_is_group or _head_is_plural(subject[:end])


def _joined_is_plural(head: list[str], joined: int) -> bool | None:
    """Of “a man and a woman”, but not of “a black and white cat”."""
    following = head[joined + 1] if joined + 1 < len(head) else ""
    both = _is_living(head[joined - 1]) and _is_living(head[-1])
    if following in _DETERMINERS or both:
        return True
    return False if head[0] in _ARTICLES and _is_living(head[-1]) else None


def _head_is_plural(head: list[str]) -> bool | None:
    names = [bare(token) for token in head]
    if len(names) > 1 and names[0] in _ARTICLES and names[1] in {"few", "dozen"}:
        return True
    if names[0] in _SEVERAL or names[0].isdigit():
        return names[0] != "1"
    owned = any(token.endswith(("’s", "'s")) for token in head[:-1])
    if names[0] in _ONE and not owned:
        return False
    return None if names[-1] in _UNCHANGING else _looks_plural(names[-1])


def _is_living(noun: str) -> bool:
    """Whether a noun is a person or an animal, as far as is known."""
    one = noun[:-1] if noun.endswith("s") else noun
    return noun in _LIVING or one in _LIVING or bool(_LIVING_ENDS.search(one))


def _looks_plural(noun: str) -> bool:
    return noun in _PLURALS or (noun.endswith("s") and not _SINGULAR_S.search(noun))


def _with_verbs(tokens: list[str], at: int, plural: bool) -> list[str]:
    """The participle at `at` as a verb, and those that surely stand beside it."""
    made = list(tokens)
    made[at] = _finite(tokens[at], plural)
    listed = tokens[at].endswith(",")  # “running, jumping, and playing”
    for k in range(at + 1, len(tokens)):
        word, before = bare(tokens[k]), bare(tokens[k - 1])
        if word in _FINITE:
            break
        if word not in _BY_PARTICIPLE and word != "being":
            continue
        beside = before == "and" or (listed and tokens[k - 1].endswith(","))
        beside = beside or (_is_adverb(before) and bare(tokens[k - 2]) == "and")
        if not beside or word == "being" or _is_thing(tokens, k):
            break
        made[k] = _finite(tokens[k], plural)
        listed = listed and tokens[k].endswith(",")
    return made


def _is_thing(tokens: list[str], at: int) -> bool:
    return at + 1 < len(tokens) and bare(tokens[at + 1]) in _THINGS


def _finite(token: str, plural: bool) -> str:
    word = bare(token)
    start = token.lower().find(word)
    verb = _BY_PARTICIPLE[word]
    return token[:start] + (verb if plural else third_person(verb)) + token[start + len(word) :]


_INFINITIVES = _VERBS - word_list("also_nouns_bare")


def _bare_infinitive(tokens: list[str]) -> list[str]:
    """“A man walk into a room”, as it is left of “we see …”, with “walks”."""
    for at, token in enumerate(tokens[:-1]):
        if bare(token) in _PREPOSITIONS | _FINITE or token[-1] in ",;:":
            return tokens
        if not _is_living(bare(token)):
            continue
        following = bare(tokens[at + 1])
        if following in _INFINITIVES and _is_plural(tokens[: at + 1]) is False:
            verb = tokens[at + 1].lower().replace(following, third_person(following))
            return [*tokens[: at + 1], verb, *_and_third_person(tokens[at + 2 :])]
    return tokens


def _and_third_person(rest: list[str]) -> list[str]:
    """“... and sit down” with “sits”, where it is surely a verb."""
    made = list(rest)
    for k in range(1, len(rest) - 1):
        word, following = bare(rest[k]), bare(rest[k + 1])
        if bare(rest[k - 1]) == "and" and word in _VERBS and following in _AFTER_VERBS:
            made[k] = third_person(word)
    return made
