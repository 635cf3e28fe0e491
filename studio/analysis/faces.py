"""Faces: found on sampled pictures, followed through each shot, and their mouths read on the way.

One decode serves all. After each cut, every few seconds, and soon after the picture has changed,
the face finders look at a whole picture; every half second they look around the faces that are
known. Faces that lie where faces lay carry a track on. Where the finders miss a face (a turned
head, a blink) its own picture is looked for nearby. The pictures between two looks wait in a
buffer, so the mouths of faces found at both ends can be read at the film's full rate, where
somebody talks.
Memory does not grow with the film but for the results, about 2 MB an hour of talk and face.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from studio import engines
from studio.analysis.looks import look_of, sharpness
from studio.analysis.mouths import (
    Floats,
    MouthMotion,
    MouthReader,
    Plate,
    Rectangle,
    Times,
    boxes_between,
)
from studio.engines import FINDERS, FaceFinder
from studio.media.frames import Pixels, SmallPicture, pictures
from studio.media.probe import FilmInfo
from studio.progress import Progress
from studio.times import Span, joined

_DOUBTFUL, _JUDGE = "watchful", "cascade"
"""What the first finds must be seen by the second once in a track, near by, to be believed."""

AROUND = 1500
"""ms before and after talk in which mouths are read too, for sound that is early or late."""

_WIDTH = 640  # pixels of the pictures; a face of 1/12 of the height still has 30
_EVERY = 500  # ms between two looks
_WHOLE = 4000  # ms between two looks at the whole picture, at most
_WHOLE_CHANGED = 1000  # ms, where the picture has changed
_THUMB = (64, 36)  # width, height in which changes are looked for
_DIFFERS = 14.0  # levels of light
_CHANGED = 0.008  # of the thumb: about the smallest face and its shoulders
_NEAR = 0.8  # faces' widths that a face may move between two looks
_GREW = 1.6  # times as large at most
_LOST = 2400  # ms a face is followed by its own picture alone
_LIKE = 0.7  # correlation with its own picture that is the same face
_VERY_LIKE = 0.9  # and that needs no finder at every other look
_AREA = 2  # times its size: where a known face is looked for
_LOCAL = 72  # pixels to which a larger face is brought where it is known
_LEAST_AREA = 64  # pixels: finders look at nothing much smaller
_JUDGED = 6  # sightings that are judged one by one; later ones only with the whole picture
_CLOSELY = 120  # pixels: the width to which a doubtful face is brought to be judged
_TEMPLATE = 32  # pixels
_SAME = 0.35  # shared by two finders' boxes of one face, of what both cover
_SEEN_OFTEN = 3  # looks that found a face make it one
_SHOWN_FOR = 700  # ms; a face shown shorter is nobody's
_SMOOTHED = 3  # looks over whose boxes the middle one is taken


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One face in one shot.

    shot: a place among the stretches between cuts. times: of the looks, film ms, rising, at least
    one. boxes: for each its left, top, width, height in fractions of the picture; in between the
    face is on the straight line. look: what it looks like, a vector of length 1. best: the place
    of the look that shows it best. seen: looks in which a finder saw it; the rest was followed.
    """

    shot: int
    times: Times
    boxes: Floats
    look: Floats
    best: int
    seen: int

    @property
    def span(self) -> Span:
        """From the first to the last look, ms."""
        return Span(int(self.times[0]), int(self.times[-1]) + 1)

    def boxes_at(self, times: NDArray[np.int64]) -> Floats:
        """The box at each of the times, n x 4; before and after it the nearest."""
        columns = [np.interp(times, self.times, self.boxes[:, n]) for n in range(4)]
        return np.stack(columns, axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """What watching a film found. tracks: by their start. motions: by track, then by time."""

    tracks: tuple[Track, ...]
    motions: tuple[MouthMotion, ...]

    def motions_of(self, track: int) -> tuple[MouthMotion, ...]:
        """How the mouth of one track moves, in order of time."""
        return tuple(one for one in self.motions if one.track == track)


def watch(
    info: FilmInfo,
    cuts: Sequence[int],
    talk: Sequence[Span],
    progress: Progress,
    finders: Sequence[str] = FINDERS,
    *,
    lips: bool = False,
) -> Watched:
    """Follow the faces of a film, and their mouths where somebody talks.

    cuts: film ms at which shots begin, rising. talk: stretches of speech, film ms. lips: read the
    flow of lips, too; 13 MB more an hour of talk and face. Decodes the picture once. Blocks;
    constant memory but for the results. Raises MediaError, EngineError, and Cancelled within a
    second.
    """
    watcher = _Watcher(
        [(name, engines.open("face-finder", name)) for name in finders],
        tuple(cut for cut in cuts if cut > 0),
        joined((Span(max(0, t.start - AROUND), t.end + AROUND) for t in talk), 0),
        progress,
        lips,
    )
    for picture in pictures(info, _WIDTH, progress):
        watcher.show(picture)
    return watcher.finish()


class _Watcher:
    """Is shown a film picture by picture."""

    def __init__(
        self,
        finders: Sequence[tuple[str, FaceFinder]],
        cuts: tuple[int, ...],
        talk: tuple[Span, ...],
        progress: Progress,
        lips: bool,
    ) -> None:
        self._lips = lips
        self._finders, self._cuts, self._talk, self._progress = finders, cuts, talk, progress
        self._judge = engines.open("face-finder", _JUDGE)
        self._starts = [span.start for span in talk]
        self._shot = 0
        self._due = 0
        self._whole: _Seen | None = None  # the last picture of the shot that was looked at whole
        self._waiting: list[SmallPicture] = []  # since the last look, in talk
        self._live: list[_Live] = []
        self._done: list[tuple[Track, tuple[MouthMotion, ...]]] = []

    def show(self, picture: SmallPicture) -> None:
        """Take in the next picture."""
        shot = bisect_right(self._cuts, picture.time)
        if shot != self._shot:
            self._end_shot()
            self._shot, self._due, self._whole = shot, picture.time, None
        if self._in_talk(picture.time):
            self._waiting.append(picture)
        if picture.time >= self._due:
            self._look(picture)
            self._due = picture.time + _EVERY

    def finish(self) -> Watched:
        """All that was found; call after the last picture."""
        self._end_shot()
        self._done.sort(key=lambda one: (int(one[0].times[0]), float(one[0].boxes[0, 0])))
        motions = [replace(m, track=n) for n, (_, found) in enumerate(self._done) for m in found]
        return Watched(tuple(track for track, _ in self._done), tuple(motions))

    def _in_talk(self, time: int) -> bool:
        place = bisect_right(self._starts, time) - 1
        return place >= 0 and time < self._talk[place].end

    def _look(self, picture: SmallPicture) -> None:
        now = _Seen(picture.time, _thumb(picture.pixels))
        whole = self._is_whole_due(now, picture.pixels)
        if whole:
            self._whole = now
            sightings = self._found(picture.pixels)
        grey = np.asarray(cv2.cvtColor(picture.pixels, cv2.COLOR_BGR2GRAY), np.uint8)
        if not whole:
            unsure = [one for one in self._live if not one.goes_on(picture, grey)]
            sightings = self._found_again(picture.pixels, unsure)
        open_ones = [one for one in self._live if one.times[-1] < picture.time]
        pairs = _paired(open_ones, [one.box for one in sightings])
        for place, live in enumerate(open_ones):
            if place in pairs:
                self._sight(live, picture, grey, sightings[pairs[place]], whole)
            else:
                live.follow(picture, grey, _LIKE)
        self._settle([live for live in self._live if live.lost(picture.time)])
        taken = set(pairs.values())
        for place, sighting in enumerate(sightings):
            known = any(_shared(sighting.box, one.box) > _SAME for one in self._live)
            if place not in taken and not known:
                size = (picture.pixels.shape[1], picture.pixels.shape[0])
                live = _Live(self._shot, size, MouthReader(lips=self._lips))
                self._sight(live, picture, grey, sighting, whole)
                self._live.append(live)
        self._read_mouths(but=1)  # the last begins the next stretch

    def _is_whole_due(self, now: _Seen, pixels: Pixels) -> bool:
        """Whether faces may have come that are not known: after some time, or some change."""
        if self._whole is None:
            return True
        since = now.time - self._whole.time
        if since < _WHOLE_CHANGED:
            return False
        return since >= _WHOLE or _has_changed(
            self._whole.thumb, now.thumb, [one.box for one in self._live], pixels
        )

    def _sight(
        self,
        live: _Live,
        picture: SmallPicture,
        grey: NDArray[np.uint8],
        sighting: _Sighting,
        whole: bool,
    ) -> None:
        live.seen_at(picture, grey, sighting)
        if not live.believed and (whole or live.seen <= _JUDGED):
            live.believed = not sighting.doubtful or self._judged(picture.pixels, sighting.box)

    def _judged(self, pixels: Pixels, box: Rectangle) -> bool:
        """Whether the strict finder sees a face there too, looking closely."""
        near = pixels[_inside(_grown(box, _AREA), pixels)]
        larger = max(1.0, _CLOSELY / float(box[2]))
        size = (round(near.shape[1] * larger), round(near.shape[0] * larger))
        close = np.asarray(cv2.resize(near, size, interpolation=cv2.INTER_CUBIC), np.uint8)
        return len(self._judge.find(close[:, :, ::-1])) > 0

    def _found(self, pixels: Pixels) -> list[_Sighting]:
        """The faces all finders see in the whole picture, each once."""
        height, width = pixels.shape[:2]
        whole = (slice(0, height), slice(0, width))
        seen: list[_Sighting] = []
        for name, finder in self._finders:
            self._progress.check()
            seen += _sightings(name, finder, pixels, whole, 1.0)
        return _each_once(seen)

    def _found_again(self, pixels: Pixels, known: Sequence[_Live]) -> list[_Sighting]:
        """What is seen where faces are known, each by the finder that saw it last."""
        finders = dict(self._finders)
        seen: list[_Sighting] = []
        for live in known:
            self._progress.check()
            times = max(_AREA, _LEAST_AREA / float(min(live.box[2:])))
            area = _inside(_grown(live.box, times), pixels)
            scale = min(1.0, _LOCAL / float(live.box[2]))
            seen += _sightings(live.finder, finders[live.finder], pixels, area, scale)
        return _each_once(seen)

    def _read_mouths(self, but: int = 0) -> None:
        """Read the pictures that waited, `but` for the last ones."""
        until = len(self._waiting) - but
        if self._live:
            for picture in self._waiting[: max(0, until)]:
                plate = Plate(picture.time, picture.pixels)
                for live in self._live:
                    live.read(plate)
        self._waiting = self._waiting[max(0, until) :]

    def _end_shot(self) -> None:
        self._read_mouths()
        self._settle(list(self._live))

    def _settle(self, ended: Sequence[_Live]) -> None:
        for live in ended:
            self._live.remove(live)
            found = live.finish()
            if found is not None:
                self._done.append(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Sighting:
    """Where a finder sees a face, in pixels of the small picture. doubtful: must be judged."""

    box: Rectangle
    finder: str
    doubtful: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A picture as it is remembered: when (film ms), and its light, very small."""

    time: int
    thumb: NDArray[np.float32]


@dataclass(eq=False)
class _Live:
    """A face that is being followed. size: width, height of the small picture.

    box, boxes: in its pixels. finder: the one that saw it last. last_seen: ms.
    sure_until: ms; when it was last seen, or very like what was seen at the look before.
    """

    shot: int
    size: tuple[int, int]
    reader: MouthReader
    box: Rectangle = field(default_factory=lambda: np.zeros(4))
    finder: str = ""
    believed: bool = False
    seen: int = 0
    last_seen: int = 0
    sure_until: int = 0
    times: list[int] = field(default_factory=list)
    boxes: list[Rectangle] = field(default_factory=list)
    looks: list[Floats] = field(default_factory=list)
    sharp: list[float] = field(default_factory=list)
    template: NDArray[np.uint8] | None = None

    def seen_at(self, picture: SmallPicture, grey: NDArray[np.uint8], sighting: _Sighting) -> None:
        """A finder sees the face.

        One that draws its boxes otherwise than the finder of before does not move the face: a
        mouth is read where it lies in the box.
        """
        self.seen += 1
        self.last_seen = self.sure_until = picture.time
        other = self.finder not in ("", sighting.finder)
        if other and self.follow(picture, grey, _LIKE):
            return
        self.finder, box = sighting.finder, sighting.box
        self.looks.append(look_of(picture.pixels, box))
        self.sharp.append(sharpness(grey, box))
        self.template = _cut(grey, box)
        self._at(picture.time, box)

    def goes_on(self, picture: SmallPicture, grey: NDArray[np.uint8]) -> bool:
        """Follow the face where no finder is needed: after a look of one, and where it is alike."""
        if self.seen < _SEEN_OFTEN or self.last_seen < self.times[-1]:
            return False
        goes_on = self.follow(picture, grey, _VERY_LIKE)
        if goes_on:
            self.sure_until = picture.time
        return goes_on

    def follow(self, picture: SmallPicture, grey: NDArray[np.uint8], like: float) -> bool:
        """Look for the face's own picture nearby; whether it is there. like: least correlation."""
        place = None if self.template is None else _place_of(self.template, grey, self.box, like)
        if place is None:
            return False
        self.sharp.append(0.0)
        self._at(picture.time, place)
        return True

    def _at(self, time: int, box: Rectangle) -> None:
        self.box = box
        self.times.append(time)
        self.boxes.append(box)

    def lost(self, time: int) -> bool:
        """Whether nothing is known of the face any more at `time`."""
        return self.times[-1] < time or time - self.last_seen > _LOST

    def read(self, plate: Plate) -> None:
        """Read the mouth in a picture up to the last look, or after it in the same shot."""
        if plate.time < self.times[0]:
            return
        place = max(0, min(bisect_right(self.times, plate.time) - 1, len(self.times) - 2))
        then = min(place + 1, len(self.times) - 1)
        box = boxes_between(
            self._steady(place),
            self._steady(then),
            self.times[place],
            self.times[then],
            [plate.time],
        )[0]
        self.reader.look(plate, box)

    def _steady(self, place: int) -> Rectangle:
        """The box of a look, less the finder's trembling."""
        near = self.boxes[max(0, place - _SMOOTHED // 2) : place + _SMOOTHED // 2 + 1]
        return np.asarray(np.median(near, axis=0), np.float64)

    def finish(self) -> tuple[Track, tuple[MouthMotion, ...]] | None:
        """The track and its mouth; None where it was too little to be a face."""
        motions = self.reader.finish()
        # what was only followed at the end is a guess
        until = bisect_right(self.times, self.sure_until)
        if (
            not self.believed
            or self.seen < min(_SEEN_OFTEN, max(2, until))
            or self.sure_until - self.times[0] < _SHOWN_FOR
        ):
            return None
        width, height = self.size
        whole = np.array([width, height, width, height], np.float64)
        boxes = np.stack([self._steady(n) for n in range(until)]) / whole
        look = np.mean(self.looks, axis=0)
        track = Track(
            shot=self.shot,
            times=np.array(self.times[:until], np.int64),
            boxes=boxes.astype(np.float32),
            look=(look / max(1e-9, float(np.linalg.norm(look)))).astype(np.float32),
            best=int(np.argmax(self.sharp[:until])),
            seen=self.seen,
        )
        return track, motions


def _sightings(
    name: str, finder: FaceFinder, pixels: Pixels, area: tuple[slice, slice], scale: float
) -> list[_Sighting]:
    """What a finder sees in a part of a BGR picture that is brought to `scale`."""
    part = pixels[area]
    if scale < 1:
        size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    ordered = np.asarray(cv2.cvtColor(part, cv2.COLOR_BGR2RGB), np.uint8)
    rows, columns = area
    high, wide = rows.stop - rows.start, columns.stop - columns.start
    return [
        _Sighting(
            np.array(
                [
                    columns.start + box.left * wide,
                    rows.start + box.top * high,
                    box.width * wide,
                    box.height * high,
                ]
            ),
            name,
            name == _DOUBTFUL,
        )
        for box in finder.find(ordered)
    ]


def _each_once(sightings: Sequence[_Sighting]) -> list[_Sighting]:
    """Sightings of one face as one, with the box of the first finder: each draws it otherwise."""
    found: list[_Sighting] = []
    for one in sightings:
        same = next((n for n, it in enumerate(found) if _shared(one.box, it.box) > _SAME), None)
        if same is None:
            found.append(one)
        elif not one.doubtful:
            found[same] = replace(found[same], doubtful=False)
    return found


def _thumb(pixels: Pixels) -> NDArray[np.float32]:
    small = cv2.resize(pixels, _THUMB, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.float32)


def _has_changed(
    before: NDArray[np.float32],
    now: NDArray[np.float32],
    known: Sequence[Rectangle],
    pixels: Pixels,
) -> bool:
    """Whether the picture differs, but for where faces are known and for its light as a whole."""
    apart = now - before
    apart -= np.median(apart)
    height, width = pixels.shape[:2]
    share = np.array([_THUMB[0] / width, _THUMB[1] / height] * 2)
    for box in known:
        left, top, wide, high = box * share
        body = np.array([left - wide, top - high / 2, 3 * wide, 4 * high])
        apart[_inside(body, now)] = 0
    return bool((np.abs(apart) > _DIFFERS).mean() > _CHANGED)


def _paired(live: Sequence[_Live], boxes: Sequence[Rectangle]) -> dict[int, int]:
    """Which face of before is which of now: places in `live` to places in `boxes`."""
    if not live or not boxes:
        return {}
    costs = np.array([[_apart(one.box, box) for box in boxes] for one in live])
    rows, columns = linear_sum_assignment(costs)
    return {
        int(row): int(column)
        for row, column in zip(rows, columns, strict=True)
        if costs[row, column] <= _NEAR
    }


_NEVER = 1e3


def _apart(one: Rectangle, two: Rectangle) -> float:
    """Between the middles of two boxes, in widths of the first; large where the sizes differ."""
    grew = max(one[2] / two[2], two[2] / one[2])
    if grew > _GREW:
        return _NEVER
    across = one[0] + one[2] / 2 - two[0] - two[2] / 2
    down = one[1] + one[3] / 2 - two[1] - two[3] / 2
    return float(np.hypot(across, down) / one[2])


def _shared(one: Rectangle, two: Rectangle) -> float:
    wide = min(one[0] + one[2], two[0] + two[2]) - max(one[0], two[0])
    high = min(one[1] + one[3], two[1] + two[3]) - max(one[1], two[1])
    both = max(0.0, float(wide)) * max(0.0, float(high))
    return float(both / (one[2] * one[3] + two[2] * two[3] - both))


def _grown(box: Rectangle, times: float) -> Rectangle:
    """The box `times` as large round its middle."""
    more = (times - 1) / 2
    left, top, wide, high = map(float, box)
    return np.array([left - wide * more, top - high * more, wide * times, high * times])


def _inside(box: Rectangle, grey: NDArray[np.generic]) -> tuple[slice, slice]:
    height, width = grey.shape[:2]
    left, top = max(0, round(float(box[0]))), max(0, round(float(box[1])))
    right = min(width, max(left + 1, round(float(box[0] + box[2]))))
    bottom = min(height, max(top + 1, round(float(box[1] + box[3]))))
    return slice(min(top, height - 1), bottom), slice(min(left, width - 1), right)


def _cut(grey: NDArray[np.uint8], box: Rectangle) -> NDArray[np.uint8]:
    part = grey[_inside(box, grey)]
    small = cv2.resize(part, (_TEMPLATE, _TEMPLATE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _place_of(
    template: NDArray[np.uint8], grey: NDArray[np.uint8], box: Rectangle, like: float
) -> Rectangle | None:
    """Where a face's own picture lies near where it lay; None where it is less like than `like`."""
    rows, columns = _inside(_grown(box, _AREA), grey)
    area = grey[rows, columns]
    across, down = _TEMPLATE / float(box[2]), _TEMPLATE / float(box[3])
    size = (max(1, round(area.shape[1] * across)), max(1, round(area.shape[0] * down)))
    if min(size) < _TEMPLATE:
        return None
    small = cv2.resize(area, size, interpolation=cv2.INTER_AREA)
    _, best, _, at = cv2.minMaxLoc(cv2.matchTemplate(small, template, cv2.TM_CCOEFF_NORMED))
    if best < like:
        return None
    left, top = columns.start + at[0] / across, rows.start + at[1] / down
    return np.array([left, top, box[2], box[3]], np.float64)


def shots(tracks: Sequence[Track]) -> Iterator[tuple[int, list[int]]]:
    """For each shot that shows faces, in order, its tracks."""
    by_shot: dict[int, list[int]] = {}
    for number, track in enumerate(tracks):
        by_shot.setdefault(track.shot, []).append(number)
    yield from sorted(by_shot.items())
