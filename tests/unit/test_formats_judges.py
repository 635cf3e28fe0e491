"""What others' programs say of our files."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import subprocess
import sys
import zipfile
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.script import formats
from studio.script.formats import Entry, Script
from studio.script.formats.text import clean
from studio.script.model import Pronunciation
from studio.times import Span
from tests.unit.strategies import scripts

SCRIPT = Script(
    (
        Entry(
            Span(40, 2500),
            "A door marked <EXIT> & a “sign”.",
            id="c1",
            voice="Anna",
            note="Check the sign --> later.",
            status="accepted",
            settings="line:0 align:start",
            room=4000,
        ),
        Entry(Span(3_600_000, 3_600_100), "Proog waits.\nEmo runs.", freeze=1400, extended=True),
    ),
    language="en",
    title="A film",
    rate=Fraction(30_000, 1001),
    duration=3_700_000,
    scenes=(Span(0, 3_000_000), Span(3_000_000, 3_700_000)),
    notes=("By a describer.",),
    settings=("STYLE\n::cue {\n  color: yellow;\n}",),
    pronunciations=(Pronunciation("en", "Proog", "prohg"), Pronunciation("en", "run", "no")),
)

# --- WebVTT: the W3C's parser ---------------------------------------------------------------------

JUDGE = Path(sys.prefix) / "node" / "node_modules" / "webvtt-parser"
PROGRAM = """
const { WebVTTParser } = require(process.argv[1]);
const files = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const found = files.map((text) => {
  const said = new WebVTTParser().parse(text);
  const cues = said.cues.map((cue) => ({
    id: cue.id, start: cue.startTime, end: cue.endTime, text: cue.text,
  }));
  return { errors: said.errors, cues };
});
console.log(JSON.stringify(found));
"""


def judged(files: list[str]) -> list[dict[str, Any]]:
    """What the W3C's parser finds in WebVTT files: errors and cues, times in s."""
    node = shutil.which("node")
    if node is None or not JUDGE.is_dir():
        pytest.skip("the W3C's parser of WebVTT is not here: packaging/test had no npm to ask")
    run = subprocess.run(
        [node, "-e", PROGRAM, str(JUDGE)],
        input=json.dumps(files),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


def test_the_judge_of_webvtt_finds_faults() -> None:
    header, arrow, order = judged(
        [
            "WEBVTT\nKind: descriptions\n\n00:01.000 --> 00:02.000\nA door.\n",
            "WEBVTT\n\nNOTE a --> b\n",
            "WEBVTT\n\n00:03.000 --> 00:02.000\nA door.\n",
        ]
    )
    assert [len(one["errors"]) for one in (header, arrow, order)] == [1, 1, 1]


def test_the_w3c_parser_finds_no_fault_and_the_same_cues() -> None:
    [found] = judged([formats.write("vtt", SCRIPT).decode()])
    assert found["errors"] == []
    assert [(cue["id"], cue["start"], cue["end"]) for cue in found["cues"]] == [
        ("c1", 0.04, 2.5),
        ("", 3600, 3600.1),
    ]
    first = "<v Anna>A door marked &lt;EXIT&gt; &amp; a “sign”."
    assert [cue["text"] for cue in found["cues"]] == [first, "Proog waits.\nEmo runs."]


def test_the_w3c_parser_finds_no_fault_whatever_stands_in_the_texts() -> None:
    # one run of node for all examples: starting it takes longer than all else
    batches: list[Script] = []

    @settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], database=None)
    @given(scripts())
    def collect(script: Script) -> None:
        batches.append(script)

    collect()
    files = [formats.write("vtt", script).decode() for script in batches]
    for script, file, found in zip(batches, files, judged(files), strict=True):
        # an end that is not after its start is a fault of the script, not of the file
        errors = [one for one in found["errors"] if "End timestamp" not in one["message"]]
        assert errors == [], file
        written = [one for one in script.entries if clean(one.text)]
        assert [round(cue["start"] * 1000) for cue in found["cues"]] == [
            one.span.start for one in written
        ]


