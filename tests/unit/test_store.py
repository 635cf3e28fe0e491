from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import ProjectError
from studio.script import edits, migrations, store
from studio.script.model import Cue, Film, Gap, Project
from studio.script.plain import from_plain, to_plain
from studio.times import Span
from tests.unit.strategies import projects

HEADER = ("format", "version", "written_by")
GOLDEN = Path(__file__).parent.parent / "golden"


@given(projects())
def test_a_project_is_read_back_as_it_was(tmp_path_factory: Any, project: Project) -> None:
    path = tmp_path_factory.mktemp("p") / f"a{store.SUFFIX}"
    store.save(project, path)
    assert store.load(path) == project
    again = path.read_text(encoding="utf-8")
    store.save(store.load(path), path)
    assert path.read_text(encoding="utf-8") == again


NEWEST = f"version_{migrations.VERSION}.adproject"


@given(projects(), projects(), st.data())
def test_the_text_is_that_of_plain_json(one: Project, other: Project, data: st.DataObject) -> None:
    """However much of it was written before, in whatever order."""
    mixed = replace(one, cues=other.cues, scenes=other.scenes)
    for project in data.draw(st.lists(st.sampled_from([one, other, mixed]), max_size=6)):
        plain = json.loads(store.to_text(project))
        assert store.to_text(project) == json.dumps(plain, ensure_ascii=False, indent=1) + "\n"
        assert from_plain(Project, {k: v for k, v in plain.items() if k not in HEADER}) == project


