"""Drafts: what a describer proposes for the cues of a project.

A model that writes freely is told the story so far, what was described before, what people say
around, whom it may name and how many words there are; its words are cleaned, names are set by the
cast sheet, and the best candidate comes first. What cannot be described or cleaned becomes an issue
of that cue, and the work goes on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from studio import engines
from studio.drafting import cast, prompts
from studio.drafting.clean import clean
from studio.drafting.near import Near
from studio.drafting.select import Candidate, Style, any_style, choose
from studio.drafting.shots import Shots, shots
from studio.engines import SAW, Moment, Proposal, Ranker, Situation, Unanswered
from studio.errors import EngineError
from studio.media.probe import FilmInfo
from studio.progress import Progress
from studio.script.model import Cue, Draft, Issue, Project, Severity
from studio.script.room import time_to_speak, word_limit
from studio.script.silence import silent_cues
from studio.times import Span

FAILED, UNCLEAN, SILENT = "drafting.failed", "drafting.unclean", "drafting.silent"
"""The rules of issues about drafts: none came, one needs a hand, none says anything new."""

_REMEMBERED = 4  # descriptions before this one that a describer is told of
_DIALOGUE = 12_500  # ms before and after a cue: 25 s of dialogue in all


@dataclass(frozen=True, slots=True)
class Spoken:
    """What somebody in the film says, in film ms. person: the id of who says it, "" unknown."""

    span: Span
    text: str
    person: str = ""


@dataclass(frozen=True, slots=True)
class Drafted:
    """What came of one cue: its drafts, best first, and what a person should know."""

    cue: str
    drafts: tuple[Draft, ...]
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Help:
    """What a choice may rest on beside the film: dialogue, a house style, a describer's picks."""

    dialogue: tuple[Spoken, ...] = ()
    style: Style = any_style
    ranker: Ranker | None = None


def draft(
    info: FilmInfo,
    project: Project,
    language: str,
    describer_name: str,
    progress: Progress,
    given: Help | None = None,
    only: Collection[str] | None = None,
) -> Iterator[Drafted]:
    """Cue by cue, in order of time, what the describer proposes; () where there is nothing to say.

    Cues with a text a person has accepted, and those that are left silent, are passed over. only:
    the ids of the cues to draft, whatever has become of them. Raises EngineError when the describer
    does not write in `language` or fails altogether, MediaError when the film cannot be read.
    """
    check_language(describer_name, language)
    given = given if given is not None else Help()
    cues = sorted(project.cues, key=lambda cue: (cue.start, cue.end, cue.id))
    wanted = _open(project, language) if only is None else frozenset(only)
    open_cues = [cue for cue in cues if cue.id in wanted]
    if not open_cues:
        return
    row = engines.row("describer", describer_name)
    asking = _Asking(project, language, row, given, anew=only is not None)
    describer = engines.open("describer", describer_name)
    said = _said(cues, language, wanted, accepted=only is None)
    shown = shots(info, project, open_cues, context=row.free)
    asked: deque[Moment] = deque()

    def moments() -> Iterator[Moment]:
        for at, cue in enumerate(cues):
            if cue.id in wanted:
                asked.append(asking.moment(cue, next(shown), _told_before(cues, at, said)))
                yield asked[-1]

    proposed = describer.describe(moments(), progress.check)
    try:
        for done, (cue, answer) in enumerate(zip(open_cues, proposed, strict=True)):
            progress(done / len(open_cues), "Describing")
            drafted = asking.drafted(cue, asked.popleft(), answer)
            if drafted.drafts and drafted.drafts[0].text:
                said[cue.id] = drafted.drafts[0].text
            yield drafted
    finally:
        proposed.close()
        shown.close()
    progress(1.0, "Describing")


def _open(project: Project, language: str) -> frozenset[str]:
    """The cues about which no person has decided."""
    silent = silent_cues(project)
    return frozenset(
        cue.id
        for cue in project.cues
        if cue.id not in silent and not (cue.accepted and _text(cue, language))
    )


def _said(
    cues: Iterable[Cue], language: str, wanted: Collection[str], *, accepted: bool
) -> dict[str, str]:
    """The texts that are known and not asked for; accepted: only those a person stands for."""
    texts = {
        cue.id: _text(cue, language)
        for cue in cues
        if cue.id not in wanted and (cue.accepted or not accepted)
    }
    return {cue_id: text for cue_id, text in texts.items() if text}


def _told_before(cues: Sequence[Cue], at: int, said: dict[str, str]) -> tuple[str, ...]:
    """The last texts known of cues before the one at `at`, oldest first."""
    texts = (said[cues[k].id] for k in range(at - 1, -1, -1) if cues[k].id in said)
    return tuple(islice(texts, _REMEMBERED))[::-1]


