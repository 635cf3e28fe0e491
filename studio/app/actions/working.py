"""The actions of the menus File and Work: what comes, goes and is worked out."""

from __future__ import annotations

from studio.app.action import Action

FILE: tuple[Action, ...] = (
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

WORK: tuple[Action, ...] = (
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
        "draft_selected",
        "Work",
        "Draft the selected anew",
        "Propose other texts for the selected descriptions; what you wrote or chose stays.",
        ("Ctrl+Alt+D",),
        "cues",
    ),
    Action(
        "story",
        "Work",
        "Story so far…",
        "What describers that can read are told of the story.",
        ("Ctrl+Alt+S",),
    ),
    Action(
        "transcribe",
        "Work",
        "Write down what people say",
        "Let a transcriber listen to the film; lines you wrote or imported stay.",
        ("Ctrl+Alt+W",),
    ),
    Action(
        "import_lines",
        "Work",
        "Import lines of the film…",
        "Bring captions, or a list of who says what, which is aligned to the sound.",
        ("Ctrl+Alt+I",),
    ),
    Action(
        "find_cast",
        "Work",
        "Find the cast",
        "Find who speaks when, whose face it is and whose line; what you have settled stays.",
        ("Ctrl+Alt+C",),
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
    Action(
        "sync",
        "Work",
        "Check the sync…",
        "Measure whether picture and sound are in step, and put them back.",
        ("Ctrl+Alt+Y",),
    ),
    Action(
        "next_issue",
        "Work",
        "Next issue",
        "Go to the next thing that is wrong.",
        ("F8",),
        "project",
    ),
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
