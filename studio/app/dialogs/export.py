"""The export dialog: what to deliver, in which languages, how loud, and where to."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio import deliveries
from studio.app import work
from studio.app.announce import name
from studio.app.document import Document
from studio.app.fields import ShortBox
from studio.app.sizes import open_at
from studio.app.work import Order
from studio.app.wrapping import WrappingRow, scrolling
from studio.settings import NO_PROFILE, PROFILES

DELIVERIES = (
    ("film", "The described film", "The film with the description mixed into its sound."),
    (
        "track",
        "The film with a second sound track",
        "The film's own sound stays first; the described one can be chosen in the player.",
    ),
    ("stem", "The description alone", "Only what is spoken, as one WAV as long as the film."),
    ("clips", "Every description as a file", "A folder of WAV files and a list of their times."),
    ("vtt", "Text as WebVTT", "For web players; times of the film."),
    ("srt", "Text as SRT", "For everything else that reads subtitles."),
)


_ROWS_SHOWN = 5  # of the list of other deliveries
_APART = 2  # pixels around each of them


class ExportDialog(QDialog):
    """Gives an order; the work goes on in the background."""

    ordered = Signal(object)  # an Order

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setWindowTitle("Export")
        name(self, "Export", "Choose what to deliver.")
        self.deliveries = {key: QCheckBox(words) for key, words, _ in DELIVERIES}
        for key, words, about in DELIVERIES:
            name(self.deliveries[key], words, about)
        self.deliveries["film"].setChecked(True)
        self.others = _others()
        self.languages = {code: QCheckBox(code) for code in document.project.languages}
        for code, box in self.languages.items():
            name(box, f"Language {code}")
            box.setChecked(code == document.language)
        self.loudness = ShortBox(20)
        self.loudness.addItem("As loud as the film", NO_PROFILE)
        for profile in PROFILES:
            self.loudness.addItem(f"{profile.about}: {profile.loudness:g} LUFS", profile.name)
        name(self.loudness, "Loudness", "Bring what is mixed to a loudness profile.")
        base = document.path or document.film.path
        self.folder = QLineEdit(str(base.parent / f"{document.name} described"))
        name(self.folder, "Folder", "Where the files go; it is made if it is not there.")
        browse = QPushButton("&Choose…")
        browse.setAutoDefault(False)  # Return in the field is for the export
        name(browse, "Choose the folder")
        browse.clicked.connect(self._browse)
        self.warning = QLabel()
        self.warning.setWordWrap(True)
        name(self.warning, "What to know")
        self._lay_out(browse)
        for box in (*self.deliveries.values(), *self.languages.values()):
            box.toggled.connect(self._check)
        self.others.itemChanged.connect(lambda _item: self._check())
        self.folder.textChanged.connect(self._check)
        self._check()

    def _lay_out(self, browse: QPushButton) -> None:
        what = QGroupBox("What")
        column = QVBoxLayout(what)
        for box in self.deliveries.values():
            column.addWidget(box)
        label = QLabel("&Subtitles, beds, scripts and lists")
        label.setBuddy(self.others)
        column.addWidget(label)
        column.addWidget(self.others)
        versions = QGroupBox("Languages")
        spoken = WrappingRow(*self.languages.values())
        spoken.setContentsMargins(*[self.fontMetrics().height() // 2] * 4)
        versions.setLayout(spoken)
        where = QHBoxLayout()
        where.addWidget(self.folder, 1)
        where.addWidget(browse)
        form = QFormLayout()
        form.addRow("&Loudness", self.loudness)
        label = QLabel("&Folder")
        label.setBuddy(self.folder)
        form.addRow(label, where)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = self.buttons.addButton("&Export", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self._order)
        self.buttons.rejected.connect(self.reject)
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.addWidget(what)
        inside.addWidget(versions)
        inside.addLayout(form)
        inside.addStretch(1)
        whole = QVBoxLayout(self)
        whole.addWidget(scrolling(body), 1)
        whole.addWidget(self.warning)
        whole.addWidget(self.buttons)
        open_at(self, 88, 36)
        for button in self.buttons.buttons():
            if isinstance(button, QPushButton):
                button.setAutoDefault(button is self.go)
        self.go.setDefault(True)  # only now: a dialog forgets what was said before it had it
        self.go.setFocus()

    def order(self) -> Order:
        """What is chosen now."""
        return Order(
            Path(self.folder.text()).expanduser(),
            self._document.name,
            tuple(code for code, box in self.languages.items() if box.isChecked()),
            self._chosen(),
            str(self.loudness.currentData()),
            self._document.takes,
        )

    def _chosen(self) -> tuple[str, ...]:
        boxes = [key for key, box in self.deliveries.items() if box.isChecked()]
        items = (self.others.item(row) for row in range(self.others.count()))
        ticked = [item for item in items if item.checkState() is Qt.CheckState.Checked]
        return (*boxes, *(str(item.data(Qt.ItemDataRole.UserRole)) for item in ticked))

    def _check(self) -> None:
        order = self.order()
        able = bool(order.languages and order.deliveries and self.folder.text().strip())
        self.go.setEnabled(able)
        words = [] if able else ["Choose at least one delivery, a language and a folder."]
        missing = [one.state for one in self._document.placements.values()]
        left_out = missing.count("left out")
        unspoken = missing.count("unspoken")
        if left_out:
            words.append(f"{left_out} too long for their gaps are left out.")
        if unspoken:
            words.append(f"{unspoken} are not spoken yet and would be missing.")
        there = work.existing(order, self._document.film.path) if able else ()
        if there:
            words.append(f"{', '.join(one.name for one in there)} will be written over.")
        self.warning.setText(" ".join(words))

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Choose the folder", self.folder.text())
        if folder:
            self.folder.setText(folder)

    def _order(self) -> None:
        self.ordered.emit(self.order())
        self.accept()


def _others() -> QListWidget:
    """The rest of the table of deliveries; captions need a file, so they are left to the prompt."""
    found = QListWidget()
    name(found, "Subtitles, beds, scripts and lists", "The space bar chooses one.")
    for row in deliveries.TABLE.values():
        if row.name in {key for key, _, _ in DELIVERIES} or row.name == deliveries.CAPTIONS:
            continue
        item = QListWidgetItem(f"{row.name}: {row.about}", found)
        item.setData(Qt.ItemDataRole.UserRole, row.name)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Unchecked)
    found.setSpacing(_APART)
    row_height = found.sizeHintForRow(0) + 2 * _APART
    found.setFixedHeight(row_height * _ROWS_SHOWN + 2 * found.frameWidth())
    found.setTabKeyNavigation(False)
    return found
