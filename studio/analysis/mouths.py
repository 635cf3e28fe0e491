"""How mouths move: one curve a face and stretch of talk, at the film's own frame rate.

A face's picture is brought to one size and held still by its upper half (eyes and nose), so that
a nod is not taken for a word. What then varies most in the mouth's region, at the pace of
syllables, is how far the mouth is open: the first principal component of its pixels. That needs no
model of lips, so it serves photographs and drawings alike. Which end of the component is "open" is
told by three signs together, for none holds of every face: an open mouth has more contrast (not in
one that smiles with its teeth), is darker where it changes most (not where teeth come out), and
opens for moments while it rests closed.

Meters that look closely get the optical flow of the same region, too: how far its parts move down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.ndimage import uniform_filter1d

from studio.engines import LIP_GRID
from studio.media.frames import Pixels
from studio.times import MS_PER_SECOND

Floats = NDArray[np.float32]
Times = NDArray[np.int64]
Rectangle = NDArray[np.float64]  # left, top, width, height

_SIDE = 64  # pixels to which a face's box is brought
_TALL = 72  # and on below it
_UPPER = (slice(10, 42), slice(8, 56))  # rows, columns that hold the face still
_MOUTH = (slice(40, 68), slice(12, 52))
_BLUR = 1.2  # pixels; sharp edges pull only from nearby
_STEPS = 5  # of approach to where the face lies, at most
_CLOSE = 0.03  # pixels; a step shorter ends the approach
_ODD = 12.0  # levels; what differs more, as a lid does in a blink, counts less
_LONGEST_STEP = 3.0  # pixels
_FARTHEST = 12.0  # pixels of the small face by which a box may be off
_NOISE = 0.3  # levels a pixel, squared: as steep as noise is
_RENEWED = 0.02  # share of a new picture in what the next is held against

_FARNEBACK = (0.5, 2, 9, 2, 5, 1.1, 0)
"""Of the flow (Farneback 2003): each size half the last, two sizes, 9 pixels looked at together,
two rounds, polynomials over 5 pixels weighed by 1.1: a small picture, so as coarse as can be."""

_LONGEST = 30 * MS_PER_SECOND  # one component for no more than that: light and pose change
_SHORTEST = 8  # pictures; less is no motion
_TORN = 300  # ms without a picture end a curve
_SLOW = 1.2  # s; what changes slower is no syllable
_MOST_CHANGING = 85  # percentile of the pixels' shares in the opening
_REST = 10  # percentile of the opening that counts as closed


@dataclass(frozen=True, slots=True, eq=False)
class MouthMotion:
    """How one mouth moves in one stretch.

    track: whose, a place in the list of tracks. times: when each picture starts, film ms, rising.
    opening: how far the mouth is open: 0 is closed, larger is wider; in levels of light (0..255)
    by which the mouth's region differs, so curves of one film can be compared. speed: how fast
    that changes, levels a second, no sign. strength: levels; the deviation of the opening at the
    pace of syllables. share: 0..1, how much of all that varies in the region the opening explains.
    lips: as for TalkingMouth; None where nobody asked for them.
    """

    track: int
    times: Times
    opening: Floats
    speed: Floats
    strength: float
    share: float
    lips: NDArray[np.float16] | None = None

    def within(self, start: int, end: int) -> slice:
        """The places of the pictures that start from `start` up to `end`, film ms."""
        low, high = np.searchsorted(self.times, (start, end))
        return slice(int(low), int(high))


class Plate:
    """One picture of the film, made ready to cut faces from: light and redness, in two sizes."""

    def __init__(self, time: int, pixels: Pixels) -> None:
        """time: film ms. pixels: BGR."""
        self.time = time
        self.height, self.width = pixels.shape[:2]
        colours = cv2.cvtColor(pixels, cv2.COLOR_BGR2YCrCb)
        self._sizes: list[NDArray[np.uint8]] = [np.ascontiguousarray(colours[:, :, :2])]

    def face(self, box: Rectangle, shift: tuple[float, float]) -> NDArray[np.uint8]:
        """The face in `box` (pixels) as `_TALL` x `_SIDE` x 2; shift: of the box, in its 64ths."""
        scale = float(box[2]) / _SIDE
        halved = 0
        while scale > 1.5 and halved < 3:  # noqa: PLR2004  # a bilinear cut would skip pixels
            scale /= 2
            halved += 1
        while len(self._sizes) <= halved:
            self._sizes.append(np.asarray(cv2.pyrDown(self._sizes[-1]), np.uint8))
        own = 2.0**halved
        down = float(box[3]) / _SIDE / own
        cut = np.array(
            [
                [scale, 0, (box[0] / own + shift[0] * scale)],
                [0, down, (box[1] / own + shift[1] * down)],
            ]
        )
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        small = cv2.warpAffine(
            self._sizes[halved], cut, (_SIDE, _TALL), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(small, np.uint8)


class MouthReader:
    """Reads the mouth of one face, picture by picture; memory for 30 s."""

    def __init__(self, track: int = 0, *, lips: bool = False) -> None:
        """track: what its curves say they belong to. lips: whether the flow is wanted, too."""
        self._track = track
        self._flow = _Flow() if lips else None
        self._held: _Held | None = None
        self._shift = (0.0, 0.0)
        self._times: list[int] = []
        self._patches: list[NDArray[np.uint8]] = []
        self._moved: list[NDArray[np.float16]] = []
        self._found: list[MouthMotion] = []

    def look(self, plate: Plate, box: Rectangle) -> None:
        """Take in the next picture. box: of the face, in its pixels, as face finders give it."""
        if self._times:
            torn = plate.time - self._times[-1] > _TORN
            if torn or plate.time - self._times[0] >= _LONGEST:
                self._end(forget=torn)
        face = self._steady(plate, box)
        mouth = face[_MOUTH]
        small = cv2.resize(
            mouth, (mouth.shape[1] // 2, mouth.shape[0] // 2), interpolation=cv2.INTER_AREA
        )
        self._times.append(plate.time)
        self._patches.append(np.asarray(small, np.uint8))
        if self._flow is not None:
            self._moved.append(self._flow.down(mouth[:, :, 0]))

    def finish(self) -> tuple[MouthMotion, ...]:
        """All curves, in order. Call once, after the last look."""
        self._end(forget=True)
        return tuple(self._found)

    def _steady(self, plate: Plate, box: Rectangle) -> NDArray[np.uint8]:
        """The face, moved so that its upper half lies where it lay."""
        face = plate.face(box, self._shift)
        if self._held is None:
            self._held = _Held(_upper(face))
            return face
        first = self._shift
        for _ in range(_STEPS):
            x, y = self._held.step(_upper(face))
            self._shift = (self._shift[0] + x, self._shift[1] + y)
            face = plate.face(box, self._shift)
            if max(abs(x), abs(y)) < _CLOSE:
                break
        if max(abs(self._shift[0]), abs(self._shift[1])) > _FARTHEST:
            self._shift = first
            face = plate.face(box, first)
        self._held.renew(_upper(face))
        return face

    def _end(self, forget: bool) -> None:
        if len(self._times) >= _SHORTEST:
            times = np.array(self._times, np.int64)
            lips = np.stack(self._moved) if self._moved else None
            self._found.append(_motion(self._track, times, np.stack(self._patches), lips))
        self._times, self._patches, self._moved = [], [], []
        if forget:
            self._held, self._shift = None, (0.0, 0.0)
            if self._flow is not None:
                self._flow = _Flow()


def _upper(face: NDArray[np.uint8]) -> Floats:
    upper = face[_UPPER][:, :, 0].astype(np.float32)
    return np.asarray(cv2.GaussianBlur(upper, (0, 0), _BLUR), np.float32)


class _Held:
    """The upper half of a face as it was, and how far another lies off (Lucas and Kanade)."""

    def __init__(self, upper: Floats) -> None:
        self._upper = upper
        self._down, self._across = _slopes(upper)

    def step(self, now: Floats) -> tuple[float, float]:
        """By how many pixels right and down the face lies off in `now`, about."""
        own_down, own_across = _slopes(now)
        down, across = (own_down + self._down) / 2, (own_across + self._across) / 2
        apart = self._upper - now
        # more or less light moves nothing; of so many values the middle one will do for a median
        apart = apart - np.partition(apart, apart.size // 2, axis=None)[apart.size // 2]
        counts = 1 / (1 + (apart / _ODD) ** 2)
        weighed_across, weighed_down = counts * across, counts * down
        xx, yy = float(np.vdot(weighed_across, across)), float(np.vdot(weighed_down, down))
        xy = float(np.vdot(weighed_across, down))
        x, y = float(np.vdot(weighed_across, apart)), float(np.vdot(weighed_down, apart))
        # a face without upright edges, say, must not be moved sideways by its noise
        xx, yy = xx + now.size * _NOISE, yy + now.size * _NOISE
        whole = xx * yy - xy * xy
        right, below = (yy * x - xy * y) / whole, (xx * y - xy * x) / whole
        size = max(1.0, max(abs(right), abs(below)) / _LONGEST_STEP)
        return right / size, below / size

    def renew(self, now: Floats) -> None:
        """Let the memory follow slow changes."""
        self._upper = (1 - _RENEWED) * self._upper + _RENEWED * now
        self._down, self._across = _slopes(self._upper)


def _slopes(upper: Floats) -> tuple[Floats, Floats]:
    """How much the light changes downwards and to the right, levels a pixel."""
    padded = cv2.copyMakeBorder(upper, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    down = (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2
    across = (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2
    return np.asarray(down, np.float32), np.asarray(across, np.float32)


class _Flow:
    """How far the parts of a mouth's picture move down from one to the next."""

    def __init__(self) -> None:
        self._before: NDArray[np.uint8] | None = None

    def down(self, light: NDArray[np.uint8]) -> NDArray[np.float16]:
        """LIP_GRID cells, in pixels of the small face; nothing for the first picture."""
        now = np.ascontiguousarray(light)
        before, self._before = self._before, now
        if before is None:
            return np.zeros(LIP_GRID, np.float16)
        flow = np.asarray(
            cv2.calcOpticalFlowFarneback(
                before, now, np.zeros((*now.shape, 2), np.float32), *_FARNEBACK
            )
        )
        height, width = LIP_GRID
        tall, wide = now.shape[0] // height, now.shape[1] // width
        cells = flow[: height * tall, : width * wide, 1].reshape(height, tall, width, wide)
        return np.asarray(cells.mean(axis=(1, 3)), np.float16)


