"""Python's threads take short turns, so that mpv never waits long for what it reads.

mpv asks for the mix and for the held pictures from threads of its own, some dozens of times while
it opens a film, and each call needs the interpreter. A thread that works keeps it for a whole turn
when another one asks (sys.setswitchinterval): at Python's own 5 ms, a film that was edited is heard
some 0.2 s later for each thread that is at work; shorter turns cost those threads next to nothing.
"""

from __future__ import annotations

import sys

TURN = 0.0005
"""Seconds after which a thread that works lets others go on."""


def take_short_turns() -> None:
    """From now on, in the whole process."""
    sys.setswitchinterval(TURN)
