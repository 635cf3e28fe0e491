from __future__ import annotations

import pytest

from studio.script import pace


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("She climbs the stairs.", 4),
        ("A well-worn coat; it isn't hers.", 6),
        ("夜の街。", 2),
        ("12 men", 2),
    ],
)
def test_words_are_counted_as_people_do(text: str, count: int) -> None:
    assert pace.words(text) == count


def test_pace_comes_from_the_measured_clip() -> None:
    assert pace.words_per_minute("one two three four", 1500) == pytest.approx(160)


def test_there_is_always_room_for_a_word() -> None:
    assert pace.words_in(3000, 160) == 8
    assert pace.words_in(0, 160) == 1
