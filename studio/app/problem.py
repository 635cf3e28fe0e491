"""Errors as people see them: what happened, what it means, what to do next."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget

from studio.errors import StudioError


def box(parent: QWidget | None, error: StudioError) -> QMessageBox:
    """The error as a dialog, not shown yet. A failed job's log can be unfolded."""
    found = QMessageBox(parent)
    found.setIcon(QMessageBox.Icon.Warning)
    found.setWindowTitle("Audio Description Studio")
    found.setText(error.what)
    found.setInformativeText("\n\n".join(part for part in (error.meaning, error.advice) if part))
    trace = getattr(error, "trace", "")
    if trace:
        found.setDetailedText(trace)
    found.setAccessibleName("Problem")
    found.setAccessibleDescription(str(error))
    return found


def show(parent: QWidget | None, error: StudioError) -> None:
    """Tell the user, without stopping what goes on in the window."""
    found = box(parent, error)
    found.setModal(True)
    found.open()


def ask(parent: QWidget, question: str, meaning: str, *answers: str) -> str:
    """Ask a question; gives the answer chosen, the last one where the dialog is closed."""
    found = QMessageBox(parent)
    found.setIcon(QMessageBox.Icon.Question)
    found.setWindowTitle("Audio Description Studio")
    found.setText(question)
    found.setInformativeText(meaning)
    roles = [QMessageBox.ButtonRole.AcceptRole, QMessageBox.ButtonRole.DestructiveRole]
    buttons = {}
    for index, answer in enumerate(answers):
        last = index == len(answers) - 1
        role = QMessageBox.ButtonRole.RejectRole if last else roles[min(index, 1)]
        buttons[answer] = found.addButton(answer, role)
    found.setDefaultButton(buttons[answers[0]])
    found.setEscapeButton(buttons[answers[-1]])
    found.setAccessibleName(question)
    found.exec()
    chosen = found.clickedButton()
    return next((answer for answer, button in buttons.items() if button is chosen), answers[-1])