def test_published_tracks_written_again_are_without_fault(shared_media: Path) -> None:
    files = sorted((shared_media / "ad").rglob("*.vtt"))
    before = judged([file.read_text(encoding="utf-8") for file in files])
    after = judged([formats.write("vtt", formats.read(file)).decode() for file in files])
    for file, old, new in zip(files, before, after, strict=True):
        # a setting that is wrong in the file is kept as it stands
        wrong = {one["message"] for one in old["errors"]} & {
            one["message"] for one in new["errors"]
        }
        assert [one for one in new["errors"] if one["message"] not in wrong] == [], file.name
        assert all("alignment" in message for message in wrong), file.name


# --- spreadsheets and documents -------------------------------------------------------------------


def test_openpyxl_reads_our_workbook() -> None:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(formats.write("xlsx", SCRIPT)))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert rows[0] == [
        *("Line", "Timecode In", "Timecode Out", "Duration", "Script"),
        *("On-screen note", "Voice", "Status", "Freeze", "Note"),
    ]
    assert rows[1][:5] == [
        *("1", "00:00:00.040", "00:00:02.500", "00:00:02.460"),
        "A door marked <EXIT> & a “sign”.",
    ]
    assert rows[2][4] == "Proog waits.\nEmo runs."
    assert book.properties.title == "A film"
    assert book.properties.language == "en"


def test_a_script_without_more_has_the_eight_columns_in_use() -> None:
    plain = formats.write("csv", Script((Entry(Span(40, 900), "A door."),)))
    header = plain.decode("utf-8-sig").splitlines()[0]
    assert header == "Line,Timecode In,Timecode Out,Duration,Script,On-screen note,Voice,Status"


def test_python_docx_reads_our_document() -> None:
    import docx

    document = docx.Document(io.BytesIO(formats.write("docx", SCRIPT)))
    said = [(one.style.name, one.text) for one in document.paragraphs]  # type: ignore[union-attr]
    assert said == [
        ("Title", "A film"),
        ("Cue Remark", "Note: By a describer."),
        ("Heading 1", "Scene 1, 00:00:00.000 to 00:50:00.000"),
        ("Cue Times", "1. 00:00:00.040 to 00:00:02.500"),
        ("Normal", "A door marked <EXIT> & a “sign”."),
        ("Cue Remark", "Voice: Anna"),
        ("Cue Remark", "Status: accepted"),
        ("Cue Remark", "Note: Check the sign --> later."),
        ("Heading 1", "Scene 2, 00:50:00.000 to 01:01:40.000"),
        ("Cue Times", "2. 01:00:00.000 to 01:00:00.100"),
        ("Normal", "Proog waits.\nEmo runs."),
        ("Cue Remark", "Freeze: 1400 ms"),
    ]
    assert document.tables == []
    assert document.core_properties.language == "en"


def test_a_talent_reads_large_print_with_times_words_and_pronunciations() -> None:
    import docx

    document = docx.Document(io.BytesIO(formats.write("recording", SCRIPT)))
    assert [one.text for one in document.paragraphs] == [
        "A film",
        "2 descriptions, 10 words.",
        "Scene 1, 00:00:00;00",
        "1. In at 00:00:00;01, 4.0 seconds",
        "6 words",
        "A door marked <EXIT> & a “sign”.",
        "Voice: Anna",
        "Note: Check the sign --> later.",
        "Scene 2, 00:50:00;00",
        "2. In at 01:00:00;00, 1.5 seconds",
        "4 words",
        "Proog waits.\nEmo runs.",
        "The film waits 1.4 seconds.",
        "Say: Proog as “prohg”",
    ]
    normal = document.styles["Normal"]
    assert normal.font.size.pt == 18  # type: ignore[attr-defined]
    page = formats.write("recording-page", SCRIPT).decode()
    assert "font:24px" in page
    assert "Say: Proog as “prohg”" in page


