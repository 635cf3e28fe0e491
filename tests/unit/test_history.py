from __future__ import annotations

from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from studio.script import edits, history
from studio.script.model import (
    Clip,
    Draft,
    Film,
    Gap,
    Project,
    Pronunciation,
    Take,
    VoiceChoice,
)
from studio.times import Span

FILM = Film("film.mp4", 1, "f", 60_000, 1280, 720, Fraction(25), None)
CLIP = Clip("abc", 1200, "flite", "rms", 1.0)


def _noted(project: Project, note: str) -> Project:
    return edits.set_note(project, project.cues[0].id, note)


def _one_cue() -> Project:
    return edits.add_cue(Project(FILM), 2000, 6000)[0]


def test_undo_and_redo_go_through_the_projects_and_what_was_selected() -> None:
    first = _one_cue()
    one = history.begun(first, "Open").edited("Note", _noted(first, "a"), ("c1",), ("c1",))
    two = one.edited("Delete", edits.remove_cues(one.project, ["c1"]), ("c1",), ())
    assert (two.undo_name, two.redo_name) == ("Delete", "")

    back, selected = two.undone()
    assert (back.project, selected, back.redo_name) == (one.project, ("c1",), "Delete")
    back, _ = back.undone()
    assert back.project is first
    assert back.undone()[0] is back

    forth, selected = back.redone()
    assert (forth.project, selected) == (one.project, ("c1",))
    assert forth.redone()[0].project is two.project
    assert two.at(0)[0].project is first


def test_an_edit_after_undo_forgets_what_was_undone() -> None:
    start = history.begun(_one_cue(), "Open")
    done = start.edited("Note", _noted(start.project, "a"), (), ())
    back, _ = done.undone()
    other = back.edited("Note", _noted(back.project, "b"), (), ())
    assert other.redo_name == ""
    assert [step.project.cues[0].note for step in other.steps] == ["", "b"]


def test_edits_with_one_amend_key_are_one_step_until_it_is_sealed() -> None:
    done = history.begun(_one_cue(), "Open")
    for note in ("a", "ab", "abc"):
        done = done.edited("Note", _noted(done.project, note), (), (), "note c1")
    assert len(done.steps) == 2
    again = done.sealed().edited("Note", _noted(done.project, "abcd"), (), (), "note c1")
    assert len(again.steps) == 3
    assert again.undone()[0].project.cues[0].note == "abc"


def test_after_undo_an_amend_key_does_not_go_on_with_an_older_step() -> None:
    done = history.begun(_one_cue(), "Open")
    done = done.edited("Note", _noted(done.project, "a"), (), (), "note c1")
    done = done.edited("Move", edits.set_span(done.project, "c1", Span(0, 500)), (), ())
    back, _ = done.undone()
    more = back.edited("Note", _noted(back.project, "b"), (), (), "note c1")
    assert [step.name for step in more.steps] == ["Open", "Note", "Note"]


def test_nothing_changed_is_no_step_and_a_clip_is_none_either() -> None:
    start = history.begun(_one_cue(), "Open")
    assert start.edited("Note", start.project, (), ()) is start
    spoken = edits.set_text(start.project, "c1", "en", "She climbs.")
    done = start.edited("Text", spoken, (), ())
    back, _ = done.undone()
    completed = back.completed(edits.set_note(back.project, "c1", "by the machine"))
    assert len(completed.steps) == 2
    assert completed.project.cues[0].note == "by the machine"
    assert completed.redo_name == "Text"


def test_only_so_many_steps_are_kept() -> None:
    done = history.begun(_one_cue(), "Open")
    for number in range(history.LONGEST + 20):
        done = done.edited("Note", _noted(done.project, str(number)), (), ())
    assert len(done.steps) == history.LONGEST
    assert done.project.cues[0].note == str(history.LONGEST + 19)


