"""What every row of the table of engines must pass."""

from __future__ import annotations

import itertools
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio import engines, paths
from studio.engines import (
    BED_RATE,
    SEEN,
    Brief,
    Moment,
    Picture,
    Situation,
    Timbre,
    Voice,
    Wish,
    adapter,
    picks,
)
from studio.engines import learned as sync_meter
from studio.errors import EngineError, UsageError
from studio.progress import Cancelled
from studio.times import Span
from tests.chat_server import plain, serving
from tests.engines import fake_pyannote, tiny_meter


def names(kind: engines.Kind) -> list[str]:
    return [row.name for row in engines.rows(kind)]


@pytest.fixture(autouse=True)
def with_models(installed_models: None) -> None:
    """Every row has what it needs."""


@pytest.fixture(params=names("speaker"))
def speaker_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


PROGRAMS = [
    row.name for row in engines.rows("speaker") if any(n.kind == "program" for n in row.needs)
]


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, (height, width, 3), dtype=np.uint8)


ODD_PICTURES = {
    "one pixel": np.zeros((1, 1, 3), np.uint8),
    "a line": np.zeros((2, 2000, 3), np.uint8),
    "a column": np.full((1500, 30, 3), 255, np.uint8),
    "black": np.zeros((180, 320, 3), np.uint8),
    "white": np.full((180, 320, 3), 255, np.uint8),
    "noise": noise(270, 480),
    "a view": noise(300, 400)[::-1, ::2],
}


@pytest.fixture
def learned(tiny_adapter: Path) -> None:
    """A ranker that has learned to like long texts; an adapter and a meter that know little."""
    weight = (1.0, *(0.0 for _ in range(picks.SIZE - 1)))
    model = picks.Model((0.0,) * picks.SIZE, (1.0,) * picks.SIZE, weight, 9)
    picks.save(model, paths.data_folder() / picks.FILE)
    (paths.data_folder() / adapter.FOLDER).symlink_to(tiny_adapter, target_is_directory=True)
    tiny_meter.write(paths.data_folder() / sync_meter.FILE)


@pytest.fixture
def pyannote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of that shape, and a pipeline for it."""
    fake_pyannote.write(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.delitem(sys.modules, "pyannote", raising=False)
    config = paths.data_folder() / "pyannote" / "config.yaml"
    config.parent.mkdir()
    config.write_text("pipeline: {}\n", encoding="utf-8")


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server for the engines that ask one."""
    with serving(plain) as server:
        monkeypatch.setenv("STUDIO_OPENAI_COMPATIBLE_URL", server.url)
        monkeypatch.setenv("STUDIO_OPENAI_COMPATIBLE_MODEL", "tiny")
        monkeypatch.setenv("STUDIO_OPENAI_COMPATIBLE_KEY", "")
        yield


# --- sound-makers ---------------------------------------------------------------------------------


@pytest.fixture(params=names("sound-maker"))
def maker_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("loop", [False, True])
def test_a_bed_is_as_long_as_wished_and_the_same_again(maker_name: str, loop: bool) -> None:
    wish = Wish("dark wind", "slow pulse, 60 bpm", "piano", 2 * BED_RATE + 7, loop, 5)
    maker = engines.open("sound-maker", maker_name)
    made = np.concatenate(list(maker.make(wish)), axis=1)
    assert made.shape == (2, wish.samples)
    assert 1e-4 < np.abs(made).max() < 1
    assert np.isfinite(made).all()
    again = engines.open("sound-maker", maker_name).make(wish)
    assert np.array_equal(np.concatenate(list(again), axis=1), made)


def test_a_bed_that_is_no_longer_wanted_ends(maker_name: str) -> None:
    def check() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        list(engines.open("sound-maker", maker_name).make(Wish("a", "", "", BED_RATE), check))


