from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from studio.errors import UsageError
from studio.script import edits
from studio.script.model import TAKE, Clip, Draft, Film, Gap, Issue, Project, Take, VoiceChoice
from studio.times import Span

FILM = Film("film.mp4", 1, "f", 60_000, 1280, 720, Fraction(25), None)
CLIP = Clip("abc", 1200, "flite", "rms", 1.0)


def _two_cues() -> Project:
    project, _ = edits.add_cue(Project(FILM), 10_000, 14_000)
    project, _ = edits.add_cue(project, 2000, 6000)
    return project


def test_cues_are_kept_in_order_of_time_and_ids_never_repeat() -> None:
    project = _two_cues()
    assert [(cue.id, cue.start) for cue in project.cues] == [("c2", 2000), ("c1", 10_000)]
    assert edits.add_cue(project, 0, 1)[1] == "c3"


def test_an_edit_shares_what_it_does_not_touch() -> None:
    before = _two_cues()
    after = edits.set_text(before, "c1", "en", "She climbs.")
    assert after.cues[0] is before.cues[0]
    assert after.cues[1] is not before.cues[1]
    assert after.film is before.film


def test_the_best_draft_becomes_the_text_of_an_open_cue_only() -> None:
    project = edits.put_draft(
        _two_cues(), "c1", (Draft("en", "First.", "a"), Draft("en", "Other.", "a"))
    )
    cue = project.cue("c1")
    assert cue is not None
    assert cue.version("en").text == "First."  # type: ignore[union-attr]

    project = edits.set_text(project, "c1", "en", "Mine.")
    project = edits.put_draft(project, "c1", (Draft("en", "Again.", "b"),))
    cue = project.cue("c1")
    assert cue is not None
    assert cue.version("en").text == "Mine."  # type: ignore[union-attr]
    assert [draft.text for draft in cue.drafts] == ["Again."]


def test_an_accepted_cue_still_gets_its_missing_language() -> None:
    project = edits.set_text(_two_cues(), "c1", "en", "Mine.")
    project = edits.put_draft(project, "c1", (Draft("de", "Entwurf.", "b"),))
    assert [v.text for v in project.cue("c1").versions] == ["Mine.", "Entwurf."]  # type: ignore[union-attr]


def test_a_clip_is_taken_only_for_the_text_it_says_and_goes_with_it() -> None:
    project = edits.set_text(_two_cues(), "c1", "en", "She climbs.")
    late = edits.put_clip(project, "c1", "en", "Old words.", CLIP)
    assert late.cue("c1").version("en").clip is None  # type: ignore[union-attr]
    spoken = edits.put_clip(project, "c1", "en", "She climbs.", CLIP)
    assert spoken.cue("c1").version("en").clip == CLIP  # type: ignore[union-attr]
    changed = edits.set_text(spoken, "c1", "en", "She falls.")
    assert changed.cue("c1").version("en").clip is None  # type: ignore[union-attr]


def test_issues_of_one_room_replace_only_their_own() -> None:
    mine = Issue("speech.unspoken", "error", "a", "c1", "en")
    other = Issue("drafting.silent", "info", "b", "c1", "en")
    project = edits.put_issues(_two_cues(), "speech", "en", [mine])
    project = edits.put_issues(project, "drafting", "en", [other])
    project = edits.put_issues(project, "speech", "de", [])
    assert project.issues == (mine, other)
    assert edits.put_issues(project, "speech", "en", []).issues == (other,)


def test_one_voice_a_language() -> None:
    project = edits.set_voice(_two_cues(), VoiceChoice("en", "flite", "rms"))
    project = edits.set_voice(project, VoiceChoice("en", "flite", "slt"))
    assert project.voice("en") == VoiceChoice("en", "flite", "slt")
    assert project.voice("de") is None


def test_an_unknown_cue_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="c99"):
        edits.set_text(_two_cues(), "c99", "en", "x")


def test_a_moved_cue_stays_in_the_film_and_in_order() -> None:
    project = edits.set_span(_two_cues(), "c2", Span(58_000, 70_000))
    assert [(cue.id, cue.start, cue.end) for cue in project.cues] == [
        ("c1", 10_000, 14_000),
        ("c2", 58_000, 60_000),
    ]


