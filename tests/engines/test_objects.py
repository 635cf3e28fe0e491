"""The object finder, and the describer that tells what it found."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from studio import engines, paths
from studio.engines import Box, Moment, Picture, Thing
from studio.engines.evidence import Evidence
from studio.engines.things import Counted, counted, sentences
from studio.errors import EngineError, UsageError
from studio.progress import Cancelled
from studio.times import Span
from tests.engines import tiny_eyes

LANGUAGES = ("de", "en", "es", "fr")


def street(height: int = 90, width: int = 160) -> np.ndarray:
    return np.random.default_rng(5).integers(40, 220, (height, width, 3), dtype=np.uint8)


def thing(label: str, confidence: float = 0.9, left: float = 0.1, size: float = 0.2) -> Thing:
    return Thing(label, confidence, Box(left, 0.2, size, size))


# --- the model ------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [tiny_eyes.make_rtdetr, tiny_eyes.make_yolos])
def test_objects_are_named_placed_and_the_same_again(tmp_path: Path, make) -> None:
    make(tmp_path / "eyes", sees=1)
    finder = engines.open("object-finder", f"transformers:{tmp_path / 'eyes'}")
    found = finder.find(street())
    assert [one.label for one in found] == ["dog"] * tiny_eyes.QUERIES
    assert all(0.9 < one.confidence <= 1 for one in found)
    for box in (one.box for one in found):
        assert 0 <= box.left <= box.left + box.width <= 1
        assert 0 <= box.top <= box.top + box.height <= 1
        assert box.width * box.height > 0
    assert finder.find(street()) == found


def test_boxes_are_shares_of_the_picture_whatever_its_size(tmp_path: Path) -> None:
    tiny_eyes.make_rtdetr(tmp_path / "eyes")
    finder = engines.open("object-finder", f"transformers:{tmp_path / 'eyes'}")
    grey = np.full((90, 160, 3), 128, np.uint8)
    small = [one.box for one in finder.find(grey)]
    large = [one.box for one in finder.find(np.full((360, 640, 3), 128, np.uint8))]
    for one, two in zip(small, large, strict=True):
        here = (one.left, one.top, one.width, one.height)
        assert here == pytest.approx((two.left, two.top, two.width, two.height), abs=0.01)


def test_what_is_no_class_is_not_found(tmp_path: Path) -> None:
    tiny_eyes.make_rtdetr(tmp_path / "eyes", sees=3)
    assert engines.open("object-finder", f"transformers:{tmp_path / 'eyes'}").find(street()) == ()


def test_a_model_without_its_classes_is_refused(tmp_path: Path) -> None:
    """transformers would make them up, and so name anything."""
    from safetensors.numpy import load_file, save_file

    tiny_eyes.make_yolos(tmp_path / "eyes")
    file = tmp_path / "eyes" / "model.safetensors"
    kept = {key: value for key, value in load_file(file).items() if "class" not in key}
    save_file(kept, file, metadata={"format": "pt"})
    finder = engines.open("object-finder", f"transformers:{tmp_path / 'eyes'}")
    with pytest.raises(EngineError, match=r"cannot be loaded .*lacks class"):
        finder.find(street())


def test_a_folder_with_another_model_is_refused(tmp_path: Path, tiny_phi: Path) -> None:
    finder = engines.open("object-finder", f"transformers:{tiny_phi}")
    with pytest.raises(EngineError, match="cannot be loaded") as caught:
        finder.find(street())
    assert "object detection" in caught.value.advice


def test_a_model_that_fails_on_a_picture_is_a_sentence(tmp_path: Path) -> None:
    tiny_eyes.make_rtdetr(tmp_path / "eyes")
    finder = engines.open("object-finder", f"transformers:{tmp_path / 'eyes'}")
    with pytest.raises(EngineError, match="failed on a picture"):
        finder.find(np.zeros((90, 160, 7), np.uint8))


# --- counting and saying --------------------------------------------------------------------------


def test_a_thing_counts_where_two_pictures_agree() -> None:
    two, one = [thing("dog"), thing("dog", left=0.5)], [thing("dog", 0.8)]
    assert counted([two, one, []]) == (Counted("dog", 1, 0.9),)
    assert counted([two, one, two]) == (Counted("dog", 2, 0.9),)
    assert counted([two, [], []]) == ()
    assert counted([two]) == (Counted("dog", 2, 0.9),)


def test_the_unsure_and_the_unknown_are_not_counted() -> None:
    unsure, unknown = [thing("dog", 0.69)], [thing("heffalump")]
    assert counted([unsure, unsure]) == counted([unknown, unknown]) == ()


def test_people_come_first_then_the_largest() -> None:
    seen = [thing("cat", size=0.1), thing("sofa", size=0.6), thing("person", size=0.05)]
    assert [one.label for one in counted([seen])] == ["person", "couch", "cat"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("Two people and a dog.", "Two people.")),
        ("de", ("Zwei Personen und ein Hund.", "Zwei Personen.")),
        ("es", ("Dos personas y un perro.", "Dos personas.")),
        ("fr", ("Deux personnes et un chien.", "Deux personnes.")),
    ],
)
def test_the_sentence(language: str, said: tuple[str, ...]) -> None:
    assert sentences([Counted("person", 2, 0.9), Counted("dog", 1, 0.9)], language) == said


def test_many_things_are_not_listed_to_the_end() -> None:
    labels = ("person", "car", "bench", "bird")
    said = sentences([Counted(label, 7, 0.9) for label in labels], "en")
    assert said[0] == "More than four people, more than four cars and more than four benches."
    assert len(said) == 3
    assert sentences([], "en") == ()


def test_every_word_is_there_in_every_language() -> None:
    table = tomllib.loads(paths.resource("phrases/things.toml").read_text(encoding="utf-8"))
    assert set(table["same"].values()) <= set(table["words"])
    assert set(table["numbers"]) == set(LANGUAGES)
    for label, words in table["words"].items():
        assert set(words) == set(LANGUAGES), label
        for single, many in words.values():
            assert " " in single, label  # with its article
            assert many, label


# --- the describer --------------------------------------------------------------------------------


class Staged:
    """Gives back what a test wants to have been seen, picture by picture, and over again."""

    def __init__(self, answers: Sequence[tuple[object, ...]]) -> None:
        self.answers, self.asked = answers, 0

    def find(self, pixels: np.ndarray) -> tuple[object, ...]:
        self.asked += 1
        return self.answers[(self.asked - 1) % len(self.answers)]


@pytest.fixture
def describe(monkeypatch: pytest.MonkeyPatch):
    """Describe two grey pictures with staged things and faces; gives back text and evidence."""
    opened = engines.open

    def described(
        things: tuple[Thing, ...],
        faces: tuple[Box, ...] = (),
        *,
        limit: int = 30,
        before: tuple[str, ...] = (),
    ) -> tuple[str, tuple[str, ...]]:
        staged = {"object-finder": Staged([things]), "face-finder": Staged([faces])}
        monkeypatch.setattr(
            engines, "open", lambda kind, name: staged.get(kind) or opened(kind, name)
        )
        monkeypatch.setenv("STUDIO_EVIDENCE_OBJECTS", "staged")
        pictures = tuple(
            Picture(at, np.clip(street().astype(int) + at // 20, 0, 255).astype(np.uint8))
            for at in (0, 900)
        )
        (proposals,) = Evidence().describe(
            [Moment(Span(0, 2000), "en", pictures, 5, limit, before)]
        )
        return (proposals[0].text, proposals[0].evidence) if proposals else ("", ())

    return described


PAIR = (thing("person"), thing("person", 0.8, 0.6), thing("dog", 0.95, 0.4))


def test_people_and_things_are_told_with_evidence(describe) -> None:
    text, evidence = describe(PAIR)
    assert text.startswith("Two people and a dog.")
    assert "2 person, 0.80 sure" in evidence
    assert "1 dog, 0.95 sure" in evidence


def test_people_are_told_of_once(describe) -> None:
    near = (Box(0.1, 0.2, 0.1, 0.2), Box(0.6, 0.2, 0.1, 0.2))
    text, _ = describe(PAIR, near)
    assert text.startswith("Two people, at medium distance. A dog.")
    text, _ = describe(PAIR, near[:1])  # somebody turns away
    assert text.startswith("Two people and a dog.")
    assert "One person" not in text
    text, _ = describe((thing("dog"),), near[:1])
    assert text.startswith("One person, at medium distance. A dog.")


def test_little_room_and_what_was_said_before(describe) -> None:
    assert describe(PAIR, limit=2)[0] == "Two people."
    assert "people" not in describe(PAIR, before=("Two people and a dog.",))[0]
    assert describe(PAIR, before=("Two people.",))[0].startswith("Two people and a dog.")
    assert "people" not in describe(PAIR, limit=2, before=("Two people.",))[0]


def test_without_being_set_up_nothing_is_looked_for(
    installed_models: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, kinds = engines.open, []

    def noting(kind, name):
        kinds.append(kind)
        return opened(kind, name)

    monkeypatch.setattr(engines, "open", noting)
    Evidence()
    assert kinds == ["text-reader", "face-finder"]


def test_the_users_file_switches_it_on(installed_models: None) -> None:
    file = paths.engines_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('[evidence]\nobjects = "transformers"\n', encoding="utf-8")
    shown = tuple(Picture(at, street()) for at in (0, 900))
    (proposals,) = Evidence().describe([Moment(Span(0, 2000), "en", shown, 5, 30)])
    assert "More than four dogs." in proposals[0].text


def test_what_is_set_up_but_not_here_is_said(own_folders: Path, monkeypatch) -> None:
    monkeypatch.setenv("STUDIO_EVIDENCE_OBJECTS", "transformers")
    with pytest.raises(EngineError) as caught:
        engines.open("describer", "evidence")
    assert "studio engines get rtdetr-r18" in caught.value.advice
    monkeypatch.setenv("STUDIO_EVIDENCE_OBJECTS", "crystal-ball")
    with pytest.raises(UsageError, match="no object-finder “crystal-ball”"):
        engines.open("describer", "evidence")


def test_it_can_be_ended_between_pictures(describe) -> None:
    asked = []

    def check() -> None:
        asked.append(1)
        if len(asked) == 3:  # the moment, its first picture, its second
            raise Cancelled

    describe(())
    shown = tuple(Picture(at, street()[:, ::step]) for at, step in ((0, 1), (900, -1)))
    with pytest.raises(Cancelled):
        list(Evidence().describe([Moment(Span(0, 2000), "en", shown, 5, 30)], check))
