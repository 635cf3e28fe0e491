"""The describer that says only what it measures."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence

import numpy as np
import pytest

from studio import engines, paths
from studio.engines import Box, Moment, Picture, ReadText
from studio.engines.evidence import Evidence
from studio.script.pace import words
from studio.times import Span

GREEN, DARK, WHITE, BLACK = (30, 160, 40), (20, 24, 22), (255, 255, 255), (0, 0, 0)
LANGUAGES = ("de", "en", "es", "fr")


class Staged:
    """Gives back, picture by picture, what a test wants to have been seen there."""

    def __init__(self, answers: Sequence[tuple[object, ...]]) -> None:
        self.answers = answers

    def read(self, pixels: np.ndarray) -> tuple[object, ...]:
        return self.answers[int(pixels[0, 0, 0]) % 10]

    find = read


@pytest.fixture
def describe(monkeypatch: pytest.MonkeyPatch):
    """Describe pictures of one colour with staged texts and faces; gives back the text."""

    def described(
        colour: tuple[int, int, int] = GREEN,
        *,
        texts: Sequence[tuple[ReadText, ...]] = ((), (), ()),
        faces: Sequence[tuple[Box, ...]] = ((), (), ()),
        limit: int = 30,
        motion: float = 5.0,
        before: tuple[str, ...] = (),
        language: str = "en",
    ) -> str:
        staged = {"text-reader": Staged(texts), "face-finder": Staged(faces)}
        monkeypatch.setattr(engines, "open", lambda kind, name: staged[kind])
        pictures = []
        for number in range(len(texts)):
            pixels = np.full((90, 160, 3), colour, np.uint8)
            pixels[0:45:, ::2] = np.clip(np.array(colour) + 8 * number, 0, 255)  # not the same
            pixels[0, 0, 0] = number
            pictures.append(Picture(number * 1000, pixels))
        moment = Moment(Span(0, 3000), language, tuple(pictures), motion, limit, before)
        (proposals,) = Evidence().describe([moment])
        return proposals[0].text if proposals else ""

    return described


def line(text: str, confidence: float = 0.97, height: float = 0.1) -> ReadText:
    return ReadText(text, confidence, Box(0.1, 0.1, 0.5, height))


def test_colour_and_stillness(describe) -> None:
    assert describe(motion=0.1) == "An evenly lit scene, mostly green. Nothing moves."


def test_darkness_and_blank_screens(describe) -> None:
    assert describe(DARK) == "A dark scene."
    assert describe(BLACK) == "The screen is black."
    assert describe(WHITE) == "The screen is white."


def test_text_is_quoted_exactly_and_comes_alone(describe) -> None:
    seen = (line("Keyboard"), line("Compatibility"))
    assert describe(texts=(seen, seen, ())) == "On-screen text: “Keyboard Compatibility”."


def test_text_needs_two_pictures_that_agree(describe) -> None:
    assert "EXIT" not in describe(texts=((line("EXIT"),), (), ()))
    assert "EXIT" not in describe(texts=((line("EXIT", 0.8),), (line("EXIT", 0.8),), ()))
    assert "EXIT" in describe(texts=((line("EXIT"),),), faces=((),))


def test_the_surer_of_two_readings_is_quoted(describe) -> None:
    texts = ((line("THE BUNKY", 0.7),), (line("THE BUNNY", 0.99),), ())
    assert "“THE BUNNY”" in describe(texts=texts)


def test_little_room_keeps_the_text(describe) -> None:
    seen = (line("Keyboard", height=0.2), line("Compatibility"))
    texts = (seen, seen, ())
    assert describe(texts=texts, limit=3) == "“Keyboard Compatibility”."
    assert describe(texts=texts, limit=1) == "“Keyboard”."
    assert describe(DARK, limit=1) == "Darkness."


def test_what_was_just_said_is_not_said_again(describe) -> None:
    first = describe(motion=0.1)
    assert describe(motion=0.1, before=(first,)) == ""
    assert describe(DARK, motion=0.1, before=(first,)) == "A dark scene."
    assert describe(before=(first, "A dark scene.")) == "An evenly lit scene, mostly green."
    seen = (line("EXIT"),)
    assert "EXIT" not in describe(texts=(seen, seen, seen), before=("On-screen text: “Exit”.",))


def test_faces_give_the_scale_of_the_shot(describe) -> None:
    def face(height: float, left: float = 0.3) -> Box:
        return Box(left, 0.2, height * 9 / 16, height)

    def shot(*faces: Box) -> str:
        return describe(faces=(faces, faces, ()))

    assert shot(face(0.5)).startswith("Close-up of one face.")
    assert shot(face(0.2), face(0.2, 0.7)).startswith("Two people, at medium distance.")
    assert shot(face(0.05)).startswith("One person, in the distance.")


def test_a_face_seen_once_or_jumping_about_is_none(describe) -> None:
    here, there = Box(0.1, 0.1, 0.1, 0.2), Box(0.8, 0.7, 0.1, 0.2)
    assert "person" not in describe(faces=((here,), (), ()))
    assert "person" not in describe(faces=((here,), (there,), ()))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("limit", [1, 2, 4, 8, 30])
def test_the_limit_is_kept(describe, language: str, limit: int) -> None:
    seen = (line("Keyboard", height=0.2), line("Compatibility"))
    for texts in (((), (), ()), (seen, seen, ())):
        assert words(describe(texts=texts, language=language, limit=limit)) <= limit


def test_phrases_have_the_same_rows_in_every_language() -> None:
    def rows(table: dict[str, object], under: str = "") -> dict[str, str]:
        found = {}
        for key, value in table.items():
            if isinstance(value, dict):
                found |= rows(value, f"{under}{key}.")
            else:
                found[under + key] = str(value)
        return found

    tables = {}
    for language in LANGUAGES:
        file = paths.resource(f"phrases/{language}.toml")
        tables[language] = rows(tomllib.loads(file.read_text(encoding="utf-8")))
    for language, table in tables.items():
        assert table.keys() == tables["en"].keys(), language
        for key, text in table.items():
            slots = {slot for slot in ("{text}", "{colour}") if slot in text}
            assert slots == {s for s in ("{text}", "{colour}") if s in tables["en"][key]}, key
            if not key.startswith(("colour.", "text.")):
                assert text.endswith("."), text


def test_real_titles_are_read_and_textures_are_not(shared_media) -> None:
    from studio.media.frames import pictures_at
    from studio.media.probe import probe

    reader = engines.open("text-reader", "rapidocr")

    def read(film: str, *times: int) -> list[str]:
        info = probe(shared_media / "film" / film)
        shown = pictures_at(info, times, 960)
        return [" ".join(one.text for one in reader.read(pixels)) for _, pixels in shown]

    bunny = "big_buck_bunny_30s.webm"
    assert "Keyboard Compatibility" in read("keyboard_compatibility.mp4", 3000)[0]
    assert read(bunny, 21_500) == ["THE PEACH OPEN MOVIE PROJECT PRESENTS"]
    assert read(bunny, 27_000) == ["Big Buck BUNNY"]
    assert read("sintel_16s.mp4", 10_000) == ["THE BLENDER FOUNDATION presents"]
    assert read(bunny, 5000, 9000, 13_000, 18_000) == [""] * 4
    assert read("flower.webm", 1000, 3000) == [""] * 2


def test_real_faces_are_found_and_drawn_ones_are_not(shared_media) -> None:
    from studio.media.frames import pictures_at
    from studio.media.probe import probe

    finder = engines.open("face-finder", "cascade")

    def count(film: str, *times: int) -> list[int]:
        info = probe(shared_media / film)
        return [len(finder.find(pixels)) for _, pixels in pictures_at(info, times, 960)]

    assert 1 in count("film/sintel_16s.mp4", 14_000, 14_500, 15_000)
    assert count("film/big_buck_bunny_30s.webm", 5000, 13_000, 27_000) == [0, 0, 0]
    assert count("film/flower.webm", 1000, 2500, 4000) == [0, 0, 0]