# --- sync-meters ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names("sync-meter"))
def test_agreement_is_a_row_of_lags_for_each_mouth(name: str, learned: None) -> None:
    meter = engines.open("sync-meter", name)
    _, mouth = tiny_meter.clip(1)
    rows = list(meter.agreement([mouth, replace(mouth, heard_from=500)], 1300))
    assert [len(row) for row in rows] == [261, 261]
    for row in rows:
        assert np.isfinite(row).all()
        assert 0.01 < np.abs(row).max() <= 1
    again = engines.open("sync-meter", name).agreement([mouth], 1300)
    assert np.array_equal(next(again), rows[0])
    # a little else is heard at both ends, and a meter may hold a sound against what is beside it
    assert rows[1][50:] == pytest.approx(rows[0][:-50], abs=0.02)
    silent = replace(mouth, loudness=mouth.loudness[:0], timbre=Timbre(np.zeros((0, 12))))
    assert not next(meter.agreement([silent], 1300)).any()

    def check() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        list(meter.agreement([mouth], 1300, check))


# --- the table ------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", engines.TABLE, ids=lambda row: f"{row.kind}-{row.name}")
def test_missing_need_says_what_to_get(row: engines.Row, monkeypatch: pytest.MonkeyPatch) -> None:
    if not row.needs:
        pytest.skip("needs nothing")
    monkeypatch.setattr(engines.Need, "met", lambda need: False)
    with pytest.raises(EngineError) as caught:
        engines.open(row.kind, row.name)  # type: ignore[call-overload]
    assert row.name in caught.value.what
    assert row.needs[0].get in caught.value.advice


@pytest.mark.parametrize("row", engines.TABLE, ids=lambda row: f"{row.kind}-{row.name}")
def test_row_is_complete_and_opens(row: engines.Row, learned: None, pyannote: None) -> None:
    assert row.about
    assert row.licence
    assert all(language == language.lower() for language in row.languages)
    engines.open(row.kind, row.name)  # type: ignore[call-overload]


# --- speakers -------------------------------------------------------------------------------------


def first_voice(name: str, language: str = "en") -> Voice:
    voices = engines.open("speaker", name).voices()
    return next(one for one in voices if one.language.startswith(language))


def test_voices_are_named_and_serve_the_languages_of_the_row(speaker_name: str) -> None:
    voices = engines.open("speaker", speaker_name).voices()
    assert len(set(voices)) == len(voices)
    for language in engines.row("speaker", speaker_name).languages:
        assert any(voice.language == language for voice in voices)


def test_speaking_gives_sound_and_is_deterministic(speaker_name: str) -> None:
    speaker, voice = engines.open("speaker", speaker_name), first_voice(speaker_name)
    first = speaker.speak("A man opens the door.", voice, 1.0)
    again = speaker.speak("A man opens the door.", voice, 1.0)
    assert first.samples.dtype == np.float32
    assert first.samples.ndim == 1
    assert 0.8 < len(first.samples) / first.rate < 4
    assert 0.05 < np.abs(first.samples).max() <= 1
    assert np.array_equal(first.samples, again.samples)


@pytest.mark.parametrize("language", ["en"])
def test_tempo_is_what_was_asked(speaker_name: str, language: str) -> None:
    speaker = engines.open("speaker", speaker_name)
    text = "A man walks into the room and sits down at the long table by the window."
    for voice in [one for one in speaker.voices() if one.language == language][:5]:
        own = len(speaker.speak(text, voice, 1.0).samples)
        faster = len(speaker.speak(text, voice, 1.15).samples)
        assert own / faster == pytest.approx(1.15, rel=0.04), voice


@pytest.mark.parametrize("text", ["", "   ", "…", "?!", "\x00\x07", "♪ ♪", "\u200b"])
def test_nothing_to_say_is_an_error(speaker_name: str, text: str) -> None:
    with pytest.raises(EngineError, match="nothing to say"):
        engines.open("speaker", speaker_name).speak(text, first_voice(speaker_name), 1.0)


