"""`studio`: without arguments or with one file the window, with anything else the command line."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Open the window or run the command line, and exit with its code."""
    arguments = sys.argv[1:]
    if not arguments or (len(arguments) == 1 and _is_file(arguments[0])):
        sys.exit(_window(Path(arguments[0]) if arguments else None))
    from studio.cli import run

    sys.exit(run(arguments))


def _is_file(argument: str) -> bool:
    return not argument.startswith("-") and Path(argument).is_file()


def _window(file: Path | None) -> int:
    try:
        from studio.app.main import run
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in {"PySide6", "shiboken6", "mpv"}:
            raise
        from studio.cli import no_window

        return no_window(file, missing)
    return run(file)


if __name__ == "__main__":
    main()
