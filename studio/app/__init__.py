"""THE WINDOW: the same steps as at the prompt, to see, hear and touch.

    main       starts the application and its first window
    window     the main window: panels, menus, what each action does
    document   the project being worked on: history, saving, selection
    autosave   what a crash must not lose, and who has a file open
    jobs       work in the background: heavy work in processes, light work on threads
    speaking   keeps every written cue spoken while a person writes
    actions    the table of everything that can be done, and its keys
    panels     cue table, editor, drafts, voices, issues, jobs, history
    dialogs    export, preferences, shortcuts, help
    player     picture and sound as they will be exported
    timeline   scenes, speech, gaps and cues over time
    theme      colours and sizes

Only here are Qt and mpv. What a person sees is read from `Document`; what a person does is an
action, and becomes one named edit.
"""
