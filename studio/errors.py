"""Every error a user can meet, as one tree.

    StudioError                 exit
    ├── UsageError              2   the command or its arguments
    ├── MediaError              3   a film or sound that cannot be read
    ├── ProjectError            4   a project file, or what it refers to
    ├── EngineError             5   something that speaks, describes, translates ...
    └── ExportError             6   a delivery that cannot be made

Exit code 7 is kept for checks that found errors, 130 for a cancelled job, 1 for a bug.

An error is raised with three short texts: what happened to which thing, what that means for the
work, and what to do next. Together they are the sentence the user reads; they stay apart as
attributes so that a window can lay them out and `--json` can print them.
A cancelled job is no error: see `studio.progress.Cancelled`.
"""

from __future__ import annotations


class StudioError(Exception):
    """Something a user can understand and act on.

    what: what happened, naming the thing; a whole sentence.
    meaning: what it means for the work; a whole sentence, or empty where that is plain.
    advice: what to do next; a whole sentence, or empty where nothing can be done.
    """

    exit_code = 1

    def __init__(self, what: str, meaning: str = "", advice: str = "") -> None:
        self.what = what
        self.meaning = meaning
        self.advice = advice
        super().__init__(" ".join(part for part in (what, meaning, advice) if part))


class UsageError(StudioError):
    """The command line, a setting or a name given by the user is wrong."""

    exit_code = 2


class MediaError(StudioError):
    """A film or sound file cannot be read."""

    exit_code = 3


class ProjectError(StudioError):
    """A project file cannot be read or written, or no longer matches its film."""

    exit_code = 4


class EngineError(StudioError):
    """An engine is missing, refuses the work, or failed at it."""

    exit_code = 5


class ExportError(StudioError):
    """A delivery cannot be made."""

    exit_code = 6


CHECKS_EXIT_CODE = 7
CANCELLED_EXIT_CODE = 130
