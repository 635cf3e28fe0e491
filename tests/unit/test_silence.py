"""Silence that is wanted: of a gap, of one cue in it, and how both keep together."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from studio import steps
from studio.script import checks, edits, silence
from studio.script.model import Clip, Cue, Draft, Film, Gap, Issue, Project, Version
from studio.script.styles import house_style

FILM = Film("film.mp4", 1, "f", 120_000, 320, 180, Fraction(25), None)
TAKEN = Version("en", "A door.", Clip("k", 900, "flite", "rms", 1.0))


def made() -> Project:
    """A gap with two cues, one with a single cue, and one without."""
    cues = (
        Cue("a", 1000, 4000, (TAKEN, Version("de", "Eine Tür."))),
        Cue("b", 4500, 9000, (Version("en", "Rain."),), (Draft("en", "Rain.", "evidence"),)),
        Cue("c", 20_000, 30_000, (Version("en", "Snow."),)),
    )
    gaps = (Gap(1000, 9000), Gap(20_000, 30_000), Gap(50_000, 60_000))
    issue = Issue("drafting.silent", "info", "Nothing new.", "c", "en")
    return Project(FILM, gaps=gaps, cues=cues, languages=("en", "de"), issues=(issue,))


def marks(project: Project) -> list[bool]:
    return [gap.leave_silent for gap in project.gaps]


def test_a_cue_alone_in_its_gap_takes_the_gap_with_it() -> None:
    project = silence.leave_silent(made(), ["c"])
    cue = project.cue("c")
    assert cue is not None
    assert cue.left_silent
    assert cue.versions[0].text == ""
    assert marks(project) == [False, True, False]
    assert project.issues == ()
    assert silence.silent_cues(project) == {"c"}


def test_one_of_two_leaves_the_gap_to_the_other() -> None:
    one = silence.leave_silent(made(), ["a"])
    cue = one.cue("a")
    assert cue is not None
    assert [(v.text, v.clip) for v in cue.versions] == [("", None), ("", None)]
    assert marks(one) == [False, False, False]
    assert silence.silent_cues(one) == {"a"}
    both = silence.leave_silent(one, ["b"])
    assert marks(both) == [True, False, False]
    assert both.cue("b").drafts == made().cue("b").drafts  # type: ignore[union-attr]
    words = edits.set_text(both, "a", "en", "A door again.")
    assert marks(words) == [False, False, False]
    assert silence.silent_cues(words) == {"b"}


def test_words_may_come_again() -> None:
    project = silence.leave_silent(made(), ["a", "b", "c"])
    open_ = silence.allow_words(project, ["b"])
    assert marks(open_) == [False, True, False]
    assert silence.silent_cues(open_) == {"a", "c"}
    assert not open_.cue("b").accepted  # type: ignore[union-attr]
    assert silence.allow_words(open_, ["b"]) == open_


def test_words_may_come_again_where_the_gap_was_marked_by_hand() -> None:
    project = edits.set_leave_silent(made(), 1000, True)
    assert silence.silent_cues(project) == {"a", "b"}
    open_ = silence.allow_words(project, ["a"])
    assert marks(open_) == [False, False, False]
    assert open_.cues == made().cues


def test_each_cue_agrees_with_all_of_them() -> None:
    project = edits.set_leave_silent(silence.leave_silent(made(), ["a"]), 20_000, True)
    one_by_one = {cue.id for cue in project.cues if silence.is_silent(project, cue)}
    assert one_by_one == silence.silent_cues(project) == {"a", "c"}


def test_no_engine_speaks_where_silence_is_wanted() -> None:
    drafts = (Draft("en", "A dog barks.", "evidence"),)
    project = edits.put_draft(silence.leave_silent(made(), ["c"]), "c", drafts)
    cue = project.cue("c")
    assert cue is not None
    assert cue.drafts == drafts
    assert cue.left_silent
    taken = edits.choose_draft(project, "c", drafts[0])
    assert steps.text_of(taken.cues[2], "en") == "A dog barks."
    assert marks(taken) == [False, False, False]


def test_an_empty_draft_that_is_taken_leaves_the_cue_silent() -> None:
    project = edits.choose_draft(made(), "b", Draft("en", "", "m"))
    assert project.cue("b").left_silent  # type: ignore[union-attr]


def test_an_emptied_text_is_no_silence_and_nobody_stands_for_it() -> None:
    project = edits.set_text(made(), "b", "en", "")
    assert not project.cue("b").accepted  # type: ignore[union-attr]
    kept = edits.set_text(made(), "a", "de", "")
    assert kept.cue("a").accepted  # type: ignore[union-attr]
    assert edits.set_accepted(project, True, ["b"]) is project
    silent = silence.leave_silent(project, ["b"])
    assert edits.set_accepted(silent, True, ["b"]) is silent


def test_the_checks_ask_for_no_words_where_silence_is_wanted() -> None:
    style, _ = house_style(made())

    def asked(project: Project) -> list[str]:
        found = checks.check(project, "en", steps.plan(project, "en"), style)
        return [one.sentence for one in found if one.rule == "timing.undescribed"]

    cues = (Cue("a", 0, 60_000), Cue("b", 61_000, 120_000, (Version("en", "Rain."),)))
    project = replace(made(), gaps=(Gap(0, 120_000),), cues=cues)
    assert len(asked(project)) == 1
    assert asked(silence.leave_silent(project, ["a"])) == []
    early = replace(project, cues=(*cues, Cue("c", 0, 10_000)))
    (sentence,) = asked(silence.leave_silent(early, ["c"]))
    assert "from 0:10.000 on" in sentence


def test_a_re_drafted_project_keeps_silence() -> None:
    before = silence.leave_silent(made(), ["b"])
    drafted = edits.put_draft(made(), "b", (Draft("en", "Hail.", "m"),))
    adopted = edits.adopt_drafts(before, made(), drafted)
    assert adopted.cue("b").left_silent  # type: ignore[union-attr]
    assert adopted.cue("b").drafts[0].text == "Hail."  # type: ignore[union-attr]
