"""Hypothesis strategies for documents."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from studio.script.formats import Entry, Script
from studio.script.model import (
    Bed,
    Clip,
    Cue,
    Draft,
    FaceTrack,
    Film,
    Gap,
    Issue,
    Line,
    Person,
    Project,
    Pronunciation,
    Spot,
    Take,
    Translation,
    Turn,
    Version,
    VoiceChoice,
    Waiver,
    Word,
)
from studio.times import Span

LANGUAGES = ("en", "de", "pt-br")

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
moments = st.integers(0, 10_800_000)


@st.composite
def rows_of_spans(draw: st.DrawFn, most: int = 6) -> list[Span]:
    """Stretches in order that do not overlap; some touch."""
    edges = sorted(draw(st.lists(moments, max_size=2 * most)))
    return [Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False)]


clips = st.builds(
    Clip,
    key=st.text("0123456789abcdef", min_size=8, max_size=8),
    duration=st.integers(1, 60_000),
    speaker=texts,
    voice=texts,
    tempo=st.floats(0.5, 2.0),
)
films = st.builds(
    Film,
    path=texts,
    size=st.integers(0, 1 << 40),
    fingerprint=texts,
    duration=st.integers(1, 10_800_000),
    width=st.integers(1, 8192),
    height=st.integers(1, 8192),
    rate=st.sampled_from([Fraction(25), Fraction(24000, 1001), Fraction(60)]),
    loudness=st.none() | st.floats(-70, 0),
)


@st.composite
def rows_of_takes(draw: st.DrawFn) -> tuple[Take, ...]:
    """Takes "t0.wav", "t1.wav" ..., each with a part that is used."""
    takes = []
    for number in range(draw(st.integers(0, 2))):
        start, length, rest = (draw(st.integers(0, 9000)) for _ in range(3))
        end = start + length + 1
        takes.append(Take(f"t{number}.wav", end + rest, start, end, draw(texts)))
    return tuple(takes)


@st.composite
def versions(draw: st.DrawFn, language: str) -> Version:
    """A cue in `language`."""
    takes = draw(rows_of_takes())
    return Version(
        language,
        draw(texts),
        draw(st.none() | clips),
        draw(st.none() | st.builds(VoiceChoice, st.just(language), texts, texts)),
        draw(st.floats(0.5, 2.0)),
        draw(st.floats(-24.0, 12.0)),
        takes,
        draw(st.sampled_from(["", *(take.file for take in takes)])),
    )


@st.composite
def cues(draw: st.DrawFn, number: int) -> Cue:
    """A cue with the id "c<number>"."""
    start = draw(moments)
    spoken = draw(st.lists(st.sampled_from(LANGUAGES), unique=True))
    return Cue(
        id=f"c{number}",
        start=start,
        end=start + draw(st.integers(0, 60_000)),
        versions=tuple(draw(versions(one)) for one in spoken),
        drafts=tuple(Draft("en", draw(texts), "evidence", (draw(texts),)) for _ in spoken),
        mode=draw(st.sampled_from(["auto", "inline", "extended"])),
        freeze=draw(st.none() | st.integers(0, 20_000)),
        accepted=draw(st.booleans()),
        note=draw(texts),
    )


spots = st.builds(
    Spot,
    time=moments,
    left=st.integers(0, 500),
    top=st.integers(0, 500),
    width=st.integers(0, 500),
    height=st.integers(0, 500),
)


@st.composite
def stretches(draw: st.DrawFn) -> tuple[int, int]:
    """A start and an end."""
    start = draw(moments)
    return start, start + draw(st.integers(0, 60_000))


@st.composite
def lines(draw: st.DrawFn, number: int) -> Line:
    """A line with the id "l<number>", of "ada" or nobody."""
    start, end = draw(stretches())
    told = draw(st.lists(st.sampled_from(LANGUAGES), unique=True))
    return Line(
        id=f"l{number}",
        start=start,
        end=end,
        text=draw(texts),
        words=tuple(Word(draw(texts), start, end) for _ in range(draw(st.integers(0, 2)))),
        person=draw(st.sampled_from(["", "ada"])),
        translations=tuple(Translation(one, draw(texts), draw(texts)) for one in told),
        engine=draw(texts),
        settled=draw(st.booleans()),
    )


@st.composite
def faces(draw: st.DrawFn, number: int) -> FaceTrack:
    """A track with the id "f<number>", of "ada" or nobody."""
    placed = sorted(draw(st.lists(spots, max_size=3)), key=lambda one: one.time)
    person = draw(st.sampled_from(["", "ada"]))
    return FaceTrack(f"f{number}", *draw(stretches()), tuple(placed), person, draw(st.booleans()))


@st.composite
def beds(draw: st.DrawFn, number: int) -> Bed:
    """A bed with the id "b<number>"."""
    start, end = draw(stretches())
    return Bed(
        *(f"b{number}", start, end, draw(texts), draw(texts), draw(texts)),
        seed=draw(st.integers(0, 1 << 31)),
        still=draw(st.none() | moments),
        gain=draw(st.floats(-24.0, 12.0)),
        loop=draw(st.booleans()),
        sound=draw(st.text("0123456789abcdef", max_size=8)),
    )


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """Any sound project."""
    return Project(
        film=draw(films),
        scenes=tuple(draw(rows_of_spans())),
        speech=tuple(draw(rows_of_spans())),
        gaps=tuple(
            Gap(span.start, span.end, draw(st.booleans())) for span in draw(rows_of_spans())
        ),
        cues=tuple(draw(cues(number)) for number in range(draw(st.integers(0, 4)))),
        languages=LANGUAGES[: draw(st.integers(1, 3))],
        voices=tuple(VoiceChoice(one, "flite", draw(texts)) for one in LANGUAGES[:1]),
        issues=(Issue("speech.unspoken", "error", draw(texts), "c0", "en"),),
        people=(
            Person("ada", "Ada", draw(st.none() | moments), draw(texts)),
            Person("p2", "", colour="#00ff7f", picture=draw(spots)),
        ),
        pronunciations=(Pronunciation("en", draw(texts), draw(texts)),),
        waivers=(Waiver("pace.error", "c0", "en", draw(texts)),),
        lines=tuple(draw(lines(number)) for number in range(draw(st.integers(0, 3)))),
        turns=(Turn(*draw(stretches()), "ada"),),
        faces=tuple(draw(faces(number)) for number in range(draw(st.integers(0, 2)))),
        beds=tuple(draw(beds(number)) for number in range(draw(st.integers(0, 2)))),
        dialogue_language=draw(st.sampled_from(["", "pl"])),
        story=draw(texts),
    )


# --- scripts --------------------------------------------------------------------------------------

NASTY = (
    *("=SUM(A1)", "+1", "-dash", "@home", "'=x", "''-", "\t=1", "\r=1", "＝１", "_x0041_", "#N/A"),
    *("-->", "00:00:01.000 --> 00:00:02.000", "1", "12\n\n13", "NOTE x", "STYLE", "WEBVTT"),
    *("<b>", "</b>", "<v Ann>", "<EXIT>", "&amp;", "&", "{\\an8}", "\\N", "<!--", "]]>", "<br>"),
    *("Voice: x", "Note: y", "Freeze: 5 ms", "Extended: yes", "Description: z", "Scene 1, 0:01"),
    *("[00:00:01.000 to 00:00:02.000] Description: no", "00:00:01.000 to 00:00:02.000"),
    *('"', "'", "`", "\"'`", ",", ";", "\t", "|", "* COMMENT: x", "RATE: 25", "TITLE: x"),
    *("\u2028", "\x85", "\x0b", "\x00", "\x1b", "\ufeff", "\u200b", "\ufffe", "\ud800", "a  b"),
    *("  indented", "trailing \nspace", "Привет", "日本語", "🎬", "e\u0301", "\u202e"),
)
nasty_texts = st.lists(
    st.sampled_from(NASTY) | st.text(max_size=12) | st.sampled_from([" ", "\n"]), max_size=5
).map("".join)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """An entry of a script, with anything in it that a person could have pasted."""
    start = draw(moments)
    freeze = draw(st.none() | st.integers(0, 90_000))
    return Entry(
        Span(start, start + draw(st.integers(0, 60_000))),
        draw(nasty_texts),
        id=draw(nasty_texts),
        voice=draw(nasty_texts),
        note=draw(nasty_texts),
        on_screen=draw(nasty_texts),
        status=draw(nasty_texts),
        extended=bool(freeze) or (freeze is None and draw(st.booleans())),
        freeze=freeze,
        settings=draw(st.sampled_from(["", "line:0 align:start", "position:20%"])),
        room=draw(st.none() | st.integers(0, 20_000)),
    )


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Any script with at least one text in it."""
    written = draw(st.lists(entries(), max_size=4))
    written.append(Entry(Span(1000, 2500), "A door opens."))
    rates = (Fraction(25), Fraction(30_000, 1001), Fraction(60_000, 1001), Fraction(24_000, 1001))
    return Script(
        tuple(sorted(written, key=lambda one: one.span)),
        language=draw(st.sampled_from(["", "en", "pt-BR"])),
        title=draw(nasty_texts),
        rate=draw(st.sampled_from(rates)),
        duration=draw(st.none() | moments),
        scenes=tuple(draw(rows_of_spans())),
        dialogue=tuple(draw(st.lists(entries(), max_size=2))),
        notes=tuple(draw(st.lists(nasty_texts, max_size=2))),
        closing=tuple(draw(st.lists(nasty_texts, max_size=2))),
        pronunciations=(Pronunciation("en", "Proog", draw(texts)),),
    )
