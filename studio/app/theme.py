"""The colours and letters of the window: light, dark and high contrast.

Every pair of colours that is read or told apart is listed in `Theme.pairs` with the contrast it
must have by WCAG 2.2 AA (4.5 for text, 3 for shapes; 7 and 4.5 in high contrast), and a test
computes them all. Colour never says anything alone: states also have shapes (timeline/marks.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QToolTip

from studio.app.states import CueState

ThemeName = Literal["light", "dark", "high contrast"]


@dataclass(frozen=True, slots=True)
class CueLook:
    """How a cue of one state is filled, what is written on it, and its outline; "#rrggbb".

    style: "solid", "striped" or "hollow"; hollow ones have a dashed or dotted `line`.
    """

    fill: str
    ink: str
    edge: str
    style: Literal["solid", "striped", "hollow"] = "solid"
    line: Literal["solid", "dashed", "dotted"] = "solid"

    @property
    def bar(self) -> str:
        """The one colour of a cue too narrow for fill and outline."""
        return self.edge if self.style == "hollow" else self.fill


@dataclass(frozen=True)
class Theme:
    """Named colours, "#rrggbb".

    window, field, button: grounds. text, muted: written on them. edge: outlines of controls.
    accent: chosen things, `on_accent` written there. focus: the frame of what has the keyboard.
    bad, warn, good: text about how things stand.
    lane, ruler: grounds of the timeline. line: between lanes. speech, gap, silent_gap: bands on a
    lane, told apart by the lines `speech_edge` and `gap_edge`. wave: the film's sound on any of
    them. cut: scene borders. hold_ground, hold: inserted time and the hatching on it.
    playhead, snap, chosen: lines over everything else; chosen is the outline of chosen cues.
    stretch: dialogue and beds, `on_stretch` written there.
    """

    name: ThemeName
    window: str
    field: str
    button: str
    text: str
    muted: str
    edge: str
    accent: str
    on_accent: str
    focus: str
    bad: str
    warn: str
    good: str
    lane: str
    ruler: str
    line: str
    speech: str
    speech_edge: str
    gap: str
    gap_edge: str
    silent_gap: str
    wave: str
    cut: str
    hold_ground: str
    hold: str
    playhead: str
    snap: str
    chosen: str
    stretch: str
    on_stretch: str
    cues: Mapping[CueState, CueLook]

    def pairs(self) -> Iterator[tuple[str, str, str, float]]:
        """What is seen on what: a name for the pair, both colours, the least contrast."""
        high = self.name == "high contrast"
        text, shape = (7.0, 4.5) if high else (4.5, 3.0)
        for ground in ("window", "field", "button"):
            for ink in ("text", "muted", "bad", "warn", "good"):
                yield f"{ink} on {ground}", getattr(self, ink), getattr(self, ground), text
            for mark in ("edge", "focus"):
                yield f"{mark} on {ground}", getattr(self, mark), getattr(self, ground), shape
        yield "text on accent", self.on_accent, self.accent, text
        yield "text on stretch", self.on_stretch, self.stretch, text
        for ink in ("text", "muted"):
            yield f"{ink} on ruler", getattr(self, ink), self.ruler, text
            yield f"{ink} on lane", getattr(self, ink), self.lane, text
        yield "text on hold", self.text, self.hold_ground, text
        for mark in ("stretch", "speech_edge", "gap_edge", "cut"):
            yield f"{mark} on lane", getattr(self, mark), self.lane, shape
        yield "hold on its ground", self.hold, self.hold_ground, shape
        for ground in ("lane", "ruler", "speech", "gap", "silent_gap", "hold_ground"):
            for mark in ("playhead", "snap", "chosen"):
                yield f"{mark} on {ground}", getattr(self, mark), getattr(self, ground), shape
        for ground in ("lane", "speech", "gap", "silent_gap"):
            yield f"wave on {ground}", self.wave, getattr(self, ground), shape
        for state, look in self.cues.items():
            yield f"text on {state.name}", look.ink, look.fill, text
            yield f"edge of {state.name} on lane", look.edge, self.lane, shape
            yield f"bar of {state.name} on lane", look.bar, self.lane, shape


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours "#rrggbb" by WCAG 2.2: from 1, alike, to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


_SRGB_LINEAR = 0.04045  # below it the sRGB curve is a line


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        channel / 12.92 if channel <= _SRGB_LINEAR else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# --- the three themes -----------------------------------------------------------------------------


def _looks(lane: str, ink: str, edges: Mapping[CueState, str]) -> dict[CueState, CueLook]:
    """Filled states share their fills in both everyday themes; hollow ones show the lane."""
    return {
        CueState.UNWRITTEN: CueLook(lane, ink, edges[CueState.UNWRITTEN], "hollow", "dotted"),
        CueState.UNSPOKEN: CueLook(lane, ink, edges[CueState.UNSPOKEN], "hollow", "solid"),
        CueState.SILENT: CueLook(lane, ink, edges[CueState.SILENT], "hollow", "dashed"),
        CueState.FITS: CueLook("#1f7a4d", "#ffffff", edges[CueState.FITS]),
        CueState.FASTER: CueLook("#2166c4", "#ffffff", edges[CueState.FASTER]),
        CueState.EXTENDED: CueLook("#7c4dcc", "#ffffff", edges[CueState.EXTENDED]),
        CueState.TOO_LONG: CueLook("#bd3636", "#ffffff", edges[CueState.TOO_LONG], "striped"),
    }


LIGHT = Theme(
    name="light",
    window="#f2f3f5",
    field="#ffffff",
    button="#e6e8ec",
    text="#1b1f24",
    muted="#505966",
    edge="#767f8c",
    accent="#0b5cad",
    on_accent="#ffffff",
    focus="#0b5cad",
    bad="#a81e1e",
    warn="#7a4b00",
    good="#17633d",
    lane="#fafbfc",
    ruler="#e9ebef",
    line="#d5d9df",
    speech="#eadff7",
    speech_edge="#8257bd",
    gap="#e0f2e6",
    gap_edge="#2b7d55",
    silent_gap="#e6e8ec",
    wave="#35606f",
    cut="#6d5a1e",
    hold_ground="#e3dcef",
    hold="#7350a8",
    playhead="#c4191f",
    snap="#8a5a00",
    chosen="#10151c",
    stretch="#46536a",
    on_stretch="#ffffff",
    cues=_looks(
        "#fafbfc",
        "#1b1f24",
        {
            CueState.UNWRITTEN: "#5d6673",
            CueState.UNSPOKEN: "#5d6673",
            CueState.SILENT: "#5d6673",
            CueState.FITS: "#145233",
            CueState.FASTER: "#164788",
            CueState.EXTENDED: "#543191",
            CueState.TOO_LONG: "#7d1f1f",
        },
    ),
)

DARK = Theme(
    name="dark",
    window="#1e2126",
    field="#16181c",
    button="#2b2f36",
    text="#e9ebee",
    muted="#b4bac4",
    edge="#858d9a",
    accent="#8ec2ff",
    on_accent="#0b1a2b",
    focus="#8ec2ff",
    bad="#ff9a92",
    warn="#f2c063",
    good="#7fd6a4",
    lane="#16181c",
    ruler="#23262c",
    line="#33373f",
    speech="#33274a",
    speech_edge="#a884e0",
    gap="#14301f",
    gap_edge="#55b583",
    silent_gap="#2a2d33",
    wave="#7cc4d6",
    cut="#c9b36a",
    hold_ground="#2d2440",
    hold="#a58bd6",
    playhead="#ff6b6b",
    snap="#ffc14d",
    chosen="#ffffff",
    stretch="#5a6a86",
    on_stretch="#ffffff",
    cues=_looks(
        "#16181c",
        "#e9ebee",
        {
            CueState.UNWRITTEN: "#959daa",
            CueState.UNSPOKEN: "#959daa",
            CueState.SILENT: "#959daa",
            CueState.FITS: "#5cc492",
            CueState.FASTER: "#7db2ff",
            CueState.EXTENDED: "#bb9bf2",
            CueState.TOO_LONG: "#ff8d85",
        },
    ),
)

HIGH_CONTRAST = Theme(
    name="high contrast",
    window="#000000",
    field="#000000",
    button="#000000",
    text="#ffffff",
    muted="#ffffff",
    edge="#ffffff",
    accent="#ffee00",
    on_accent="#000000",
    focus="#ffee00",
    bad="#ff9d9d",
    warn="#ffee00",
    good="#7dff9e",
    lane="#000000",
    ruler="#000000",
    line="#8f8f8f",
    speech="#2a1540",
    speech_edge="#d9b3ff",
    gap="#00260f",
    gap_edge="#7dff9e",
    silent_gap="#1c1c1c",
    wave="#9be8ff",
    cut="#ffee00",
    hold_ground="#1d0f2e",
    hold="#d9b3ff",
    playhead="#ff8080",
    snap="#ffb000",
    chosen="#ffffff",
    stretch="#ffffff",
    on_stretch="#000000",
    cues={
        CueState.UNWRITTEN: CueLook("#000000", "#ffffff", "#ffffff", "hollow", "dotted"),
        CueState.UNSPOKEN: CueLook("#000000", "#ffffff", "#ffffff", "hollow", "solid"),
        CueState.SILENT: CueLook("#000000", "#ffffff", "#ffffff", "hollow", "dashed"),
        CueState.FITS: CueLook("#7dff9e", "#000000", "#7dff9e"),
        CueState.FASTER: CueLook("#9be8ff", "#000000", "#9be8ff"),
        CueState.EXTENDED: CueLook("#d9b3ff", "#000000", "#d9b3ff"),
        CueState.TOO_LONG: CueLook("#ff9d9d", "#000000", "#ff9d9d", "striped"),
    },
)

THEMES: Mapping[str, Theme] = {theme.name: theme for theme in (LIGHT, DARK, HIGH_CONTRAST)}


# --- Qt's side ------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def colour(name: str) -> QColor:
    """A "#rrggbb" as a QColor; shared, so never change one."""
    return QColor(name)


def system_theme() -> Theme:
    """What the desktop asks for; light where it says nothing. Needs a QGuiApplication."""
    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return DARK if dark else LIGHT


def palette(theme: Theme) -> QPalette:
    """The theme for all of Qt's own controls."""
    made = QPalette()
    role = QPalette.ColorRole
    for which, name in {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.field,
        role.AlternateBase: theme.window,
        role.Text: theme.text,
        role.PlaceholderText: theme.muted,
        role.Button: theme.button,
        role.ButtonText: theme.text,
        role.BrightText: theme.bad,
        role.ToolTipBase: theme.button,
        role.ToolTipText: theme.text,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Accent: theme.accent,
        role.Link: theme.focus,
        role.LinkVisited: theme.focus,
        role.Light: theme.button,
        role.Midlight: theme.line,
        role.Mid: theme.edge,
        role.Dark: theme.edge,
        role.Shadow: theme.edge,
    }.items():
        made.setColor(which, colour(name))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, colour(theme.edge))
    return made


SCALES = (0.5, 4.0)


def apply(application: QApplication, theme: Theme, scale: float = 1.0) -> None:
    """Give the whole window a theme, and letters `scale` times the desktop's size (0.5..4).

    Fusion is the one style that takes all of its colours from the palette on every desktop.
    """
    if application.style().name() != _STYLE:
        application.setStyle(_STYLE)
    application.setPalette(palette(theme))
    font = application.font()
    desktop = application.property(_DESKTOP_POINTS)
    if desktop is None:  # remembered, so that scales do not multiply
        desktop = font.pointSizeF()
        application.setProperty(_DESKTOP_POINTS, desktop)
    low, high = SCALES
    font.setPointSizeF(float(desktop) * min(max(scale, low), high))
    application.setFont(font)
    QToolTip.setPalette(palette(theme))  # tips do not ask the application
    QToolTip.setFont(font)


_STYLE = "fusion"
_DESKTOP_POINTS = "studioDesktopPointSize"
