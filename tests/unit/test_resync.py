"""What follows the sound of a film moves with it; nothing else does."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from studio.instep import Stretch, late_at
from studio.script.model import Line, Project, Turn, Word
from studio.script.resync import sound_moved
from studio.times import Span
from tests.unit.checked import cue, project
from tests.unit.strategies import projects


def test_what_was_heard_moves_and_what_a_person_placed_stays() -> None:
    heard = Line("l1", 5000, 6000, "Here.", (Word("Here.", 5000, 6000),), engine="whisper")
    written = Line("l2", 7000, 8000, "There.")
    made = project(
        cue("c1", 1000, 4000),
        speech=(Span(5000, 8000),),
        turns=(Turn(5000, 6000, ""),),
        lines=(heard, written),
    )
    moved = sound_moved(made, lambda _: 250.0)
    assert moved.speech == (Span(4750, 7750),)
    assert (moved.turns[0].start, moved.turns[0].end) == (4750, 5750)
    assert (moved.lines[0].start, moved.lines[0].words[0].end) == (4750, 5750)
    assert moved.lines[1] == written
    assert moved.cues == made.cues
    assert moved.scenes is made.scenes


def test_a_jump_moves_only_what_comes_after_it() -> None:
    slips = (Stretch(0, 0.0), Stretch(60_000, -200.0))
    made = project(speech=(Span(10_000, 11_000), Span(70_000, 71_000)))
    moved = sound_moved(made, lambda time: late_at(slips, time))
    assert moved.speech == (Span(10_000, 11_000), Span(70_200, 71_200))


@given(projects(), st.floats(-2_000_000, 2_000_000))
def test_nothing_leaves_the_film(made: Project, late: float) -> None:
    heard = [replace(line, engine="whisper") for line in made.lines]
    moved = sound_moved(replace(made, lines=tuple(heard)), lambda _: late)
    for one in (*moved.speech, *moved.turns, *moved.lines):
        assert 0 <= one.start < one.end <= made.film.duration
    assert len(moved.lines) == len(made.lines)
    assert sorted(moved.lines, key=lambda line: (line.start, line.end)) == list(moved.lines)
