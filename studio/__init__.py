"""The Audio Description Studio: a film in, a described film out.

The story, in the order in which `studio.steps` tells it and the folders stand:

    media      opens the film: what is in it, its pictures, its sound
    analysis   finds its scenes, where people speak, and the gaps between
    drafting   proposes a description for each gap
    speech     says it, and plans how each clip fits its gap
    mix        delivers the film with the description in it
    tuning     learns from what describers pick

    engines    the models and programs behind all this, one table
    script     the document a describer works on: what it holds, how it is kept
    deliveries what can be delivered, and what its files are called
    hearing    the film's dialogue, and who says it
    subtitling the film's dialogue translated, as subtitles and in the pictures
    soundbeds  background sound where a film has none
    syncing    whether picture and sound are in step, and putting them back
    batch      many exports, one after the other
    checking   what the checks find in projects, scripts and deliveries
    cli        the steps at a prompt; the commands about one subject are in commands/
    app        the same steps in a window

A project is one frozen value; a step takes it and returns the next one. Imports go downwards
only (see the contracts in pyproject.toml).
"""

__version__ = "0.1.0"