class Editing(RuleBasedStateMachine):
    """Any edits, undone and redone: undoing all leads back, redoing all leads forth again."""

    picked = st.integers(0, 30)

    @initialize()
    def open(self) -> None:
        """A project with two cues and a gap."""
        project = Project(FILM, gaps=(Gap(8000, 20_000),))
        project, _ = edits.add_cue(project, 2000, 6000)
        project, _ = edits.add_cue(project, 9000, 14_000)
        self.history = history.begun(project, "Open")
        self.first = project

    def _do(self, name: str, project: Project, amend: str = "") -> None:
        ids = tuple(cue.id for cue in project.cues[:1])
        self.history = self.history.edited(name, project, ids, ids, amend)

    def _cue(self, number: int) -> str | None:
        cues = self.history.project.cues
        return cues[number % len(cues)].id if cues else None

    @rule(start=st.integers(-500, 61_000), length=st.integers(0, 9000))
    def add(self, start: int, length: int) -> None:
        """A new cue."""
        room = Span(max(0, start), max(0, start) + length)
        self._do("Add", edits.add_cue(self.history.project, room.start, room.end)[0])

    @rule(number=picked, text=st.text(max_size=20), typed=st.booleans())
    def write(self, number: int, text: str, typed: bool) -> None:
        """A text, perhaps while typing on."""
        if cue := self._cue(number):
            project = edits.set_text(self.history.project, cue, "en", text)
            self._do("Text", project, f"text {cue}" if typed else "")

    @rule(number=picked, start=st.integers(-500, 61_000), length=st.integers(-10, 9000))
    def move(self, number: int, start: int, length: int) -> None:
        """A cue elsewhere, perhaps beyond the film's ends."""
        if cue := self._cue(number):
            span = Span(start, start + length)
            self._do("Move", edits.set_span(self.history.project, cue, span), "move")

    @rule(number=picked, part=st.floats(0.01, 0.99))
    def split(self, number: int, part: float) -> None:
        """A cue as two, where it has a place inside."""
        cue = self.history.project.cue(self._cue(number) or "")
        if cue is not None and cue.end - cue.start > 1:
            at = min(
                cue.end - 1, max(cue.start + 1, round(cue.start + part * (cue.end - cue.start)))
            )
            self._do("Split", edits.split_cue(self.history.project, cue.id, at)[0])

    @rule(number=picked)
    def remove(self, number: int) -> None:
        """A cue less."""
        if cue := self._cue(number):
            self._do("Delete", edits.remove_cues(self.history.project, [cue]))

    @rule(number=picked, freeze=st.none() | st.integers(0, 20_000), accepted=st.booleans())
    def decide(self, number: int, freeze: int | None, accepted: bool) -> None:
        """Freeze, mode and approval."""
        if cue := self._cue(number):
            project = edits.set_freeze(self.history.project, freeze, [cue])
            project = edits.set_mode(project, "extended" if freeze else "auto", [cue])
            self._do("Freeze", edits.set_accepted(project, accepted, [cue]))

    @rule(number=picked, voice=st.sampled_from([None, "rms", "slt"]), tempo=st.floats(0.5, 2.0))
    def say(self, number: int, voice: str | None, tempo: float) -> None:
        """A voice and a pace for a cue."""
        if cue := self._cue(number):
            choice = VoiceChoice("en", "flite", voice) if voice else None
            project = edits.set_cue_voice(self.history.project, "en", choice, [cue])
            self._do("Voice", edits.set_tempo(project, "en", tempo, [cue]))

    @rule(number=picked, gain=st.floats(-24.0, 12.0))
    def turn(self, number: int, gain: float) -> None:
        """A cue louder or softer than the others."""
        if cue := self._cue(number):
            self._do("Gain", edits.set_gain(self.history.project, "en", gain, [cue]), "gain")

    @rule(number=picked, name=st.sampled_from("abc"), end=st.integers(1, 900))
    def record(self, number: int, name: str, end: int) -> None:
        """A take is made or trimmed anew."""
        if cue := self._cue(number):
            take = Take(f"{name}.wav", 900, 0, end, "said")
            self._do("Take", edits.put_take(self.history.project, cue, "en", take))

    @rule(number=picked, name=st.sampled_from("abc"), remove=st.booleans())
    def pick(self, number: int, name: str, remove: bool) -> None:
        """A take is chosen, or goes."""
        cue = self.history.project.cue(self._cue(number) or "")
        version = None if cue is None else cue.version("en")
        if cue is None or version is None:
            return
        known = f"{name}.wav" in {one.file for one in version.takes}
        change = edits.remove_take if remove else edits.choose_take
        file = f"{name}.wav" if known or remove else ""
        self._do("Choose", change(self.history.project, cue.id, "en", file))

    @rule(rows=st.lists(st.sampled_from([("a", "b"), ("b", "b"), ("A", "")]), max_size=2))
    def pronounce(self, rows: list[tuple[str, str]]) -> None:
        """Words are said in another way."""
        made = [Pronunciation("en", *row) for row in rows]
        self._do("Words", edits.set_pronunciations(self.history.project, made))

    @rule(number=picked, text=st.text(max_size=8))
    def choose(self, number: int, text: str) -> None:
        """Drafts arrive and one is taken."""
        if cue := self._cue(number):
            draft = Draft("en", text, "evidence")
            project = edits.put_draft(self.history.project, cue, (draft,))
            self._do("Draft", edits.choose_draft(project, cue, draft))

    @rule(silent=st.booleans())
    def silence(self, silent: bool) -> None:
        """A gap is meant to stay silent, or is not."""
        self._do("Silent", edits.set_leave_silent(self.history.project, 8000, silent))

    @rule()
    def undo(self) -> None:
        """One step back."""
        self.history, _ = self.history.undone()

    @rule()
    def redo(self) -> None:
        """One step forward."""
        self.history, _ = self.history.redone()

    @invariant()
    def the_cues_are_sound(self) -> None:
        """In order, inside the film, each id once."""
        cues = self.history.project.cues
        assert [(one.start, one.end) for one in cues] == sorted(
            (one.start, one.end) for one in cues
        )
        assert len({one.id for one in cues}) == len(cues)
        assert all(0 <= one.start <= one.end for one in cues)

    @invariant()
    def what_is_heard_is_a_take_there_is(self) -> None:
        """And no clip of a voice stands where a take is heard."""
        for cue in self.history.project.cues:
            for one in cue.versions:
                assert not one.take or one.chosen_take is not None

    def teardown(self) -> None:
        """All undone is the beginning, all redone the end, whatever lay between."""
        done, end = self.history, self.history.steps[-1].project
        while done.undo_name:
            done, _ = done.undone()
        assert done.project == self.first
        while done.redo_name:
            done, _ = done.redone()
        assert done.project is end


TestEditing = Editing.TestCase
TestEditing.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)  # 10,000