class _Asking:
    """Makes moments of cues, and drafts of what a describer answers to them."""

    def __init__(
        self, project: Project, language: str, row: engines.Row, given: Help, *, anew: bool
    ) -> None:
        """anew: other texts are wanted than those proposed already."""
        self._anew = anew
        self._project = project
        self._language = language
        self._row = row
        self._given = given
        self._prompts = prompts.load(project.style) if row.free else None
        self._lines = Near(given.dialogue, lambda line: line.span)
        self._faces = Near(project.faces, lambda face: Span(face.start, face.end))

    def moment(self, cue: Cue, shot: Shots, before: tuple[str, ...]) -> Moment:
        """What the describer is shown and told of a cue."""
        limit = word_limit(self._project, cue, self._language)
        asked = None
        if self._prompts is not None:
            asked = prompts.brief(
                self._prompts,
                language=self._language,
                duration=time_to_speak(self._project, cue),
                limit=limit,
                before=before,
                dialogue=self._told(cue, shot.span.end),
                cast=cast.introduced(self._project.named, shot.span.end),
                here=cast.seen(self._faces.over(shot.span)) or frozenset(),
                story=self._project.story,
                proposed=self._proposed(cue) if self._anew else (),
            )
        return Moment(
            span=shot.span,
            language=self._language,
            pictures=shot.own,
            motion=shot.motion,
            word_limit=limit,
            before=before,
            earlier=shot.earlier,
            later=shot.later,
            brief=asked,
        )

    def _proposed(self, cue: Cue) -> tuple[str, ...]:
        return tuple(one.text for one in cue.drafts if one.language == self._language)

    def _around(self, cue: Cue) -> Iterator[Spoken]:
        """The lines that are heard near a cue, in order."""
        return self._lines.over(Span(max(0, cue.start - _DIALOGUE), cue.end + _DIALOGUE))

    def _told(self, cue: Cue, time: int) -> tuple[str, ...]:
        """Those lines for a describer, with the names that are known by film time `time` (ms)."""
        known = {one.id: one.name for one in cast.introduced(self._project.named, time)}
        return tuple(
            f"{known[line.person]}: {line.text}" if line.person in known else line.text
            for line in self._around(cue)
        )

    def drafted(
        self, cue: Cue, moment: Moment, answer: tuple[Proposal, ...] | Unanswered
    ) -> Drafted:
        """The drafts for a cue; an issue where there is none or a person should look."""
        if isinstance(answer, Unanswered):
            sentence = f"No description was drafted: {answer.why}"
            return Drafted(cue.id, (), (self._issue(FAILED, cue, sentence),))
        if self._prompts is None:
            return Drafted(cue.id, tuple(self._draft(one.text, one.evidence) for one in answer))
        return self._chosen(cue, moment, answer, self._prompts.label)

    def _chosen(
        self, cue: Cue, moment: Moment, answer: tuple[Proposal, ...], label: str
    ) -> Drafted:
        troubles: dict[str, tuple[str, ...]] = {}
        candidates = []
        here = cast.seen(self._faces.over(moment.span))
        for one in answer:
            named, early = cast.bound(one.text, self._project.named, moment.span.end, here)
            cleaned = clean(named, moment.word_limit, moment.before, self._language)
            troubles[cleaned.text] = (*cleaned.sentences, *map(_too_early, early))
            wrote = () if cleaned.text == one.text else (f"wrote: {one.text}",)
            evidence = (*one.evidence, label, *wrote)
            candidates.append(Candidate(cleaned.text, evidence, bool(troubles[cleaned.text])))
        situation = Situation(
            self._language,
            moment.word_limit,
            moment.before,
            tuple(line.text for line in self._around(cue)),
            _seen(answer),
        )
        choice = choose(candidates, situation, self._given.style, self._given.ranker)
        drafts = tuple(self._draft(one.text, one.evidence) for one in choice.best_first if one.text)
        if not drafts:
            sentence = "No description was drafted: the model wrote nothing that could be read."
            return Drafted(cue.id, (), (self._issue(FAILED, cue, sentence),))
        if choice.silent:
            sentence = "Every draft tells again what was just said, so the gap was left silent."
            silence = self._draft("", ("nothing new",))
            return Drafted(
                cue.id, (silence, *drafts), (self._issue(SILENT, cue, sentence, "info"),)
            )
        issues = (self._issue(UNCLEAN, cue, one) for one in troubles[drafts[0].text])
        return Drafted(cue.id, drafts, tuple(issues))

    def _draft(self, text: str, evidence: tuple[str, ...]) -> Draft:
        return Draft(self._language, text, self._row.name, evidence)

    def _issue(self, rule: str, cue: Cue, sentence: str, severity: Severity = "caution") -> Issue:
        return Issue(rule, severity, sentence, cue.id, self._language)


def _too_early(name: str) -> str:
    return f"The draft names {name}, who has not been seen by then."


def _seen(answer: Iterable[Proposal]) -> str:
    """All the model saw, from the evidence of its first proposal."""
    lines = (line for one in answer for line in one.evidence if line.startswith(SAW))
    return next(lines, "").removeprefix(SAW)


def check_language(describer: str, language: str) -> None:
    """Raise EngineError, before any work, where `describer` does not write in `language`."""
    row = engines.row("describer", describer)
    if not row.speaks(language):
        raise EngineError(
            f"The describer “{describer}” does not write in “{language}” "
            f"(only in {', '.join(row.languages)}), and no translator is set up.",
            "There would be no text to speak in that language.",
            "Keep a project (--project P), write or translate the texts yourself, and bring them "
            f"in with: studio import P FILE.srt --language {language}",
        )


def _text(cue: Cue, language: str) -> str:
    version = cue.version(language)
    return version.text.strip() if version is not None else ""
