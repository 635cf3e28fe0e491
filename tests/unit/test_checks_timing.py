"""Rules of time and silence: each fault that is put in is found, and a sound script is let be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.script import checks
from studio.script.model import Gap, Placement, Waiver
from studio.script.rules import BY_ID
from studio.settings import Settings
from studio.speech import fit
from studio.times import Span, joined
from tests.unit.checked import MINUTE, STYLE, cue, cues_of, film, found, project, speech
from tests.unit.strategies import projects

GOOD = "A woman in a red coat climbs the steep stairs."  # 10 words


def place(number: int, start: int, duration: int, freeze_at: int = 0, freeze: int = 0) -> Placement:
    """As the planner would place the clip of cue “c<number>”."""
    state = "extended" if freeze else "fits"
    return Placement(f"c{number}", state, start, duration, freeze_at, freeze)


def test_a_sound_script_has_no_issues() -> None:
    made = project(
        cue(1, 2300, 7700, GOOD, 4000),
        cue(2, 10_300, 15_700, "Two dogs chase a ball along the empty beach.", 4000),
        speech=speech(0, 2000, 8000, 10_000, 16_000, 20_000),
        gaps=(Gap(2300, 7700), Gap(10_300, 15_700)),
        film=film(20_000),
    )
    assert checks.check(made, "en", fit.plan(made, "en"), STYLE) == ()


@pytest.mark.parametrize(
    ("start", "duration", "over"),
    [(2000, 2000, 1000), (4000, 500, 500), (3500, 5000, 2500), (500, 9000, 3000), (5999, 10, 1)],
)
def test_over_speech(start: int, duration: int, over: int) -> None:
    made = project(cue(1, 0, 10_000), speech=speech(3000, 5000, 5000, 6000))
    (issue,) = found(made, "timing.over-speech", [place(1, start, duration)])
    assert (issue.severity, issue.cue, issue.language) == ("error", "c1", "en")
    assert f"{over} ms over speech" in issue.sentence


@pytest.mark.parametrize(("start", "duration"), [(0, 3000), (6000, 100), (1000, 2000)])
def test_beside_speech_is_not_over_it(start: int, duration: int) -> None:
    made = project(cue(1, 0, 10_000), speech=speech(3000, 6000))
    assert found(made, "timing.over-speech", [place(1, start, duration)]) == []


def test_while_the_film_waits_nobody_talks() -> None:
    made = project(cue(1, 1000, 2000), speech=speech(2000, 6000))
    waiting = [place(1, 1000, 9000, freeze_at=2000, freeze=8000)]
    assert found(made, "timing.over-speech", waiting) == []


@given(
    st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 3000)), max_size=8),
    st.integers(0, 9000),
    st.integers(1, 4000),
)
def test_overlap_is_counted_to_the_millisecond(
    talks: list[tuple[int, int]], start: int, duration: int
) -> None:
    spans = tuple(Span(at, at + length) for at, length in talks)
    made = project(cue(1, 0, 10_000), speech=spans)
    talked = {ms for one in joined(spans) for ms in range(one.start, one.end)}
    over = len(talked & set(range(start, start + duration)))
    issues = found(made, "timing.over-speech", [place(1, start, duration)])
    assert bool(issues) == (over > 0)
    if issues:
        assert f"sounds {over} ms over" in issues[0].sentence


def test_what_the_planner_places_is_never_over_speech_nor_over_another() -> None:
    made = project(
        *(cue(n, n * 3000, n * 3000 + 4000, GOOD, 3500) for n in range(1, 60)),
        speech=tuple(Span(at, at + 700) for at in range(0, 180_000, 2500)),
    )
    assert any(one.clip for one in fit.plan(made, "en"))
    assert found(made, "timing.over-speech") == []
    assert found(made, "timing.overlap") == []


@pytest.mark.parametrize("early", [1, 150, 299])
def test_too_close_behind_speech(early: int) -> None:
    made = project(cue(1, 0, 10_000), speech=speech(0, 2000, 8000, 9000))
    (issue,) = found(made, "timing.lead-in", [place(1, 2000 + 300 - early, 2000)])
    assert f"{300 - early} ms after" in issue.sentence
    assert found(made, "timing.lead-in", [place(1, 2300, 2000)]) == []


@pytest.mark.parametrize("late", [1, 150, 300])
def test_too_close_before_speech(late: int) -> None:
    made = project(cue(1, 0, 10_000), speech=speech(0, 2000, 8000, 9000))
    (issue,) = found(made, "timing.lead-out", [place(1, 5700 + late, 2000)])
    assert f"{300 - late} ms before" in issue.sentence
    assert found(made, "timing.lead-out", [place(1, 5700, 2000)]) == []


def test_what_ends_while_the_film_waits_ends_where_the_pause_does() -> None:
    made = project(cue(1, 2300, 7960), speech=speech(0, 2000, 8000, 9000))
    waiting = [place(1, 2300, 9000, freeze_at=7960, freeze=3340)]
    assert found(made, "timing.lead-out", waiting) == []
    assert found(made, "timing.lead-out", [place(1, 2300, 5660)]) != []


def test_a_pause_too_short_for_its_guards_is_nobodys_fault() -> None:
    made = project(cue(1, 2200, 2300), speech=speech(0, 2000, 2500, 9000))
    waiting = [place(1, 2240, 3000, freeze_at=2240, freeze=3000)]
    assert found(made, "timing.lead-in", waiting) == []
    assert found(made, "timing.lead-out", waiting) == []


@pytest.mark.parametrize("room", [0, 500, 1999])
def test_a_room_under_the_minimum(room: int) -> None:
    made = project(cue(1, 5000, 5000 + room))
    (issue,) = found(made, "timing.short-gap", [place(1, 5000, 400)])
    assert "2.0 s is the least" in issue.sentence
    assert found(made, "timing.short-gap", [place(1, 5000, 400, 5000, 400)]) == []


def test_the_minimum_is_that_of_the_project() -> None:
    made = project(cue(1, 5000, 8000), settings=Settings(gap_minimum=3500))
    assert "3.5 s" in found(made, "timing.short-gap", [place(1, 5000, 400)])[0].sentence


@pytest.mark.parametrize("start", [0, 39])
def test_a_cue_that_starts_with_the_film(start: int) -> None:
    made = project(cue(1, start, 5000), cue(2, 40, 5000))
    (issue,) = found(made, "timing.at-zero")
    assert (issue.cue, issue.language) == ("c1", "")
    mended = checks.repair(made, issue)
    assert mended is not None
    assert mended.cues[0].start == 40
    assert found(mended, "timing.at-zero") == []


def test_beyond_the_film() -> None:
    made = project(cue(1, 8000, 10_001), cue(2, 10_000, 12_000), film=film(10_000))
    long, behind = found(made, "timing.beyond-film")
    assert (long.cue, behind.cue) == ("c1", "c2")
    mended = checks.repair(made, long)
    assert mended is not None
    assert mended.cues[0].end == 10_000
    assert cues_of(found(mended, "timing.beyond-film")) == ["c2"]
    assert checks.repair(made, behind) is None


@pytest.mark.parametrize("second", [1000, 2500, 3999])
def test_two_descriptions_at_once(second: int) -> None:
    made = project(cue(1, 0, 9000), cue(2, 500, 9000))
    both = [place(1, 1000, 3000), place(2, second, 3000)]
    assert cues_of(found(made, "timing.overlap", both)) == ["c2"]
    after = [place(1, 1000, 3000), place(2, 4000, 3000)]
    assert found(made, "timing.overlap", after) == []


def test_a_third_one_that_begins_inside_the_first() -> None:
    made = project(*(cue(n, n, 9000) for n in (1, 2, 3)))
    three = [place(1, 1000, 8000), place(2, 2000, 500), place(3, 4000, 500)]
    assert cues_of(found(made, "timing.overlap", three)) == ["c2", "c3"]


def test_rooms_that_overlap_are_parted_where_all_still_fits() -> None:
    made = project(cue(1, 1000, 6000, GOOD, 3000), cue(2, 5000, 9000, GOOD, 3000))
    (issue,) = found(made, "timing.rooms-overlap")
    assert (issue.cue, issue.language) == ("c1", "")
    mended = checks.repair(made, issue)
    assert mended is not None
    assert mended.cues[0].end == 5000
    assert found(mended, "timing.rooms-overlap") == []
    tight = project(cue(1, 1000, 6000, GOOD, 4500), cue(2, 5000, 9000, GOOD, 3000))
    assert checks.repair(tight, found(tight, "timing.rooms-overlap")[0]) is None


def test_a_freeze_longer_than_set() -> None:
    made = project(cue(1, 5000, 6000))
    (issue,) = found(made, "timing.freeze-long", [place(1, 5000, 22_000, 6000, 20_040)])
    assert "20.0 s" in issue.sentence
    assert found(made, "timing.freeze-long", [place(1, 5000, 21_000, 6000, 20_000)]) == []


@pytest.mark.parametrize(("tempo", "issues"), [(1.0, 0), (1.15, 0), (1.151, 1), (1.3, 1)])
def test_a_voice_sped_up_too_far(tempo: float, issues: int) -> None:
    made = project(cue(1, 1000, 8000, GOOD, 4000, tempo=tempo))
    assert len(found(made, "timing.stretched")) == issues


@pytest.mark.parametrize(
    ("clip", "rules"),
    [
        (3334, []),  # 10 words: 179.96 wpm
        (3300, ["pace.fast"]),
        (2728, ["pace.fast"]),  # 219.9
        (2720, ["pace.too-fast"]),
        (1000, ["pace.too-fast"]),
    ],
)
def test_the_pace_is_that_of_the_measured_clip(clip: int, rules: list[str]) -> None:
    made = project(cue(1, 1000, 8000, GOOD, clip))
    all_found = checks.check(made, "en", fit.plan(made, "en"), STYLE)
    assert [one.rule for one in all_found if one.rule.startswith("pace.")] == rules


def test_a_word_or_two_have_no_pace() -> None:
    made = project(cue(1, 1000, 8000, "Night falls.", 300))
    assert found(made, "pace.too-fast") == []


# --- silence --------------------------------------------------------------------------------------


def _sparse(*gaps: Gap, second: int = 200_000) -> list[str]:
    made = project(
        cue(1, 5000, 9000), cue(2, second, second + 4000), film=film(second + 4000), gaps=gaps
    )
    return cues_of(found(made, "timing.undescribed"))


def test_long_without_description_though_there_is_room() -> None:
    assert _sparse(Gap(5000, 9000), Gap(50_000, 53_000)) == ["c1"]
    assert _sparse(Gap(50_000, 53_000), second=60_000) == []
    assert _sparse(Gap(50_000, 51_999)) == []
    assert _sparse(Gap(8000, 10_500)) == []
    assert _sparse() == []


def test_a_gap_to_leave_silent_is_left() -> None:
    assert _sparse(Gap(50_000, 53_000, leave_silent=True)) == []
    assert _sparse(Gap(50_000, 53_000, leave_silent=True), Gap(90_000, 95_000)) == ["c1"]


def test_beginning_and_end_of_a_film_are_stretches_too() -> None:
    made = project(
        cue(1, 100_000, 104_000), film=film(300_000), gaps=(Gap(1000, 5000), Gap(250_000, 260_000))
    )
    assert cues_of(found(made, "timing.undescribed")) == ["", "c1"]
    bare = project(film=film(300_000), gaps=(Gap(1000, 5000),))
    assert cues_of(found(bare, "timing.undescribed")) == [""]


def test_a_written_cue_describes_before_it_is_spoken() -> None:
    made = project(
        *(cue(n, n * 40_000, n * 40_000 + 4000) for n in range(5)),
        film=film(200_000),
        gaps=tuple(Gap(n * 40_000 + 20_000, n * 40_000 + 24_000) for n in range(5)),
    )
    assert found(made, "timing.undescribed") == []
    empty = replace(made, cues=tuple(replace(one, versions=()) for one in made.cues))
    assert cues_of(found(empty, "timing.undescribed")) == [""]


def test_no_rest_between_descriptions() -> None:
    made = project(*(cue(n, n * 5000, n * 5000 + 4999) for n in range(1, 9)))
    crowded = [place(n, n * 5000, 4200) for n in range(1, 9)]
    (issue,) = found(made, "timing.crowded", crowded)
    assert issue.cue == "c1"
    assert "39 s of description" in issue.sentence
    rested = [place(n, n * 5000, 4200 if n != 4 else 3900) for n in range(1, 9)]
    assert found(made, "timing.crowded", rested) == []


def test_waits_of_the_film_do_not_make_a_rest() -> None:
    made = project(*(cue(n, n * 3000, n * 3000 + 1) for n in range(1, 6)))
    waiting = [place(n, n * 3000, 9000, n * 3000 + 2500, 6500) for n in range(1, 6)]
    assert cues_of(found(made, "timing.crowded", waiting)) == ["c1"]


def test_a_description_in_a_gap_to_leave_silent() -> None:
    made = project(
        cue(1, 1000, 5000),
        cue(2, 6000, 9000),
        gaps=(Gap(1000, 5000), Gap(5500, 9000, leave_silent=True)),
    )
    assert cues_of(found(made, "timing.silent-gap")) == ["c2"]


# --- all of it ------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(projects())
def test_any_project_can_be_checked_and_each_issue_is_one_of_its_kind(made) -> None:
    for language in made.languages:
        issues = checks.check(made, language, fit.plan(made, language), STYLE)
        # a film has many subtitles, and an issue knows no line
        about_cues = [one for one in issues if not one.rule.startswith("subtitle.")]
        keys = [(one.rule, one.cue, one.language) for one in about_cues]
        assert len(set(keys)) == len(keys)
        assert all(one.rule in BY_ID and one.sentence[-1] in ".!?" for one in issues)
        assert all(one.cue == "" or made.cue(one.cue) for one in issues)
        assert issues == checks.check(made, language, fit.plan(made, language), STYLE)


@settings(max_examples=50)
@given(projects())
def test_a_repair_removes_its_issue_or_is_none(made) -> None:
    for language in made.languages:
        for issue in checks.check(made, language, fit.plan(made, language), STYLE):
            mended = checks.repair(made, issue)
            if mended is None:
                continue
            after = checks.check(mended, language, fit.plan(mended, language), STYLE)
            assert (issue.rule, issue.cue) not in [(one.rule, one.cue) for one in after]


def test_what_a_person_lets_pass_is_told_apart() -> None:
    made = project(cue(1, 0, 5000), cue(2, 10, 2000))
    issues = found(made, "timing.at-zero")
    assert cues_of(issues) == ["c1", "c2"]
    lenient = replace(made, waivers=(Waiver("timing.at-zero", "c2", "", "The player can."),))
    assert cues_of(checks.open_issues(lenient, issues)) == ["c1"]
    ((issue, waiver),) = checks.waived(lenient, issues)
    assert (issue.cue, waiver.reason) == ("c2", "The player can.")
    other = replace(made, waivers=(Waiver("timing.at-zero", "c2", "de", "Not this one."),))
    assert checks.open_issues(other, issues) == tuple(issues)


def test_issues_come_in_order_of_time() -> None:
    made = project(cue(2, 9 * MINUTE, 10 * MINUTE + 5), cue(1, 0, 100))
    told = [one.cue for one in checks.check(made, "en", (), STYLE)]
    assert told == sorted(told)
    assert set(told) == {"c1", "c2"}
