"""`studio`: the command line. The window opens from here once it exists."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line on this process's arguments and exit with its code."""
    from studio.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
