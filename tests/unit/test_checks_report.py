"""Room for description, the report for people and the one for programs."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.script import checks
from studio.script.checks.describability import BOUNDS, STRETCH, describability
from studio.script.checks.picture import ROW, timeline
from studio.script.checks.report import Checked, page, plain
from studio.script.checks.subject import Subject
from studio.script.model import Bed, Gap, Project, Waiver
from studio.settings import Settings
from studio.speech import fit
from studio.times import Span
from tests.unit.checked import MINUTE, STYLE, cue, film, project, speech
from tests.unit.strategies import projects

VOID = {"meta", "br"}


# --- room -----------------------------------------------------------------------------------------


def room(*gaps: Gap, minutes: int = 10, **changes: object):
    whole = (Span(0, minutes * MINUTE),)
    return describability(project(film=film(minutes * MINUTE), gaps=gaps, scenes=whole, **changes))


def test_room_is_counted_without_work() -> None:
    found = room(Gap(0, 3000), Gap(60_000, 65_000), Gap(70_000, 71_999), Gap(200_000, 240_000))
    assert (found.usable, found.gaps, found.longest) == (48_000, 3, 40_000)
    assert found.share == pytest.approx(0.08)
    assert found.words == 8 + 13 + 106  # at 160 words a minute, each gap rounded down
    assert [one.count for one in found.histogram] == [1, 1, 0, 0, 1]
    assert [one.start for one in found.histogram] == list(BOUNDS)


def test_a_gap_to_leave_silent_is_no_room() -> None:
    assert room(Gap(0, 9000, leave_silent=True)).usable == 0


@pytest.mark.parametrize(
    ("every", "suggested"),
    [(1, "standard"), (2, "uncertain"), (3, "extended"), (100, "extended")],
)
def test_the_suggestion_follows_how_evenly_gaps_lie(every: int, suggested: str) -> None:
    gaps = (Gap(at, at + 4000) for at in range(1000, 10 * MINUTE, STRETCH * every))
    found = room(*gaps)
    assert found.suggested == suggested
    assert "%" in found.why


def test_one_long_gap_does_not_make_a_film_describable() -> None:
    assert room(Gap(0, 100_000)).suggested == "extended"


def test_what_was_not_analysed_is_uncertain_and_babble_is_extended() -> None:
    assert describability(project()).suggested == "uncertain"
    babble = project(speech=speech(0, 600_000))
    assert describability(babble).suggested == "extended"


@given(projects())
def test_room_is_sound_for_any_project(made: Project) -> None:
    found = describability(made)
    assert 0 <= found.covered <= 1
    assert sum(one.count for one in found.histogram) == found.gaps
    assert (found.usable == 0) == (found.gaps == 0)
    assert found.usable <= sum(max(0, gap.end - gap.start) for gap in made.gaps)


def test_the_least_gap_is_that_of_the_project() -> None:
    assert room(Gap(0, 3000), settings=Settings(gap_minimum=3500)).gaps == 0


# --- the report -----------------------------------------------------------------------------------


def checked(made: Project, language: str = "en") -> Checked:
    placements = fit.plan(made, language)
    found = checks.check(made, language, placements, STYLE)
    return Checked(
        "A <film>",
        Subject(made, language, placements, STYLE),
        checks.open_issues(made, found),
        checks.waived(made, found),
        describability(made),
    )


FAULTY = project(
    cue(1, 0, 5000, "We see <b>a man</b> & his dog.", 3000),
    cue(2, 700_000, 703_000, "He walked home.", 2500),
    film=film(12 * MINUTE),
    speech=speech(6000, 9000),
    gaps=(Gap(40, 5700), Gap(9300, 12 * MINUTE), Gap(100, 200, leave_silent=True)),
    waivers=(Waiver("language.tense", "c2", "en", "A look <back>."),),
)


class Page(HTMLParser):
    """Checks that elements are closed in order, and keeps what a listener would go by."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_page_can_be_heard() -> None:
    found = Page(page([checked(FAULTY)]))
    assert found.named("html") == [{"lang": "en"}]
    headings = [name for name, _ in found.tags if name in ("h1", "h2", "h3")]
    assert headings[0] == "h1"
    assert headings.count("h1") == 1
    assert all(int(b[1]) <= int(a[1]) + 1 for a, b in pairwise(headings))
    tables = len(found.named("table"))
    assert tables >= 4
    assert len(found.named("caption")) == tables
    assert {one["scope"] for one in found.named("th")} == {"col", "row"}
    (svg,) = found.named("svg")
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    assert svg["role"] == "img"
    assert set(str(svg["aria-labelledby"]).split()) <= set(ids)
    assert not found.named("script")
    assert not [one for name, one in found.tags if "src" in one or "href" in one]


