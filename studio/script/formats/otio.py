"""OpenTimelineIO: a track as long as the film, with a marker for each description.

Times are in ms (rate 1000), so nothing is rounded. What a marker has no field for lies in its
metadata under "audio_description". From other programs' timelines all markers are read.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from studio.errors import ProjectError
from studio.script.formats.script import Entry, Script
from studio.script.formats.table import MOST_ROWS
from studio.script.formats.text import clean, decoded, one_line
from studio.times import MS_PER_SECOND, Span

_OURS = "audio_description"
_WORDS = ("id", "voice", "note", "on_screen", "status", "settings")
_FRACTION = re.compile(r"([1-9]\d{0,6})(?:/([1-9]\d{0,6}))?", re.ASCII)
_NESTING = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\]]', re.DOTALL)  # whole texts, or a bracket
_DEEPEST = 64  # objects and lists inside each other; the library's reader has no limit of its own
_LONGEST = 1000 * 3600 * MS_PER_SECOND  # ms


# --- writing --------------------------------------------------------------------------------------


def write(script: Script) -> bytes:
    """A timeline in OpenTimelineIO's own JSON."""
    import opentimelineio as otio

    timeline = otio.schema.Timeline(name=one_line(script.title))
    ends = [one.span.end for one in script.entries]
    length = script.duration if script.duration is not None else max(ends, default=0)
    track = otio.schema.Track(name="Description", kind=otio.schema.TrackKind.Audio)
    track.append(otio.schema.Gap(source_range=_range(Span(0, length))))
    timeline.tracks.append(track)
    about: dict[str, Any] = {"language": one_line(script.language)}
    if script.rate is not None:
        about["rate"] = str(script.rate)
    timeline.metadata[_OURS] = about
    entries = (one for one in script.entries if clean(one.text))
    for number, entry in enumerate(entries, start=1):
        marker = otio.schema.Marker(
            name=one_line(entry.id) or str(number), marked_range=_range(entry.span)
        )
        marker.comment = clean(entry.text)
        words = {name: one_line(getattr(entry, name)) for name in _WORDS}
        words |= {name: clean(getattr(entry, name)) for name in ("note", "on_screen")}
        marker.metadata[_OURS] = {
            **{name: value for name, value in words.items() if value},
            **({"extended": True} if entry.extended else {}),
            **({} if entry.freeze is None else {"freeze": entry.freeze}),
        }
        track.markers.append(marker)
    text: str = otio.core.serialize_json_to_string(timeline, {}, 2)
    return text.encode() + b"\n"


def _range(span: Span) -> Any:
    from opentimelineio.opentime import RationalTime, TimeRange

    start, length = (RationalTime(ms, MS_PER_SECOND) for ms in (span.start, span.duration))
    return TimeRange(start, length)


# --- reading --------------------------------------------------------------------------------------


def read(data: bytes) -> Script:
    """The markers of a timeline, in its own time. Raises ProjectError."""
    import opentimelineio as otio

    text = _checked(decoded(data))
    try:
        # not through the adapters: those load plug-ins that the environment names
        timeline = _timeline(otio.core.deserialize_json_from_string(text))
        entries = tuple(_entries(timeline))
        kept = _kept(timeline)
        language = one_line(str(kept.get("language", "")))
        name = one_line(timeline.name or "")
        tracks = timeline.tracks
        duration = _ms(tracks[0].duration()) if len(tracks) else None
    except ProjectError:
        raise
    except Exception as error:  # the library meets a damaged file with whatever it trips over
        raise _unreadable(f"{type(error).__name__}: {error}") from error
    return Script(entries, language, name, _rate(kept), duration)


def _timeline(found: Any) -> Any:
    import opentimelineio as otio

    if not isinstance(found, otio.schema.Timeline):
        raise _unreadable("it holds no timeline")
    return found


def _entries(timeline: Any) -> Iterator[Entry]:
    """An entry for each marker that says something, on whatever item it is."""
    count = 0
    for item in (timeline.tracks, *timeline.find_children()):
        for marker in getattr(item, "markers", ()):
            count += 1
            if count > MOST_ROWS:
                raise ProjectError(f"The timeline has over {MOST_ROWS:,} markers.")
            text = clean(getattr(marker, "comment", "") or "") or clean(marker.name or "")
            if text:
                yield _entry(marker, text, _span(marker.marked_range, item, timeline.tracks))


def _entry(marker: Any, text: str, span: Span) -> Entry:
    kept = _kept(marker)
    words = {name: clean(word) for name in _WORDS if isinstance(word := kept.get(name), str)}
    freeze = kept.get("freeze")
    if not isinstance(freeze, int) or not 0 <= freeze <= _LONGEST:
        freeze = None
    return Entry(
        span,
        text,
        extended=kept.get("extended") is True or bool(freeze),
        freeze=freeze,
        id=words.get("id", ""),
        voice=words.get("voice", ""),
        note=words.get("note", ""),
        on_screen=words.get("on_screen", ""),
        status=words.get("status", ""),
        settings=words.get("settings", ""),
    )


def _kept(item: Any) -> dict[str, Any]:
    """What we keep in the metadata of an item."""
    kept = item.metadata.get(_OURS)
    return dict(kept.items()) if hasattr(kept, "items") else {}


def _rate(kept: dict[str, Any]) -> Fraction | None:
    match = _FRACTION.fullmatch(str(kept.get("rate", "")))
    return Fraction(int(match[1]), int(match[2] or 1)) if match else None


def _span(marked: Any, item: Any, tracks: Any) -> Span:
    """A marked range as film time; the marker may lie on a clip that begins later."""
    start = _ms(item.transformed_time(marked.start_time, tracks))
    return Span(start, start + _ms(marked.duration))


def _ms(time: Any) -> int:
    """A RationalTime in ms, to the nearest."""
    if not time.rate > 0 or not math.isfinite(time.value):
        raise _unreadable("it has a time that is none")
    ms: int = round(time.value / time.rate * MS_PER_SECOND)
    if not 0 <= ms <= _LONGEST:
        raise _unreadable("it has a time before 0 or beyond 1,000 hours")
    return ms


def _checked(text: str) -> str:
    """The same JSON, known to be no danger to the library, which would crash. Raises ProjectError.

    That is, nothing nested too deep, and no object that refers to another, or to itself.
    """
    _check_depth(text)
    try:
        return json.dumps(json.loads(text, object_pairs_hook=_without_references))
    except ValueError as error:
        raise _unreadable(str(error)) from error


def _without_references(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    schemas = [value for key, value in pairs if key == "OTIO_SCHEMA"]
    if any(str(one).startswith("SerializableObjectRef") for one in schemas):
        raise _unreadable("it has objects that refer to each other")
    return dict(pairs)


def _check_depth(text: str) -> None:
    """Raises ProjectError where the JSON is so deep that a reader could run out of stack."""
    depth = 0
    for found in _NESTING.finditer(text):
        if found[0] in "{[":
            depth += 1
            if depth > _DEEPEST:
                raise _unreadable(f"it is nested deeper than {_DEEPEST} levels")
        elif found[0] in "}]":
            depth -= 1


def _unreadable(why: str) -> ProjectError:
    return ProjectError(
        f"The file is not OpenTimelineIO that can be read ({why}).", "Nothing was imported."
    )
