"""The manual says what is so: its keys, commands, options and pictures are there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import typer
from PySide6.QtGui import QImage, QTextFragment
from PySide6.QtWidgets import QTextBrowser

from studio.app import actions
from studio.app.action import all_keys
from studio.app.dialogs import manual
from studio.app.dialogs.manual import PageView
from studio.cli import app
from tests.app.window_rig import application, no_warnings, until

_KEY = re.compile(r"\*\*((?:(?:Ctrl|Alt|Shift)\+)+\S+?|F\d+)\*\*")
_COMMAND = re.compile(r"`studio ([a-z]+(?: [a-z]+)?)")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
_PICTURE = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")
_IN_LISTS = {"Shift+Up", "Shift+Down"}  # keys of every list, not of the studio


def _all(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """What the pattern finds in the manual, each with the page it is on."""
    return [
        (page.name, found)
        for page in manual.pages()
        for found in pattern.findall(" ".join(page.read_text(encoding="utf-8").split()))
    ]


def _commands() -> Iterator[tuple[str, set[str]]]:
    """The commands of the prompt, with their options."""

    def told(command: object, called: str) -> Iterator[tuple[str, set[str]]]:
        params = getattr(command, "params", ())
        yield called, {option for one in params for option in one.opts}
        for word, inner in getattr(command, "commands", {}).items():
            yield from told(inner, f"{called} {word}".strip())

    yield from told(typer.main.get_command(app), "")


def test_every_key_of_the_manual_does_something() -> None:
    bound = {key for one in actions.TABLE for key in all_keys(one.bound(actions.PRESETS[0], {}))}
    found = _all(_KEY)
    assert len(found) > 30
    assert [one for one in found if one[1] not in bound | _IN_LISTS] == []


def test_every_command_and_option_of_the_manual_is_there() -> None:
    known = dict(_commands())
    options = set[str]().union(*known.values())
    found = _all(_COMMAND)
    assert len(found) > 10
    assert [one for one in found if one[1] not in known and one[1].split()[0] not in known] == []
    assert [one for one in _all(_OPTION) if one[1] not in options] == []


def test_every_picture_of_the_manual_is_there_and_small() -> None:
    found = _all(_PICTURE)
    assert found
    for page, picture in found:
        file = manual.pages()[0].parent / picture
        assert file.is_file(), f"{page} shows {picture}"
        assert file.stat().st_size < 600_000, picture


@pytest.fixture(name="view")
def _view() -> Iterator[PageView]:
    application()
    view = PageView()
    yield view
    view.deleteLater()


def _pictures(view: QTextBrowser) -> list[QTextFragment]:
    found = []
    block = view.document().begin()
    while block.isValid():
        parts = block.begin()
        while not parts.atEnd():
            if parts.fragment().charFormat().isImageFormat():
                found.append(parts.fragment())
            parts += 1
        block = block.next()
    return found


@pytest.mark.parametrize("wide", [400, 900, 2400])
def test_pictures_follow_the_width_of_the_page(view: PageView, wide: int) -> None:
    with no_warnings():
        view.resize(600, 400)
        view.show()
        view.show_page(manual.pages()[0])
        view.resize(wide, 400)
        until(lambda: view.viewport().width() > wide - 40, "the page is as wide")
        (picture,) = _pictures(view)
        shape = picture.charFormat().toImageFormat()
        whole = QImage(str(manual.pages()[0].parent / shape.name()))
        assert shape.width() == min(view.viewport().width() - manual.MARGIN, whole.width())
        assert shape.height() == pytest.approx(shape.width() * whole.height() / whole.width())
