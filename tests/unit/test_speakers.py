"""Whose a line is: by its words, not by who is heard longest in it."""

from __future__ import annotations

from studio.analysis.speakers import who_says
from studio.script.model import Line, Turn, Word


def line(start: int, end: int, *words: tuple[str, int, int]) -> Line:
    text = " ".join(word for word, _, _ in words)
    return Line(f"l{start}", start, end, text, tuple(Word(*word) for word in words))


ANNA, BEN = "p1", "p2"


def test_a_long_sound_in_a_pause_does_not_win() -> None:
    spoken = line(0, 6000, ("well", 0, 300), ("I", 5000, 5200), ("see", 5200, 5600))
    turns = [Turn(0, 400, ANNA), Turn(600, 4800, BEN), Turn(4900, 6000, ANNA)]
    assert who_says([spoken], turns) == (ANNA,)


def test_a_short_word_between_does_not_win() -> None:
    spoken = line(0, 3000, ("I", 0, 400), ("never", 500, 1200), ("yes", 1300, 1600),
                  ("did", 1800, 3000))  # fmt: skip
    turns = [Turn(0, 1250, ANNA), Turn(1250, 1700, BEN), Turn(1700, 3000, ANNA)]
    assert who_says([spoken], turns) == (ANNA,)


def test_where_both_are_heard_in_all_words_the_longer_wins() -> None:
    spoken = line(0, 1000, ("no", 0, 1000))
    assert who_says([spoken], [Turn(0, 600, BEN), Turn(0, 1000, ANNA)]) == (ANNA,)


def test_a_line_without_word_times_has_them_spread_over_it() -> None:
    spoken = Line("l1", 0, 4000, "Come here now please")
    assert who_says([spoken], [Turn(0, 1200, BEN), Turn(1200, 4000, ANNA)]) == (ANNA,)


def test_a_line_without_a_word_is_whose_time_it_is() -> None:
    assert who_says([Line("l1", 0, 1000, "")], [Turn(0, 1000, ANNA)]) == (ANNA,)


def test_a_line_in_which_nobody_is_heard_is_nobodys() -> None:
    lines = [line(5000, 6000, ("hm", 5000, 6000)), line(0, 900, ("so", 0, 900))]
    assert who_says(lines, [Turn(0, 1000, ANNA)]) == ("", ANNA)
    assert who_says(lines, []) == ("", "")
    assert who_says([], [Turn(0, 1000, ANNA)]) == ()


def test_time_never_outweighs_a_word() -> None:
    long = line(0, 60_000, ("a", 0, 100), ("b", 100, 200), ("ooo", 1000, 60_000))
    turns = [Turn(0, 200, ANNA), Turn(1000, 60_000, BEN)]
    assert who_says([long], turns) == (ANNA,)


def test_thousands_of_lines_are_given_out() -> None:
    lines = [line(at, at + 900, ("word", at, at + 900)) for at in range(0, 4_000_000, 1000)]
    turns = [Turn(one.start, one.end, (ANNA, BEN)[n % 2]) for n, one in enumerate(lines)]
    assert who_says(lines, turns) == tuple(turn.person for turn in turns)