def test_an_edit_without_effect_gives_the_same_project() -> None:
    project = edits.set_text(_two_cues(), "c1", "en", "She climbs.")
    assert edits.set_text(project, "c1", "en", "She climbs.") is project
    assert edits.set_freeze(project, None, ["c1"]) is project
    assert (
        edits.set_cue_voice(project, "de", VoiceChoice("de", "espeak-ng", "de"), ["c1"]) is project
    )


def test_a_cue_is_split_between_words_where_the_time_says() -> None:
    project = edits.set_text(_two_cues(), "c1", "en", "She climbs the stairs. A door opens.")
    project, new = edits.split_cue(project, "c1", 12_500)
    first, second = project.cue("c1"), project.cue(new)
    assert first is not None
    assert second is not None
    assert (first.end, second.start, second.end) == (12_500, 12_500, 14_000)
    assert first.version("en").text == "She climbs the stairs."  # type: ignore[union-attr]
    assert second.version("en").text == "A door opens."  # type: ignore[union-attr]
    assert second.accepted
    with pytest.raises(UsageError, match="inside it"):
        edits.split_cue(project, "c1", 40_000)


def test_a_new_text_keeps_the_voice_and_pace_of_its_cue() -> None:
    slt = VoiceChoice("en", "flite", "slt")
    project = edits.set_text(_two_cues(), "c1", "en", "She climbs.")
    project = edits.set_cue_voice(project, "en", slt, ["c1"])
    project = edits.set_tempo(project, "en", 1.1, ["c1"])
    version = edits.set_text(project, "c1", "en", "He climbs.").cue("c1").version("en")  # type: ignore[union-attr]
    assert (version.voice, version.tempo, version.clip) == (slt, 1.1, None)  # type: ignore[union-attr]
    assert project.voice_of(version) == slt  # type: ignore[arg-type]


def test_what_was_spoken_is_taken_only_where_the_text_still_stands() -> None:
    project = edits.set_text(_two_cues(), "c1", "en", "New words.")
    old = Issue("speech.unspoken", "error", "before", "c1", "en")
    project = edits.put_issues(project, "speech", "en", [old])
    late = edits.put_spoken(project, "en", ["c1"], [("c1", "Old words.", CLIP)], [])
    assert late.cue("c1").version("en").clip is None  # type: ignore[union-attr]
    assert late.issues == ()
    spoken = edits.put_spoken(late, "en", ["c1"], [("c1", "New words.", CLIP)], [])
    assert spoken.cue("c1").version("en").clip == CLIP  # type: ignore[union-attr]
    assert edits.put_spoken(spoken, "en", ["c9"], [("c9", "x", CLIP)], []) is spoken


def test_an_analysis_keeps_what_was_meant_to_stay_silent() -> None:
    gaps = (Gap(0, 5000), Gap(8000, 20_000))
    project = edits.put_analysis(_two_cues(), [Span(0, 60_000)], [], gaps)
    project = edits.set_leave_silent(project, 8000, True)
    again = edits.put_analysis(
        _two_cues(), [Span(0, 60_000)], [], (Gap(0, 5001), Gap(8000, 20_000))
    )
    adopted = edits.adopt_analysis(project, again)
    assert [gap.leave_silent for gap in adopted.gaps] == [False, True]
    assert adopted.cues == project.cues


def test_drafts_come_home_without_touching_what_a_person_did_meanwhile() -> None:
    before = _two_cues()
    drafted = before
    for cue in before.cues:
        drafted = edits.put_draft(drafted, cue.id, (Draft("en", f"Draft {cue.id}.", "a"),))
    meanwhile = edits.set_text(before, "c1", "en", "Mine.")
    adopted = edits.adopt_drafts(meanwhile, before, drafted)
    assert [cue.version("en").text for cue in adopted.cues] == ["Draft c2.", "Mine."]  # type: ignore[union-attr]
    assert [draft.text for draft in adopted.cues[1].drafts] == ["Draft c1."]
    without = edits.remove_cues(before, ["c2"])
    assert [cue.id for cue in edits.adopt_drafts(without, before, drafted).cues] == ["c1"]


