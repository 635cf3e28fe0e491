"""What the actions that show something do: dialogs, panels, looks, and what is said aloud."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QStandardPaths
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from studio import rehearsal
from studio.app import words
from studio.app.announce import announce
from studio.app.dialogs.export import ExportDialog
from studio.app.dialogs.manual import ManualDialog
from studio.app.dialogs.preferences import PreferencesDialog
from studio.app.dialogs.pronunciations import PronunciationsDialog
from studio.app.dialogs.references import ReferencesDialog
from studio.app.dialogs.shortcuts import ShortcutsDialog
from studio.app.dialogs.story import StoryDialog
from studio.app.dialogs.sync import SyncDialog
from studio.app.dialogs.takes import TakesDialog
from studio.app.listening import Listening, tick_file
from studio.app.preferences import THEMES
from studio.app.timeline import Spot
from studio.errors import StudioError
from studio.progress import Progress
from studio.script import edits
from studio.script.languages import language_code
from studio.script.model import Issue, VoiceChoice
from studio.script.saying import said

if TYPE_CHECKING:
    from studio.app.window import Window

_TRIAL = "A woman climbs the stairs and opens the door."


class Showing(QObject):
    """Methods are named like the actions they do."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._listening = Listening()
        self._manual: ManualDialog | None = None

    def fall_silent(self) -> None:
        """End the sound of a voice that is tried, and a recording, which is kept."""
        for dialog in self._window.findChildren(TakesDialog):
            if dialog.isVisible():
                dialog.close()
        self._listening.close()

    def hear_file(self, file: Path) -> None:
        """Play a sound file, beside the film."""
        try:
            self._listening.play(file)
        except StudioError as error:
            self._window.show_problem(error)

    def hear_nothing(self) -> None:
        """End a sound that is played beside the film."""
        self._listening.stop()

    # --- dialogs ----------------------------------------------------------------------------------

    def export(self) -> None:
        """Ask what to deliver, and make it."""
        dialog = ExportDialog(self._window.document, self._window)
        dialog.ordered.connect(self._window.working.deliver)
        dialog.open()

    def preferences(self) -> None:
        """Colours, text size, the numbers of the trade."""
        dialog = PreferencesDialog(self._window.preferences, self._window.document, self._window)
        dialog.changed.connect(self._window.apply_theme)
        dialog.changed.connect(self._window.apply_sound)
        dialog.open()

    def shortcuts(self) -> None:
        """See and change keys."""
        dialog = ShortcutsDialog(self._window.preferences, self._window)
        dialog.changed.connect(self._window.bind_keys)
        dialog.open()

    def takes(self) -> None:
        """Record the selected description, choose among its takes."""
        window = self._window
        cue = window.document.cue
        if cue is None or not window.document.text(cue).strip():
            window.tell("Write the text first; then it can be recorded.")
            return
        window.player.pause()  # it would be heard in the recording
        dialog = TakesDialog(window.document, window.theme, window)
        dialog.choose_microphone(window.preferences.microphone)
        dialog.microphone_chosen.connect(self._remember_microphone)
        dialog.tick_asked.connect(lambda number: self._listening.play(tick_file(number)))
        dialog.heard.connect(self._listening.play)
        dialog.run_asked.connect(window.playing.run_muted)
        dialog.told.connect(window.tell)
        dialog.failed.connect(window.show_problem)
        dialog.open()

    def _remember_microphone(self, called: str) -> None:
        self._window.preferences.microphone = called

    def pronunciations(self) -> None:
        """See and change how words are said."""
        self.show_words("")

    def say_word(self) -> None:
        """Set how the word at the caret is said."""
        self.show_words(self._window.editor.spelling_menu.word)

    def show_words(self, word: str) -> None:
        """How words are said, and `word` to be set."""
        dialog = PronunciationsDialog(self._window.document, word, self._window)
        dialog.heard.connect(self._hear_word)
        dialog.open()

    def story(self) -> None:
        """What describers are told of the story."""
        StoryDialog(self._window.document, self._window).open()

    def sync(self) -> None:
        """Whether picture and sound are in step."""
        window = self._window
        dialog = SyncDialog(window.jobs, window.document.film, window.theme, window)
        dialog.told.connect(window.tell)
        dialog.use_asked.connect(window.filing.use_in_step)
        dialog.open()

    def reference_voices(self) -> None:
        """Voices in whose manner engines may speak."""
        document = self._window.document
        language = document.language if document.is_open else "en"
        dialog = ReferencesDialog(self._window.jobs, language, self._window)
        dialog.heard.connect(self._listening.play)
        dialog.changed.connect(self._window.voices.refresh)
        dialog.changed.connect(self._window.editor.load_voices)
        dialog.open()

    def help(self) -> None:
        """The manual, at what is being done."""
        if self._manual is None:
            self._manual = ManualDialog(self._window.preferences, self._window)
        self._manual.refresh()
        self._manual.show()
        self._manual.raise_()
        self._manual.activateWindow()

    def demo(self) -> None:
        """Make a short film and open it."""
        films = QStandardPaths.StandardLocation.MoviesLocation
        folder = Path(QStandardPaths.writableLocation(films) or Path.home()) / "studio-demo"
        self._window.working.make_demo(folder)

    def quit(self) -> None:
        """Leave."""
        self._window.close()

    def add_language(self) -> None:
        """Ask for a language and add it."""
        text, agreed = QInputDialog.getText(
            self._window, "Add a language", "Language code, for example de, es, fr or pt-br:"
        )
        if not agreed or not text.strip():
            return
        document = self._window.document
        try:
            code = language_code(text.strip())
        except StudioError as error:
            self._window.show_problem(error)
            return
        document.edit(f"Add the language {code}", edits.add_languages(document.project, [code]))
        document.set_language(code)

    # --- the text, the drafts ---------------------------------------------------------------------

    def edit_text(self) -> None:
        """Go to the text."""
        self._focus(self._window.editor.text)

    def freeze(self) -> None:
        """Go to the length of the wait."""
        self._focus(self._window.editor.freeze)

    def voice(self) -> None:
        """Go to the voice."""
        self._focus(self._window.editor.voice)

    def gain(self) -> None:
        """Go to how loud it is."""
        self._focus(self._window.editor.gain)

    def next_word(self) -> None:
        """To the next unknown word of the text."""
        self._window.editor.spelling_menu.next_unknown()

    def add_word(self) -> None:
        """Let the spelling know the word at the caret."""
        self._window.editor.spelling_menu.add_word()

    def note(self) -> None:
        """Go to the note."""
        self._focus(self._window.editor.note)

    def draft_1(self) -> None:
        """Take the first draft."""
        self._take(1)

    def draft_2(self) -> None:
        """Take the second draft."""
        self._take(2)

    def draft_3(self) -> None:
        """Take the third draft."""
        self._take(3)

    def draft_4(self) -> None:
        """Take the fourth draft."""
        self._take(4)

    def draft_5(self) -> None:
        """Take the fifth draft."""
        self._take(5)

    def _take(self, number: int) -> None:
        if not self._window.drafts.take(number):
            self._window.tell(f"There is no draft {number}.")

    def leave_silent(self) -> None:
        """Say nothing in what is selected, or let it have words again."""
        self._window.drafts.leave_silent()

    def edit_draft(self) -> None:
        """Take the current draft into the text and go there."""
        self._window.drafts.edit_current()

    # --- panels -----------------------------------------------------------------------------------

    def _focus(self, widget: QWidget) -> None:
        tabs = self._window.tabs
        for index in range(tabs.count()):
            panel = tabs.widget(index)
            if panel is not None and _within(panel, widget):
                tabs.setCurrentIndex(index)
        widget.setFocus()

    def go_cues(self) -> None:
        """To the list of descriptions."""
        self._focus(self._window.cues)

    def go_timeline(self) -> None:
        """To the timeline."""
        self._focus(self._window.timeline)

    def go_drafts(self) -> None:
        """To the drafts."""
        self._focus(self._window.drafts.view)

    def go_voices(self) -> None:
        """To the voices."""
        self._focus(self._window.voices.view)

    def go_issues(self) -> None:
        """To the issues."""
        self._focus(self._window.issues)

    def go_jobs(self) -> None:
        """To the jobs."""
        self._focus(self._window.jobs_panel.view)

    def go_history(self) -> None:
        """To the history."""
        self._focus(self._window.history)

    def go_beds(self) -> None:
        """To the sound beds."""
        self._focus(self._window.beds.view)

    def add_bed(self) -> None:
        """A bed for the scene at the playhead."""
        self.go_beds()
        self._window.beds.begin()

    def go_lines(self) -> None:
        """To the lines of the film."""
        self._focus(self._window.lines.view)

    def go_cast(self) -> None:
        """To the cast."""
        self._focus(self._window.cast.view)

    def go_language(self) -> None:
        """To the language."""
        self._focus(self._window.language)

    def next_pane(self) -> None:
        """To the next part of the window."""
        self._turn(1)

    def previous_pane(self) -> None:
        """To the part before."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        window = self._window
        if not window.document.is_open:
            window.welcome.setFocus()
            return
        shown = window.tabs.currentWidget()
        panel: dict[QWidget | None, QWidget] = {
            one: one.view
            for one in (
                window.drafts,
                window.lines,
                window.cast,
                window.voices,
                window.issues,
                window.beds,
                window.jobs_panel,
            )
        }
        panes: list[QWidget | None] = [
            window.cues,
            window.editor.text,
            panel.get(shown, shown),
            window.timeline,
            window.transport.buttons[2],
        ]
        able = [one for one in panes if one is not None and one.isEnabled()]
        focused = window.focusWidget()
        here = next((n for n, one in enumerate(able) if _within(one, focused)), -1)
        able[(here + by) % len(able)].setFocus()

    def next_issue(self) -> None:
        """To the next thing that is wrong."""
        self._issue(1)

    def previous_issue(self) -> None:
        """To the one before."""
        self._issue(-1)

    def _issue(self, by: int) -> None:
        found = self._window.issues.step(by)
        self._window.tell(found.sentence if found is not None else "Nothing is wrong.")

    def waive_issue(self) -> None:
        """Let the current issue pass."""
        self._window.issues.ask_to_waive()

    def unwaive_issue(self) -> None:
        """Let it count again."""
        self._window.issues.take_back()

    def ask_why(self, issue: Issue) -> None:
        """Ask for the reason for which an issue may stay."""
        title, label = "Let the issue pass", f"{issue.sentence}\n\nWhy may it stay?"
        reason, agreed = QInputDialog.getText(self._window, title, label)
        if agreed:
            self._window.issues.let_pass(issue, reason)

    # --- looks ------------------------------------------------------------------------------------

    def zoom_in(self) -> None:
        """Less time, larger."""
        self._window.timeline.zoom_by(1.5)

    def zoom_out(self) -> None:
        """More time, smaller."""
        self._window.timeline.zoom_by(1 / 1.5)

    def zoom_fit(self) -> None:
        """The whole film."""
        self._window.timeline.zoom_to_fit()

    def zoom_cue(self) -> None:
        """What is selected."""
        self._window.timeline.zoom_to_selection()

    def timecode(self) -> None:
        """Frames, or milliseconds."""
        self._window.transport.set_timecode(self._window.actions_by_id["timecode"].isChecked())

    def larger_text(self) -> None:
        """All text larger."""
        self._window.step_text_size(1)

    def smaller_text(self) -> None:
        """All text smaller."""
        self._window.step_text_size(-1)

    def theme(self) -> None:
        """The next colours."""
        chosen = THEMES[(THEMES.index(self._window.preferences.theme) + 1) % len(THEMES)]
        self._window.preferences.theme = chosen
        self._window.apply_theme()
        self._window.tell(f"Colours: {chosen}.")

    def context_menu(self, spot: Spot, at: QPoint) -> None:
        """What can be done with what lies there."""
        window = self._window
        menu = QMenu(window)
        ids = ["add_cue", "gap_silent"]
        if spot.cue:
            if spot.cue not in window.document.selection:
                window.document.select([spot.cue])
            ids = ["play_cue", "edit_text", "split", "mode_auto", "mode_inline", "mode_extended"]
            ids += ["accept", "leave_silent", "draft_selected", "delete_cue"]
        elif window.stage.sounding is not None:
            window.player.seek(spot.output)
        for one in ids:
            menu.addAction(window.actions_by_id[one])
        menu.exec(at)
        menu.deleteLater()

    # --- said aloud -------------------------------------------------------------------------------

    def say_cue(self) -> None:
        """The selected description."""
        window = self._window
        cue = window.document.cue
        if cue is None:
            self._say("No description is selected.")
            return
        row = window.cues.table.rows[window.cues.table.row_of(cue.id)]
        number, count = window.cues.table.row_of(cue.id) + 1, len(window.cues.table.rows)
        said = words.cue_sentence(number, count, cue, row.state, row.text)
        self._say(f"{said} {window.editor.verdict.text()}")

    def say_gap(self) -> None:
        """The gap at the playhead."""
        self._say(self._window.playing.gap_words())

    def say_playhead(self) -> None:
        """Where the playhead is."""
        self._say(self._window.playing.place_words())

    def _say(self, sentence: str) -> None:
        self._window.statusBar().showMessage(sentence)
        announce(self._window, sentence, urgent=True)

    def gap_tones(self) -> None:
        """Tones at gaps in the preview, or none."""
        preferences = self._window.preferences
        preferences.gap_tones = not preferences.gap_tones
        self._window.apply_sound()
        self._window.tell(
            "Tones tell where gaps begin and end." if preferences.gap_tones else "No tones at gaps."
        )

    def hear_voice(self, choice: VoiceChoice) -> None:
        """Let a voice say the selected description, or a sentence to try it."""
        window = self._window
        cue = window.document.cue
        text = window.document.text(cue) if cue is not None else ""
        self._hear(said(window.document.project, choice.language, text) or _TRIAL, choice)

    def _hear_word(self, text: str) -> None:
        """Let the voice of the language say a word as it is typed."""
        window, document = self._window, self._window.document
        try:
            choice = document.project.voice(document.language)
            self._hear(text, choice or rehearsal.choose_voice(document.language))
        except StudioError as error:
            window.show_problem(error)

    def _hear(self, text: str, choice: VoiceChoice) -> None:
        job = self._window.jobs.light("Hear a voice", _hear, text, choice)
        job.done.connect(self._listening.play)
        job.failed.connect(self._window.show_problem)


def _hear(text: str, choice: VoiceChoice, progress: Progress) -> Path:
    return rehearsal.hear(text, choice, progress)


def _within(pane: QWidget, widget: QWidget | None) -> bool:
    """Whether `widget`, None where nothing has the focus, is a pane or part of it."""
    return widget is not None and (pane is widget or pane.isAncestorOf(widget))