@pytest.mark.parametrize("name", ["docx", "xlsx", "recording"])
def test_no_part_of_an_archive_tells_when_it_was_made(name: str) -> None:
    data = formats.write(name, SCRIPT)
    with zipfile.ZipFile(io.BytesIO(data)) as archived:
        assert {part.date_time for part in archived.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archived.read("docProps/core.xml").decode()
    assert core.count("2000-01-01T00:00:00Z") == core.count("</dcterms:") > 0


# --- pages ----------------------------------------------------------------------------------------


class _Outline(HTMLParser):
    """Every tag that is opened is closed in its turn; the levels of headings are collected."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[str] = []
        self.language: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        if tag == "html":
            self.language = dict(attrs).get("lang")
        if tag[0] == "h" and tag[1:].isdigit():
            self.headings.append(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It must be the last that was opened."""
        assert self.open.pop() == tag


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(scripts(), st.sampled_from(["html", "recording-page"]))
def test_a_page_is_well_formed_and_can_be_stepped_through_by_headings(
    script: Script, name: str
) -> None:
    outline = _Outline()
    outline.feed(formats.write(name, script).decode())
    outline.close()
    assert outline.open == []
    assert outline.language == (script.language or None)
    assert set(outline.headings[1:]) <= {"h2"}


# --- edit systems ---------------------------------------------------------------------------------


def test_opentimelineio_reads_our_timeline() -> None:
    import opentimelineio as otio

    text = formats.write("otio", SCRIPT).decode()
    timeline = otio.adapters.read_from_string(text, "otio_json")
    assert timeline.name == "A film"
    assert timeline.duration().to_seconds() == 3700
    [track] = timeline.audio_tracks()
    ranges = [one.marked_range for one in track.markers]
    assert [one.start_time.to_seconds() for one in ranges] == [0.04, 3600]
    assert [one.duration.to_seconds() for one in ranges] == [2.46, 0.1]
    assert track.markers[1].comment == "Proog waits.\nEmo runs."
    assert otio.adapters.write_to_string(timeline, "otio_json", indent=2) == text.rstrip("\n")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (
            "edl",
            "TITLE: A film\nFCM: DROP FRAME\n* RATE: 30000/1001\n* Note: By a describer.\n\n"
            "001  AX       A     C        00:00:00;00 00:00:02;13 00:00:00;01 00:00:02;14\n"
            "* COMMENT: A door marked <EXIT> & a “sign”.\n* Voice: Anna\n* Status: accepted\n"
            "* Note: Check the sign --> later.\n\n"
            "002  AX       A     C        00:00:00;00 00:00:00;03 01:00:00;00 01:00:00;03\n"
            "* COMMENT: Proog waits.\n* COMMENT: Emo runs.\n* Freeze: 1400 ms\n",
        ),
        (
            "regions",
            "#,Name,Start,End,Length\r\n"
            "R1,A door marked <EXIT> & a “sign”.,00:00:00.040,00:00:02.500,00:00:02.460\r\n"
            "R2,Proog waits. Emo runs.,01:00:00.000,01:00:00.100,00:00:00.100\r\n",
        ),
        (
            "markers",
            "\ufeffName\tStart\tDuration\tTime Format\tType\tDescription\n"
            "Marker 01\t0:00.040\t0:02.460\tdecimal\tCue\tA door marked <EXIT> & a “sign”.\n"
            "Marker 02\t1:00:00.000\t0:00.100\tdecimal\tCue\tProog waits. Emo runs.\n",
        ),
        (
            "rpp",
            '<REAPER_PROJECT 0.1 "6.0" 0\n  TIMEMODE 0 0 -1 30 0 0 -1\n'
            '  MARKER 1 0.040 "A door marked <EXIT> & a “sign”." 1\n  MARKER 1 2.500 "" 1\n'
            '  MARKER 2 3600.000 "Proog waits. Emo runs." 1\n  MARKER 2 3600.100 "" 1\n>\n',
        ),
        (
            "text",
            "A film\n\n"
            "[00:00:00.040 to 00:00:02.500] Description: A door marked <EXIT> & a “sign”.\n\n"
            "[01:00:00.000 to 01:00:00.100] Description: Proog waits.\n    Emo runs.\n",
        ),
    ],
)
def test_files_for_programs_that_no_test_can_run_read_as_those_write_them(
    name: str, wanted: str
) -> None:
    assert formats.write(name, SCRIPT).decode() == wanted


def test_every_format_writes_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib, pickle, sys\n"
        "from studio.script import formats\n"
        "script = pickle.load(sys.stdin.buffer)\n"
        "for row in formats.writable():\n"
        "    print(row.name, hashlib.sha256(formats.write(row.name, script)).hexdigest())\n"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            input=pickle.dumps(SCRIPT),
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
