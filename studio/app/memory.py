"""Memory that was needed for a moment goes back to the system.

glibc keeps what threads have freed, each in an arena of its own, and after the first large block
that was freed it takes others of that size from there as well (mallopt(3), M_MMAP_THRESHOLD). With
a film of three hours open the window then holds 630 MB of which it uses 360. Fixed limits end that;
a large block costs some page faults more.

Objects that refer to each other in circles are found by Python's search for garbage, which stops
all threads: with such a film open, a full one takes 0.1 s, and whoever writes has one every few
edits. So what a full search has left is not searched again before the project is closed, and the
small searches begin later: each edit makes some thousands of objects that last for a moment.
"""

from __future__ import annotations

import ctypes
import gc
import sys

# numbers of malloc.h
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8

_LARGE = 256 << 10  # bytes from which on a block is the system's own
_SPARE = 1 << 20  # bytes of free memory that are kept at the end of the heap
_ARENAS = 2
_FULL = 2  # the generation of a full search for garbage
_MADE = 10_000  # objects, beyond those that have gone, after which a search begins; 700 by itself


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


def search_only_what_is_new() -> None:
    """From now on a full search for garbage leaves out what was there at the last one."""
    if _leave_out not in gc.callbacks:
        gc.callbacks.append(_leave_out)
        gc.set_threshold(_MADE, *gc.get_threshold()[1:])


def search_all() -> None:
    """Search once through everything, where full searches leave things out; when nobody waits."""
    if _leave_out in gc.callbacks:
        gc.unfreeze()
        gc.collect()


def _leave_out(phase: str, told: dict[str, int]) -> None:
    if phase == "stop" and told["generation"] == _FULL:
        gc.freeze()
