"""The tones at gaps: where they sound to the sample, and where they do not."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio import rehearsal
from studio.app.player.mixstream import Volumes
from studio.app.player.tones import FALLING, RISING, tone, with_tones
from studio.app.preferences import Preferences
from studio.mix.shown import even_times
from studio.script import edits
from studio.script.model import Gap
from tests.app.player_rig import Said, numbered_film, project_of
from tests.app.test_player_sound import heard

RATE = 8000
SAID: tuple[Said, ...] = ((1000, 2500, 900, "inline"), (4000, 4000, 1000, "extended"))


def test_both_notes_lie_inside_the_gap() -> None:
    silence = np.zeros((2, 4 * RATE), np.float32)
    sound = with_tones(silence, 0, [(RATE, 3 * RATE)], [True, False], RATE, 1.0)
    rising, falling = tone(RISING, RATE), tone(FALLING, RATE)
    expected = np.zeros(4 * RATE, np.float32)
    expected[RATE : RATE + len(rising)] = rising
    expected[3 * RATE - len(falling) : 3 * RATE] = falling
    assert np.array_equal(sound[0], expected)
    assert not sound[1].any()
    assert not silence.any(), "what was given is changed"
    assert np.abs(rising).max() > 0.4
    assert not np.array_equal(rising, falling)


def test_a_gap_too_short_for_both_has_none() -> None:
    silence = np.zeros((1, RATE), np.float32)
    assert not with_tones(silence, 0, [(100, 100 + RATE // 5)], [True], RATE, 1.0).any()


@given(st.lists(st.integers(1, 3 * RATE), max_size=6))
def test_pieces_sound_as_the_whole(cuts: list[int]) -> None:
    gaps = [(500, 9000), (9000, 14_000), (20_000, 23_900)]
    whole = with_tones(np.zeros((1, 3 * RATE), np.float32), 0, gaps, [True], RATE, 0.3)
    edges = sorted({0, 3 * RATE, *cuts})
    parts = [
        with_tones(np.zeros((1, end - start), np.float32), start, gaps, [True], RATE, 0.3)
        for start, end in itertools.pairwise(edges)
    ]
    assert np.array_equal(np.concatenate(parts, axis=1), whole)


def test_the_preview_has_them_only_when_asked_and_nowhere_else(tmp_path: Path) -> None:
    """A gap in front of a freeze and one behind it; the second is to stay silent, the third not."""
    info = numbered_film(tmp_path / "film.mov", frames=200)
    gaps = (Gap(500, 2800), Gap(3000, 3900, leave_silent=True), Gap(5000, 7000))
    project = edits.put_analysis(project_of(info, SAID), (), (), gaps)
    sounding = rehearsal.sounding(project, info, "en", even_times(info))
    without = heard(sounding)
    assert np.array_equal(without, heard(replace(sounding, rooms=())))
    found = heard(sounding, Volumes(tones=0.25)).astype(np.int32) - without
    at = np.flatnonzero(np.abs(found).max(axis=1) > 1)
    rate, wait = sounding.plan.rate, sounding.waits[0][1]
    length = len(tone(RISING, rate)) / rate * 1000
    inside = [
        (begin + later, begin + later + length)
        for start, end, later in ((500, 2800, 0), (5000, 7000, wait))
        for begin in (start, end - length)
    ]
    ms = at / rate * 1000
    told = [((ms >= begin - 1) & (ms <= end + 1)).sum() for begin, end in inside]
    assert min(told) > 0.8 * length * rate / 1000
    assert sum(told) == len(at)
    assert len(sounding.gaps) == 2


def test_the_preferences_keep_them() -> None:
    preferences = Preferences()
    assert preferences.gap_tones is False
    preferences.gap_tones, preferences.gap_tone_level = True, -30
    preferences.write()
    again = Preferences()
    assert (again.gap_tones, again.gap_tone_level) == (True, -30)
    preferences.gap_tone_level = 90
    preferences.write()
    assert Preferences().gap_tone_level == -18  # edited by hand to what makes no sense