def test_the_page_tells_all_in_words() -> None:
    made = checked(FAULTY)
    text = Page(page([made])).text
    for issue in made.issues:
        assert issue.sentence in text
    assert "A look <back>." in text
    assert "We see <b>a man</b> & his dog." in text
    assert "to be left silent" in text
    assert "11:40.000" in text
    assert made.room is not None
    assert made.room.why in text


def test_the_report_says_where_sound_was_added() -> None:
    made = Bed("b1", 2000, 9000, "dark", "slow", "piano", sound="0" * 32, gain=-3.0)
    planned = Bed("b2", 20_000, 29_000, "bright", "", "bells <loud>")
    with_beds = checked(project(beds=(made, planned)))
    text = page([with_beds, with_beds])
    assert text.count("<h2>Added sound</h2>") == 1
    assert "bright, bells &lt;loud&gt;" in text
    added = text[text.index("Added sound") : text.index("Language en</h2>")]
    for told_once in ("0:02.000", "yes", "planned, not made yet", "-3.0 dB"):
        assert added.count(told_once) == 1
    told = json.loads(json.dumps(plain(with_beds)))["beds"]
    assert [(one["start"], one["end"], one["made"]) for one in told] == [
        (2000, 9000, True),
        (20_000, 29_000, False),
    ]
    assert told[0]["mood"] == "dark, slow, piano"
    assert "No background sound was added" in page([checked(project())])
    assert "Added sound" not in page([replace(checked(project()), room=None)])


def test_one_page_for_several_languages_has_names_of_its_own() -> None:
    both = replace(FAULTY, languages=("en", "de"))
    found = Page(page([checked(both, "en"), checked(both, "de")]))
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    assert {"version-en", "version-de"} <= set(ids)
    # a voice must know in which language to say a text
    assert {one["lang"] for one in found.named("td") if "lang" in one} == {"en", "de"}


def test_the_picture_shows_every_stretch_once_a_row() -> None:
    made = checked(FAULTY)
    issues = [(at, one) for one in made.issues if (at := made.at(one)) is not None]
    drawn = timeline(
        FAULTY, [(Span(0, 3000), "A & B"), (Span(ROW - 10, ROW + 10), "C")], issues, "t"
    )
    tree = ElementTree.fromstring(drawn)  # noqa: S314  # we have made it
    kinds = [one.get("class") for one in tree.iter("rect")]
    assert kinds.count("speech") == 1
    assert kinds.count("gap") == 3  # the second goes over two rows
    assert kinds.count("gap silent") == 1
    assert kinds.count("cue") == 3
    marks = [one.get("class") for one in tree.iter("path") if one.get("class") != "tick"]
    assert sorted(marks) == sorted(issue.severity for _, issue in issues)
    assert all(0 <= float(one.get("x", "-1")) <= 1200 for one in tree.iter("rect"))


@settings(max_examples=30)
@given(projects(), st.sampled_from(["en", "de"]))
def test_any_project_has_a_report(made: Project, language: str) -> None:
    short = replace(made, film=replace(made.film, duration=min(made.film.duration, 3 * ROW)))
    one = checked(short, language)
    Page(page([one]))
    drawn = timeline(short, [(each.heard, each.text) for each in one.subject.written], [], "t")
    assert ElementTree.fromstring(drawn).tag == "svg"  # noqa: S314  # we have made it
    assert json.loads(json.dumps(plain(one)))["counts"]["error"] == sum(
        issue.severity == "error" for issue in one.issues
    )


def test_programs_get_plain_values() -> None:
    told = plain(checked(FAULTY))
    assert (told["language"], told["style"]) == ("en", "neutral")
    viewer = next(one for one in told["issues"] if one["rule"] == "language.viewer")
    assert (viewer["cue"], viewer["at"], viewer["severity"]) == ("c1", 40, "caution")
    assert viewer["title"] == "Speaks of watching"
    assert "Audio Description Coalition" in viewer["source"]
    zero = next(one for one in told["issues"] if one["rule"] == "timing.at-zero")
    assert zero["repairable"]
    assert [one["reason"] for one in told["waived"]] == ["A look <back>."]
    assert told["describability"]["suggested"] == "standard"
