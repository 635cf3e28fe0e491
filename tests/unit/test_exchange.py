from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.script import edits, formats
from studio.script.exchange import import_script, script_of
from studio.script.formats import Entry, Script
from studio.script.model import (
    Clip,
    Cue,
    Film,
    Placement,
    Project,
    Pronunciation,
    Take,
    Version,
    VoiceChoice,
)
from studio.times import Span
from tests.unit.strategies import scripts

FILM = Film("a film.mp4", 1, "f", 60_000, 320, 180, Fraction(25), None)
CLIP = Clip("0a", 1800, "flite", "slt", 1.0)


def _project(*cues: Cue) -> Project:
    return Project(
        FILM,
        scenes=(Span(0, 60_000),),
        cues=cues,
        voices=(VoiceChoice("en", "flite", "slt"),),
        pronunciations=(Pronunciation("en", "Emo", "ee-mo"), Pronunciation("de", "Emo", "e-mo")),
    )


def _cue(number: int, start: int, end: int, text: str, **more: object) -> Cue:
    version = Version("en", text, CLIP)
    return replace(Cue(f"c{number}", start, end, (version,), accepted=True), **more)  # type: ignore[arg-type]


TWO = _project(_cue(1, 2000, 4000, "She climbs."), _cue(2, 10_000, 12_000, "He falls."))
PLAN = (
    Placement("c1", "fits", 2100, 1800, clip=CLIP),
    Placement("c2", "extended", 10_200, 2600, 12_000, 800, CLIP),
)


def _text(project: Project, cue_id: str, language: str = "en") -> str:
    cue = project.cue(cue_id)
    assert cue is not None
    version = cue.version(language)
    assert version is not None
    return version.text


# --- out ------------------------------------------------------------------------------------------


def test_a_script_tells_when_each_cue_sounds_and_whether_the_film_waits() -> None:
    script = script_of(TWO, "en", PLAN)
    assert [(one.span, one.extended, one.freeze) for one in script.entries] == [
        (Span(2100, 3900), False, None),
        (Span(10_200, 12_000), True, 800),
    ]
    assert [one.room for one in script.entries] == [1900, 1800]
    assert (script.title, script.rate, script.duration) == ("a film", Fraction(25), 60_000)
    assert [one.spoken for one in script.pronunciations] == ["ee-mo"]


def test_a_cue_that_sounds_only_while_the_film_waits_still_lasts_long_enough_for_players() -> None:
    place = Placement("c2", "extended", 12_000, 2600, 12_000, 2640, CLIP)
    script = script_of(TWO, "en", (PLAN[0], place))
    assert script.entries[1].span == Span(12_000, 12_100)


def test_what_is_not_spoken_yet_takes_its_room() -> None:
    project = _project(_cue(1, 2000, 4000, "She climbs.", versions=(Version("en", "She climbs."),)))
    script = script_of(project, "en", (Placement("c1", "unspoken"),))
    assert [one.span for one in script.entries] == [Span(2000, 4000)]


def test_what_is_left_out_is_told_to_who_works_on_it_and_not_to_players() -> None:
    left_out = (PLAN[0], Placement("c2", "left out"))
    work = script_of(TWO, "en", left_out)
    assert [one.status for one in work.entries] == ["accepted", "left out"]
    assert [one.text for one in script_of(TWO, "en", left_out, players=True).entries] == [
        "She climbs."
    ]


def test_players_are_not_told_how_far_a_cue_is_or_which_engine_speaks() -> None:
    [first, _] = script_of(TWO, "en", PLAN).entries
    assert (first.voice, first.status) == ("slt", "accepted")
    [first, _] = script_of(TWO, "en", PLAN, players=True).entries
    assert (first.voice, first.status) == ("", "")


def test_a_recorded_cue_is_not_said_to_be_of_the_engine() -> None:
    take = Take("t.wav", 2000, 0, 2000, "She climbs.")
    version = Version("en", "She climbs.", CLIP, takes=(take,), take="t.wav")
    [entry] = script_of(_project(_cue(1, 0, 900, "", versions=(version,))), "en", ()).entries
    assert entry.voice == ""


