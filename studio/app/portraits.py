"""Small pictures of the faces of the cast, cut from the film beside the work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from studio.app.document import Document
from studio.app.jobs import Job, Jobs
from studio.media.frames import pictures_at
from studio.progress import Progress
from studio.script.model import PICTURE_SIDE, Spot

if TYPE_CHECKING:
    from studio.engines.verbs import Pixels
    from studio.media.probe import FilmInfo

_WIDTH = 640  # pixels of the film's picture from which a face is cut
_AROUND = 0.25  # of a face's box that is shown on each side of it


class Portraits(QObject):
    """Fetches each face once; one that has come is in `known`, by its place in the film."""

    changed = Signal()

    def __init__(self, document: Document, jobs: Jobs) -> None:
        super().__init__(document)
        self._document = document
        self._jobs = jobs
        self.known: dict[Spot, QPixmap] = {}
        self._job: Job | None = None
        self._failed = False
        document.opened.connect(self._begin)
        document.changed.connect(self.fetch)

    @property
    def fetching(self) -> bool:
        """Whether some are being cut."""
        return self._job is not None

    def close(self) -> None:
        """Stop fetching."""
        if self._job is not None:
            self._job.cancel()

    def _begin(self) -> None:
        self.close()
        self.known, self._failed = {}, False
        self.changed.emit()
        self.fetch()

    def fetch(self, _change: object = None) -> None:
        """Fetch the faces of the cast that have not come yet."""
        if self._job is not None or self._failed or not self._document.is_open:
            return
        spots = {one.picture for one in self._document.project.people if one.picture is not None}
        wanted = sorted(spots - self.known.keys(), key=lambda spot: spot.time)
        if not wanted:
            return
        info = self._document.film
        job = self._job = self._jobs.light("Faces of the cast", portraits, info, tuple(wanted))
        job.done.connect(lambda cut: self._take(info, wanted, cut))
        job.failed.connect(lambda _error: self._fail())  # the player tells of the film
        job.ended.connect(self._ended)

    def _take(self, info: object, spots: Sequence[Spot], cut: Sequence[Pixels]) -> None:
        if info is not self._document.info:
            return
        for spot, pixels in zip(spots, cut, strict=True):
            self.known[spot] = _pixmap(pixels)
        self.changed.emit()

    def _fail(self) -> None:
        self._failed = True

    def _ended(self) -> None:
        self._job = None
        self.fetch()


def portraits(info: FilmInfo, spots: Sequence[Spot], progress: Progress) -> list[Pixels]:
    """The picture of the film around each spot, height x width x 3. Raises MediaError."""
    cut = []
    shown = pictures_at(info, [spot.time for spot in spots], _WIDTH)
    for spot, (_, pixels) in zip(spots, shown, strict=True):
        progress.check()
        cut.append(_around(pixels, spot))
    return cut


def _around(pixels: Pixels, spot: Spot) -> Pixels:
    high, wide = pixels.shape[:2]
    left, width = spot.left * wide / PICTURE_SIDE, spot.width * wide / PICTURE_SIDE
    top, height = spot.top * high / PICTURE_SIDE, spot.height * high / PICTURE_SIDE
    rows = _bounds(top, height, high)
    columns = _bounds(left, width, wide)
    return np.ascontiguousarray(pixels[rows, columns])


def _bounds(start: float, length: float, most: int) -> slice:
    """Pixels from before `start` to after its end, at least one, inside the picture."""
    first = min(most - 1, max(0, int(start - _AROUND * length)))
    return slice(first, max(first + 1, min(most, round(start + (1 + _AROUND) * length))))


def _pixmap(pixels: Pixels) -> QPixmap:
    height, width = pixels.shape[:2]
    image = QImage(pixels.tobytes(), width, height, width * 3, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image.copy())
