"""The manual: pages of resources/help, and a page of keys made from the table of actions."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QImage,
    QKeySequence,
    QResizeEvent,
    QTextCursor,
    QTextDocument,
    QTextFragment,
)
from PySide6.QtWidgets import QDialog, QSplitter, QTextBrowser, QVBoxLayout, QWidget

from studio import paths
from studio.app import actions
from studio.app.announce import name
from studio.app.panels.rows import Row, RowsView
from studio.app.preferences import Preferences
from studio.app.sizes import open_at

KEYS_PAGE = "Keys"
MARGIN = 24
"""Pixels that stay free beside a picture."""


def pages() -> list[Path]:
    """The files of the manual, in order of their names."""
    return sorted(paths.resource("help").glob("*.md"))


def title_of(page: Path) -> str:
    """The first heading of a page."""
    return page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")


def keys_page(preset: str, changed: dict[str, list[str]]) -> str:
    """All keys as Markdown, menu by menu."""
    parts = [
        f"# {KEYS_PAGE}",
        f"These are the keys you have now (preset: {preset}). Change them with Shift+F1. A single "
        "key works wherever no text is typed; while typing press Alt+Shift and that key.",
    ]
    for menu in actions.MENUS:
        rows = [one for one in actions.TABLE if one.menu == menu]
        table = [f"## {menu}", "", "| Key | Does | |", "|---|---|---|"]
        for one in rows:
            keys = ", ".join(
                QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
                for key in one.bound(preset, changed)
            ).replace("|", "\\|")
            table.append(f"| **{keys or '–'}** | {one.text} | {one.about} |")
        parts.append("\n".join(table))
    return "\n\n".join(parts)


class PageView(QTextBrowser):
    """A page of the manual; its pictures are never wider than the page, and never enlarged."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenExternalLinks(True)
        self.setTabChangesFocus(True)
        name(self, "Page", "The text of the page. Arrow keys scroll.")

    def show_page(self, page: Path) -> None:
        """Show a file of Markdown; what it refers to lies beside it."""
        self.setSearchPaths([str(page.parent)])
        self.document().setBaseUrl(QUrl.fromLocalFile(str(page)))
        self.setMarkdown(page.read_text(encoding="utf-8"))
        self._fit_pictures()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Another width is another width for the pictures."""
        super().resizeEvent(event)
        self._fit_pictures()

    def _fit_pictures(self) -> None:
        """Markdown says nothing about sizes."""
        wide = self.viewport().width() - MARGIN
        block = self.document().begin()
        while block.isValid():
            parts = block.begin()
            while not parts.atEnd():
                fragment = parts.fragment()
                if fragment.charFormat().isImageFormat():
                    self._fit(fragment, wide)
                    break
                parts += 1
            block = block.next()

    def _fit(self, fragment: QTextFragment, wide: int) -> None:
        shape = fragment.charFormat().toImageFormat()
        whole = QImage(str(Path(self.searchPaths()[0]) / shape.name()))
        wide = min(wide, whole.width())
        if wide <= 0 or wide == shape.width():
            return
        # a document scales pictures roughly, so it is given one that needs no scaling
        ratio = self.devicePixelRatioF()
        fine = whole.scaledToWidth(
            min(round(wide * ratio), whole.width()), Qt.TransformationMode.SmoothTransformation
        )
        kind = QTextDocument.ResourceType.ImageResource
        self.document().addResource(
            kind, self.document().baseUrl().resolved(QUrl(shape.name())), fine
        )
        shape.setWidth(wide)
        shape.setHeight(wide * whole.height() / whole.width())
        cursor = QTextCursor(self.document())
        cursor.setPosition(fragment.position())
        cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(shape)


class ManualDialog(QDialog):
    """Contents on the left, the page on the right; stays open beside the window."""

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.setWindowTitle("Manual")
        name(self, "Manual")
        self.contents = RowsView("Contents", "The pages of the manual.", "The manual is missing.")
        self.page = PageView()
        self.contents.selectionModel().currentChanged.connect(lambda *_: self._show())
        split = QSplitter()
        split.addWidget(self.contents)
        split.addWidget(self.page)
        split.setSizes([220, 640])
        whole = QVBoxLayout(self)
        whole.addWidget(split)
        open_at(self, 150, 48)
        self.refresh()

    def refresh(self) -> None:
        """List the pages, and show the present one anew."""
        rows = [Row(str(page), title_of(page)) for page in pages()]
        self.contents.list.set_rows([*rows, Row(KEYS_PAGE, KEYS_PAGE)])
        if not self.contents.currentIndex().isValid():
            self.contents.setCurrentIndex(self.contents.list.index(0))
        self._show()

    def _show(self) -> None:
        key = self.contents.key
        if key == KEYS_PAGE:
            preset = self._preferences.preset or actions.PRESETS[0]
            self.page.setMarkdown(keys_page(preset, self._preferences.keys))
        elif isinstance(key, str):
            self.page.show_page(Path(key))
