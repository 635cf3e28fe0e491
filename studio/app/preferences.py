"""How a user has set up the window: kept in one INI file, read wherever it is needed.

What belongs to the work (gaps, paces, ducking) is in the table of settings and in the project.
"""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from studio import paths

RECENT_MOST = 10

THEMES = ("system", "light", "dark", "high contrast")
GAP_TONE_LEVELS = (-48, 0)  # dB, the softest and the loudest
CACHE_SIZES = (1, 1000)  # GB, the smallest and the largest
SURFACES = ("memory", "opengl")
TEXT_SIZES = (80, 100, 125, 150, 200)  # per cent of the system's


class Preferences:
    """The INI file. Values that make no sense (edited by hand) read as their defaults."""

    def __init__(self) -> None:
        self._file = QSettings(str(paths.window_file()), QSettings.Format.IniFormat)

    @property
    def theme(self) -> str:
        """One of THEMES."""
        found = str(self._file.value("theme", THEMES[0]))
        return found if found in THEMES else THEMES[0]

    @theme.setter
    def theme(self, name: str) -> None:
        """Remember it."""
        self._file.setValue("theme", name)

    @property
    def text_size(self) -> int:
        """One of TEXT_SIZES, in per cent."""
        try:
            found = int(str(self._file.value("text_size", 100)))
        except ValueError:
            return 100
        return found if found in TEXT_SIZES else 100

    @text_size.setter
    def text_size(self, per_cent: int) -> None:
        """Remember it."""
        self._file.setValue("text_size", per_cent)

    @property
    def preset(self) -> str:
        """The name of the key preset."""
        return str(self._file.value("preset", ""))

    @preset.setter
    def preset(self, name: str) -> None:
        """Remember it."""
        self._file.setValue("preset", name)

    @property
    def keys(self) -> dict[str, list[str]]:
        """What the user has bound differently from the preset: action id to its keys."""
        try:
            found = json.loads(str(self._file.value("keys", "{}")))
        except ValueError:
            return {}
        if not isinstance(found, dict):
            return {}
        return {
            str(name): [str(one) for one in keys]
            for name, keys in found.items()
            if isinstance(keys, list)
        }

    @keys.setter
    def keys(self, changed: dict[str, list[str]]) -> None:
        """Remember it."""
        self._file.setValue("keys", json.dumps(changed))

    @property
    def recent(self) -> list[Path]:
        """Projects opened lately, the last one first; those that are gone are left out."""
        try:
            found = json.loads(str(self._file.value("recent", "[]")))
        except ValueError:
            return []
        listed = found if isinstance(found, list) else []
        return [Path(one) for one in listed if isinstance(one, str) and Path(one).is_file()]

    def remember(self, path: Path) -> None:
        """Put a project at the head of the recent ones."""
        listed = [path, *(one for one in self.recent if one != path)][:RECENT_MOST]
        self._file.setValue("recent", json.dumps([str(one) for one in listed]))

    @property
    def spoken_edits(self) -> bool:
        """Whether results are announced to a screen reader."""
        return str(self._file.value("announce", "true")) == "true"

    @spoken_edits.setter
    def spoken_edits(self, wanted: bool) -> None:
        """Remember it."""
        self._file.setValue("announce", "true" if wanted else "false")

    @property
    def microphone(self) -> str:
        """What records, by name; "" for what the system prefers."""
        return str(self._file.value("microphone", ""))

    @microphone.setter
    def microphone(self, name: str) -> None:
        """Remember it."""
        self._file.setValue("microphone", name)

    @property
    def describer(self) -> str:
        """The engine that drafts, by name; "" where nobody has chosen one."""
        return str(self._file.value("describer", ""))

    @describer.setter
    def describer(self, name: str) -> None:
        """Remember it."""
        self._file.setValue("describer", name)

    @property
    def surface(self) -> str:
        """How the picture is drawn, one of SURFACES; from the next start on."""
        found = str(self._file.value("surface", SURFACES[0]))
        return found if found in SURFACES else SURFACES[0]

    @surface.setter
    def surface(self, name: str) -> None:
        """Remember it."""
        self._file.setValue("surface", name)

    @property
    def gap_tones(self) -> bool:
        """Whether tones sound in the preview where gaps begin and end."""
        return str(self._file.value("gap_tones", "false")) == "true"

    @gap_tones.setter
    def gap_tones(self, wanted: bool) -> None:
        """Remember it."""
        self._file.setValue("gap_tones", "true" if wanted else "false")

    @property
    def gap_tone_level(self) -> int:
        """How loud they are, in dB, of GAP_TONE_LEVELS."""
        return self._number("gap_tone_level", GAP_TONE_LEVELS, -18)

    @gap_tone_level.setter
    def gap_tone_level(self, level: int) -> None:
        """Remember it."""
        self._file.setValue("gap_tone_level", level)

    @property
    def cache_size(self) -> int:
        """How large the cache may become, in GB, of CACHE_SIZES."""
        return self._number("cache_size", CACHE_SIZES, 20)

    @cache_size.setter
    def cache_size(self, gigabytes: int) -> None:
        """Remember it."""
        self._file.setValue("cache_size", gigabytes)

    def _number(self, name: str, limits: tuple[int, int], usual: int) -> int:
        try:
            found = int(str(self._file.value(name, usual)))
        except ValueError:
            return usual
        return found if limits[0] <= found <= limits[1] else usual

    def layout(self, name: str) -> QByteArray | None:
        """The state of a splitter or window as it was left; None the first time."""
        found = self._file.value(f"layout/{name}")
        return found if isinstance(found, QByteArray) else None

    def keep_layout(self, name: str, state: QByteArray) -> None:
        """Remember the state of a splitter or window."""
        self._file.setValue(f"layout/{name}", state)

    def write(self) -> None:
        """Bring everything to the disk now."""
        paths.window_file().parent.mkdir(parents=True, exist_ok=True)
        self._file.sync()