def test_new_places_come_in_where_the_describer_made_none_meanwhile() -> None:
    before = Project(FILM)
    drafted = _two_cues()
    for cue in drafted.cues:
        drafted = edits.put_draft(drafted, cue.id, (Draft("en", f"Draft {cue.id}.", "a"),))
    meanwhile, mine = edits.add_cue(before, 3000, 5000)
    meanwhile = edits.set_text(meanwhile, mine, "en", "Mine.")
    adopted = edits.adopt_drafts(meanwhile, before, drafted)
    assert [cue.version("en").text for cue in adopted.cues] == ["Mine.", "Draft c1."]  # type: ignore[union-attr]
    assert len({cue.id for cue in adopted.cues}) == 2


def test_a_take_of_the_whole_is_heard_in_neither_half() -> None:
    project = edits.set_text(_two_cues(), "c1", "en", "She climbs. He waits.")
    take = Take("t.wav", 2000, 0, 2000, "She climbs. He waits.")
    project = edits.set_gain(edits.put_take(project, "c1", "en", take), "en", 3.0, ["c1"])
    split, new = edits.split_cue(project, "c1", 12_000)
    first, second = (split.cue(one).version("en") for one in ("c1", new))  # type: ignore[union-attr]
    assert first is not None
    assert second is not None
    assert (first.text, first.takes, first.take) == ("She climbs.", (take,), "")
    assert (second.text, second.takes, second.take) == ("He waits.", (), "")
    assert (first.gain, second.gain) == (3.0, 3.0)


def test_a_clip_that_comes_late_does_not_stand_for_another_take() -> None:
    """A voice was asked, and a take chosen before it answered; and the other way round."""
    project = edits.set_text(_two_cues(), "c1", "en", "She climbs.")
    takes = [Take(f"{name}.wav", 900, 0, 900, "She climbs.") for name in "ab"]
    for take in takes:
        project = edits.put_take(project, "c1", "en", take)
    of_a, of_b = (Clip(f"{n}" * 8, 900, TAKE, take.file, 1.0) for n, take in enumerate(takes))
    for clip, heard in ((CLIP, False), (of_a, False), (of_b, True)):
        late = edits.put_spoken(project, "en", ["c1"], [("c1", "She climbs.", clip)], [])
        assert (late.cue("c1").version("en").clip == clip) == heard  # type: ignore[union-attr]
        late = edits.put_clip(project, "c1", "en", "She climbs.", clip)
        assert (late.cue("c1").version("en").clip == clip) == heard  # type: ignore[union-attr]
    voiced = edits.choose_take(project, "c1", "en", "")
    assert edits.put_clip(voiced, "c1", "en", "She climbs.", of_b) == voiced
    assert edits.put_clip(voiced, "c1", "en", "She climbs.", CLIP) != voiced


def test_what_drafting_reported_comes_with_its_drafts() -> None:
    old = Issue("drafting.failed", "caution", "old", "c1", "en")
    spoken = Issue("speech.unspoken", "error", "kept", "c1", "en")
    before = replace(_two_cues(), issues=(old, spoken))
    new = Issue("drafting.unclean", "caution", "new", "c2", "en")
    gone = Issue("drafting.failed", "caution", "of a cue that is gone", "c9", "en")
    drafted = edits.put_issues(before, "drafting", "en", [new, gone])
    drafted, extra = edits.add_cue(drafted, 30_000, 31_000)
    drafted = replace(drafted, issues=(*drafted.issues, replace(new, cue=extra)))
    meanwhile, mine = edits.add_cue(before, 50_000, 51_000)
    assert mine == extra  # so the new cue gets another id here
    adopted = edits.adopt_drafts(meanwhile, before, drafted)
    assert adopted.issues == (spoken, new, replace(new, cue="c4"))
    accepted = edits.set_text(before, "c2", "en", "Mine.")
    assert edits.adopt_drafts(accepted, before, edits.remove_cues(drafted, [extra])).issues == (
        spoken,
    )