def test_only_what_an_edit_touched_is_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Autosave shares the interpreter with the window; a long film has thousands of cues."""
    project = _film_with_cues(40)
    store.to_text(project)
    asked: list[object] = []

    def counted(value: object) -> object:
        asked.append(value)
        return to_plain(value)

    monkeypatch.setattr(store, "to_plain", counted)
    edited = edits.set_text(project, project.cues[7].id, "en", "She waves.")
    text = store.to_text(edited)
    assert [one for one in asked if isinstance(one, Cue)] == [edited.cues[7]]
    assert not any(isinstance(one, Gap | Span) for one in asked)
    monkeypatch.undo()
    assert "She waves." in text
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=1) + "\n"


def test_what_was_put_into_words_before_a_stop_is_not_put_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project, asked = _film_with_cues(40), list[object]()

    def counted(value: object) -> object:
        asked.append(value)
        return to_plain(value)

    def stop_after_a_while() -> None:
        if len(asked) == 120:
            raise TimeoutError

    monkeypatch.setattr(store, "to_plain", counted)
    with pytest.raises(TimeoutError):
        store.get_ready(project, stop_after_a_while)
    text = store.to_text(project)
    many = [one for one in asked if isinstance(one, Cue | Gap | Span)]
    assert len(many) == len({id(one) for one in many}) == 240  # each once
    monkeypatch.undo()
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=1) + "\n"


def _film_with_cues(count: int) -> Project:
    film = Film("a.mp4", 1, "f", 100_000, 64, 36, Fraction(25), None)
    scenes = tuple(Span(at * 1000, at * 1000 + 1000) for at in range(100))
    gaps = tuple(Gap(at * 1000, at * 1000 + 1000) for at in range(100))
    project = Project(film, scenes=scenes, gaps=gaps)
    for number in range(count):
        project, _ = edits.add_cue(project, number * 1000, number * 1000 + 900)
    return project


def test_the_newest_golden_file_opens_and_is_written_the_same() -> None:
    golden = GOLDEN / NEWEST
    project = store.load(golden)
    assert project.cues[0].versions[0].text == "Night. A full moon over black hills."
    assert project.settings.freeze_sound == "room-tone"
    text = store.to_text(project)
    assert json.loads(text) == json.loads(golden.read_text(encoding="utf-8"))
    assert list(json.loads(text))[:3] == ["format", "version", "written_by"]


def test_a_project_of_version_1_opens_and_exports_as_it_did(tmp_path: Path) -> None:
    file = tmp_path / "a.adproject"
    old = (GOLDEN / "version_1.adproject").read_text(encoding="utf-8")
    file.write_text(old, encoding="utf-8")
    project = store.load(file)
    assert project.settings.freeze_sound == "silence"
    assert (tmp_path / "a.v1.adproject").read_text(encoding="utf-8") == old
    newest = store.load(GOLDEN / NEWEST)
    assert replace(project, settings=newest.settings) == newest


def _golden() -> dict[str, Any]:
    plain = json.loads((GOLDEN / NEWEST).read_text(encoding="utf-8"))
    assert isinstance(plain, dict)
    return plain


def _broken(path: tuple[Any, ...], value: object) -> str:
    plain = _golden()
    inside: Any = plain
    for step in path[:-1]:
        inside = inside[step]
    if value is KeyError:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return json.dumps(plain)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("film", "duration"), "long", r"film\.duration: should be a whole number"),
        (("film", "duration"), True, r"film\.duration: should be a whole number"),
        (("film", "rate"), "25/0", r"film\.rate: should be a rate"),
        (("film", "loudness"), 1e999, "Infinity is not a number"),
        (("cues", 1, "versions", 0, "text"), 3, r"cues\[1\]\.versions\[0\]\.text: should be text"),
        (("cues", 0, "mode"), "fast", r"cues\[0\]\.mode: should be one of auto, inline, extended"),
        (("cues", 0, "colour"), "red", r"cues\[0\]\.colour: is not known"),
        (("cues", 0, "end"), KeyError, r"cues\[0\]\.end: is missing"),
        (("cues", 0, "end"), -5, r"cues\[0\]: should not end before it starts"),
        (("cues", 1, "id"), "c1", r"cues\[1\]: “c1” stands there twice"),
        (("scenes",), {}, "scenes: should be a list"),
        (("scenes", 0, "start"), 90_000, r"scenes\[0\]: should start"),
        (("languages", 0), "../../etc", "is not a language code"),
        (("settings", "duck"), 12.0, "settings: The setting “duck” cannot be 12.0"),
        (
            ("settings", "freeze_sound"),
            "loud",
            r"freeze_sound: should be one of silence, room-tone",
        ),
        (
            ("cues", 0, "versions", 0, "clip", "key"),
            "../../secret",
            r"cues\[0\]\.versions\[0\]\.clip: is not a clip",
        ),
        (("version",), 0, "version: should be a whole number"),
        (("format",), "other", "does not say"),
        (("written_by",), 7, "written_by"),
    ],
)
def test_damage_is_refused_and_its_place_named(
    tmp_path: Path, path: tuple[Any, ...], value: object, place: str
) -> None:
    file = tmp_path / "a.adproject"
    file.write_text(_broken(path, value), encoding="utf-8")
    before = file.read_bytes()
    with pytest.raises(ProjectError, match=place):
        store.load(file)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe\x00", b"[]", b"[" * 100_000, b'{"format": 1, "format": 2}', b"null"],
)
def test_what_is_no_project_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.adproject"
    file.write_bytes(content)
    with pytest.raises(ProjectError, match="not a sound project file"):
        store.load(file)


@given(st.data())
def test_any_damage_is_a_sentence_or_a_project(tmp_path_factory: Any, data: st.DataObject) -> None:
    raw = bytearray((GOLDEN / NEWEST).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(raw) - 1))
        raw[position : position + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=6))
    file = tmp_path_factory.mktemp("f") / "a.adproject"
    file.write_bytes(raw)
    with contextlib.suppress(ProjectError):
        store.load(file)


def test_a_newer_file_is_refused_in_words_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.adproject"
    file.write_text(_broken(("version",), 999), encoding="utf-8")
    with pytest.raises(ProjectError, match="newer studio") as refused:
        store.load(file)
    assert refused.value.advice == "Update the studio to open it."
    assert [one.name for one in tmp_path.iterdir()] == ["a.adproject"]


def test_an_older_file_is_upgraded_and_the_original_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename_film_key(plain: dict[str, Any]) -> dict[str, Any]:
        return {("film" if key == "movie" else key): value for key, value in plain.items()}

    now = migrations.VERSION
    monkeypatch.setattr(migrations, "VERSION", now + 1)
    monkeypatch.setattr(migrations, "STEPS", {now: rename_film_key})
    old = _golden()
    old["movie"] = old.pop("film")
    file = tmp_path / "a.adproject"
    file.write_text(json.dumps(old), encoding="utf-8")
    before = file.read_text(encoding="utf-8")

    project = store.load(file)

    assert project.film.width == 1280
    assert (tmp_path / f"a.v{now}.adproject").read_text(encoding="utf-8") == before
    assert file.read_text(encoding="utf-8") == before
    store.save(project, file)
    assert json.loads(file.read_text(encoding="utf-8"))["version"] == now + 1


def test_every_older_version_has_its_step() -> None:
    assert sorted(migrations.STEPS) == list(range(1, migrations.VERSION))


def test_a_failed_save_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.adproject"
    project = store.load(GOLDEN / NEWEST)
    store.save(project, file)
    before = file.read_bytes()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ProjectError, match="No space left"):
        store.save(project, file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_saving_keeps_the_permissions_people_gave(tmp_path: Path) -> None:
    file = tmp_path / "a.adproject"
    project = store.load(GOLDEN / NEWEST)
    store.save(project, file)
    file.chmod(0o640)
    store.save(project, file)
    assert file.stat().st_mode & 0o777 == 0o640


def test_saving_where_no_folder_is_says_so(tmp_path: Path) -> None:
    project = store.load(GOLDEN / NEWEST)
    with pytest.raises(ProjectError, match="cannot be written"):
        store.save(project, tmp_path / "none" / "a.adproject")
