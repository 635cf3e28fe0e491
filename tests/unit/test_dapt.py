"""DAPT: whole documents without loss, faults named, scripts there and back."""

from __future__ import annotations

import contextlib
import dataclasses
import io
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from studio.errors import ProjectError
from studio.script import formats
from studio.script.formats import dapt, dapt_words
from studio.script.formats.script import Entry, Script
from studio.script.formats.ttml_tree import (
    DEEPEST,
    LONGEST_VALUE,
    MOST_ATTRIBUTES,
    MOST_ELEMENTS,
)
from studio.script.model import Pronunciation
from studio.times import Span

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!-- kept -->
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:m="http://www.w3.org/ns/ttml#metadata"
    xmlns:daptm="http://www.w3.org/ns/ttml/profile/dapt#metadata"
    xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:tta="http://www.w3.org/ns/ttml#audio"
    xmlns:own="urn:somebody:else"
    ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/dapt1.0/content"
    daptm:scriptRepresents="visual audio.dialogue" daptm:represents="visual"
    daptm:scriptType="asRecorded" ttp:frameRate="25" xml:lang="en" own:mark="1">
"""
GOOD = (
    HEAD
    + """<head>
  <metadata own:a='"1"'>
    <m:agent type="person" xml:id="actor"><m:name type="full">Ana Lima</m:name></m:agent>
    <m:agent type="character" xml:id="anna"><m:name type="alias">ANNA</m:name>
      <m:actor agent="actor"/></m:agent>
    <daptm:daptOriginTimecode>10:00:00:24</daptm:daptOriginTimecode>
    <own:thing other="x&#10;y">free&#13; <b xmlns="">text</b></own:thing>
  </metadata>
  <resources><data xml:id="wave" type="audio/wave" length="4">UklG Rg==</data></resources>
</head>
<?keep me?>
<body>
  <div begin="10s" xml:lang="en">
    <div xml:id="d1" begin="1s" end="50f" m:agent="anna" daptm:onScreen="OFF_ON">
      <m:desc daptm:descType="x-mine">why</m:desc>
      <p><animate begin="0s" end="0.3s" tta:gain="1;0.39" fill="freeze"/><span
        begin="0.3s" end="0.9s">A door &lt;opens&gt;.<audio clipBegin="0.1s"><source
        src="#wave"/></audio></span></p>
      <p xml:lang="fr" daptm:langSrc="en">Une porte.</p>
    </div>
    <div xml:id="d2" begin="00:00:03.000" dur="1s" daptm:represents="audio.dialogue">
      <p>Hello.</p></div>
    <div xml:id="d3"/>
  </div>
