"""What the window says: sentences about cues, gaps, places and fit."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.app import words
from studio.app.fitting import fit
from studio.app.states import CueState
from studio.script import edits
from studio.script.model import Clip, Cue, Film, Gap, Placement, Project, Version
from studio.settings import DEFAULTS
from studio.times import Span, frame_time, timecode

FILM = Film("film.mp4", 1, "f", 60_000, 1280, 720, Fraction(25), None)
TEXT = "She climbs the stairs and opens the door."  # 8 words


def _project() -> Project:
    gaps = (Gap(0, 4000), Gap(8000, 20_000, leave_silent=True))
    project = edits.put_analysis(
        Project(FILM), [Span(0, 10_000), Span(10_000, 60_000)], [Span(4300, 7700)], gaps
    )
    return edits.add_cue(project, 500, 3000)[0]


def _fit(
    state: str, duration: int, room: int, mode: str = "auto", **more: object
) -> tuple[str, str]:
    clip = Clip("abc", duration, "flite", "rms", float(str(more.get("tempo", 1.0))))
    freeze = int(str(more.get("freeze", 0)))
    cue = Cue("c1", 0, room, mode=mode)  # type: ignore[arg-type]
    placed = None if state == "left out" else clip
    place = Placement("c1", state, 0, duration, room, freeze, placed)  # type: ignore[arg-type]
    found = fit(cue, Version("en", TEXT, clip), place, room, DEFAULTS)
    return found.sentence, found.level


def test_the_meter_says_what_fits_and_what_to_do() -> None:
    assert _fit("fits", 3000, 4000) == (
        "Fits: 3.0 s of 4.0 s, 1.0 s spare. 160 words a minute.",
        "good",
    )
    assert _fit("faster", 2700, 2700, tempo=1.12) == (
        "Fits, spoken 12 % faster: 2.7 s of 2.7 s. 178 words a minute.",
        "warn",
    )
    assert _fit("extended", 3000, 1000, freeze=2000) == (
        "The film waits 2.0 s: 3.0 s of 1.0 s. 160 words a minute.",
        "good",
    )
    assert _fit("left out", 3000, 2000, "inline") == (
        "Left out, 1.0 s too long: cut about 3 words, or let the film wait. 160 words a minute.",
        "bad",
    )
    assert _fit("left out", 3000, 3500, "inline")[0].startswith("Left out: the description before")


def test_the_meter_says_when_nobody_can_follow() -> None:
    assert _fit("fits", 2600, 4000) == (
        "Fits: 2.6 s of 4.0 s, 1.4 s spare. 185 words a minute: fast.",
        "warn",
    )
    sentence, level = _fit("fits", 2000, 4000)
    assert sentence.endswith("240 words a minute: too fast to follow.")
    assert level == "bad"


def test_the_meter_guesses_before_anything_is_spoken() -> None:
    cue, place = Cue("c1", 0, 3000), Placement("c1", "unspoken")
    found = fit(cue, Version("en", TEXT), place, 4000, DEFAULTS)
    assert found.sentence == "Not spoken yet: about 3.0 s of 4.0 s."
    assert found.estimated
    empty = fit(cue, None, Placement("c1", "unwritten"), 3000, DEFAULTS)
    assert empty.sentence == "Nothing is written yet. There is room for about 8 words."


def test_a_row_a_gap_and_a_place_are_sentences() -> None:
    project = _project()
    cue = project.cues[0]
    said = words.cue_sentence(1, 4, cue, CueState.FITS | CueState.ACCEPTED, TEXT)
    assert said == f"Description 1 of 4, 0:00.5 to 0:03.0, fits, accepted: {TEXT}"
    assert words.gap_sentence(project, 1000) == "Gap of 4.0 s, 0:00.0 to 0:04.0, 1 description."
    assert words.gap_sentence(project, 9000) == (
        "Gap of 12.0 s, 0:08.0 to 0:20.0, no description, to be left silent."
    )
    assert words.gap_sentence(project, 5000) == "Speech, 0:04.3 to 0:07.7."
    assert words.gap_sentence(project, 30_000) == "No gap here."
    assert words.place_sentence(project, 1000, 3000) == (
        "0:01.0 of 1:00.0 in the film, 0:03.0 with waits, scene 1 of 2, in description 1. "
        "Gap of 4.0 s, 0:00.0 to 0:04.0, 1 description."
    )


def test_times_are_shown_as_wanted() -> None:
    assert words.shown_time(9400, Fraction(25), as_timecode=False) == "0:09.400"
    assert words.shown_time(9400, Fraction(25), as_timecode=True) == "00:00:09:10"
    assert words.brief(62_390) == "1:02.3"


NTSC = Fraction(30_000, 1001)


@pytest.mark.parametrize(
    ("frame", "shown"),
    [
        (0, "00:00:00;00"),
        (1799, "00:00:59;29"),
        (1800, "00:01:00;02"),
        (17_981, "00:09:59;29"),
        (17_982, "00:10:00;00"),
        (107_892, "01:00:00;00"),
    ],
)
def test_drop_frame_timecode_leaves_numbers_out(frame: int, shown: str) -> None:
    assert timecode(frame_time(frame, NTSC), NTSC) == shown


@given(st.integers(0, 1_000_000), st.sampled_from([NTSC, NTSC * 2, Fraction(25), Fraction(24)]))
def test_timecodes_rise_and_none_stands_for_two_frames(frame: int, rate: Fraction) -> None:
    here = timecode(frame_time(frame, rate), rate)
    after = timecode(frame_time(frame + 1, rate), rate)
    assert here < after


def test_drop_frame_timecode_keeps_with_the_clock() -> None:
    for hours in range(1, 4):
        ms = hours * 3_600_000
        assert timecode(ms, NTSC)[:8] in {f"0{hours}:00:00", f"0{hours - 1}:59:59"}


def test_a_cue_without_text_says_so() -> None:
    cue = replace(_project().cues[0], versions=())
    assert words.cue_sentence(1, 1, cue, CueState.UNWRITTEN, "").endswith("not written: no text")
