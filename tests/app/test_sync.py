"""The dialog of sync: measured, judged, repaired and read without a mouse or eyes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from studio import paths, steps, syncing
from studio.app.dialogs.sync import SyncDialog
from studio.app.jobs import Job, Jobs, Work
from studio.app.panels.offsets import OffsetPlot
from studio.app.theme import LIGHT
from studio.errors import UsageError
from studio.instep import InStep, Passage, Stretch
from studio.media.probe import probe
from studio.mix.repair import repair
from studio.mix.warp import Slip
from studio.progress import unwatched
from studio.script import edits, store
from studio.script.model import Line, Word
from studio.settings import DEFAULTS
from studio.syncing import NORMS, MeterChoice
from tests import make_media
from tests.app.test_window import _nameless
from tests.app.window_rig import application, no_warnings, until, window

LATE = 90.0


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A film whose flashes and beeps tell that its sound is late."""
    good, late = tmp_path / "good.mkv", tmp_path / "film.mkv"
    make_media.film(good, seconds=6, marks=(1.0, 3.2), music=False)
    repair(probe(good), [Slip(0, -LATE)], late, unwatched())
    return late


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    application()
    made = Jobs()
    yield made
    made.close()


@pytest.fixture
def dialog(film: Path, jobs: Jobs) -> Iterator[SyncDialog]:
    with no_warnings():
        made = SyncDialog(jobs, probe(film), LIGHT)
        made.show()
        until(made.isActiveWindow, "the dialog is active")
        yield made
        made.close()
        made.deleteLater()


def press(widget: QWidget) -> None:
    widget.setFocus()
    QTest.keyClick(widget, Qt.Key.Key_Space)


def test_a_film_is_measured_judged_and_repaired_by_keyboard(
    dialog: SyncDialog, jobs: Jobs, film: Path
) -> None:
    assert "Not measured yet" in dialog.verdict.text()
    assert not dialog.repair.isEnabled()
    press(dialog.measure)
    assert dialog.stop.isEnabled()
    assert not dialog.measure.isEnabled()
    until(lambda: not jobs.busy and dialog.measure.isEnabled(), "it is measured")
    assert "ms late. That is within the norm (ITU-R BT.1359" in dialog.verdict.text()
    assert dialog.late.value() == pytest.approx(LATE, abs=2)
    dialog.norm.setFocus()
    QTest.keyClick(dialog.norm, Qt.Key.Key_Down)
    assert "ms late. That is beyond the norm (EBU R 37" in dialog.verdict.text()
    assert dialog.repair.isEnabled()
    target = film.with_name("in step.mkv")
    dialog.repair_to(target, None)
    until(lambda: not jobs.busy and dialog.measure.isEnabled(), "it is repaired")
    said = dialog.verdict.text()
    assert said.startswith("in step.mkv is written. Every packet of picture and sound was copied")
    assert "Measured again: The sound is" in said
    assert "within the norm (EBU R 37" in said


def test_the_project_goes_on_with_the_repaired_film(film: Path) -> None:
    path = film.with_suffix(".adproject")
    project, _ = steps.begin(film, DEFAULTS, ["en"])
    project, _ = edits.add_cue(project, 1000, 4000)
    heard = Line("l1", 2090, 3090, "Here.", (Word("Here.", 2090, 3090),), engine="whisper")
    written = Line("l2", 4000, 5000, "There.")
    steps.save_project(edits.set_lines(project, [heard, written], "en"), path)
    with no_warnings(), window() as made:
        made.filing.open_path(path)
        until(lambda: made.stage.sounding is not None and not made.jobs.busy, "it is open")
        made.document.edit("Note", edits.set_note(made.document.project, "c1", "not saved yet"))
        made.showing.sync()
        [dialog] = made.findChildren(SyncDialog)
        assert not dialog.use.isEnabled()
        target = film.with_name("in step.mkv")
        dialog.repair_to(target, LATE)
        until(dialog.use.isEnabled, "it is repaired")
        press(dialog.use)
        until(lambda: made.document.is_open and not made.jobs.busy, "its gaps are found")
        assert made.document.film.path == target
        [cue] = made.document.project.cues
        assert (cue.start, cue.end, cue.note) == (1000, 4000, "not saved yet")
        first, second = made.document.project.lines
        assert (first.start, first.words[0].start, second.start) == (2000, 2000, 4000)
        assert not dialog.isVisible()
    assert store.load(path).film.path == "in step.mkv"
    assert probe(film).duration == probe(target).duration


def test_another_film_is_not_taken_for_a_repaired_one(film: Path) -> None:
    project, _ = steps.begin(film, DEFAULTS, ["en"])
    other = film.with_name("other.mkv")
    make_media.film(other, seconds=4, music=False)
    with pytest.raises(UsageError, match="does not have the pictures"):
        steps.with_film_in_step(project, other, (Stretch(0, LATE),))


def test_a_known_lateness_is_taken_out(dialog: SyncDialog, jobs: Jobs, film: Path) -> None:
    told: list[str] = []
    dialog.told.connect(told.append)
    dialog.late.setValue(-40)
    dialog.repair_to(film.with_name("moved.mkv"), dialog.late.value())
    until(lambda: not jobs.busy and told, "it is repaired")
    from studio.analysis.marks import marks

    found = marks(probe(film.with_name("moved.mkv")), unwatched())
    assert found is not None
    assert found.late == pytest.approx(LATE + 40, abs=2)


def test_no_film_is_written_over_itself(dialog: SyncDialog, jobs: Jobs, film: Path) -> None:
    before = film.read_bytes()
    dialog.repair_to(film, 40.0)
    until(lambda: not jobs.busy and dialog.measure.isEnabled(), "it is refused")
    assert "is the film itself" in dialog.verdict.text()
    assert film.read_bytes() == before


