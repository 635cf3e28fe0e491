"""Who may be named in a description, decided here and never by a model.

A person is named from where the cast sheet says they are first seen. In a draft the look of a
person who has been introduced is replaced by the name, and a name that comes too early by the
look; spelling follows the cast sheet. A look that several people share names none of them, and
where it is known whose faces a shot shows, a look names nobody else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from studio.script.model import FaceTrack, Person

_ARTICLE = r"(?:the|a|an)\s+"


def introduced(people: Iterable[Person], time: int) -> tuple[Person, ...]:
    """Those who may be named at film time `time` (ms): first seen by then."""
    return tuple(one for one in people if one.first_seen is not None and one.first_seen <= time)


def seen(faces: Iterable[FaceTrack]) -> frozenset[str] | None:
    """The ids of those whose faces these are; None where nobody knows of any."""
    return frozenset(face.person for face in faces if face.person) or None


def bound(
    text: str, people: Sequence[Person], time: int, here: Collection[str] | None = None
) -> tuple[str, tuple[str, ...]]:
    """`text` with names as the cast sheet has them, and the names that should not be there.

    here: the ids of those whose faces the shot shows; None where that is not known. A name that
    comes too early and has no look to stand for it is left, and told.
    """
    may = introduced(people, time)
    shared = Counter(_plain(one.look).casefold() for one in people)
    early = []
    for person in sorted(people, key=lambda one: -len(one.name)):
        name = re.compile(rf"(?<!\w){re.escape(person.name)}(?!\w)", re.IGNORECASE)
        if person in may:
            text = name.sub(person.name, text)
            alone = shared[_plain(person.look).casefold()] == 1
            if alone and (here is None or person.id in here):
                text = _named(text, person)
        elif name.search(text) is not None:
            text, left = _unnamed(text, name, person)
            early += [person.name] if left else []
    return text, tuple(early)


def _named(text: str, person: Person) -> str:
    look = _plain(person.look)
    if not look:
        return text
    return re.sub(rf"(?<!\w){_ARTICLE}{re.escape(look)}(?!\w)", person.name, text, flags=re.I)


def _unnamed(text: str, name: re.Pattern[str], person: Person) -> tuple[str, bool]:
    look = _plain(person.look)
    if not look:
        return text, True
    article = "an" if look[0].casefold() in "aeiou" else "a"

    def shown(match: re.Match[str]) -> str:
        begins = text[: match.start()].rstrip()[-1:] in ("", ".", "!", "?")
        return f"{article.capitalize() if begins else article} {look}"

    return name.sub(shown, text), False


def _plain(look: str) -> str:
    """A look without its article and full stop, so that it can take either."""
    return re.sub(rf"^{_ARTICLE}", "", " ".join(look.split()).rstrip("."), flags=re.I)