@pytest.mark.parametrize(
    "text",
    [
        "-voice kal",
        "--help",
        "<speak><break time='60s'/>Hello</speak>",
        "[[h@l'oU]] there",
        "$(touch here); `ls` | cat && \"quoted\" 'text'",
        "Two\nlines\r\nand\ta tab",
        "“Typographic” – quotes…, naïve café & more; 50 % of 3 € \u00ad",
        "a \ud800 half of a pair",
        "1",
    ],
)
def test_hostile_text_is_only_spoken(speaker_name: str, text: str, tmp_path: Path) -> None:
    sound = engines.open("speaker", speaker_name).speak(text, first_voice(speaker_name), 1.0)
    assert 0.1 < len(sound.samples) / sound.rate < 15


def test_long_text_is_spoken_to_its_end(speaker_name: str) -> None:
    speaker, voice = engines.open("speaker", speaker_name), first_voice(speaker_name)
    sentence = "A man walks into the room. "
    one = speaker.speak(sentence, voice, 1.0)
    count = 60 if speaker_name in PROGRAMS else 6  # a model's cost counts, and it has no buffers
    many = speaker.speak(sentence * count, voice, 1.0)
    assert len(many.samples) > count * 0.7 * len(one.samples)


def test_unknown_voice_is_refused(speaker_name: str) -> None:
    with pytest.raises(UsageError, match="no voice “nobody”"):
        engines.open("speaker", speaker_name).speak("Hello", Voice("nobody", "en"), 1.0)


