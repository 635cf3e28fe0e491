"""Where the faces of the film are at one time, and which of them a picture was taken from."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

from studio.script.model import FaceTrack, Project, Spot


def spot_at(track: FaceTrack, time: int) -> Spot:
    """Where a face is: on the straight line between its spots, at the first or last outside.

    time: film ms.
    """
    at = bisect_right(track.spots, time, key=lambda spot: spot.time)
    if at in (0, len(track.spots)):
        return replace(track.spots[0 if at == 0 else -1], time=time)
    a, b = track.spots[at - 1], track.spots[at]

    def between(one: int, other: int) -> int:
        return round(one + (other - one) * (time - a.time) / (b.time - a.time))

    return Spot(
        time,
        between(a.left, b.left),
        between(a.top, b.top),
        between(a.width, b.width),
        between(a.height, b.height),
    )


def faces_at(project: Project, time: int) -> tuple[FaceTrack, ...]:
    """The faces that are seen at film ms `time`, from left to right."""
    seen = (face for face in project.faces if face.spots and face.start <= time < face.end)
    return tuple(sorted(seen, key=lambda face: spot_at(face, time).left))


def shows(track: FaceTrack, picture: Spot) -> bool:
    """Whether a picture is of this face: its middle lies on the face as it is at that time."""
    if not track.spots or not track.start <= picture.time < track.end:
        return False
    face = spot_at(track, picture.time)
    x, y = picture.left + picture.width / 2, picture.top + picture.height / 2
    beside, below = x - face.left, y - face.top
    return 0 <= beside <= face.width and 0 <= below <= face.height
