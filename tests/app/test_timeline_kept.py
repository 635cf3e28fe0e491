"""Texts and pictures of the timeline that are made once and drawn often."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFont, QImage

from studio.app.timeline.filmstrip import MOST, Filmstrip, picture_step
from studio.app.timeline.labels import Labels
from tests.app import timeline_film as film


def test_a_figure_stands_where_a_text_would_have_it() -> None:
    film.application()
    labels = Labels(QFont("DejaVu Sans", 9))
    run = labels.figures("1:02:03.45")
    assert len(run.glyphIndexes()) == 10
    ends = [labels.metrics.horizontalAdvance("1:02:03.45"[:end]) for end in range(10)]
    assert [one.x() for one in run.positions()] == pytest.approx(ends, abs=1)
    assert labels.figures("1:02:03.45") is run


@given(
    words=st.lists(st.text("abcdefghijklmW", min_size=1, max_size=30), min_size=1, max_size=20),
    width=st.integers(0, 400),
    lines=st.integers(1, 4),
)
def test_texts_fit_the_room_they_get(words: list[str], width: int, lines: int) -> None:
    film.application()
    labels = Labels(QFont("DejaVu Sans", 9))
    text = " ".join(words)
    broken = labels.broken(text, width, lines).split("\u2028")
    assert len(broken) <= lines
    assert all(labels.width(line) <= width for line in broken)
    shown = " ".join(broken).strip()
    assert text.startswith(shown.removesuffix("…"))
    assert shown == text or shown.endswith("…") or width < labels.width("W…")


def test_a_text_that_fits_is_left_alone() -> None:
    film.application()
    labels = Labels(QFont("DejaVu Sans", 9))
    text = "She climbs the stairs."
    assert labels.text(text, labels.width(text) + 1).text() == text
    assert labels.text(text, labels.width(text) / 2).text().endswith("…")
    assert labels.text(text, 90, 2) is labels.text(text, 95, 2)


def test_a_full_filmstrip_forgets_the_least_used() -> None:
    film.application()
    strip, picture = Filmstrip(), QImage(2, 2, QImage.Format.Format_RGB32)
    for time in range(MOST):
        strip.put(time, picture)
    assert strip.shown(0, 0) is not None  # used again
    strip.put(MOST, picture)
    assert strip.missing([0, 1, 2, MOST]) == [1]
    assert strip.shown(1, 0) is None
    assert strip.shown(1, 1) is not None


@pytest.mark.parametrize(("shown", "step"), [(1, 125), (250, 250), (499, 250), (2000, 2000)])
def test_pictures_are_wanted_on_a_grid_that_halves(shown: float, step: int) -> None:
    assert picture_step(shown) == step
