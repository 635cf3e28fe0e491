"""Memory that was needed for a moment goes back to the system.

glibc keeps what threads have freed, each in an arena of its own, and after the first large block
that was freed it takes others of that size from there as well (mallopt(3), M_MMAP_THRESHOLD). With
a film of three hours open the window then holds 630 MB of which it uses 360. Fixed limits end that;
a large block costs some page faults more.
"""

from __future__ import annotations

import ctypes
import sys

# numbers of malloc.h
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8

_LARGE = 256 << 10  # bytes from which on a block is the system's own
_SPARE = 1 << 20  # bytes of free memory that are kept at the end of the heap
_ARENAS = 2


def give_back() -> None:
    """Have it given back from now on. To be called before threads are started; glibc only."""
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # another C library, which has habits of its own
        return
    mallopt(_ARENA_MAX, _ARENAS)
    mallopt(_MMAP_THRESHOLD, _LARGE)
    mallopt(_TRIM_THRESHOLD, _SPARE)
