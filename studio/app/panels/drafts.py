"""What is proposed for the selected description, and who is to propose more."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio import wording
from studio.app import cards
from studio.app.announce import name
from studio.app.cards import Card
from studio.app.document import Document
from studio.app.fields import ShortBox
from studio.app.panels.cardview import CardsView
from studio.app.theme import Theme
from studio.app.wrapping import WrappingRow, labelled, scrolling, widen
from studio.script import edits, silence

_SHORT = 10  # letters of a describer's name that always show


class DraftsPanel(QWidget):
    """Cards to choose from; under them the describer, and buttons for new drafts and the story."""

    draft_asked = Signal()  # new drafts for what is selected
    story_asked = Signal()
    edit_asked = Signal()  # the writer wants into the text, what was chosen stands there
    told = Signal(str)

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self.view = CardsView()
        self.setFocusProxy(self.view)
        self.describer = ShortBox(_SHORT)
        widen(self.describer)
        name(self.describer, "Describer", "Who drafts. What an engine still needs is said with it.")
        for one in wording.describers():
            needs = f" (needs {one.needs})" if one.needs else ""
            self.describer.addItem(f"{one.name}{needs}", one.name)
        self.again = QPushButton("D&raft anew")
        name(
            self.again,
            "Draft the selected anew",
            "Propose new texts for the selected descriptions; what you wrote or chose stays.",
        )
        self.story = QPushButton("Story &so far…")
        name(self.story, "Story so far", "What describers that can read are told of the story.")
        self._lay_out()
        self.view.activated.connect(lambda _index: self.take_current())
        self.view.edit_asked.connect(self.edit_current)
        self.again.clicked.connect(self.draft_asked)
        self.story.clicked.connect(self.story_asked)
        for changes in (
            document.changed,
            document.selection_changed,
            document.language_changed,
            document.opened,
        ):
            changes.connect(self.refresh)
        self.refresh()

    def _lay_out(self) -> None:
        row = WrappingRow(labelled("Descri&ber", self.describer), self.again, self.story)
        row.setContentsMargins(6, 0, 6, 2)
        body = QWidget()
        inside, whole = QVBoxLayout(body), QVBoxLayout(self)
        for layout in (inside, whole):
            layout.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.view, 1)
        inside.addLayout(row)
        whole.addWidget(scrolling(body))  # large letters: else only the numbers of drafts show

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self.view.set_theme(theme)

    def choose_describer(self, called: str) -> None:
        """Let that one draft, where there is one of that name."""
        with QSignalBlocker(self.describer):
            self.describer.setCurrentIndex(max(0, self.describer.findData(called)))

    @property
    def chosen_describer(self) -> str:
        """The name of who is to draft."""
        return str(self.describer.currentData())

    def refresh(self, _change: object = None) -> None:
        """Show what there is to choose from now."""
        self.view.set_cards(self.cards())
        self.again.setEnabled(bool(self.document.selection))
        self.story.setEnabled(self.document.is_open)

    def cards(self) -> tuple[Card, ...]:
        """The choices for the one description that is selected; () without one."""
        document, cue = self.document, self.document.cue
        if cue is None:
            return ()
        faults = cards.faults_in(document.project, document.language)
        return cards.cards(document.project, cue, document.language, faults)

    # --- choosing ---------------------------------------------------------------------------------

    def take(self, number: int) -> bool:
        """Make draft `number`, from 1, the text. False where there is none."""
        card = next((one for one in self.cards() if one.number == number), None)
        if card is None or card.draft is None or number == cards.SILENCE:
            return False
        document = self.document
        project = edits.choose_draft(document.project, document.selection[0], card.draft)
        document.edit(f"Take draft {number}", project)
        self.told.emit(f"Draft {number} taken: {card.text}")
        return True

    def take_current(self) -> None:
        """Make the current card what stands there."""
        card = self.view.card
        if card is not None and card.number == cards.SILENCE:
            self.leave_silent()
        elif card is not None:
            self.take(card.number)

    def edit_current(self) -> None:
        """Take the current card into the text and go there; of silence, only go there."""
        card = self.view.card
        if card is not None:
            self.take(card.number)
            self.edit_asked.emit()

    def leave_silent(self) -> None:
        """Leave the selected descriptions silent, or let them have words where all of them are."""
        document = self.document
        chosen = [cue for cue in document.project.cues if cue.id in set(document.selection)]
        if not chosen:
            self.told.emit("No description is selected.")
            return
        ids = [cue.id for cue in chosen]
        if all(silence.is_silent(document.project, cue) and not cue.written for cue in chosen):
            project = silence.allow_words(document.project, ids)
            document.edit("Do not leave it silent", project)
            self.told.emit("No longer left silent. Undo brings back what stood here before.")
            return
        document.edit("Leave it silent", silence.leave_silent(document.project, ids))
        self.told.emit("Left silent: nothing is said here.")