def _motion(
    track: int,
    times: Times,
    patches: NDArray[np.uint8],
    lips: NDArray[np.float16] | None = None,
) -> MouthMotion:
    """The curve of n x height x width x 2 patches."""
    count = len(times)
    values = patches.reshape(count, -1).astype(np.float32)
    step = float(np.median(np.diff(times))) / MS_PER_SECOND
    slow = max(3, round(_SLOW / max(step, 1e-3)))
    quick = quickened(values, slow)
    spread, shape = _component(quick)
    opening = (values - values.mean(axis=0)) @ shape
    if _openness(opening, patches, shape, slow) < 0:
        opening = -opening
    levels = opening / np.sqrt(values.shape[1])
    levels = (levels - np.percentile(levels, _REST)).astype(np.float32)
    seconds = times.astype(np.float64) / MS_PER_SECOND
    total = float((quick**2).sum()) / count
    return MouthMotion(
        track=track,
        times=times,
        opening=levels,
        speed=np.abs(np.gradient(levels, seconds)).astype(np.float32),
        strength=float(np.sqrt(spread / values.shape[1])),
        share=float(spread / total) if total > 0 else 0.0,
        lips=lips,
    )


def _openness(opening: Floats, patches: NDArray[np.uint8], shape: Floats, slow: int) -> float:
    """Whether a rising `opening` is a mouth that opens (above 0) or closes, by three signs."""
    light = patches[:, :, :, 0].reshape(len(opening), -1).astype(np.float32)
    weights = np.abs(shape.reshape(-1, patches.shape[3])[:, 0])
    changing = light[:, weights > np.percentile(weights, _MOST_CHANGING)]
    own = opening - uniform_filter1d(opening, slow, mode="nearest")
    spread = float(own.std())
    if spread <= 0:
        return 0.0
    lopsided = float(((own - own.mean()) ** 3).mean()) / spread**3
    return (
        _correlation(own, quickened(light.std(axis=1)[:, None], slow)[:, 0])
        - _correlation(own, quickened(changing.mean(axis=1)[:, None], slow)[:, 0])
        + float(np.tanh(lopsided))
    )


