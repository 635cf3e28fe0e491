"""Where each lane of the timeline lies, from the height of its letters and of the widget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from studio.app.timeline.content import Lane

NAMES: Mapping[Lane, str] = {
    "ruler": "Time",
    "pictures": "Pictures",
    "scenes": "Scenes",
    "sound": "Sound",
    "dialogue": "Dialogue",
    "cues": "Descriptions",
    "beds": "Beds",
}
"""What stands beside each lane."""

DIVIDER = 1
"""Pixels between two lanes."""


@dataclass(frozen=True, slots=True)
class Row:
    """One lane: its first pixel row and its height, divider not included."""

    lane: Lane
    top: int
    height: int

    @property
    def bottom(self) -> int:
        """The first pixel row below it."""
        return self.top + self.height


@dataclass(frozen=True)
class Lanes:
    """All lanes from top to bottom. line: the height of a line of text. All in logical pixels."""

    rows: tuple[Row, ...]
    line: int

    @classmethod
    def of(cls, height: int, line: int, dialogue: bool, beds: bool) -> Lanes:
        """The lanes in a widget of `height`.

        They grow to their usual heights together; sound, and a little of cues, take what is left.
        """
        least, usual = (_heights(line, dialogue, beds, tall) for tall in (_LEAST, _USUAL))
        spare = max(0, height - sum(least.values()) - DIVIDER * len(least))
        wanted = sum(usual.values()) - sum(least.values())
        grown = {lane: (usual[lane] - least[lane]) * min(spare, wanted) // wanted for lane in least}
        beyond = spare - sum(grown.values())
        cues = max(0, spare - wanted) // 4
        share = {"sound": beyond - cues, "cues": cues}
        rows, top = [], 0
        for lane, lowest in least.items():
            tall = lowest + grown[lane] + share.get(lane, 0)
            rows.append(Row(lane, top, tall))
            top += tall + DIVIDER
        return cls(tuple(rows), line)

    @property
    def height(self) -> int:
        """The height of all lanes together."""
        return self.rows[-1].bottom + DIVIDER

    def row(self, lane: Lane) -> Row | None:
        """A lane, or None where it does not show."""
        return next((row for row in self.rows if row.lane == lane), None)

    def at(self, y: int) -> Lane | None:
        """The lane at pixel row `y`."""
        return next((row.lane for row in self.rows if row.top <= y < row.bottom + DIVIDER), None)


def least_height(line: int, dialogue: bool, beds: bool) -> int:
    """The height that all lanes need with text lines of `line` pixels."""
    least = _heights(line, dialogue, beds, _LEAST)
    return sum(least.values()) + DIVIDER * len(least)


_LEAST, _USUAL = 1.5, 3.0  # lines of text that pictures, sound and cues are high


def _heights(line: int, dialogue: bool, beds: bool, lines: float) -> dict[Lane, int]:
    heights: dict[Lane, int] = {
        "ruler": line + 9,
        "pictures": round(line * lines),
        "scenes": line + 2,
        "sound": round(line * lines),
    }
    if dialogue:
        heights["dialogue"] = line + 11
    heights["cues"] = round(line * lines) + 12
    if beds:
        heights["beds"] = line + 6
    return heights
