"""The models and programs the studio works with: one-verb protocols, then the table.

A row is data (table.py), a verb a protocol (verbs.py). Adding an engine is a row, a file beside
this one and a pass of the shared suite in tests/engines. Stages ask `open(kind, name)` and never
name a file. What is missing raises EngineError saying what to do; no engine ever stands in
silently for another.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Literal, overload

from studio.engines.table import FINDERS, TABLE, Kind, Need, Row, Sent
from studio.engines.verbs import (
    ALONE,
    BED_RATE,
    LAG_STEP,
    LIP_GRID,
    SAW,
    SEEN,
    TIMBRE,
    Around,
    Box,
    Brief,
    Check,
    ContextTranslator,
    Describer,
    Diariser,
    FaceFinder,
    Moment,
    ObjectFinder,
    Phrase,
    Picture,
    Proposal,
    Ranker,
    ReadText,
    ReadySpeaker,
    SaidWord,
    Situation,
    Sound,
    SoundMaker,
    Speaker,
    Stretch,
    SyncMeter,
    TalkingMouth,
    TextReader,
    Thing,
    Timbre,
    Transcriber,
    Transcript,
    Translator,
    Unanswered,
    Voice,
    VoiceTurn,
    Wish,
    unchecked,
)
from studio.errors import EngineError, UsageError

if TYPE_CHECKING:
    from studio.engines.verbs import Pixels, Samples, Stereo

__all__ = [
    "ALONE", "BED_RATE", "FINDERS", "LAG_STEP", "LIP_GRID", "SAW", "SEEN", "TABLE", "TIMBRE",
    "Around", "Box", "Brief", "Check", "ContextTranslator", "Describer", "Diariser", "FaceFinder",
    "Kind", "Moment", "Need", "ObjectFinder", "Phrase", "Picture", "Pixels", "Proposal", "Ranker",
    "ReadText", "ReadySpeaker", "Row", "SaidWord", "Samples", "Sent", "Situation", "Sound",
    "SoundMaker", "Speaker", "Stereo", "Stretch", "SyncMeter", "TalkingMouth", "TextReader",
    "Thing", "Timbre", "Transcriber", "Transcript", "Translator", "Unanswered", "Voice",
    "VoiceTurn", "Wish", "open", "row", "rows", "unchecked",
]  # fmt: skip


def rows(kind: Kind | None = None) -> tuple[Row, ...]:
    """The rows of one kind, or all; where several can do the work, the first is preferred."""
    return tuple(row for row in TABLE if kind in (None, row.kind))


def row(kind: Kind, name: str) -> Row:
    """The row of that name, with or without a model. Raises UsageError listing the names."""
    plain, colon, _ = name.partition(":")
    found = next((one for one in rows(kind) if one.name == plain), None)
    if found is None or (colon and not found.models):
        names = ", ".join(one.name for one in rows(kind))
        raise UsageError(f"There is no {kind} “{name}”.", advice=f"Choose one of: {names}.")
    return found


@overload
def open(kind: Literal["describer"], name: str) -> Describer: ...
@overload
def open(kind: Literal["diariser"], name: str) -> Diariser: ...
@overload
def open(kind: Literal["sync-meter"], name: str) -> SyncMeter: ...
@overload
def open(kind: Literal["transcriber"], name: str) -> Transcriber: ...
@overload
def open(kind: Literal["face-finder"], name: str) -> FaceFinder: ...
@overload
def open(kind: Literal["object-finder"], name: str) -> ObjectFinder: ...
@overload
def open(kind: Literal["ranker"], name: str) -> Ranker: ...
@overload
def open(kind: Literal["translator"], name: str) -> Translator: ...
@overload
def open(kind: Literal["sound-maker"], name: str) -> SoundMaker: ...
@overload
def open(kind: Literal["speaker"], name: str) -> Speaker: ...
@overload
def open(kind: Literal["text-reader"], name: str) -> TextReader: ...


def open(kind: Kind, name: str) -> Any:
    """The engine itself, ready to work. Raises EngineError when something it needs is missing.

    name: of the row; where it works with models, perhaps with one of them ("xtts:FOLDER").
    """
    chosen = row(kind, name)
    model = name.partition(":")[2]
    given = ("model", "file") if model else ()  # it brings what it works with
    missing = [need for need in chosen.missing() if need.kind not in given]
    if missing:
        raise EngineError(
            f"The {kind} “{name}” needs {' and '.join(need.called for need in missing)}, "
            "which this machine does not have.",
            advice="Get it with: " + "; ".join(need.get for need in missing),
        )
    module, _, attribute = chosen.where.partition(":")
    engine = getattr(importlib.import_module(f"studio.engines.{module}"), attribute)
    return engine(model) if model else engine()
