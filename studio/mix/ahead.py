"""Work done in a thread of its own, a little ahead of whoever needs its results.

FFmpeg releases Python's lock while it decodes and encodes, so reading, mixing and encoding sound
and copying pictures really run side by side.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Generator, Iterator
from types import TracebackType
from typing import Generic, TypeVar

from studio.progress import Progress, unwatched

Item = TypeVar("Item")

_POLL_SECONDS = 0.05


class _End:
    """Put after the last item; carries what the thread ended with, if it was not the end."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Ahead(Generic[Item]):
    """The items of a generator, made in a thread, at most `depth` of them waiting.

    Used in a `with`: leaving it stops the thread at its next item, closes the generator there and
    waits for it. Whatever the generator raises is raised again by `next`. Iterate in one thread.
    While that waits, `progress` is asked whether the job is still wanted.
    """

    def __init__(
        self, items: Generator[Item], depth: int, progress: Progress | None = None
    ) -> None:
        self._items = items
        self._progress = progress if progress is not None else unwatched()
        self._made: queue.Queue[Item | _End] = queue.Queue(depth)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._make, name="ahead")

    def __enter__(self) -> Ahead[Item]:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        item = self._next()
        if not isinstance(item, _End):
            return item
        self._made.put(item)  # so that asking again ends again
        if item.error is not None:
            raise item.error
        raise StopIteration

    def _next(self) -> Item | _End:
        while True:
            with contextlib.suppress(queue.Empty):
                return self._made.get(timeout=_POLL_SECONDS)
            self._progress.check()

    def _make(self) -> None:
        end = _End()
        try:
            with contextlib.closing(self._items):
                for item in self._items:
                    if not self._put(item):
                        return
        except BaseException as error:  # raised again in the thread that asks
            end = _End(error)
        self._put(end)

    def _put(self, item: Item | _End) -> bool:
        """Wait for room and put `item` there; False when nobody wants any more."""
        while not self._stop.is_set():
            with contextlib.suppress(queue.Full):
                self._made.put(item, timeout=_POLL_SECONDS)
                return True
        return False
