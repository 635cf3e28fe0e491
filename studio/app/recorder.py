"""A recording from the count-in to its last sample: what the dialog of takes drives.

The microphone is opened when the count begins, so the meter shows a level before it matters, and
what it hears until the count is over is let go. Blocks come from a thread of the system's and are
fetched on the main thread every few ms; everything else happens there.
"""

from __future__ import annotations

import math
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from studio.app.microphone import Microphone
from studio.errors import EngineError, StudioError
from studio.times import MS_PER_SECOND

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

COUNT = 3
"""Steps of the count-in."""

QUIETEST = -60.0
"""dBFS that the meter shows for silence."""

_STEP = 1000  # ms between two numbers of the count
_FETCH = 40  # ms
_PATIENCE = 2000  # ms a microphone may say nothing before it is given up
_LONGEST = 600_000  # ms; what a take may last (speech/takes.py)


class Phase(Enum):
    """What the recorder does."""

    IDLE = "idle"
    COUNTING = "counting"
    RECORDING = "recording"


class Recorder(QObject):
    """Counts in, records, gives the sound. One recording at a time.

    counted: the number that is on the screen now; 0 when recording begins. heard: the level in
    dBFS, QUIETEST or more, and how long the recording is in ms. recorded: samples (n,) and their
    rate in Hz. failed: a StudioError; what was recorded before it comes as `recorded` first.
    """

    counted = Signal(int)
    heard = Signal(float, int)
    recorded = Signal(object, int)
    failed = Signal(object)
    phase_changed = Signal()

    def __init__(self, parent: QObject | None = None, step: int = _STEP) -> None:
        """step: ms between two numbers of the count."""
        super().__init__(parent)
        self.phase = Phase.IDLE
        self._microphone: Microphone | None = None
        self._rate = 0
        self._left = 0
        self._arrived: deque[Samples] = deque()
        self._kept: list[Samples] = []
        self._count = 0  # samples in `_kept`
        self._silence = QElapsedTimer()
        self._steps = QTimer(self)
        self._steps.setInterval(step)
        self._steps.timeout.connect(self._count_down)
        self._fetching = QTimer(self)
        self._fetching.setInterval(_FETCH)
        self._fetching.timeout.connect(self._fetch)

    @property
    def length(self) -> int:
        """How long the recording is so far, in ms."""
        return self._count * MS_PER_SECOND // self._rate if self._rate else 0

    def start(self, microphone: Microphone) -> None:
        """Count in, then record, until `stop`. Nothing happens where it records already."""
        if self.phase is not Phase.IDLE:
            return
        self._arrived.clear()
        self._kept, self._count = [], 0
        try:
            self._rate = microphone.start(self._arrived.append)
        except StudioError as error:
            self.failed.emit(error)
            return
        self._microphone = microphone
        self._left = COUNT
        self._silence.start()
        self._steps.start()
        self._fetching.start()
        self._enter(Phase.COUNTING)
        self.counted.emit(COUNT)

    def stop(self) -> None:
        """End the recording and give it; while it still counts, there is none."""
        if self.phase is Phase.IDLE:
            return
        was_recording = self.phase is Phase.RECORDING
        self._cease()
        if was_recording:
            self._take_arrived()
            samples = np.concatenate(self._kept) if self._kept else np.zeros(0, np.float32)
            samples = samples[: _LONGEST * self._rate // MS_PER_SECOND]
            self._kept = []
            self.recorded.emit(samples, self._rate)

    def _cease(self) -> None:
        self._steps.stop()
        self._fetching.stop()
        if self._microphone is not None:
            self._microphone.stop()
            self._microphone = None
        self._enter(Phase.IDLE)

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.phase_changed.emit()

    def _count_down(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._steps.stop()
            self._fetch()
            self._kept, self._count = [], 0  # what was heard while counting
            if self.phase is Phase.IDLE:  # the microphone has failed just now
                return
            self._enter(Phase.RECORDING)
        self.counted.emit(self._left)

    def _fetch(self) -> None:
        peak = self._take_arrived()
        if peak is not None:
            self._silence.restart()
            self.heard.emit(level(peak), self.length if self.phase is Phase.RECORDING else 0)
        elif self._silence.hasExpired(_PATIENCE):
            self.stop()
            self.failed.emit(
                EngineError(
                    "The microphone gives no sound any more.",
                    "What was recorded before is kept.",
                    "Check that it is plugged in, or choose another.",
                )
            )
        if self.phase is Phase.RECORDING and self.length >= _LONGEST:
            self.stop()

    def _take_arrived(self) -> float | None:
        """Keep what has come since the last time; its loudest sample, None where nothing came."""
        peak = None
        while self._arrived:
            block = self._arrived.popleft()
            self._kept.append(block)
            self._count += block.size
            if block.size:
                peak = max(peak or 0.0, float(np.abs(block).max()))
        return peak


def level(peak: float) -> float:
    """A sample's size as dBFS, not below QUIETEST."""
    return max(QUIETEST, 20 * math.log10(peak)) if peak > 0 else QUIETEST
