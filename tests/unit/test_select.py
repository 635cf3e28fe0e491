"""Which draft is offered first, and who may be named in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.drafting.cast import bound, introduced, seen
from studio.drafting.select import Candidate, choose, fit, news
from studio.engines import Situation
from studio.script.model import FaceTrack, Person

SITUATION = Situation(
    "en",
    word_limit=9,
    before=("A man walks down a dark street.",),
    dialogue=("Where have you been?",),
    seen="A man in a green coat opens a wooden door at night and looks into a room.",
)
TEXTS = (
    "A man in a green coat opens a door.",
    "A man walks down the dark street.",
    "A door.",
    "Where have you been?",
    "The man opens the wooden door of the house at night and slowly looks into it.",
    "A dog barks at seven elephants.",
)
text = st.one_of(st.sampled_from(TEXTS), st.text(max_size=40))
candidate = st.builds(
    Candidate, text, st.lists(st.text(max_size=5), max_size=2).map(tuple), st.booleans()
)


class Likes:
    """A ranker that likes some texts."""

    def __init__(self, *liked: str) -> None:
        self.liked = liked

    def rank(self, situation: Situation, texts: Sequence[str]) -> tuple[float, ...]:
        return tuple(float(one in self.liked) for one in texts)


def best(*texts: str, **changes: object) -> str:
    found = choose([Candidate(one) for one in texts], SITUATION, **changes)  # type: ignore[arg-type]
    return found.best_first[0].text


def test_the_one_that_fits_tells_news_and_was_seen_is_best() -> None:
    assert best(*TEXTS) == TEXTS[0]


def test_each_mark_counts() -> None:
    assert best(TEXTS[1], TEXTS[0]) == TEXTS[0], "told already"
    assert best(TEXTS[3], TEXTS[0]) == TEXTS[0], "heard anyway"
    assert best(TEXTS[2], TEXTS[0]) == TEXTS[0], "wastes the room"
    assert best(TEXTS[4], TEXTS[0]) == TEXTS[0], "too long"
    assert best(TEXTS[5], TEXTS[0]) == TEXTS[0], "not seen"
    assert best(*TEXTS, style=lambda one: 5 * (one == TEXTS[0])) != TEXTS[0], "bad style"
    assert best(*TEXTS, ranker=Likes(TEXTS[5])) == TEXTS[5], "what this describer picks"
    broken = [Candidate(TEXTS[0], broken=True), Candidate(TEXTS[5])]
    assert choose(broken, SITUATION).best_first[0].text == TEXTS[5], "not to be cleaned"


def test_silence_where_nothing_new_is_said() -> None:
    same = Candidate("A man walks down a dark street.")
    assert choose([same], SITUATION).silent
    assert choose([same, Candidate(TEXTS[3])], SITUATION).silent
    assert not choose([same, Candidate(TEXTS[0])], SITUATION).silent
    assert not choose([], SITUATION).silent


@given(st.lists(candidate, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_candidates_decides_nothing(found: list[Candidate], random) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    assert choose(shuffled, SITUATION) == choose(found, SITUATION)


@given(
    st.lists(candidate, max_size=5),
    st.lists(st.from_regex(r"[0-9]{1,4}[a-z.!]?", fullmatch=True), max_size=5),
    st.integers(0, 20),
)
def test_numbers_in_the_dialogue_decide_nothing(
    found: list[Candidate], planted: list[str], place: int
) -> None:
    said = SITUATION.dialogue[0].split()
    at = place % (len(said) + 1)
    line = " ".join([*said[:at], *planted, *said[at:]])
    with_numbers = replace(SITUATION, dialogue=(line, *planted))
    assert choose(found, with_numbers) == choose(found, SITUATION)
    for one in found:
        assert news(one.text, with_numbers) == news(one.text, SITUATION)


def test_words_in_the_dialogue_do_decide() -> None:
    spoken = replace(SITUATION, dialogue=("A man in a green coat opens a door.",))
    found = [Candidate(TEXTS[0]), Candidate(TEXTS[5])]
    assert choose(found, SITUATION).best_first[0].text == TEXTS[0]
    assert choose(found, spoken).best_first[0].text == TEXTS[5]


@given(st.lists(candidate, max_size=5))
def test_nothing_is_lost_and_nothing_comes_twice(found: list[Candidate]) -> None:
    offered = [one.text for one in choose(found, SITUATION).best_first]
    assert sorted(offered) == sorted({one.text for one in found})


@given(st.integers(1, 60), st.integers(1, 60))
def test_fit_is_best_at_the_limit(count: int, limit: int) -> None:
    assert 0 <= fit(count, limit) <= fit(limit, limit) == 1


# --- names ----------------------------------------------------------------------------------------

CAST = (
    Person("sintel", "Sintel", 5000, "a young woman with red hair"),
    Person("old", "Old Tom", 9000, ""),
    Person("nobody", "Nobody", None, "a man"),
)


@pytest.mark.parametrize(
    ("text", "time", "kept", "early"),
    [
        ("A young woman with red hair runs.", 5000, "Sintel runs.", ()),
        ("Then the young woman with red hair runs.", 6000, "Then Sintel runs.", ()),
        ("A young woman with red hair runs.", 4999, "A young woman with red hair runs.", ()),
        ("SINTEL runs.", 5000, "Sintel runs.", ()),
        ("Sintel runs.", 4000, "A young woman with red hair runs.", ()),
        ("He sees Sintel.", 4000, "He sees a young woman with red hair.", ()),
        ("Sintels run.", 4000, "Sintels run.", ()),
        ("Old Tom waits.", 5000, "Old Tom waits.", ("Old Tom",)),
        ("old tom waits.", 9000, "Old Tom waits.", ()),
        ("Nobody waits.", 99_000, "A man waits.", ()),
    ],
)
def test_names_come_from_the_cast_sheet(
    text: str, time: int, kept: str, early: tuple[str, ...]
) -> None:
    assert bound(text, CAST, time) == (kept, early)
    assert bound(kept, CAST, time) == (kept, early)


def test_only_who_was_seen_may_be_named() -> None:
    assert introduced(CAST, 4999) == ()
    assert introduced(CAST, 5000) == CAST[:1]
    assert introduced(CAST, 99_000) == CAST[:2]


def test_a_look_names_nobody_where_it_could_be_somebody_else() -> None:
    ann, eve = Person("ann", "Ann", 0, "a tall woman"), Person("eve", "Eve", 0, "the tall woman.")
    bob = Person("bob", "Bob", 0, "a boy")
    text = "A tall woman waves to a boy."
    assert bound(text, (ann, bob), 1) == ("Ann waves to Bob.", ())
    assert bound(text, (ann, eve, bob), 1) == ("A tall woman waves to Bob.", ())
    late = replace(eve, first_seen=9000)
    assert bound(text, (ann, late), 1) == (text, ()), "it may be her, not yet named"


def test_faces_tell_who_is_in_the_shot() -> None:
    people = (Person("ann", "Ann", 0, "a tall woman"), Person("bob", "Bob", 0, "a boy"))
    tracks = (FaceTrack("f1", 0, 5, (), "ann"), FaceTrack("f2", 0, 5, ()))
    assert seen(tracks) == {"ann"}
    assert seen(tracks[1:]) is None
    text = "A tall woman waves to a boy, Bob."
    assert bound(text, people, 1, seen(tracks)) == ("Ann waves to a boy, Bob.", ())
    assert bound(text, people, 1, seen(())) == ("Ann waves to Bob, Bob.", ())
