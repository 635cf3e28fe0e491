"""What is known beside the pictures when drafting: what people say, and the house style."""

from __future__ import annotations

from collections.abc import Sequence

from studio.drafting.describe import Spoken
from studio.drafting.select import Style
from studio.script import checks, styles
from studio.script.formats.script import Entry
from studio.script.model import Project
from studio.times import Span


def spoken(project: Project, captions: Sequence[Entry]) -> tuple[Spoken, ...]:
    """What people say: as captions have it, else as the project knows it, with who says it."""
    if captions:
        return tuple(Spoken(one.span, one.text) for one in captions)
    return tuple(Spoken(Span(one.start, one.end), one.text, one.person) for one in project.lines)


def style_of(project: Project, language: str) -> Style:
    """How many rules of the project's house style a text breaks."""
    style, _ = styles.house_style(project)
    return lambda text: checks.faults_of(text, project, language, style)