def test_another_language_has_its_own_script() -> None:
    assert script_of(TWO, "de", PLAN).entries == ()


# --- in -------------------------------------------------------------------------------------------


def test_imported_texts_land_on_the_nearest_cue_and_others_make_new_ones() -> None:
    script = Script(
        (
            Entry(Span(2300, 5000), "Eins."),
            Entry(Span(10_100, 12_000), "Zwei."),
            Entry(Span(40_000, 42_000), "Drei."),
        )
    )
    project, notes = import_script(TWO, "de", script)
    assert project.languages == ("en", "de")
    assert [(cue.start, _text(project, cue.id, "de")) for cue in project.cues] == [
        (2000, "Eins."),
        (10_000, "Zwei."),
        (40_000, "Drei."),
    ]
    assert all(cue.accepted for cue in project.cues)
    assert notes == ()


def test_importing_again_replaces_and_adds_no_cue() -> None:
    script = Script((Entry(Span(40_000, 42_000), "Drei.", voice="Ann", note="x"),))
    once, _ = import_script(TWO, "de", script)
    twice, _ = import_script(once, "de", script)
    assert twice == once


def test_an_entry_finds_the_cue_of_its_id_before_a_nearer_one() -> None:
    near = _project(_cue(1, 2000, 4000, "One."), _cue(2, 2500, 4000, "Two."))
    script = Script((Entry(Span(2400, 4000), "Changed.", id="c1"),))
    project, _ = import_script(near, "en", script)
    assert (_text(project, "c1"), _text(project, "c2")) == ("Changed.", "Two.")


def test_an_id_of_another_film_is_not_taken_for_ours() -> None:
    script = Script((Entry(Span(40_000, 41_000), "New.", id="c1"),))
    project, _ = import_script(TWO, "en", script)
    assert [cue.start for cue in project.cues] == [2000, 10_000, 40_000]
    assert _text(project, "c1") == "She climbs."


def test_nothing_changes_when_a_script_comes_back_as_it_went() -> None:
    project = edits.set_note(TWO, "c1", "Check.\nVoice: Ann\nOn screen: EXIT")
    project = edits.set_accepted(project, False, ["c2"])
    script = script_of(project, "en", PLAN)
    assert import_script(project, "en", script, PLAN) == (project, ())


@pytest.mark.parametrize("name", ["vtt", "csv", "xlsx", "docx", "html", "otio"])
def test_nothing_is_lost_on_the_way_through_a_file_and_a_new_project(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("files")
    row = formats.named(name)

    @settings(max_examples=20)
    @given(scripts())
    def check(script: Script) -> None:
        project, _ = import_script(_project(), "en", script)
        out = script_of(project, "en", (), players=row.players)
        file = folder / f"x{row.ending}"
        file.write_bytes(formats.write(name, out))
        fresh, _ = import_script(_project(), "en", formats.read(file, rate=Fraction(25)))
        again = script_of(fresh, "en", (), players=row.players)
        assert formats.write(name, again) == file.read_bytes()

    check()


def test_what_a_project_has_no_field_for_goes_into_the_note_and_comes_back() -> None:
    entry = Entry(
        Span(2000, 4000),
        "She climbs.",
        voice="Ann",
        note="Who is she?",
        on_screen="EXIT\nNO SMOKING",
        status="recorded",
        settings="line:0",
    )
    project, _ = import_script(TWO, "en", Script((entry,)))
    cue = project.cue("c1")
    assert cue is not None
    assert cue.note == (
        "Voice: Ann\nOn screen: EXIT\nOn screen: NO SMOKING\nStatus: recorded\n"
        "Settings: line:0\nWho is she?"
    )
    [back, _] = script_of(project, "en", PLAN).entries
    assert (back.voice, back.note, back.status) == ("Ann", "Who is she?", "recorded")
    assert (back.on_screen, back.settings) == ("EXIT\nNO SMOKING", "line:0")


def test_a_note_that_was_there_is_kept_and_its_fields_are_brought_up_to_date() -> None:
    project = edits.set_note(TWO, "c1", "Voice: Ann\nMine.")
    entry = Entry(Span(2000, 4000), "She climbs.", voice="Ben", note="Theirs.")
    project, _ = import_script(project, "en", Script((entry,)))
    assert project.cue("c1").note == "Voice: Ben\nMine.\nTheirs."  # type: ignore[union-attr]


def test_a_voice_that_speaks_anyway_is_no_news() -> None:
    entry = Entry(Span(2000, 4000), "She climbs.", voice="slt")
    project, _ = import_script(TWO, "en", Script((entry,)))
    assert project.cue("c1").note == ""  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("status", "text", "accepted"),
    [
        ("", "She climbs.", True),
        ("draft", "She climbs.", False),
        ("draft", "She runs.", True),
        ("accepted", "She runs.", True),
        ("in review", "She climbs.", True),
        ("left out", "She climbs.", True),
    ],
)
def test_who_wrote_a_text_stands_for_it_unless_the_script_says_otherwise(
    status: str, text: str, accepted: bool
) -> None:
    entry = Entry(Span(2000, 4000), text, status=status)
    project, _ = import_script(TWO, "en", Script((entry,)))
    assert project.cue("c1").accepted is accepted  # type: ignore[union-attr]