</body>
</tt>
<!-- the end -->
"""
)


def canonical(data: bytes) -> bytes:
    out = io.BytesIO()
    etree.ElementTree(etree.fromstring(data)).write_c14n(out)
    return out.getvalue()


def refusal(text: str) -> str:
    with pytest.raises(ProjectError) as error:
        dapt.parse(text.encode())
    assert "nothing was imported" in error.value.meaning
    return error.value.what


# --- whole documents ------------------------------------------------------------------------------


def test_a_document_is_written_as_it_was_read() -> None:
    document = dapt.parse(GOOD.encode())
    written = dapt.serialise(document)
    assert canonical(written) == canonical(GOOD.encode())
    assert dapt.parse(written) == document


def test_a_document_tells_of_itself() -> None:
    document = dapt.parse(GOOD.encode())
    assert (document.language, document.script_type) == ("en", "asRecorded")
    assert document.script_represents == ("visual", "audio.dialogue")
    assert document.agents == {"actor": "Ana Lima", "anna": "ANNA"}
    assert [event.id for event in document.events] == ["d1", "d2", "d3"]
    first = document.events[0]
    assert (first.represents, first.on_screen) == ("visual", "OFF_ON")
    assert [(text.language, text.source) for text in first.texts] == [("en", ""), ("fr", "en")]


def test_all_of_the_consortiums_valid_files_are_kept(shared_media: Path) -> None:
    files = sorted((shared_media / "ad" / "dapt" / "valid").glob("*.xml"))
    assert len(files) == 25
    for file in files:
        data = file.read_bytes()
        document = dapt.parse(data)
        assert canonical(dapt.serialise(document)) == canonical(data), file.name
        assert dapt.claims(data), file.name
        dapt.read(data)


FAULTS = {
    "agent-actor-id-invalid": "Line 16: The actor “#invalid” is declared nowhere",
    "agent-actor-id-undeclared": "Line 16: The actor “undeclared_id” is declared nowhere",
    "agent-invalid-xmlId": "Line 11: The xml:id “#invalid” is not a name",
    "agent-no-xmlId": "Line 11: <ttm:agent> has no xml:id",
    "contentProfiles-omitted": "ttp:contentProfiles is missing",
    "langSrc-on-root-empty": "daptm:langSrc is empty",
    "onScreen": "Line 10: The daptm:onScreen “INVALID” is not ON, OFF, ON_OFF or OFF_ON",
    "originTimecode-frames-too-many": "frame 12 of a second that has 10 of them",
    "originTimecode-too-many": "Line 12: There is a second <daptm:daptOriginTimecode>",
    "represents-invalid": "Line 9: The daptm:represents “#invalid” is no content descriptor",
    "represents-scriptRepresents-mismatch": "“visual” is no part of what the script represents",
    "scriptRepresents-invalid-list": "The daptm:scriptRepresents “audio,” is no content",
    "scriptType-root-invalid-value": "The daptm:scriptType “invalid_type” is not original",
    "serialization-encoding-iso8859-1": "it is encoded as ISO-8859-1; DAPT is UTF-8",
    "serialization-not-xml": "Line 1: This is not well-formed XML",
    "xmlLang-on-audio-non-matching": "The language of <audio> is “fr”, that of its text “en”",
    "xmlLang-root-invalid": "The xml:lang “#invalid” is not a language tag",
}


def test_all_of_the_consortiums_invalid_files_are_refused(shared_media: Path) -> None:
    files = sorted((shared_media / "ad" / "dapt" / "invalid").glob("*.xml"))
    assert {file.stem.removeprefix("dapt-invld-") for file in files} == set(FAULTS)
    for file in files:
        with pytest.raises(ProjectError) as error:
            formats.read(file)  # as import reads it, by the file's content
        assert FAULTS[file.stem.removeprefix("dapt-invld-")] in error.value.what
        assert str(file) in error.value.what


ORIGIN = "<daptm:daptOriginTimecode>10:00:00:24</daptm:daptOriginTimecode>"
WAVE = '<data xml:id="wave" type="audio/wave" length="4">UklG Rg==</data>'

# what to change in GOOD, and what is said of it
BROKEN = [
    ("<tt xmlns", "<ttx xmlns", "not well-formed"),
    ('xmlns="http://www.w3.org/ns/ttml"', 'xmlns="urn:x"', "The root is <tt>, not the <tt>"),
    ("dapt1.0/content", "imsc1.2/text", "ttp:contentProfiles does not name"),
    ("dapt1.0/content", "dapt1.0/content2", "ttp:contentProfiles does not name"),
    (ORIGIN, f"<metadata>{ORIGIN}</metadata>", "belongs into the head's <metadata>"),
    (WAVE, '<font xml:id="wave" type="x"/>', "The src “#wave” is no sound in the head's"),
    ("ttp:contentProfiles", 'ttp:processorProfiles="urn:x" ttp:contentProfiles', "does not name"),
    ("ttp:contentProfiles", 'ttp:profile="urn:x" ttp:contentProfiles', "ttp:profile is not"),
    ('ttp:frameRate="25"', 'ttp:clockMode="utc" ttp:frameRate="25"', "ttp:clockMode is not"),
    ('ttp:frameRate="25"', 'ttp:dropMode="dropPAL" ttp:frameRate="25"', "ttp:dropMode is not"),
    ('ttp:frameRate="25"', 'ttp:markerMode="continuous" ttp:frameRate="25"', "ttp:markerMode"),
    ('ttp:frameRate="25"', 'ttp:subFrameRate="2" ttp:frameRate="25"', "ttp:subFrameRate is not"),
    ('ttp:frameRate="25"', 'ttp:timeBase="smpte" ttp:frameRate="25"', "ttp:timeBase is “smpte”"),
    ('ttp:frameRate="25"', 'ttp:frameRate="fast"', "ttp:frameRate is “fast”"),
    ('ttp:frameRate="25"', 'ttp:frameRate="0"', "ttp:frameRate is “0”"),
    ('ttp:frameRate="25"', 'ttp:frameRateMultiplier="2" ttp:frameRate="25"', "two numbers"),
    ('ttp:frameRate="25" ', "", "needs ttp:frameRate on <tt>"),
    ('end="50f"', 'end="50t"', "The end “50t” needs ttp:tickRate on <tt>"),
    ('end="50f"', 'end="00:00:02:00"', "counts frames, which DAPT does not allow"),
    ('end="50f"', 'end="soon"', "“soon” is no time"),
    ('end="50f"', 'end="wallclock(2026-01-01)"', "is no time"),
    ('end="50f"', 'end="-1s"', "“-1s” is no time"),
    ('clipBegin="0.1s"', 'clipBegin="x"', "The clipBegin “x” is no time"),
    ('<div begin="10s"', '<div timeContainer="seq" begin="10s"', "timeContainer is “seq”"),
    ('daptm:scriptType="asRecorded" ', "", "daptm:scriptType is missing"),
    ('daptm:scriptType="asRecorded"', 'daptm:scriptType=""', "The daptm:scriptType “” is not"),
    ('daptm:scriptRepresents="visual audio.dialogue" ', "", "daptm:scriptRepresents is missing"),
    ('"visual audio.dialogue"', '""', "daptm:scriptRepresents is empty"),
    ('"visual audio.dialogue"', '"visual sound"', "“sound” is no content descriptor"),
    ('"visual audio.dialogue"', '"visual audio.dialogue visual."', "“visual.” is no content"),
    ('daptm:represents="visual"\n', "\n", "What the script event “d1” represents is not stated"),
    ('daptm:represents="visual"\n', 'daptm:represents=""\n', "“” is no content descriptor"),
    ('represents="visual"\n', 'represents="visual.shape"\n', "“visual.shape” is no content"),
    ('represents="audio.dialogue">', 'represents="audio">', "“audio” is no part of what"),
    ("<p><animate", '<p daptm:represents="#"><animate', "“#” is no content descriptor"),
    ('xml:lang="en" own', "own", "The language of the script, xml:lang on <tt>, is missing"),
    ('xml:lang="en" own', 'xml:lang="" own', "The language of the script"),
    ('<p xml:lang="fr"', '<p xml:lang="f r"', "The xml:lang “f r” is not a language tag"),
    ('langSrc="en"', 'langSrc="e"', "The daptm:langSrc “e” is not a language tag"),
    ('langSrc="en"', 'langSrc=""', "daptm:langSrc is empty"),
    ('"OFF_ON"', '""', "The daptm:onScreen “” is not"),
    ('"OFF_ON"', '"on"', "The daptm:onScreen “on” is not"),
    ('"x-mine"', '"mine"', "The daptm:descType “mine” is neither"),
    ('"x-mine"', '""', "The daptm:descType “” is neither"),
    ('xml:id="d2"', 'xml:id="d1"', "The xml:id “d1” is used already, in line"),
    ('xml:id="d2"', 'xml:id="anna"', "The xml:id “anna” is used already, in line"),
    ('xml:id="d2"', 'xml:id="2"', "The xml:id “2” is not a name"),
    ('xml:id="d2"', 'xml:id=""', "The xml:id “” is not a name"),
    ('m:agent="anna"', 'm:agent="anna bob"', "The ttm:agent “bob” is declared nowhere"),
    ('agent="actor"', 'agent="anna"', "The actor “anna” is not of the type person"),
    (' agent="actor"', "", "The actor “” is declared nowhere"),
    ('type="alias"', 'type="full"', "This character has no <ttm:name> of the type alias"),
    ('type="full"', 'type="alias"', "This person has no <ttm:name> of the type full"),
    ('type="full"', 'type="nick"', "The type of <ttm:name> is not"),
    ('type="character" xml:id', "xml:id", "The type of <ttm:agent> is not"),
    ('type="character" xml:id', 'type="robot" xml:id', "The type of <ttm:agent> is not"),
    ("10:00:00:24", "10:00:00:25", "frame 25 of a second that has 25 of them"),
    ("10:00:00:24", "10:00:00", "The origin “10:00:00” is not a timecode"),
    ("10:00:00:24", "1:00:00:00", "is not a timecode"),
    ("</body>", "<metadata><daptm:daptOriginTimecode>10:00:00:00</daptm:daptOriginTimecode>"
     "</metadata></body>", "There is a second <daptm:daptOriginTimecode>"),
    ('"#wave"', '"#gone"', "The src “#gone” is no sound in the head's <resources>"),
    (' type="audio/wave"', "", "The sound “wave” has no type"),
    ('<source\n        src="#wave"/>', "", "<audio> says nowhere where its sound is"),
    ('<audio clip', '<audio src="x.wav" clip', "<audio> has both a src and a <source>"),
    ('src="#wave"/>', "><data>QQ==</data></source>", "The embedded sound <data> has no type"),
    ("UklG Rg==", '<source src="a.wav"/>', "A <source> in <data> is not allowed"),
    ("UklG Rg==", "UklG Rg=", "The content of <data> is not base64"),
    ('length="4"', 'length="5"', "<data> holds 4 bytes, not 5"),
    ('length="4"', 'encoding="rot13"', "The encoding “rot13” is not base16"),
    ("<resources>", '<resources xml:lang="fr">', "The language of <data> is “fr”"),
    ("<audio clip", '<audio xml:lang="en-GB" clip', "The language of <audio> is “en-GB”"),
    ("<source\n", '<source xml:lang="de"\n', "The language of <source> is “de”"),
    ('"1;0.39"', '"1;soft"', "“soft” is no tta:gain"),
    ('"1;0.39"', '"1;-1"', "“-1” is no tta:gain"),
    ("<p><animate", '<p tta:pan="2"><animate', "“2” is no tta:pan"),
    ('fill="freeze"', 'fill="hold"', "The fill “hold” is not"),
    ("<resources>", "<animation/><resources>", "<animation> is not allowed"),
    ("<resources>", "<animate/><resources>", "<animate> stands in no text"),
    ("<body>", "<body/><body>", "There is a second <body>"),
    ('<div xml:id="d3"/>', 'words<div xml:id="d3"/>', "There is text directly in <div>"),
    ("<p>Hello.</p>", "<p>Hello.<p>You.</p></p>", "<p> lies in <p>"),
    ("<p>Hello.</p>", "<span>Hello.</span>", "<span> lies in <div>"),
    ("<body>", "<body><p>Hello.</p>", "<p> lies in <body>"),
    ("<p>Hello.</p>", "<p><div/></p>", "<div> lies in <p>"),
    ('version="1.0"', 'version="1.1"', "The file is XML 1.1; DAPT is XML 1.0"),
    ('"UTF-8"', '"UTF-16"', "it is encoded as UTF-16"),
    ("<?xml", "\ufeff<?xml", "begins with a byte order mark"),
    ("<!-- kept -->", "<!DOCTYPE tt>", "document type declaration"),
    ("A door", "&nbsp;A door", "not well-formed"),
    ("own:mark", "who:mark", "The prefix of “who:mark” is not declared"),
    ('own:mark="1"', 'own:mark="1" xmlns:o="urn:somebody:else" o:mark="2"', "attribute twice"),
    ("own:mark", "own:ma:rk", "“own:ma:rk” is not a name"),
    ('xmlns:own="urn:somebody:else"', 'xmlns:own=""', "The prefix “own” is given to no"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "said"), BROKEN, ids=[f"{b[1]}" for b in BROKEN])
def test_what_breaks_a_rule_is_refused_in_words(good: str, bad: str, said: str) -> None:
    assert GOOD.count(good) >= 1
    assert said in refusal(GOOD.replace(good, bad, 1))


ALLOWED = [
    ("dapt1.0/content", "dapt1.0/content urn:x"),
    ('"http://www.w3.org/ns/ttml/profile/dapt1.0/content"',
     '"all(http://www.w3.org/ns/ttml/profile/dapt1.0/content urn:x)"'),
    ("ttp:contentProfiles", 'ttp:processorProfiles="http://www.w3.org/ns/ttml/profile/dapt1.0'
     '/processor urn:x" ttp:contentProfiles'),
    ("<body>", '<body timeContainer="par">'),
    ("<body>", '<body own:anything="x">'),
    ('represents="visual"\n', 'represents="visual.text.title"\n'),
    ('represents="visual"\n', 'represents="visual.x-shape.more"\n'),
    ('"visual audio.dialogue"', '"visual\taudio.dialogue\n x-mine"'),
    ('"x-mine"', '"pronunciationNote"'),
    ('langSrc="en"', 'langSrc="zxx"'),
    ('langSrc="en"', 'langSrc="zh-Hant-TW"'),
    ('<div xml:id="d3"/>', "<div><p>No event.</p></div>"),
    ('xml:id="d3"/>', 'xml:id="d3"><div/></div>'),
    ('type="alias">', 'type="alias" xml:id="x" own:b="1">'),
    ("</m:agent>\n    <m:agent", '</m:agent><m:agent type="group" xml:id="g"/><m:agent'),
    ("<source\n", '<source xml:lang="EN"\n'),
    ("UklG Rg==", "<chunk>UklG</chunk><chunk>Rg==</chunk>"),
    ('length="4">UklG Rg==', 'encoding="base16">52494646'),
    ('length="4">UklG Rg==', ">[a sound]"),
    ('end="50f"', 'end="50.5f"'),
    ('end="50f"', 'end="0.001h"'),
    ('fill="freeze"', ""),
    ("<p><animate", '<p tta:pan="-0.5" tta:gain="1.2"><animate'),
    ('"UTF-8"', '"utf-8"'),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), ALLOWED, ids=[f"{one[1]}" for one in ALLOWED])
def test_what_the_specification_allows_is_kept(old: str, new: str) -> None:
    assert GOOD.count(old) >= 1
    data = GOOD.replace(old, new, 1).encode()
    assert canonical(dapt.serialise(dapt.parse(data))) == canonical(data)


def test_every_fault_is_counted() -> None:
    broken = GOOD.replace('"OFF_ON"', '"on"').replace('"x-mine"', '"mine"').replace("#wave", "#w")
    assert refusal(broken).endswith("(2 more faults after it.)")
    assert refusal(GOOD.replace('"OFF_ON"', '"on"').replace("#wave", "#w")).endswith(
        "(1 more fault after it.)"
    )


TAGS = "en pt-BR zh-Hant de-CH-1901 x-own i-klingon sl-rozaj-biske en-a-bbb-x-a English es-419"
NO_TAGS = "e en- -en en_GB #invalid en--GB a-DE englishes en-x ä"


def test_language_tags() -> None:
    assert [tag for tag in TAGS.split() if not dapt_words.is_language(tag)] == []


def test_a_part_begins_with_all_tokens_of_the_whole() -> None:
    assert dapt_words.is_part_of("x-a.b", "x-a")
    assert not dapt_words.is_part_of("x-ab", "x-a")
    assert not dapt_words.is_part_of("visual", "visual.text")


def test_no_language_tags() -> None:
    assert [tag for tag in ("", *NO_TAGS.split()) if dapt_words.is_language(tag)] == []


# --- scripts --------------------------------------------------------------------------------------


def test_a_script_is_what_is_said_and_when() -> None:
    script = dapt.read(GOOD.encode())
    assert script.language == "en"
    assert script.rate == 25
    assert script.entries == (
        Entry(Span(11_300, 11_900), "A door <opens>.", "d1", "ANNA", "x-mine: why\nfr: Une porte."),
    )
    assert script.dialogue == (Entry(Span(13_000, 14_000), "Hello.", "d2"),)


def test_a_language_is_that_stated_nearest() -> None:
    near = GOOD.replace('xml:id="d2"', 'xml:id="d2" xml:lang="de"')
    assert dapt.parse(near.encode()).events[1].texts[0].language == "de"


def test_a_script_takes_the_text_in_its_own_language() -> None:
    two = GOOD.replace("<p>Hello.</p>", '<p xml:lang="fr">Allo.</p><p>Hello.</p>')
    (said,) = dapt.read(two.encode()).dialogue
    assert (said.text, said.note) == ("Hello.", "fr: Allo.")
    other = GOOD.replace("<p>Hello.</p>", '<p xml:lang="fr">Allo.</p><p xml:lang="de">Hallo.</p>')
    (said,) = dapt.read(other.encode()).dialogue
    assert (said.text, said.note) == ("Allo.", "de: Hallo.")


def test_in_a_script_for_dubbing_all_is_entries() -> None:
    sound = GOOD.replace('"visual audio.dialogue"', '"audio"').replace('"visual"', '"audio"')
    assert [entry.id for entry in dapt.read(sound.encode()).entries] == ["d1", "d2"]


FULL = Script(
    (
        Entry(
            Span(40, 2500), "A door & <b>.\nTwo  spaces", "c1", "Anna", "soft\nly", "EXIT", "draft",
            extended=True, freeze=1200, room=2460,
        ),
        Entry(Span(5000, 6000), "Next.", "c1", "Ben & Co"),
        Entry(Span(7000, 7000), "“No” time", "17"),
    ),
    "pt-BR",
    "Títle & co",
    Fraction(24000, 1001),
    60_000,
    (Span(0, 3000), Span(3000, 60_000)),
    (Entry(Span(3000, 4000), "Hello", "c2", "Anna"),),
    ("one", "two\n  lines"),
    ("last",),
    pronunciations=(Pronunciation("pt-BR", "Aoife", "Ee-fa"),),
)  # fmt: skip


def test_a_script_loses_nothing_on_its_way() -> None:
    assert dapt.read(dapt.write(FULL)) == FULL


def test_what_is_written_says_what_it_is() -> None:
    document = dapt.parse(dapt.write(FULL))
    assert document.script_type == "preRecording"
    assert document.script_represents == ("visual", "audio.dialogue")
    assert document.language == "pt-BR"
    assert set(document.agents.values()) == {"Anna", "Ben & Co"}
    assert [event.represents for event in document.events] == ["visual"] * 3 + ["audio.dialogue"]
    assert document.events[0].texts[0].source == "zxx"


def test_sounds_and_ducking_are_in_the_document_and_not_in_the_script() -> None:
    sounds = {0: dapt.Sound("a.clips/001_c1.wav"), 1: dapt.Sound(data=b"RIFF....")}
    document = dapt.document_of(FULL, sounds, dapt.Ducking(-9.0, 300))
    data = dapt.serialise(document)
    assert dapt.parse(data) == document
    assert document.script_type == "asRecorded"
    assert dapt.read(data) == FULL
    text = data.decode()
    assert 'tta:gain="1;0.3548" fill="freeze"/>' in text  # -9 dB
    assert 'tta:gain="0.3548;1"/>' in text
    assert '<audio src="a.clips/001_c1.wav" type="audio/wave"/>' in text
    assert 'length="8">UklGRi4uLi4=\n</data>' in text
    assert '<div xml:id="c1" begin="00:00:00.000" end="00:00:02.800"' in text  # fades around it


def test_fades_of_neighbours_meet_half_way() -> None:
    spans = (Span(0, 1000), Span(1100, 2000), Span(2000, 3000), Span(4000, 5000))
    script = Script(tuple(Entry(span, "A.") for span in spans))
    sounds = {index: dapt.Sound("a.wav") for index in range(len(spans))}
    document = dapt.document_of(script, sounds, dapt.Ducking(-6.0, 300))
    around = [(one.element.get("begin"), one.element.get("end")) for one in document.events]
    assert around == [
        ("00:00:00.000", "00:00:01.050"),
        ("00:00:01.050", "00:00:02.010"),  # touching ones keep 10 ms, for a step would click
        ("00:00:01.990", "00:00:03.300"),
        ("00:00:03.700", "00:00:05.300"),
    ]
    first = next(document.events[0].texts[0].passage.element.elements())
    assert (first.get("begin"), first.get("end")) == ("00:00:00.000", "00:00:00.001")
    assert [entry.span for entry in dapt.read(dapt.serialise(document)).entries] == list(spans)


def test_a_language_nobody_stated_is_undetermined() -> None:
    data = dapt.write(Script((Entry(Span(1, 2), "A."),)))
    assert b'xml:lang="und"' in data
    assert dapt.read(data).language == ""


nasty = st.text(st.sampled_from("a &<>\"'\t\n\r\x00\x0b]]>é\u2028\ud800\U0001f600-!"), max_size=12)
moments = st.integers(0, 10_800_000)
spans = st.builds(lambda begin, length: Span(begin, begin + length), moments, moments)
entries = st.builds(
    Entry, spans, nasty, nasty, nasty, nasty, nasty, nasty, st.booleans(),
    st.none() | st.integers(0, 90_000),
)  # fmt: skip
scripts = st.builds(
    Script,
    st.lists(entries, max_size=4).map(tuple),
    st.sampled_from(["", "en", "zh-Hant"]),
    nasty,
    st.sampled_from([None, Fraction(25), Fraction(24000, 1001), Fraction(60000, 1001)]),
    st.none() | moments,
    st.lists(spans, max_size=2).map(tuple),
    st.lists(entries, max_size=2).map(tuple),
    st.lists(nasty, max_size=2).map(tuple),
)


@given(scripts)
def test_export_import_export_is_stable(script: Script) -> None:
    once = dapt.write(script)
    again = dapt.read(once)
    assert dapt.write(again) == once
    etree.fromstring(once)
    assert dapt.read(dapt.write(again)) == again


# --- hostile files --------------------------------------------------------------------------------

ATTRIBUTES = " ".join(f'own:a{n}=""' for n in range(MOST_ATTRIBUTES + 1))
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "declared",
    [
        f'<!DOCTYPE tt [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE tt [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE tt SYSTEM "http://example.invalid/tt.dtd">',
        '<!DOCTYPE tt [<!ENTITY % p SYSTEM "http://example.invalid/p"> %p;]>',
    ],
    ids=["laughs", "external entity", "external subset", "parameter entity"],
)
def test_whatever_declares_entities_is_refused_unread(declared: str) -> None:
    hostile = GOOD.replace("<!-- kept -->", declared).replace("A door", "&l9;&x;")
    assert "document type declaration" in refusal(hostile)


def test_a_doctype_in_a_comment_harms_nobody() -> None:
    dapt.parse(GOOD.replace("kept", "<!DOCTYPE tt>").encode())


def test_depth_has_a_limit() -> None:
    spans = DEEPEST - 4  # tt, body, div, div, p
    deep = GOOD.replace("Hello.", f"{'<span>' * (spans - 1)}x{'</span>' * (spans - 1)}")
    dapt.parse(deep.encode())
    deeper = GOOD.replace("Hello.", f"{'<span>' * spans}x{'</span>' * spans}")
    assert f"nested more than {DEEPEST} deep" in refusal(deeper)
    deepest = GOOD.replace("Hello.", "<span>" * 300_000)
    assert "deep" in refusal(deepest)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Hello.", "<span/>" * MOST_ELEMENTS, f"more than {MOST_ELEMENTS} elements"),
        ("<p>Hello", f"<p {ATTRIBUTES}>Hello", f"more than {MOST_ATTRIBUTES} attributes"),
        ('"x-mine"', f'"x-{"y" * LONGEST_VALUE}"', f"longer than {LONGEST_VALUE} characters"),
    ],
    ids=["elements", "attributes", "value"],
)
def test_everything_has_a_limit(old: str, new: str, said: str) -> None:
    assert said in refusal(GOOD.replace(old, new, 1))


def test_a_crowd_is_not_named_with_every_text() -> None:
    crowd = GOOD.replace('m:agent="anna"', f'm:agent="{"anna " * 21}"')
    with pytest.raises(ProjectError, match="More than 20 people say the same"):
        dapt.read(crowd.encode())


def test_a_sound_may_stand_in_its_address() -> None:
    data = f"data:audio/wave;base64,{'A' * LONGEST_VALUE}"
    long = GOOD.replace('"#wave"', f'"{data}" type="audio/wave"')
    assert canonical(dapt.serialise(dapt.parse(long.encode()))) == canonical(long.encode())


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "huge.xml"
    with file.open("wb") as sparse:
        sparse.truncate(formats.LARGEST_FILE + 1)
    with pytest.raises(ProjectError, match="too large"):
        formats.read(file)


def test_a_long_text_is_read() -> None:
    words = "word " * 1_000_000
    script = dapt.read(GOOD.replace("A door &lt;opens&gt;.", words).encode())
    assert len(script.entries[0].text) == len(words) - 1


@given(st.binary(max_size=200), st.integers(0, len(GOOD) - 1), st.integers(0, 40))
def test_no_file_does_worse_than_a_sentence(raw: bytes, at: int, length: int) -> None:
    good = GOOD.encode()
    for data in (raw, good[:at] + raw + good[at + length :], good[:at] + good[at + length :]):
        with contextlib.suppress(ProjectError):
            dapt.read(data)


def test_documents_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        dapt.parse(GOOD.encode()).xml = None  # type: ignore[misc,assignment]
