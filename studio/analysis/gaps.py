"""Where a description has room: what speech and its guards leave of a film."""

from __future__ import annotations

from collections.abc import Iterable

from studio.script.model import Gap
from studio.settings import Settings
from studio.times import Span, between


def gaps(speech: Iterable[Span], duration: int, settings: Settings) -> tuple[Gap, ...]:
    """The gaps of a film of `duration` ms, in order.

    Each is free of speech by settings.speech_guard on both sides, at least settings.gap_minimum
    long, and none begins before settings.first_cue. The film's ends need no guard.
    """
    guard = settings.speech_guard
    kept_free = [Span(talk.start - guard, talk.end + guard) for talk in speech]
    room = between(kept_free, Span(settings.first_cue, duration))
    return tuple(
        Gap(span.start, span.end) for span in room if span.duration >= settings.gap_minimum
    )
