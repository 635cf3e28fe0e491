"""Edits of dialogue, plain lists of it, and what counts as the same line."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import ProjectError, UsageError
from studio.script import lines, meaning
from studio.script.formats import alternative, spoken
from studio.script.lines import Said
from studio.script.model import Film, Line, Person, Project, Translation, Word
from studio.times import Span

FILM = Film("film.mp4", 1, "f", 60_000, 320, 180, Fraction(25), None)
WORDS = (Word("Where", 1000, 1300), Word("is", 1300, 1500), Word("it?", 1500, 2000))
ASKED = Line("l1", 1000, 2000, "Where is it?", WORDS, "p1", (Translation("pl", "Gdzie?"),), "ears")
HERE = Line("l2", 2500, 3000, "Here.", person="p2", engine="ears")
PROJECT = Project(FILM, people=(Person("p1", "Ada"), Person("p2", "Ben")), lines=(ASKED, HERE))


def told(project: Project) -> list[tuple[str, int, int, str]]:
    meaning.check_meaning(project)  # what a file may hold
    return [(one.id, one.start, one.end, one.text) for one in project.lines]


def test_what_a_person_writes_is_theirs_and_keeps_the_times_of_words() -> None:
    changed = lines.set_text(PROJECT, "l1", "Where was it?").line("l1")
    assert changed is not None
    assert changed.engine == ""
    assert [(one.text, one.start) for one in changed.words] == [
        ("Where", 1000), ("was", 1300), ("it?", 1500)
    ]  # fmt: skip
    fewer = lines.set_text(PROJECT, "l1", "Where?").line("l1")
    assert fewer is not None
    assert fewer.words == ()


def test_nothing_changed_is_the_same_project() -> None:
    assert lines.set_text(PROJECT, "l1", ASKED.text) is PROJECT
    assert lines.set_span(PROJECT, "l2", Span(2500, 3000)) is PROJECT
    assert lines.join(PROJECT, ["l1"]) is PROJECT


def test_a_line_moved_takes_its_words_along_into_its_edges() -> None:
    moved = lines.set_span(PROJECT, "l1", Span(1200, 1600)).line("l1")
    assert moved is not None
    assert [(one.start, one.end) for one in moved.words] == [
        (1200, 1300), (1300, 1500), (1500, 1600)
    ]  # fmt: skip
    with pytest.raises(UsageError, match="end before it begins"):
        lines.set_span(PROJECT, "l1", Span(10, 5))


def test_split_cuts_at_the_word_and_joining_brings_it_back() -> None:
    parted, second = lines.split(PROJECT, "l1", 6)
    assert told(parted)[:2] == [("l1", 1000, 1300, "Where"), (second, 1300, 2000, "is it?")]
    both = lines.join(parted, ["l1", second]).line("l1")
    assert both is not None
    assert (both.start, both.end, both.text, both.words) == (1000, 2000, ASKED.text, WORDS)
    assert both.person == "p1"
    with pytest.raises(UsageError, match="between words"):
        lines.split(PROJECT, "l1", 0)


def test_split_without_words_goes_by_letters() -> None:
    bare = replace(PROJECT, lines=(replace(ASKED, words=()),))
    parted, _ = lines.split(bare, "l1", 6)
    assert [(one[1], one[2]) for one in told(parted)] == [(1000, 1500), (1500, 2000)]


def test_joined_lines_of_two_people_are_nobodys_and_keep_what_both_have_translated() -> None:
    both = replace(PROJECT, lines=(ASKED, replace(HERE, translations=(Translation("pl", "Tu."),))))
    joined = lines.join(both, ["l1", "l2"]).lines[0]
    assert (joined.person, joined.settled) == ("", False)
    assert joined.translations == (Translation("pl", "Gdzie? Tu."),)
    assert lines.join(PROJECT, ["l1", "l2"]).lines[0].translations == ()


def test_who_speaks_is_settled_by_a_person() -> None:
    said = lines.say_who(PROJECT, ["l2"], "p1").line("l2")
    assert said is not None
    assert (said.person, said.settled) == ("p1", True)
    with pytest.raises(UsageError, match="not in the cast"):
        lines.say_who(PROJECT, ["l2"], "p9")


def test_unknown_lines_are_named() -> None:
    with pytest.raises(UsageError, match="no line “l7”"):
        lines.set_text(PROJECT, "l7", "x")


def test_lines_heard_take_the_place_of_lines_heard_only() -> None:
    written = replace(ASKED, engine="")
    settled = replace(HERE, person="p1", settled=True)
    before = replace(PROJECT, lines=(written, settled))
    said = [
        Said(Span(900, 1900), "We're as it?"),
        Said(Span(2450, 3050), "Hear!"),
        Said(Span(4000, 5000), "New."),
    ]
    after = lines.put_heard(before, [Span(0, 10_000)], said, "ears")
    assert [one[3] for one in told(after)] == ["Where is it?", "Hear!", "New."]
    assert [one.person for one in after.lines] == ["p1", "p1", ""]
    assert after.lines[1].settled
    again = lines.put_heard(after, [Span(0, 10_000)], said, "ears")
    assert [one[3] for one in told(again)] == [one[3] for one in told(after)]


def test_lines_heard_elsewhere_stay_until_nobody_speaks_there() -> None:
    after = lines.put_heard(PROJECT, [Span(0, 2200)], [Said(Span(100, 200), "Ah.")], "ears")
    assert [one[3] for one in told(after)] == ["Ah.", "Here."]
    assert [one[3] for one in told(lines.forget_heard(after, [Span(0, 2200)]))] == ["Ah."]


def test_imported_lines_keep_ids_and_bring_people() -> None:
    said = [
        Said(Span(0, 500), "Hello.", voice="ada", id="7"),
        Said(Span(600, 900), "Hi.", voice="Cleo", id="7"),
        Said(Span(950, 990), "Yes.", id="x"),
    ]
    after = lines.put_imported(PROJECT, said, "en-gb")
    assert after.dialogue_language == "en-gb"
    assert [one[0] for one in told(after)] == ["7", "l1", "x"]
    assert [after.called(one.person) for one in after.lines] == ["Ada", "Cleo", ""]
    assert [one.name for one in after.people] == ["Ada", "Ben", "Cleo"]
    assert all(one.engine == "" for one in after.lines)


@given(st.lists(st.tuples(st.integers(0, 50_000), st.integers(0, 3000), st.text()), max_size=12))
def test_any_lines_heard_and_cut_make_a_project_that_can_be_kept(
    drawn: list[tuple[int, int, str]],
) -> None:
    said = [Said(Span(at, at + long), text) for at, long, text in drawn]
    project = lines.put_heard(PROJECT, [Span(0, 60_000)], said, "ears")
    told(project)
    for line in project.lines:
        if len(line.text.split()) > 1:
            project, _ = lines.split(project, line.id, len(line.text) - len(line.text.split()[-1]))
    told(project)
    told(lines.join(project, [one.id for one in project.lines]))


# --- plain lists ----------------------------------------------------------------------------------


def test_a_list_with_names() -> None:
    found = spoken.read(b"ANNA: Where is it?\n\nBen:  Here.\n- I have it.\r\nANNA: (sighs)")
    assert [(one.voice, one.text) for one in found] == [
        ("ANNA", "Where is it?"), ("Ben", "Here."), ("", "I have it."), ("ANNA", "(sighs)")
    ]  # fmt: skip
    assert [one.heard for one in found] == ["Where is it?", "Here.", "I have it.", ""]


def test_people_also_say_words_before_a_colon() -> None:
    found = spoken.read(b"Listen: we must go.\nWhy?\nSome day.\nANNA: Come on.\nIt is 12:30.")
    assert [one.voice for one in found] == ["", "", "", "ANNA", ""]
    assert found[0].text == "Listen: we must go."


def test_what_is_no_list_is_refused() -> None:
    with pytest.raises(ProjectError, match="no line"):
        spoken.read(b"\n \n")
    with pytest.raises(ProjectError, match="more than 10,000"):
        spoken.read(b"Yes.\n" * 10_001)


def test_a_text_of_ours_has_times_and_a_list_has_none() -> None:
    assert alternative.has_times(b"Film\n\n[0:00:01.000 to 0:00:02.000] Dialogue: Hi.")
    assert not alternative.has_times(b"[sighs] Hello.\nANNA: Hi.")


@given(st.text())
def test_any_text_is_a_list_or_refused(text: str) -> None:
    try:
        found = spoken.read(text.encode("utf-8", "surrogatepass"))
    except ProjectError:
        return
    assert all(one.text.strip() for one in found)
