"""Edits a project without end, as fast as hands could, and says after each edit what it did.

    python -m tests.app.killed_editor PROJECT

To be killed. Each line on stdout is the number of an edit that was done, or "saved NUMBER".
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QTimer

from studio.app.document import Document
from studio.app.jobs import Jobs
from studio.script import edits

_EVERY = 20  # ms between two edits
_SAVE_EVERY = 40  # edits


def main(path: Path) -> None:
    """Open the project and edit it until this process is killed."""
    application = QCoreApplication([])
    document = Document(Jobs())
    document.open_project(path)
    first = int(document.project.cues[0].note or "0")
    done = 0

    def edit() -> None:
        nonlocal done
        done += 1
        number = first + done
        project = document.project
        project = edits.set_note(project, project.cues[0].id, str(number))
        document.edit("Note", edits.set_text(project, project.cues[1].id, "en", "word " * done))
        print(number, flush=True)
        if done % _SAVE_EVERY == 0:
            document.save()
            print(f"saved {number}", flush=True)

    timer = QTimer()
    timer.timeout.connect(edit)
    timer.start(_EVERY)
    application.exec()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
