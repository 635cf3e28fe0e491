"""Shows a numbered film by OpenGL and prints what is on the screen; see test_glscreen.py.

xvfb-run -a python -m tests.app.gl_screen FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QStackedWidget, QWidget

from studio.app.player import Player, screen_for
from studio.app.player.glscreen import GlScreen, opengl_works
from tests.app.player_rig import (
    Said,
    application,
    number_in,
    numbered_film,
    settle,
    sounding_of,
    until,
)

SAID: tuple[Said, ...] = ((1000, 1000, 1000, "extended"),)


def main(folder: Path) -> None:
    """Open the film before there is anything to draw on, look at it, and go."""
    application()
    if not opengl_works():
        print(json.dumps({"missing": "this screen has no OpenGL"}))
        return
    info = numbered_film(folder / "film.mov", frames=100)
    sounding = sounding_of(info, SAID)
    player = Player(sound="null", opengl=True)
    said: list[str] = []
    player.failed.connect(said.append)
    screen = screen_for(player)
    assert isinstance(screen, GlScreen)
    pages = QStackedWidget()
    pages.addWidget(QWidget())
    pages.addWidget(screen)
    pages.resize(640, 480)
    pages.show()
    player.open(sounding)  # on the first page nothing can be drawn yet
    pages.setCurrentIndex(1)
    until(lambda: not player.opening)
    numbers = {}
    for place in (0, 400, 960, 1480, 2480):  # the third is the last before the wait
        player.seek(place)
        settle(player)
        wanted = sounding.frame_start(place)
        until(lambda: player.position >= float(wanted) * 1000 - 1)  # noqa: B023  # at once
        numbers[place] = _settled(screen)
    image = screen.image
    edge = image.pixelColor(image.width() // 2, 2).lightness()
    player.close()
    print(json.dumps({"numbers": numbers, "edge": edge, "said": said}))


def _settled(screen: GlScreen) -> int:
    """The number in the picture, once it is drawn the same way twice."""
    seen: list[int] = []

    def same() -> bool:
        seen.append(number_in(_picture(screen.image)))
        return len(seen) > 2 and len(set(seen[-3:])) == 1

    until(same)
    return seen[-1]


def _picture(image: QImage) -> np.ndarray:
    """The film's part of the screen: as wide as it, in the film's shape, in the middle."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    high = image.width() * 9 // 16
    top = (image.height() - high) // 2
    return rows[top : top + high, : image.width(), :3]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