def test_leaving_a_cue_out_does_not_accept_it() -> None:
    project = edits.set_accepted(TWO, False, ["c1"])
    entry = Entry(Span(2000, 4000), "She climbs.", status="left out")
    project, _ = import_script(project, "en", Script((entry,)))
    assert project.cue("c1").accepted is False  # type: ignore[union-attr]


def test_a_new_cue_waits_as_the_script_says() -> None:
    script = Script(
        (
            Entry(Span(30_000, 30_100), "Long.", extended=True),
            Entry(Span(40_000, 40_100), "Longer.", extended=True, freeze=1400),
            Entry(Span(50_000, 52_000), "Short."),
        )
    )
    project, _ = import_script(_project(), "en", script)
    assert [(cue.mode, cue.freeze) for cue in project.cues] == [
        ("extended", None),
        ("extended", 1400),
        ("auto", None),
    ]


@pytest.mark.parametrize(
    ("freeze", "mode", "wanted"),
    [
        (800, "auto", ("auto", None)),  # what was planned is not a wish
        (2000, "auto", ("auto", 2000)),
        (None, "auto", ("auto", None)),
        (800, "inline", ("extended", None)),
    ],
)
def test_a_wait_is_taken_over_where_it_is_news(
    freeze: int | None, mode: str, wanted: tuple[str, int | None]
) -> None:
    project = edits.set_mode(TWO, mode, ["c2"])  # type: ignore[arg-type]
    entry = Entry(Span(10_200, 12_000), "He falls.", extended=True, freeze=freeze)
    project, _ = import_script(project, "en", Script((entry,)), PLAN)
    cue = project.cue("c2")
    assert cue is not None
    assert (cue.mode, cue.freeze) == wanted


def test_what_a_project_cannot_hold_is_said() -> None:
    script = Script(
        (Entry(Span(70_000, 71_000), "Too late."),),
        dialogue=(Entry(Span(0, 900), "Hello."),),
        notes=("License: CC BY",),
        settings=("STYLE\n::cue {}",),
    )
    _, notes = import_script(_project(), "en", script)
    assert [note.split(" ", 2)[:2] for note in notes] == [
        ["1", "description"],
        ["The", "1"],
        ["The", "file"],
        ["The", "styles"],
    ]
    assert "License: CC BY" in notes[2]


@given(st.lists(st.tuples(st.integers(0, 59_000), st.integers(0, 4000)), max_size=6))
def test_each_entry_has_a_cue_of_its_own_afterwards(places: list[tuple[int, int]]) -> None:
    entries = tuple(
        Entry(Span(start, start + length), f"Text {number}.")
        for number, (start, length) in enumerate(places)
    )
    project, _ = import_script(TWO, "en", Script(entries))
    texts = [_text(project, cue.id) for cue in project.cues]
    assert len([text for text in texts if text.startswith("Text")]) == len(places)
    assert len(texts) <= len(places) + 2


def test_an_entry_without_words_wipes_nothing_out() -> None:
    project, _ = import_script(TWO, "en", Script((Entry(Span(2000, 4000), " \n"),)))
    assert project == TWO