@pytest.mark.parametrize("speaker_name", PROGRAMS)
def test_failing_program_is_a_sentence(
    speaker_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker, voice = engines.open("speaker", speaker_name), first_voice(speaker_name)
    broken = tmp_path / speaker_name
    broken.write_text("#!/bin/sh\necho Traceback >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="exit code 3") as caught:
        speaker.speak("Hello", voice, 1.0)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("speaker_name", PROGRAMS)
def test_a_program_that_writes_nothing_is_an_error(
    speaker_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker, voice = engines.open("speaker", speaker_name), first_voice(speaker_name)
    program = tmp_path / speaker_name
    program.symlink_to(shutil.which("true") or "/bin/true")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="no sound"):
        speaker.speak("Hello", voice, 1.0)


def test_flite_refuses_letters_it_does_not_know() -> None:
    with pytest.raises(EngineError, match="cannot say") as caught:
        engines.open("speaker", "flite").speak("Она говорит", Voice("rms", "en"), 1.0)
    assert "espeak-ng" in caught.value.advice


# --- readers and finders --------------------------------------------------------------------------


@pytest.mark.parametrize("name", names("text-reader"))
def test_reading_odd_pictures_finds_nothing(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    reader = engines.open("text-reader", name)
    for picture in ODD_PICTURES.values():
        assert reader.read(picture) == ()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", names("text-reader"))
def test_reading_print(name: str) -> None:
    import cv2

    picture = np.full((360, 640, 3), (20, 60, 30), np.uint8)
    cv2.putText(picture, "EXIT ONLY", (80, 150), cv2.FONT_HERSHEY_SIMPLEX, 2, (255, 255, 255), 5)
    cv2.putText(picture, "Second row", (80, 260), cv2.FONT_HERSHEY_SIMPLEX, 2, (255, 255, 255), 5)
    reader = engines.open("text-reader", name)
    lines = reader.read(picture)
    assert [line.text for line in lines] == ["EXIT ONLY", "Second row"]
    assert all(0.7 < line.confidence <= 1 for line in lines)
    assert 0.05 < lines[0].box.left < 0.2
    assert 0.1 < lines[0].box.top < lines[1].box.top
    assert reader.read(picture) == lines


@pytest.mark.parametrize("name", names("face-finder"))
def test_no_face_in_odd_pictures(name: str) -> None:
    finder = engines.open("face-finder", name)
    for picture in ODD_PICTURES.values():
        assert finder.find(picture) == ()


@pytest.mark.parametrize("name", names("object-finder"))
def test_objects_have_a_name_a_confidence_and_a_place(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    finder = engines.open("object-finder", name)
    for picture in ODD_PICTURES.values():
        found = finder.find(picture)
        assert finder.find(picture) == found
        assert list(found) == sorted(found, key=lambda one: -one.confidence)
        for one in found:
            assert one.label
            assert 0.5 <= one.confidence <= 1
            assert 0 <= one.box.left <= one.box.left + one.box.width <= 1
            assert 0 <= one.box.top <= one.box.top + one.box.height <= 1
    assert finder.find(ODD_PICTURES["one pixel"]) == ()
    assert finder.find(ODD_PICTURES["noise"])
    assert capfd.readouterr() == ("", "")


# --- describers -----------------------------------------------------------------------------------


def moment(language: str, limit: int = 20, **changes: object) -> Moment:
    pictures = tuple(
        Picture(time, np.full((180, 320, 3), (190, 20, 20), np.uint8)) for time in (0, 900)
    )
    brief = Brief("You describe.", "What is there?", f"Shorten: {SEEN}")
    values = {"pictures": pictures, "motion": 0.0, "before": (), "brief": brief, **changes}
    return Moment(Span(0, 2000), language, word_limit=limit, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", names("describer"))
def test_describing_is_lazy_ordered_and_deterministic(name: str, answering: None) -> None:
    describer = engines.open("describer", name)
    for language in engines.row("describer", name).languages or ("en",):
        asked = []

        def moments(language: str = language, asked: list[int] = asked) -> Iterator[Moment]:
            for number in range(3):
                asked.append(number)
                yield moment(language)

        described = describer.describe(moments())
        assert asked == []
        answers = list(described)
        assert len(answers) == 3
        assert answers[0] == answers[1] == answers[2] != ()
        for proposal in answers[0]:
            assert proposal.text
            assert proposal.evidence
            assert "{" not in proposal.text


@pytest.mark.parametrize("name", names("describer"))
@pytest.mark.parametrize("what", ODD_PICTURES)
def test_describing_odd_pictures(name: str, what: str, answering: None) -> None:
    shown = (Picture(0, ODD_PICTURES[what]),)
    (proposals,) = engines.open("describer", name).describe([moment("en", pictures=shown)])
    assert all(proposal.text for proposal in proposals)


@pytest.mark.parametrize("name", names("describer"))
def test_describing_stops_when_it_is_closed_or_checked(name: str, answering: None) -> None:
    class Stop(BaseException):
        pass

    def check() -> None:
        raise Stop

    describer = engines.open("describer", name)
    with pytest.raises(Stop):
        list(describer.describe([moment("en")], check))
    work = describer.describe(moment("en") for _ in range(50))
    next(work)
    work.close()


# --- rankers --------------------------------------------------------------------------------------

TEXTS = ("A man walks.", "A man walks into a dark room and waits.", "Rain.")


@pytest.mark.parametrize("name", names("ranker"))
def test_ranking_does_not_depend_on_the_order_or_on_dialogue(name: str, learned: None) -> None:
    ranker = engines.open("ranker", name)
    plain_ = Situation("en", 9, ("A woman waits.",), (), "a man in a room")
    ranks = dict(zip(TEXTS, ranker.rank(plain_, TEXTS), strict=True))
    assert all(0 <= rank <= 1 for rank in ranks.values())
    assert len(set(ranks.values())) > 1
    for order in itertools.permutations(TEXTS):
        assert ranker.rank(plain_, order) == tuple(ranks[text] for text in order)
    spoken = Situation("en", 9, ("A woman waits.",), ("Choose 3!", "17"), "a man in a room")
    assert ranker.rank(spoken, TEXTS) == tuple(ranks.values())
    assert ranker.rank(plain_, ()) == ()


def test_a_damaged_ranker_is_a_sentence(learned: None) -> None:
    file = paths.data_folder() / picks.FILE
    good = file.read_text()
    for text in (
        "{",
        "[]",
        good.replace("1.0", "NaN", 1),
        good.replace('"format": 1', '"format": 2'),
    ):
        file.write_text(text)
        with pytest.raises(EngineError, match="cannot be read"):
            engines.open("ranker", "picks")