def test_who_measures_is_chosen(film: Path, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (
        MeterChoice("correlation", "computes", ""),
        MeterChoice("learned:mine", "learned", ""),
        MeterChoice("learned", "learned", "torch"),
    )
    asked: list[object] = []
    heavy = jobs.heavy

    def noted(title: str, work: Work, *arguments: object) -> Job:
        asked.append(arguments[-1])
        return heavy(title, work, *arguments)

    monkeypatch.setattr(syncing, "meters", lambda: rows)
    monkeypatch.setattr(jobs, "heavy", noted)
    dialog = SyncDialog(jobs, probe(film), LIGHT)
    shown = [dialog.meter.itemText(n) for n in range(dialog.meter.count())]
    assert shown == ["correlation: computes", "learned:mine: learned"]
    dialog.meter.setCurrentIndex(1)
    dialog.measure.click()
    until(lambda: not jobs.busy and dialog.measure.isEnabled(), "it is refused")
    assert asked == ["learned:mine"]
    assert "mine" in dialog.verdict.text()  # there is no such model
    dialog.close()
    dialog.deleteLater()


def test_settings_that_cannot_be_read_are_told_and_hinder_nothing(film: Path, jobs: Jobs) -> None:
    paths.engines_file().parent.mkdir(parents=True)
    paths.engines_file().write_text("[sync", encoding="utf-8")
    dialog = SyncDialog(jobs, probe(film), LIGHT)
    assert "engines.toml cannot be read" in dialog.verdict.text()
    assert dialog.meter.currentData() == "correlation"
    dialog.measure.click()
    until(lambda: not jobs.busy and dialog.measure.isEnabled(), "it is measured")
    assert "ms late. That is within the norm" in dialog.verdict.text()
    dialog.close()
    dialog.deleteLater()


@pytest.mark.parametrize("by_closing", [False, True])
def test_measuring_is_stopped(dialog: SyncDialog, jobs: Jobs, by_closing: bool) -> None:
    press(dialog.measure)
    if by_closing:
        dialog.reject()
    else:
        press(dialog.stop)
    until(lambda: not jobs.busy and dialog.measure.isEnabled(), "it is stopped")
    assert dialog.measured is None
    assert "Stopped." in dialog.verdict.text()
    assert not dialog.repair.isEnabled()


# --- what is shown --------------------------------------------------------------------------------

JUMPS = InStep(
    "mouths",
    (Stretch(0, 100.0), Stretch(30_000, -200.0)),
    0.99,
    (Passage(1000, 7000, 104.0, 1.0), Passage(40_000, 46_000, -195.0, 0.4)),
)


def test_what_is_drawn_can_be_read(dialog: SyncDialog) -> None:
    assert _nameless(dialog) == []
    dialog._adopt(JUMPS)
    assert [row.text for row in dialog.passages.list.rows] == [
        "0:01.000 to 0:07.000: 104 ms late; 99% sure.",
        "0:40.000 to 0:46.000: 195 ms early; 40% sure.",
    ]
    assert "2 passages" in dialog.plot.accessibleDescription()
    assert dialog.verdict.text().startswith(
        "The sound jumps: it is 100 ms late from 0.0 s, 200 ms early from 30.0 s."
    )


def test_what_is_likely_only_is_not_said_as_certain(dialog: SyncDialog) -> None:
    dialog._adopt(InStep("mouths", (Stretch(0, 378.2),), 0.98))
    assert dialog.verdict.text() == (
        "Likely, but not certain: the sound is 378 ms late. That is beyond the norm (ITU-R "
        "BT.1359-1: detectable beyond 45 ms early, 125 ms late). The file itself begins its sound "
        "90 ms after the picture. Too little speech is seen to be sure: watch a face that speaks "
        "before you rely on it."
    )
    assert dialog.repair.isEnabled()
    assert dialog.late.value() == pytest.approx(378.2)


def test_what_cannot_be_measured_cannot_be_repaired(dialog: SyncDialog) -> None:
    dialog._adopt(InStep("none", why="Nobody speaks in the film."))
    assert dialog.verdict.text() == (
        "Cannot be measured. Nobody speaks in the film. The file itself begins its sound 90 ms "
        "after the picture. If that is not meant, repair the film by that much."
    )
    assert not dialog.repair.isEnabled()
    assert dialog.repair_by.isEnabled()


def test_the_plot_shows_lines_dots_and_the_norm() -> None:
    application()
    plot = OffsetPlot(LIGHT)
    plot.resize(500, 240)
    plot.show_found(JUMPS, NORMS[0], 60_000)
    assert 200 < plot.farthest < 300
    picture = plot.grab().toImage()
    left = plot.fontMetrics().averageCharWidth() * 10
    high = 240 - plot.fontMetrics().height() - 4

    def colours(picture: QImage, time: int, late: float) -> set[str]:
        """What is painted there, two pixels up and down."""
        across = round(left + (498 - left) * time / 60_000)
        down = round(2 + high / 2 - late / plot.farthest * high / 2)
        return {picture.pixelColor(across, y).name() for y in range(down - 2, down + 3)}

    assert LIGHT.playhead in colours(picture, 20_000, 100)
    assert LIGHT.playhead in colours(picture, 55_000, -200)
    assert colours(picture, 20_000, -200) == {LIGHT.lane}
    assert LIGHT.wave in colours(picture, 4000, 112)
    assert colours(picture, 50_000, 60) == {LIGHT.gap}
    plot.show_found(None, NORMS[0], 60_000)
    empty = plot.grab().toImage()
    assert colours(empty, 20_000, 100) == {LIGHT.gap}
    assert LIGHT.playhead not in colours(empty, 55_000, -140)
    plot.deleteLater()