def _correlation(one: Floats, two: Floats) -> float:
    """-1..1; 0 where either does not change."""
    first, second = one - one.mean(), two - two.mean()
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / lengths if lengths > 0 else 0.0


def quickened(values: Floats, slow: int) -> Floats:
    """`values` (n x anything) less their moving mean over `slow` rows."""
    means = uniform_filter1d(values, min(slow, len(values)), axis=0, mode="nearest")
    return np.asarray(values - means, np.float32)


def _component(quick: Floats) -> tuple[float, Floats]:
    """The variance along the first principal component, and its unit vector."""
    count, size = quick.shape
    if count < size:  # the smaller of both products has the same largest eigenvalue
        products = (quick @ quick.T).astype(np.float64)
        values, vectors = eigh(products, subset_by_index=(count - 1, count - 1))
        shape = quick.T @ vectors[:, 0].astype(np.float32)
        length = float(np.linalg.norm(shape))
        unit = shape / length if length > 0 else shape
    else:
        products = (quick.T @ quick).astype(np.float64)
        values, vectors = eigh(products, subset_by_index=(size - 1, size - 1))
        unit = vectors[:, 0].astype(np.float32)
    return max(0.0, float(values[0])) / count, unit


def boxes_between(
    before: Rectangle, after: Rectangle, start: int, end: int, times: Sequence[int]
) -> NDArray[np.float64]:
    """The boxes at `times`, on the straight line from `before` at `start` to `after` at `end`."""
    share = (np.array(times, np.float64) - start) / max(1, end - start)
    return before + np.clip(share, 0, 1)[:, None] * (after - before)
