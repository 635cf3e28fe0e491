"""The main window: where everything is, and which method each action calls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QFontMetrics,
    QKeySequence,
    QTextCursor,
)
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QMainWindow,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from studio import wording
from studio.app import actions, edges, memory, problem, states, theme, words
from studio.app.announce import announce, name
from studio.app.bedmaking import BedMaking
from studio.app.checking import Checking
from studio.app.document import Document
from studio.app.editing import Editing
from studio.app.filing import Filing
from studio.app.icons import icon
from studio.app.jobs import Jobs
from studio.app.panels.beds import BedsPanel
from studio.app.panels.cues import CuesPanel
from studio.app.panels.drafts import DraftsPanel
from studio.app.panels.editor import EditorPanel
from studio.app.panels.issues import IssuesPanel
from studio.app.panels.lines import LinesPanel
from studio.app.panels.lists import HistoryPanel, JobsPanel, VoicesPanel, job_words
from studio.app.panels.people import CastPanel
from studio.app.panels.welcome import WelcomePanel
from studio.app.player import Player, screen_for
from studio.app.playing import Playing
from studio.app.portraits import Portraits
from studio.app.preferences import TEXT_SIZES, THEMES, Preferences
from studio.app.speaking import Speaking
from studio.app.stage import Stage
from studio.app.tidying import Tidying
from studio.app.timeline import Overview, Timeline
from studio.app.timeline.marks import state_icon
from studio.app.transport import Transport
from studio.app.working import Working
from studio.errors import StudioError
from studio.script import edits
from studio.times import Span

TITLE = "Audio Description Studio"
_TOLD_FOR = 12_000  # ms a sentence stays in the status line
_USUAL_ROOM = ([290, 210], [220, 280], [640, 800], [530, 280])
"""Pixels: picture and tabs, list and text, both of these, all that and the timeline."""

_ICON = 1.25  # lines of text that an icon is high

_TOOLBAR = ("open", "save", "undo", "redo", "analyse", "draft", "add_cue", "play_cue", "export")
_TRANSPORT = ("edge_back", "frame_back", "play", "frame_on", "edge_on", "play_cue", "solo")


class Window(QMainWindow):
    """One window, one project. `close` stops all work; nothing that was saved is lost."""

    def __init__(self, preferences: Preferences, player: Player) -> None:
        super().__init__()
        self.preferences = preferences
        self.player = player
        self.jobs = Jobs(self)
        self.document = Document(self.jobs, self)
        self.timeline = Timeline()
        self.stage = Stage(self.document, self.jobs, player, self.timeline)
        self.playing = Playing(self.document, player, self.stage)
        self.portraits = Portraits(self.document, self.jobs)
        self.speaking = Speaking(self.document, self.jobs, self)
        self.checking = Checking(self.document, self.jobs)
        self.editing = Editing(self.document, lambda: self.playing.here)
        self.filing = Filing(self.document, preferences, self)
        self.working = Working(self.document, self.jobs, self.speaking)
        self.tidying = Tidying(self.document, self.jobs, preferences, self)
        self._drag_from: object | None = None
        self._room_shared = False
        self._asked_to_end = False
        self.setAcceptDrops(True)
        self.setDockOptions(QMainWindow.DockOption(0))
        self._make_actions()
        self._make_panels()
        self._lay_out()
        self._make_bars()
        self._connect()
        self.apply_theme()
        self.apply_sound()
        self._restore_layout()
        self.refresh()
        self.welcome.setFocus()

    # --- making -----------------------------------------------------------------------------------

    def _make_actions(self) -> None:
        """An action for every row of the table; its method is the one of its name."""
        from studio.app.showing import Showing

        self.showing = Showing(self)
        rooms = (self.showing, self.editing, self.filing, self.working, self.playing)
        self.actions_by_id: dict[str, QAction] = {}
        for row in actions.TABLE:
            action = QAction(row.text, self)
            action.setObjectName(row.id)
            action.setToolTip(row.about)
            action.setStatusTip(row.about)
            action.setCheckable(row.toggles)
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            action.triggered.connect(_plain(_method(rooms, row.id)))
            self.addAction(action)
            self.actions_by_id[row.id] = action
        self.bind_keys()

    def bind_keys(self) -> None:
        """Give each action the keys it has now."""
        preset, changed = self.preferences.preset or actions.PRESETS[0], self.preferences.keys
        for row in actions.TABLE:
            keys = row.bound(preset, changed)
            action = self.actions_by_id[row.id]
            action.setShortcuts([QKeySequence(key) for key in actions.all_keys(keys)])
            shown = (
                QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
                if keys
                else ""
            )
            action.setToolTip(f"{row.about} ({shown})" if shown else row.about)

    def _make_panels(self) -> None:
        document = self.document
        self.screen_ = screen_for(self.player)
        self._position_due = False
        self.transport = Transport([self.actions_by_id[one] for one in _TRANSPORT])
        self.cues = CuesPanel(document)
        self.editor = EditorPanel(document)
        self.overview = Overview(self.timeline)
        self.drafts = DraftsPanel(document)
        self.drafts.choose_describer(self.preferences.describer or self.working.describer)
        self.working.describer = self.drafts.chosen_describer
        self.lines = LinesPanel(document)
        self.cast = CastPanel(document, lambda: self.playing.here)
        self.voices = VoicesPanel(document)
        self.issues = IssuesPanel(document)
        self.bed_making = BedMaking(document, self.jobs)
        self.beds = BedsPanel(document, self.bed_making, lambda: self.playing.here)
        self.jobs_panel = JobsPanel(self.jobs)
        self.history = HistoryPanel(document)
        self.welcome = WelcomePanel(self.preferences)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        name(self.tabs, "Panels")
        about = "Drafts, lines, cast, voices, issues, beds, jobs, history."
        name(self.tabs.tabBar(), "Panels", about)
        for panel, words_ in (
            (self.drafts, "Drafts"),
            (self.lines, "Lines"),
            (self.cast, "Cast"),
            (self.voices, "Voices"),
            (self.issues, "Issues"),
            (self.beds, "Beds"),
            (self.jobs_panel, "Jobs"),
            (self.history, "History"),
        ):
            self.tabs.addTab(panel, words_)

    def _lay_out(self) -> None:
        picture = _column(self.screen_, self.transport)
        film = _column(self.overview, self.timeline)
        left = _splitter(Qt.Orientation.Vertical, "left", picture, self.tabs)
        right = _splitter(Qt.Orientation.Vertical, "right", self.cues, self.editor)
        top = _splitter(Qt.Orientation.Horizontal, "top", left, right)
        whole = _splitter(Qt.Orientation.Vertical, "whole", top, film)
        whole.setStretchFactor(0, 1)
        self.splitters = (left, right, top, whole)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(whole)
        self.setCentralWidget(self.pages)
        self.resize(1440, 900)

    def _make_bars(self) -> None:
        for title in actions.MENUS:
            menu = self.menuBar().addMenu(f"&{title}")
            for row in actions.TABLE:
                if row.menu == title:
                    menu.addAction(self.actions_by_id[row.id])
        bar = QToolBar("Tools")
        bar.setMovable(False)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for action_id in _TOOLBAR:
            bar.addAction(self.actions_by_id[action_id])
        self.actions_by_id["add_cue"].setIconText("New")
        self.actions_by_id["analyse"].setIconText("Analyse")
        self.actions_by_id["draft"].setIconText("Draft")
        self.actions_by_id["play_cue"].setIconText("Hear")
        self.actions_by_id["open"].setIconText("Open")
        self.actions_by_id["export"].setIconText("Export")
        spacer = QWidget()
        spacer.setSizePolicy(
            spacer.sizePolicy().Policy.Expanding, spacer.sizePolicy().Policy.Preferred
        )
        bar.addWidget(spacer)
        label = QLabel("Language ")
        bar.addWidget(label)
        self.language = QComboBox()
        label.setBuddy(self.language)
        name(self.language, "Language", "The language version that is shown and edited.")
        bar.addWidget(self.language)
        self.toolbar = bar
        self.addToolBar(bar)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setMaximumWidth(220)
        self.progress.setTextVisible(False)
        name(self.progress, "Progress", "How far the work in the background is.")
        self.doing = QLabel()
        self.statusBar().addPermanentWidget(self.doing)
        self.statusBar().addPermanentWidget(self.progress)
        self.progress.hide()

    def _connect(self) -> None:
        document = self.document
        rooms = (self.editing, self.filing, self.working, self.playing, self.editor, self.issues)
        panels = (self.drafts, self.lines, self.cast, self.beds, self.voices)
        for room in (*rooms, *panels, self.bed_making):
            room.told.connect(self.tell)
        self.bed_making.failed.connect(self.show_problem)
        self.beds.heard.connect(self.showing.hear_file)
        self.beds.silenced.connect(self.showing.hear_nothing)
        self.issues.waive_asked.connect(self.showing.ask_why)
        for source in (self.filing, self.working, self.stage, self.speaking, document.autosave):
            source.failed.connect(self.show_problem)
        self.player.failed.connect(self._tell_of_player)
        self.player.position_changed.connect(self._show_position)
        self.player.shown.connect(self._paint_position)
        self.player.arrived.connect(self._paint_position)
        self.player.caught_up.connect(self.speaking.let_show)
        self.player.playing_changed.connect(self.timeline.set_following)
        self.player.playing_changed.connect(self._show_playing)
        document.opened.connect(self.refresh)
        document.opened.connect(self._opened)
        document.changed.connect(self.refresh)
        document.file_changed.connect(self._show_title)
        document.selection_changed.connect(self._selected)
        document.language_changed.connect(self.refresh)
        document.issues_changed.connect(self._count_issues)
        self.stage.changed.connect(self._show_position)
        self.jobs.changed.connect(self._show_jobs)
        self.language.activated.connect(
            lambda index: document.set_language(self.language.itemText(index))
        )
        self.editor.left.connect(self.cues.setFocus)
        self.editor.takes_asked.connect(self.showing.takes)
        self.editor.spelling_menu.word_asked.connect(self.showing.show_words)
        self.editor.spelling.failed.connect(self.show_problem)
        self.cues.doubleClicked.connect(lambda _index: self.editor.text.setFocus())
        self.drafts.edit_asked.connect(self._edit_text)
        self.drafts.draft_asked.connect(self.working.draft_selected)
        self.drafts.story_asked.connect(self.showing.story)
        self.drafts.describer.activated.connect(self._choose_describer)
        self._connect_dialogue()
        self.voices.heard.connect(self.showing.hear_voice)
        self.welcome.open_asked.connect(self.filing.open)
        self.welcome.demo_asked.connect(self.showing.demo)
        self.welcome.project_asked.connect(self.filing.open_path)
        self.welcome.leftover_asked.connect(self.filing.open_leftover)
        self.filing.film_opened.connect(self.working.analyse)
        self.working.film_made.connect(self.filing.open_path)
        timeline = self.timeline
        timeline.seek_asked.connect(self._seek)
        timeline.cue_chosen.connect(self._choose)
        timeline.cue_changed.connect(self._drag)
        timeline.gap_chosen.connect(
            lambda span: self.tell(words.gap_sentence(document.project, span.start))
        )
        timeline.new_cue_asked.connect(self.editing.add_cue_at)
        timeline.context_menu_asked.connect(self.showing.context_menu)

    def _connect_dialogue(self) -> None:
        self.lines.transcribe_asked.connect(self.working.transcribe)
        self.lines.import_asked.connect(self.filing.import_lines)
        self.filing.lines_chosen.connect(self.working.bring_lines)
        self.lines.view.chosen.connect(lambda line: self.playing.go(line.start))
        for changes in (self.portraits.changed, self.document.changed):
            changes.connect(lambda *_: self.cast.show_pictures(self.portraits.known))
        self.cast.cast_asked.connect(self.working.find_cast)
        self.cast.finders_chosen.connect(self.working.look_with)

    # --- what changes -----------------------------------------------------------------------------

    def refresh(self, _change: object = None) -> None:
        """Show what can be done now, the title and the language."""
        document = self.document
        self._enable()
        self._show_title()
        languages = document.project.languages if document.is_open else ()
        if tuple(self.language.itemText(n) for n in range(self.language.count())) != languages:
            self.language.clear()
            self.language.addItems(languages)
        if document.is_open:
            self.language.setCurrentText(document.language)
        self.language.setEnabled(document.is_open)
        self._count_issues()

    def _count_issues(self) -> None:
        document = self.document
        issues = len(document.open_issues) if document.is_open else 0
        self.tabs.setTabText(
            self.tabs.indexOf(self.issues), f"Issues ({issues})" if issues else "Issues"
        )

    def _enable(self) -> None:
        document = self.document
        there = document.is_open
        known = {
            "always": True,
            "project": there,
            "cue": there and document.cue is not None,
            "cues": there and bool(document.selection),
            "undo": there and bool(document.history.undo_name),
            "redo": there and bool(document.history.redo_name),
            "gap": there,
            "file": document.path is not None,
            "jobs": self.jobs.busy,
        }
        for row in actions.TABLE:
            self.actions_by_id[row.id].setEnabled(known[row.when])
        undo = document.history.undo_name if there else ""
        redo = document.history.redo_name if there else ""
        self.actions_by_id["undo"].setText(f"Undo: {undo}" if undo else "Undo")
        self.actions_by_id["redo"].setText(f"Redo: {redo}" if redo else "Redo")
        self.actions_by_id["undo"].setIconText("Undo")
        self.actions_by_id["redo"].setIconText("Redo")

    def _edit_text(self) -> None:
        """Into the text, behind its last word."""
        text = self.editor.text
        text.setFocus()
        text.moveCursor(QTextCursor.MoveOperation.End)

    def _choose_describer(self, _index: int = 0) -> None:
        called = self.drafts.chosen_describer
        self.working.describer = self.preferences.describer = called
        for sentence in wording.terms("describer", called):
            self.tell(sentence)

    def _opened(self) -> None:
        there = self.document.is_open
        self.pages.setCurrentIndex(1 if there else 0)
        if there:
            self._share_room()
            self.transport.set_film(self.document.project.film.rate)
            self.timeline.zoom_to_fit()
            if self.document.project.cues:
                self.document.select([self.document.project.cues[0].id])
            QTimer.singleShot(0, self.cues.setFocus)
        else:
            self.player.pause()
            self.welcome.refresh()
            self.welcome.setFocus()
            memory.search_all()

    def _show_title(self) -> None:
        document = self.document
        self.setWindowTitle(f"{document.name}[*] – {TITLE}" if document.is_open else TITLE)
        self.setWindowModified(document.unsaved)

    def _selected(self) -> None:
        self.timeline.set_selection(self.document.selection)
        self._enable()
        if self.document.cue is not None and self._drag_from is None:
            self.playing.show_cue()

    def _show_position(self, _output: int = 0) -> None:
        if self.stage.sounding is None:
            return
        self.timeline.set_playhead(self.player.position, at_once=False)
        self._position_due = True
        if not self.player.seeking:
            self._paint_position()

    def _paint_position(self) -> None:
        """What takes some ms of painting, so after a jump the picture comes first."""
        if not self._position_due or self.stage.sounding is None:
            return
        self._position_due = False
        output = self.player.position
        self.timeline.show_playhead()
        self.transport.show_times(output, self.player.length, self.player.to_film(output))

    def _show_playing(self, playing: bool) -> None:
        self.actions_by_id["play"].setIcon(self._playing_icons[playing])
        self.actions_by_id["play"].setIconText("Pause" if playing else "Play")
        self.transport.show_playing(playing)

    def _show_jobs(self) -> None:
        running = next((job for job in self.jobs.jobs if job.active), None)
        self.progress.setVisible(running is not None)
        self.doing.setText(job_words(running) if running is not None else "")
        if running is not None:
            self.progress.setValue(round(running.fraction * 1000))
        self.actions_by_id["stop_jobs"].setEnabled(running is not None)

    def tell(self, sentence: str) -> None:
        """Say what happened: in the status line, and to a screen reader."""
        self.statusBar().showMessage(sentence, _TOLD_FOR)
        if self.preferences.spoken_edits:
            announce(self, sentence)

    def _tell_of_player(self, sentence: str) -> None:
        """Playing fails beside the work, so no dialog stops it; the sentence stays."""
        self.statusBar().showMessage(sentence)
        announce(self, sentence, urgent=True)

    def show_problem(self, error: StudioError) -> None:
        """Tell of something that went wrong."""
        self.statusBar().showMessage(error.what, _TOLD_FOR)
        announce(self, str(error), urgent=True)
        problem.show(self, error)

    # --- the timeline -----------------------------------------------------------------------------

    def _seek(self, output: int) -> None:
        if self.stage.sounding is not None:
            self.player.seek(output)

    def _choose(self, cue_id: str, extend: bool) -> None:
        chosen = self.document.selection
        if extend and cue_id in chosen:
            self.document.select(one for one in chosen if one != cue_id)
        else:
            self.document.select((*chosen, cue_id) if extend else (cue_id,))

    def _drag(self, cue_id: str, span: Span, final: bool) -> None:
        """A cue moves under the hand: one step, however long it takes."""
        document = self.document
        if self._drag_from is None:
            document.seal()
            self._drag_from = object()
        project = edits.set_span(document.project, cue_id, span)
        document.edit("Move", project, amend=f"drag {id(self._drag_from)}")
        if final:
            self._drag_from = None

    # --- looks ------------------------------------------------------------------------------------

    def apply_theme(self) -> None:
        """Give everything the colours and the text size that the preferences say."""
        chosen = self.preferences.theme
        self.theme = theme.system_theme() if chosen == THEMES[0] else theme.THEMES[chosen]
        application = QApplication.instance()
        if isinstance(application, QApplication):
            theme.apply(application, self.theme, self.preferences.text_size / 100)
            application.setStyleSheet(edges.style_sheet(self.theme))
        self.timeline.set_theme(self.theme)
        self.editor.set_theme(self.theme)
        self.drafts.set_theme(self.theme)
        self.transport.refresh_font()
        size = QFontMetrics(QApplication.font()).height()
        ratio = self.devicePixelRatioF()
        for bar in (self.toolbar, self.transport, self.cues):
            bar.setIconSize(QSize(size, size) * (1 if bar is self.cues else _ICON))
        for table in (self.cues, self.lines.view):
            table.verticalHeader().setDefaultSectionSize(round(size * 1.7))
        self.cues.show_icons(
            {state: state_icon(self.theme, state, size, ratio) for state in states.WORDS}
        )
        self._playing_icons = tuple(icon(one, self.theme) for one in ("play", "pause"))
        for row in actions.TABLE:
            found = icon(row.id, self.theme)
            if not found.isNull():
                self.actions_by_id[row.id].setIcon(found)
        self._show_playing(self.player.playing)

    def apply_sound(self) -> None:
        """Let the preview sound as the preferences say."""
        wanted = self.preferences.gap_tones
        self.player.set_gap_tones(self.preferences.gap_tone_level if wanted else None)
        self.actions_by_id["gap_tones"].setChecked(wanted)

    def step_text_size(self, by: int) -> None:
        """Make all text larger or smaller."""
        index = TEXT_SIZES.index(self.preferences.text_size) + by
        self.preferences.text_size = TEXT_SIZES[min(max(0, index), len(TEXT_SIZES) - 1)]
        self.apply_theme()
        self.tell(f"Text at {self.preferences.text_size} %.")

    def _restore_layout(self) -> None:
        geometry = self.preferences.layout("window")
        if geometry is not None:
            self.restoreGeometry(geometry)

    def _share_room(self) -> None:
        """Give each part its room, as it was left; splitters only know theirs once they show."""
        if self._room_shared:
            return
        self._room_shared = True
        for splitter, usual in zip(self.splitters, _USUAL_ROOM, strict=True):
            QApplication.sendPostedEvents(splitter)
            state = self.preferences.layout(splitter.objectName())
            if state is None or not splitter.restoreState(state):
                splitter.setSizes(usual)

    # --- coming and going -------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802  # Qt's name
        """Take a file that is dragged in."""
        if event.mimeData().hasUrls() and event.mimeData().urls()[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802  # Qt's name
        """Open the film or project that was dropped."""
        event.acceptProposedAction()
        path = Path(event.mimeData().urls()[0].toLocalFile())
        QTimer.singleShot(0, lambda: self.filing.open_path(path))

    def end(self) -> None:
        """Go without asking, as the system wants it; what is not saved is offered next time."""
        self._asked_to_end = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  # Qt's name
        """Ask about what is not saved, stop all work, and go."""
        if not self._asked_to_end and not self.filing.may_leave():
            event.ignore()
            return
        self.preferences.keep_layout("window", self.saveGeometry())
        for splitter in self.splitters if self._room_shared else ():
            self.preferences.keep_layout(splitter.objectName(), splitter.saveState())
        self.preferences.write()
        self.stage.close()
        self.portraits.close()
        self.showing.fall_silent()
        self.jobs.close()
        if self._asked_to_end:
            self.document.leave()
        else:
            self.document.close()
        self.player.close()
        event.accept()


def _method(rooms: tuple[object, ...], action_id: str) -> Callable[[], object]:
    """The method of that name; exactly one room has it."""
    found = [getattr(room, action_id) for room in rooms if hasattr(room, action_id)]
    if len(found) != 1 or not callable(found[0]):
        raise TypeError(f"{len(found)} rooms do “{action_id}”")
    method: Callable[[], object] = found[0]
    return method


def _plain(method: Callable[[], object]) -> Callable[[bool], None]:
    """Without the word Qt gives with it, whether the action is on."""

    def call(_checked: bool = False) -> None:
        method()

    return call


def _column(*widgets: QWidget) -> QWidget:
    whole = QWidget()
    layout = QVBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for widget in widgets:
        layout.addWidget(widget)
    grows = [n for n, one in enumerate(widgets) if one.accessibleName() == "Picture"]
    layout.setStretch(grows[0] if grows else len(widgets) - 1, 1)
    return whole


def _splitter(way: Qt.Orientation, called: str, *widgets: QWidget) -> QSplitter:
    splitter = QSplitter(way)
    splitter.setObjectName(called)
    splitter.setChildrenCollapsible(False)
    for widget in widgets:
        splitter.addWidget(widget)
    return splitter
