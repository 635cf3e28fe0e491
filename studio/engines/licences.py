"""What a person must know of the licence of an engine, or of its model, before it works."""

from __future__ import annotations

from pathlib import PurePosixPath

from studio.engines import Kind, Row, models, row
from studio.engines.models import Model


def terms(kind: Kind, name: str, voice: str = "") -> str:
    """A sentence; "" where nothing forbids paid work, as far as the studio knows.

    name: of a row, with or without a model. voice: of a speaker; some have a licence of their own.
    Raises UsageError listing the names for one there is not.
    """
    found = row(kind, name)
    model = name.partition(":")[2]
    used = _used(found, model, voice)
    if used is None and (model or found.own_terms):
        return (
            f"The model of “{name}” has a licence of its own: "
            "see whether it allows paid work before you use it for that."
        )
    allowed, licence = found.paid_work, found.licence
    if used is not None:
        allowed, licence = used.commercial, used.licence
    if allowed:
        return ""
    called = f"The voice “{voice}”" if used is not None and _is_of(voice, used) else f"“{name}”"
    return f"{called} must not be used for paid work: its licence is {licence}."


def _used(found: Row, model: str, voice: str) -> Model | None:
    """The model of the catalogue that works, as far as that can be told."""
    own = [one for one in models.catalogue() if one.engine == found.name]
    own = [one for one in own if one.kind in {"", found.kind}]
    if model:
        return next((one for one in own if one.name == model), None)
    speaking = (one for one in own if _is_of(voice, one))
    here = (one for one in own if one.installed)
    return next(speaking, None) or next(here, None)


def _is_of(voice: str, model: Model) -> bool:
    """Whether one of the model's files is the voice's, as piper's are."""
    return any(PurePosixPath(file).stem == voice for file in model.files)
