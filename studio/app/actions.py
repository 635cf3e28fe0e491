"""The table of everything that can be done in the window, and its keys.

Menus, the shortcuts dialog and the help are built from these rows; the window has one method for
each. What a row says is in action.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studio.app.action import MENUS, PRESETS, Action, all_keys, both

__all__ = ["MENUS", "PRESETS", "TABLE", "Action", "all_keys", "by_id", "conflicts"]

_FILE = (
    Action("open", "File", "Open…", "Open a film or a project.", ("Ctrl+O",), "always"),
    Action(
        "demo",
        "File",
        "Make a short film to try",
        "Make a short film with pictures, speech and music, and open it.",
        ("Ctrl+Shift+N",),
        "always",
    ),
    Action("save", "File", "Save", "Write the project to its file.", ("Ctrl+S",)),
    Action("save_as", "File", "Save as…", "Write it to another file.", ("Ctrl+Shift+S",)),
    Action(
        "import_script",
        "File",
        "Import a script…",
        "Bring the texts of a script or spreadsheet onto the descriptions they belong to.",
        ("Ctrl+I",),
    ),
    Action(
        "import_takes",
        "File",
        "Import recordings…",
        "Bring in a folder of recordings that are named like the delivered clips.",
        ("Ctrl+Shift+R",),
    ),
    Action(
        "relink",
        "File",
        "Find the film…",
        "Say where the film of a project lies now.",
        ("Ctrl+Shift+L",),
        "always",
    ),
    Action(
        "export", "File", "Export…", "Make the described film and other deliveries.", ("Ctrl+E",)
    ),
    Action(
        "preferences",
        "File",
        "Preferences…",
        "Colours, text size and the numbers descriptions are planned with.",
        ("Ctrl+,",),
        "always",
    ),
    Action("close", "File", "Close the project", "Back to the first page.", ("Ctrl+W",)),
    Action("quit", "File", "Quit", "Leave the studio.", ("Ctrl+Q",), "always"),
)

_EDIT = (
    Action("undo", "Edit", "Undo", "Take the last edit back.", ("Ctrl+Z",), "undo"),
    Action("redo", "Edit", "Redo", "Do it again.", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
    Action(
        "select_all", "Edit", "Select all descriptions", "Select all of them.", ("Ctrl+Shift+A",)
    ),
    Action(
        "add_cue",
        "Edit",
        "New description",
        "Put a new description into the gap at the playhead.",
        ("Ins",),
    ),
    Action(
        "delete_cue",
        "Edit",
        "Delete the description",
        "Delete the selected descriptions.",
        ("Del",),
        "cues",
        both(("Del",), ("Ctrl+Del",)),
    ),
    Action(
        "split",
        "Edit",
        "Split at the playhead",
        "Make two descriptions of one.",
        ("S",),
        "cue",
        both(("Ctrl+Alt+V",), ("Ctrl+Shift+D",)),
    ),
    Action(
        "set_start",
        "Edit",
        "Start at the playhead",
        "Let the description's room begin here.",
        ("I", "F11"),
        "cue",
        both(("F11",), ("Ctrl+3",)),
    ),
    Action(
        "set_end",
        "Edit",
        "End at the playhead",
        "Let the description's room end here.",
        ("O", "F12"),
        "cue",
        both(("F12",), ("Ctrl+4",)),
    ),
    Action(
        "nudge_back",
        "Edit",
        "Move a frame earlier",
        "Move the selected descriptions a frame earlier.",
        ("Alt+Shift+Left",),
        "cues",
    ),
    Action(
        "nudge_on",
        "Edit",
        "Move a frame later",
        "Move the selected descriptions a frame later.",
        ("Alt+Shift+Right",),
        "cues",
    ),
    Action(
        "leave_silent",
        "Edit",
        "Leave this gap silent",
        "Say that the gap at the playhead is meant to stay without description, or may have one.",
        ("0",),
        "gap",
    ),
)

_DESCRIPTION = (
    Action(
        "edit_text",
        "Description",
        "Write the text",
        "Go to the text of the selected description.",
        ("Return", "F2"),
        "cue",
    ),
    Action(
        "accept",
        "Description",
        "Accept",
        "Say that a person stands for the text; no engine overwrites it then.",
        ("Ctrl+Return",),
        "cues",
    ),
    *(
        Action(
            f"draft_{number}",
            "Description",
            f"Take draft {number}",
            f"Make draft {number} the text of the description.",
            (str(number),),
            "cue",
        )
        for number in range(1, 6)
    ),
    Action(
        "mode_auto",
        "Description",
        "Let the studio decide about waiting",
        "The film waits only where the description does not fit, and not for long.",
        ("Ctrl+Alt+1",),
        "cues",
    ),
    Action(
        "mode_inline",
        "Description",
        "Never wait (inline)",
        "The description has to fit its gap, or it is left out.",
        ("Ctrl+Alt+2",),
        "cues",
    ),
    Action(
        "mode_extended",
        "Description",
        "Always wait (extended)",
        "The picture holds while the description is spoken.",
        ("Ctrl+Alt+3",),
        "cues",
    ),
    Action(
        "freeze",
        "Description",
        "How long the film waits",
        "Go to the number of seconds that the picture holds.",
        ("Ctrl+Alt+F",),
        "cue",
    ),
    Action(
        "voice",
        "Description",
        "Voice of this description",
        "Go to the voices of the selected description.",
        ("Ctrl+Alt+V", "Ctrl+Shift+V"),
        "cue",
        both(("Ctrl+Shift+V",), ("Ctrl+Shift+V",)),
    ),
    Action(
        "gain",
        "Description",
        "How loud it is",
        "Go to the number of decibels by which it is louder than the others.",
        ("Ctrl+Shift+G",),
        "cue",
    ),
    Action(
        "takes",
        "Description",
        "Takes…",
        "Record the selected description, or choose the recording that is heard.",
        ("Ctrl+R",),
        "cue",
    ),
    Action(
        "next_word",
        "Description",
        "Next unknown word",
        "Go to the next word of the text that nobody knows, and see what may be meant.",
        ("F7",),
        "cue",
    ),
    Action(
        "add_word",
        "Description",
        "Add the word to the project's",
        "Let the spelling know the word at the caret.",
        ("Ctrl+F7",),
        "cue",
    ),
    Action(
        "say_word",
        "Description",
        "Say a word in another way…",
        "Set how the voice says the word at the caret, or what is selected in the text.",
        ("Ctrl+Shift+W",),
        "cue",
    ),
    Action(
        "note",
        "Description",
        "Note",
        "Go to the note of the selected description.",
        ("Ctrl+Alt+N",),
        "cue",
    ),
)

_WORK = (
    Action(
        "analyse",
        "Work",
        "Find scenes, speech and gaps",
        "Look through the film for cuts and listen for speech.",
        ("Ctrl+G",),
    ),
    Action(
        "draft",
        "Work",
        "Draft descriptions",
        "Propose a description for each gap; what you wrote or accepted stays.",
        ("Ctrl+D",),
    ),
    Action(
        "speak",
        "Work",
        "Speak all descriptions",
        "Speak everything that is not spoken yet or failed before.",
        ("Ctrl+T",),
    ),
    Action(
        "pronunciations",
        "Work",
        "Words and how they are said…",
        "See and change how words of this language are said.",
        ("Ctrl+Shift+P",),
    ),
    Action(
        "add_bed",
        "Work",
        "New sound bed",
        "Plan background sound for the scene at the playhead.",
        ("Ctrl+Shift+B",),
    ),
    Action(
        "reference_voices",
        "Work",
        "Reference voices…",
        "Recordings in whose manner an engine may speak, each with its speaker's consent.",
        ("Ctrl+Shift+E",),
        "always",
    ),
    Action("next_issue", "Work", "Next issue", "Go to the next thing that is wrong.", ("F8",)),
    Action("previous_issue", "Work", "Previous issue", "Go to the one before.", ("Shift+F8",)),
    Action(
        "waive_issue",
        "Work",
        "Let the issue pass…",
        "Say why the chosen issue may stay; it is kept with its reason.",
        ("Ctrl+F8",),
    ),
    Action(
        "unwaive_issue",
        "Work",
        "Let the issue count again",
        "Take back that the chosen issue is let pass.",
        ("Ctrl+Shift+F8",),
    ),
    Action(
        "stop_jobs",
        "Work",
        "Stop the work in the background",
        "Stop what is going on; nothing half-made is used.",
        ("Ctrl+.",),
        "jobs",
    ),
)

_PLAY = (
    Action(
        "play",
        "Play",
        "Play or pause",
        "Play from the playhead on, or pause.",
        ("Space", "K", "Ctrl+Space", "Ctrl+P"),
        "project",
        both(("Space", "Ctrl+Space", "F4"), ("Space", "Ctrl+Space", "Ctrl+P")),
    ),
    Action(
        "play_cue",
        "Play",
        "Hear the description",
        "Play the selected description with a little of the film before it.",
        ("R", "F5"),
        "cue",
        both(("F5",), ("R",)),
    ),
    Action(
        "loop_cue",
        "Play",
        "Hear it again and again",
        "Play the selected description in a loop.",
        ("Shift+R",),
        "cue",
    ),
    Action(
        "play_before",
        "Play",
        "Hear what comes before",
        "Play half a second up to where the description starts.",
        ("Q",),
        "cue",
    ),
    Action(
        "play_first",
        "Play",
        "Hear its first half second",
        "Play the first half second of the description.",
        ("E",),
        "cue",
    ),
    Action(
        "play_last",
        "Play",
        "Hear its last half second",
        "Play the last half second of the description.",
        ("D",),
        "cue",
    ),
    Action(
        "play_after",
        "Play",
        "Hear what comes after",
        "Play half a second from where the description ends.",
        ("W",),
        "cue",
    ),
    Action("slower", "Play", "Backwards or slower", "Shuttle backwards.", ("J",)),
    Action("faster", "Play", "Faster", "Shuttle forwards.", ("L",)),
    Action("frame_back", "Play", "A frame back", "One picture back.", ("Left",)),
    Action("frame_on", "Play", "A frame on", "One picture on.", ("Right",)),
    Action("second_back", "Play", "A second back", "One second back.", ("Shift+Left",)),
    Action("second_on", "Play", "A second on", "One second on.", ("Shift+Right",)),
    Action(
        "snap_back",
        "Play",
        "Back to a cut or speech",
        "To the cut, or the start or end of speech, before the playhead.",
        ("Alt+Left",),
    ),
    Action(
        "snap_on",
        "Play",
        "On to a cut or speech",
        "To the next cut, or start or end of speech.",
        ("Alt+Right",),
    ),
    Action(
        "edge_back",
        "Play",
        "Back to a description's edge",
        "To where a description starts or ends before the playhead.",
        ("Ctrl+Left",),
    ),
    Action(
        "edge_on",
        "Play",
        "On to a description's edge",
        "To where the next description starts or ends.",
        ("Ctrl+Right",),
    ),
    Action("film_start", "Play", "To the start", "To the start of the film.", ("Ctrl+Home",)),
    Action("film_end", "Play", "To the end", "To the end of the film.", ("Ctrl+End",)),
    Action(
        "solo",
        "Play",
        "Only the description",
        "Hear the description without the film's sound.",
        ("X",),
        "project",
        toggles=True,
    ),
    Action(
        "gap_tones",
        "Play",
        "Tones at gaps",
        "Hear a tone where a gap begins and ends, in this preview only.",
        ("Ctrl+Alt+G",),
        "always",
        toggles=True,
    ),
    Action(
        "film_softer", "Play", "Film softer", "Turn the film's sound down here.", ("Ctrl+Alt+Down",)
    ),
    Action("film_louder", "Play", "Film louder", "Turn it up again.", ("Ctrl+Alt+Up",)),
    Action(
        "voice_softer",
        "Play",
        "Description softer",
        "Turn the description down here.",
        ("Ctrl+Shift+Down",),
    ),
    Action("voice_louder", "Play", "Description louder", "Turn it up again.", ("Ctrl+Shift+Up",)),
)

_GO = (
    Action(
        "previous_cue",
        "Go",
        "Previous description",
        "Select the description before.",
        ("Up", "Alt+Up"),
        "project",
        both(("Up", "Alt+Up"), ("Up", "Alt+Up", "Z")),
    ),
    Action(
        "next_cue",
        "Go",
        "Next description",
        "Select the next description.",
        ("Down", "Alt+Down"),
        "project",
        both(("Down", "Alt+Down"), ("Down", "Alt+Down", "C")),
    ),
    Action("next_gap", "Go", "Next gap", "To the next gap without a description.", ("G",)),
    Action("previous_gap", "Go", "Previous gap", "To the gap before that has none.", ("Shift+G",)),
    Action("go_cues", "Go", "List of descriptions", "Go to the list.", ("Alt+1",)),
    Action("go_timeline", "Go", "Timeline", "Go to the timeline.", ("Alt+2",)),
    Action("go_drafts", "Go", "Drafts", "Go to the drafts of the description.", ("Alt+3",)),
    Action("go_voices", "Go", "Voices", "Go to the voices of this language.", ("Alt+4",)),
    Action("go_issues", "Go", "Issues", "Go to what is wrong.", ("Alt+5",)),
    Action("go_jobs", "Go", "Work in the background", "Go to the jobs.", ("Alt+6",)),
    Action("go_beds", "Go", "Sound beds", "Go to the sound beds.", ("Alt+9",)),
    Action("go_history", "Go", "History", "Go to the list of edits.", ("Alt+7",)),
    Action("go_language", "Go", "Language", "Go to the choice of language.", ("Alt+8",)),
    Action(
        "next_pane", "Go", "Next part of the window", "Go on to the next part.", ("F6",), "always"
    ),
    Action(
        "previous_pane",
        "Go",
        "Previous part of the window",
        "Go back to the part before.",
        ("Shift+F6",),
        "always",
    ),
)

_VIEW = (
    Action("zoom_in", "View", "Zoom in", "Show less time, larger.", ("Ctrl+=", "Ctrl++")),
    Action("zoom_out", "View", "Zoom out", "Show more time, smaller.", ("Ctrl+-",)),
    Action("zoom_fit", "View", "Whole film", "Show all of the film.", ("Shift+Z",)),
    Action(
        "zoom_cue",
        "View",
        "Zoom to the description",
        "Show what is selected.",
        ("Z",),
        "cues",
        both(("Z",), ("Shift+X",)),
    ),
    Action(
        "timecode",
        "View",
        "Count frames",
        "Show times as timecode, hours to frames, in place of milliseconds.",
        ("Ctrl+Shift+T",),
        "always",
        toggles=True,
    ),
    Action(
        "larger_text", "View", "Larger text", "Make all text larger.", ("Ctrl+Shift+=",), "always"
    ),
    Action(
        "smaller_text",
        "View",
        "Smaller text",
        "Make all text smaller.",
        ("Ctrl+Shift+-",),
        "always",
    ),
    Action(
        "theme",
        "View",
        "Next colours",
        "Light, dark or high contrast, one after the other.",
        ("Ctrl+Shift+K",),
        "always",
    ),
    Action(
        "add_language",
        "View",
        "Add a language…",
        "Add a language version to the project.",
        ("Ctrl+Shift+I",),
    ),
)

_HELP = (
    Action("help", "Help", "Manual", "How to work with the studio.", ("F1",), "always"),
    Action(
        "shortcuts",
        "Help",
        "Keys…",
        "See and change the keys; choose a preset.",
        ("Ctrl+K", "Shift+F1"),
        "always",
    ),
    Action(
        "say_cue",
        "Help",
        "Say the description",
        "Let the screen reader say the selected description and how it fits.",
        ("F9",),
    ),
    Action(
        "say_gap",
        "Help",
        "Say the gap",
        "Let the screen reader say how long the gap at the playhead is and what is free.",
        ("Shift+F9",),
    ),
    Action(
        "say_playhead",
        "Help",
        "Say where the playhead is",
        "Let the screen reader say the time, the scene and what lies there.",
        ("Ctrl+F9",),
    ),
)

TABLE: tuple[Action, ...] = (
    *_FILE, *_EDIT, *_DESCRIPTION, *_WORK, *_PLAY, *_GO, *_VIEW, *_HELP,
)  # fmt: skip


def conflicts(preset: str, changed: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Keys that do more than one thing: key to the ids of the actions."""
    found: dict[str, list[str]] = {}
    for action in TABLE:
        for key in all_keys(action.bound(preset, changed)):
            found.setdefault(key.casefold(), []).append(action.id)
    return {key: tuple(ids) for key, ids in found.items() if len(ids) > 1}


def by_id(action_id: str) -> Action:
    """The row of that id."""
    return next(one for one in TABLE if one.id == action_id)
