"""The table of formats, and what files of other programs become."""

from __future__ import annotations

import datetime
import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import ExportError, ProjectError, UsageError
from studio.script import formats
from studio.script.formats import Entry, Script, alternative, srt, vtt
from studio.script.formats.moments import moment, stamp
from studio.times import Span, frame_at, frame_time, parse_timecode, timecode

NTSC = Fraction(30_000, 1001)
SCRIPT = Script(
    (
        Entry(Span(40, 2500), "A door marked <EXIT> & a “sign”."),
        Entry(Span(3_600_000, 3_601_250), "Two\nlines."),
    ),
    language="en",
)


def _read(folder: Path, name: str, content: str | bytes, rate: Fraction | None = None) -> Script:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return formats.read(file, rate=rate)


def _told(script: Script) -> list[tuple[int, int, str]]:
    return [(one.span.start, one.span.end, one.text) for one in script.entries]


# --- the table ------------------------------------------------------------------------------------


def test_names_and_endings_of_what_is_written_are_each_of_one_format() -> None:
    names = [row.name for row in formats.FORMATS]
    endings = [row.ending for row in formats.writable()]
    assert len(set(names)) == len(names)
    assert len(set(endings)) == len(endings)
    assert {"vtt", "srt", "csv", "xlsx", "docx", "html", "text", "otio", "edl"} <= set(names)


@pytest.mark.parametrize("row", formats.FORMATS, ids=lambda row: row.name)
def test_a_row_keeps_its_promises(row: formats.Format) -> None:
    module = formats._module(row)
    assert hasattr(module, "read") is row.reads
    assert hasattr(module, "write") is row.writes
    sharing = [one for one in formats.readable() if set(one.suffixes) & set(row.suffixes)]
    if row.reads and len(sharing) > 1:
        assert callable(module.claims)


@pytest.mark.parametrize(
    "row", [row for row in formats.readable() if row.writes], ids=lambda row: row.name
)
def test_a_file_is_known_by_its_ending_and_content(row: formats.Format, tmp_path: Path) -> None:
    script = Script((Entry(Span(1000, 2000), "A door."),), rate=Fraction(25))
    for suffix in row.suffixes:
        read = _read(tmp_path, f"x{suffix.upper()}", formats.write(row.name, script), Fraction(25))
        assert _told(read) == [(1000, 2000, "A door.")]


def test_a_format_nobody_knows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"Known are: \.vtt, \.srt"):
        formats.read(tmp_path / "script.doc")
    with pytest.raises(UsageError, match="no format “doc”"):
        formats.read(tmp_path / "script.vtt", "doc")
    with pytest.raises(UsageError, match="are written, not read"):
        formats.read(tmp_path / "script.docx", "recording")
    monkeypatch.setattr(formats, "FORMATS", (replace(formats.named("srt"), writes=False),))
    with pytest.raises(UsageError, match="are read, not written"):
        formats.write("srt", SCRIPT)


def test_what_is_wrong_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"a\.vtt: The file does not begin with WEBVTT"):
        _read(tmp_path, "a.vtt", "1\n00:00:01,000 --> 00:00:02,000\nA door.\n")
    with pytest.raises(ProjectError, match=r"a\.srt: The file is not UTF-8"):
        _read(tmp_path, "a.srt", b"\xff\xfa")
    with pytest.raises(ProjectError, match="cannot be read"):
        formats.read(tmp_path / "not there.vtt")


def test_an_empty_script_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no cue with times and text"):
        _read(tmp_path, "a.vtt", "WEBVTT\n")


def test_a_name_says_more_than_an_ending(tmp_path: Path) -> None:
    file = tmp_path / "script.txt"
    file.write_bytes(vtt.write(SCRIPT))
    assert _told(formats.read(file, "vtt")) == _told(SCRIPT)


# --- times ----------------------------------------------------------------------------------------

RATES = [Fraction(25), Fraction(24_000, 1001), NTSC, Fraction(60_000, 1001), Fraction(50)]


@given(st.integers(0, 359_000_000), st.sampled_from(RATES))
def test_a_timecode_is_read_as_the_frame_it_was_written_for(ms: int, rate: Fraction) -> None:
    assert parse_timecode(timecode(ms, rate), rate) == frame_time(frame_at(ms, rate), rate)


@pytest.mark.parametrize("text", ["00:00:00:25", "00:60:00:00", "00:00:60:00", "0:1:2", "x"])
def test_a_timecode_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="timecode"):
        parse_timecode(text, Fraction(25))


def test_a_timecode_that_drop_frame_leaves_out_is_refused() -> None:
    with pytest.raises(UsageError, match=r"at 29\.97 pictures"):
        parse_timecode("00:01:00;00", NTSC)
    assert parse_timecode("00:01:00;02", NTSC) == frame_time(1800, NTSC)
    assert parse_timecode("00:01:00:00", NTSC) == frame_time(1800, NTSC)
    assert parse_timecode("00:10:00;00", NTSC) == frame_time(17_982, NTSC)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("00:01:02.500", 62_500),
        ("1:02,5", 62_500),
        ("62.5", 62_500),
        ("01:02", 62_000),
        ("00:01:02.500999", 62_500),
        ("00:01:02:10", 62_400),
    ],
)
def test_times_are_read_as_people_write_them(text: str, ms: int) -> None:
    assert moment(text, Fraction(25)) == ms


def test_frames_cannot_be_read_without_a_rate() -> None:
    with pytest.raises(ProjectError, match="nothing says how many a second has"):
        moment("00:01:02:10")


@given(st.integers(0, 999 * 3_600_000))
def test_a_stamp_is_read_as_it_was_written(ms: int) -> None:
    assert moment(stamp(ms)) == ms


# --- WebVTT and its kin ---------------------------------------------------------------------------


def test_a_vtt_track_reads_as_people_expect() -> None:
    assert vtt.write(SCRIPT).decode() == (
        "WEBVTT\n\nNOTE\nKind: descriptions\nLanguage: en\n\n"
        "00:00:00.040 --> 00:00:02.500\nA door marked &lt;EXIT&gt; &amp; a “sign”.\n\n"
        "01:00:00.000 --> 01:00:01.250\nTwo\nlines.\n"
    )


def test_a_srt_file_reads_as_people_expect() -> None:
    assert srt.write(SCRIPT).decode() == (
        "1\n00:00:00,040 --> 00:00:02,500\nA door marked <EXIT> & a “sign”.\n\n"
        "2\n01:00:00,000 --> 01:00:01,250\nTwo\nlines.\n"
    )


@pytest.mark.parametrize("write", [vtt.write, srt.write])
def test_a_blank_line_in_a_text_does_not_end_its_entry(write: object) -> None:
    text = write(Script((Entry(Span(40, 900), "One.\n\nTwo."),)))  # type: ignore[operator]
    assert b"One.\nTwo.\n" in text


def test_all_that_a_track_says_besides_its_cues_is_kept(tmp_path: Path) -> None:
    script = _read(
        tmp_path,
        "a.vtt",
        "\ufeffWEBVTT - A film\nKind: captions\nLanguage: pt-BR\nLicense: CC BY 4.0\n\n"
        "STYLE\n::cue { color: red }\n\nREGION\nid:a\n\nNOTE for all\n\n"
        "one\n00:01.000 --> 00:01.100 line:0 align:start\n"
        "<v.loud Ann &amp; Ben>A <b>door</b> &lt;\n"
        "00:02.000 --> 00:03.000\nNo blank line before.\n\n"
        "NOTE\nOn screen: EXIT\nCheck --&gt; this.\n\n"
        "00:04.000 --> 00:05.000\n<v Ann>Hi. <v Ben>Ho.\n\n"
        "00:06.000 --> 00:07.000\n\n"
        "NOTE the end",
    )
    assert (script.title, script.language) == ("A film", "pt-BR")
    assert script.notes == ("License: CC BY 4.0", "for all")
    assert script.settings == ("STYLE\n::cue { color: red }", "REGION\nid:a")
    assert script.closing == ("the end",)
    first, second, third = script.entries
    assert first == Entry(
        Span(1000, 1100),
        "A door <",
        id="one",
        voice="Ann & Ben",
        extended=True,
        settings="line:0 align:start",
    )
    assert second == Entry(Span(2000, 3000), "No blank line before.")
    assert third == Entry(
        Span(4000, 5000), "Hi. Ben: Ho.", voice="Ann", on_screen="EXIT", note="Check --> this."
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_newline_and_mark_will_do(tmp_path: Path, newline: str, encoding: str) -> None:
    for name in ("a.vtt", "a.srt"):
        data = formats.write(name[2:], SCRIPT).decode().replace("\n", newline).encode(encoding)
        assert _told(_read(tmp_path, name, data)) == _told(SCRIPT)


def test_a_loose_srt_file_is_read(tmp_path: Path) -> None:
    script = _read(
        tmp_path,
        "a.srt",
        "1\n0:00:01,5 --> 00:00:02.000 X1:0\n<i>A</i> {\\an8}door\n2\n00:00:03,000 --> "
        "00:00:04,000\nRoom\n12\n\n\n3\n00:00:05,000 --> 00:00:04,000\nBack <b>wards\n7",
    )
    assert _told(script) == [
        (1500, 2000, "A door"),
        (3000, 4000, "Room\n12"),
        (5000, 5000, "Back wards\n7"),
    ]


def test_ass_is_read_with_who_speaks_and_what_is_remarked(tmp_path: Path) -> None:
    script = _read(
        tmp_path,
        "a.ass",
        "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\n"
        "Format: Name, Fontname, Fontsize\nStyle: Default,Arial,20\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,{\\p1}m 0 0 l 1 1{\\p0}\n"
        "Dialogue: 0,0:00:01.00,0:00:02.50,Default,Anna,0,0,0,,A {\\i1}door\\Nopens, slowly.\n"
        "Comment: 0,0:00:01.00,0:00:01.00,Default,,0,0,0,,Check.\n",
    )
    assert script.entries == (
        Entry(Span(1000, 2500), "A door\nopens, slowly.", voice="Anna", note="Check."),
    )


def test_published_descriptions_are_read(shared_media: Path) -> None:
    counts = {
        "elephantsdream/descriptions.en.vtt": 63,
        "elephantsdream/captions.en.vtt": 78,
        "ableplayer/blocks4all_descriptions_en.vtt": 7,
        "ableplayer/wwa_captions_en.vtt": 15,
        "the-light-that-burned--ad.en.vtt": 9,
        "bela-ad.en.vtt": 6,
        "clip-8th-man.vtt": 3,
        "rabbit_descriptions.vtt": 3,
    }
    for name, count in counts.items():
        assert len(formats.read(shared_media / "ad" / name).entries) == count, name
    bela = formats.read(shared_media / "ad" / "bela-ad.en.vtt")
    assert [one.extended for one in bela.entries] == [False, False, True, True, True, True]
    dream = formats.read(shared_media / "ad" / "elephantsdream/descriptions.en.vtt")
    assert "Author: Silvia Pfeiffer" in dream.notes[0]


# --- sheets ---------------------------------------------------------------------------------------


def test_a_sheet_is_read_by_the_names_of_its_columns(tmp_path: Path) -> None:
    script = _read(
        tmp_path,
        "a.csv",
        "My film;;;;;;\n;;;;;;\nNotes;Description;TC In;TC OUT;Narrator;On-Screen Text;Extra\n"
        ";ACT ONE;;;;;\n"
        "check;'=A door.;00:00:01:10;00:00:02:00;Ann;EXIT;x\n"
        ";;00:00:03:00;00:00:04:00;;;\n"
        ";No end.;0:05;;;;\n",
        Fraction(25),
    )
    first, second = script.entries
    assert first == Entry(
        Span(1400, 2000), "=A door.", voice="Ann", note="ACT ONE\ncheck", on_screen="EXIT"
    )
    assert second == Entry(Span(5000, 6000), "No end.")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_any_usual_separator_will_do(tmp_path: Path, separator: str) -> None:
    lines = [["Timecode In", "Duration", "Script"], ["0:01", "0:02", "A door."]]
    text = "\r\n".join(separator.join(line) for line in lines)
    assert _told(_read(tmp_path, "a.csv", text)) == [(1000, 3000, "A door.")]
    hinted = f"sep={separator}\r\n{text}"
    assert _told(_read(tmp_path, "a.csv", hinted)) == [(1000, 3000, "A door.")]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("a,b,c\n1,2,3\n", "No row of the sheet names its columns"),
        ("In,Script\n0:01,A\nsoon,B\n", "Row 3: “soon” is not a time"),
        ("In,Script\n00:00:01:10,A\n", "Row 2: The time “00:00:01:10” counts frames"),
        ('In,Script\n"0:01,A\n', "no cue with times and text"),
    ],
)
def test_what_is_wrong_with_a_sheet_names_the_row(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(ProjectError, match=wrong):
        _read(tmp_path, "a.csv", text)


def test_the_columns_of_a_web_tool_have_description_and_dialogue(tmp_path: Path) -> None:
    text = (
        "Position;Start;End;Text;Dialogue\n1;00:00:01.000;00:00:02.000;A door.;\n"
        "2;00:00:02.000;00:00:03.000;;Hello, you.\n3;00:00:04.000;00:00:05.000;A cat.;Miaow\n"
    )
    script = _read(tmp_path, "a.csv", text)
    assert _told(script) == [(1000, 2000, "A door."), (4000, 5000, "A cat.")]
    assert [(one.span.start, one.text) for one in script.dialogue] == [
        (2000, "Hello, you."),
        (4000, "Miaow"),
    ]
    assert formats.write("positions", script).decode("utf-8-sig").replace("\r\n", "\n") == text


def test_a_workbook_may_keep_times_as_excel_does_and_lie_on_any_sheet(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.create_sheet("Script")
    sheet.append(["A film"])
    sheet.append(["Timecode In", "Timecode Out", "Script", "Status"])
    sheet.append([datetime.time(0, 0, 1, 500_000), datetime.timedelta(seconds=3), "A door.", 1])
    sheet.append([4.5, "00:00:06", 1984, None])
    saved = io.BytesIO()
    book.save(saved)
    script = _read(tmp_path, "a.xlsx", saved.getvalue())
    assert _told(script) == [(1500, 3000, "A door."), (4500, 6000, "1984")]
    assert [one.status for one in script.entries] == ["1", ""]


# --- documents ------------------------------------------------------------------------------------


def _document(*paragraphs: str, table: list[list[str]] | None = None) -> bytes:
    import docx

    document = docx.Document()
    for one in paragraphs:
        document.add_paragraph(one.lstrip("#"), style="Heading 2" if one[0] == "#" else None)
    if table is not None:
        made = document.add_table(rows=len(table), cols=len(table[0]))
        for row, cells in zip(made.rows, table, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
    saved = io.BytesIO()
    document.save(saved)
    return saved.getvalue()


def test_a_document_as_people_write_it_is_read(tmp_path: Path) -> None:
    data = _document(
        "A remark.",
        "#Kitchen",
        "00:00:01:05 – 00:00:02:00",
        "A door.",
        "It opens.",
        "Voice: Ann",
        "[0:05] A cat sits.",
        "0:07.500 to 0:09: It jumps.",
    )
    script = _read(tmp_path, "a.docx", data, Fraction(25))
    assert script.notes == ("A remark.",)
    assert script.entries == (
        Entry(Span(1200, 2000), "A door.\nIt opens.", voice="Ann", note="Kitchen"),
        Entry(Span(5000, 6125), "A cat sits."),
        Entry(Span(7500, 9000), "It jumps."),
    )


def test_a_table_in_a_document_is_read_as_a_sheet(tmp_path: Path) -> None:
    rows = [["Timecode In", "Timecode Out", "Script"], ["0:01", "0:02", "A door."]]
    assert _told(_read(tmp_path, "a.docx", _document(table=rows))) == [(1000, 2000, "A door.")]


def test_a_document_without_times_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="No paragraph of the document tells a time"):
        _read(tmp_path, "a.docx", _document("Only words."))
    with pytest.raises(ProjectError, match="No paragraph of the page tells a time"):
        _read(tmp_path, "a.html", "<p>Only words.")


def test_a_page_as_people_write_it_is_read(tmp_path: Path) -> None:
    script = _read(
        tmp_path,
        "a.html",
        "<html lang=de><title>no</title><script>0:01 no</script><h1>Film</h1>"
        "<div>0:01 &ndash; 0:02<div>A <b>do</b>or\n   opens.<br>Slowly.</div></div>"
        "<table><tr><td>0:03<td>A cat.</table>",
    )
    assert (script.title, script.language) == ("Film", "de")
    assert _told(script) == [(1000, 2000, "A door    opens.\nSlowly."), (3000, 4000, "A cat.")]


def test_the_alternative_to_the_film_tells_who_speaks() -> None:
    script = Script(
        (Entry(Span(1000, 2000), "A door."),),
        title="Film",
        dialogue=(
            Entry(Span(500, 900), "Hello.", voice="Emo"),
            Entry(Span(3000, 4000), "Who\nis it?"),
            Entry(Span(5000, 6000), "Me.", voice="Description"),
        ),
    )
    text = alternative.write(script)
    assert text.decode() == (
        "Film\n\n"
        "[00:00:00.500 to 00:00:00.900] Emo: Hello.\n\n"
        "[00:00:01.000 to 00:00:02.000] Description: A door.\n\n"
        "[00:00:03.000 to 00:00:04.000] Dialogue: Who\n    is it?\n\n"
        "[00:00:05.000 to 00:00:06.000] Description (person): Me.\n"
    )
    assert [one.voice for one in alternative.read(text).dialogue] == [
        "Emo",
        "",
        "Description (person)",
    ]


# --- edit systems ---------------------------------------------------------------------------------


def test_markers_that_resolve_exports_as_an_edl_are_read(tmp_path: Path) -> None:
    script = _read(
        tmp_path,
        "a.edl",
        "TITLE: Reel 1\nFCM: NON-DROP FRAME\n\n"
        "001  001      V     C        00:00:01:00 00:00:01:01 00:00:01:00 00:00:01:01  \n"
        " |C:ResolveColorBlue |M:A door. |D:25\n\n"
        "002  AX       AA/V  C        00:00:00:00 00:00:02:00 00:00:04:00 00:00:06:00\n"
        "* FROM CLIP NAME: x.mov\n* COMMENT: A cat.\n",
        Fraction(25),
    )
    assert _told(script) == [(1000, 1040, "A door."), (4000, 6000, "A cat.")]


def test_an_edl_tells_its_own_rate_and_needs_one(tmp_path: Path) -> None:
    entry = Entry(Span(60_060, 61_061), "A door.")
    data = formats.write("edl", Script((entry,), rate=NTSC))
    assert b"FCM: DROP FRAME" in data
    assert b"00:01:00;02" in data
    assert _told(_read(tmp_path, "a.edl", data, Fraction(25))) == [(60_060, 61_061, "A door.")]
    with pytest.raises(ProjectError, match="counts frames"):
        _read(tmp_path, "a.edl", data.replace(b"* RATE: 30000/1001\n", b""))
    with pytest.raises(ExportError, match="rate of the film is not known"):
        formats.write("edl", Script((entry,)))


def test_lists_of_reaper_and_audition_are_read(tmp_path: Path) -> None:
    regions = "#,Name,Start,End,Length\nR1,A door.,0:01.000,0:02.500,0:01.500\nM1,A cat.,0:04,,\n"
    assert _told(_read(tmp_path, "a.csv", regions)) == [
        (1000, 2500, "A door."),
        (4000, 5000, "A cat."),
    ]
    with pytest.raises(ProjectError, match="Set Reaper's ruler to minutes and seconds"):
        _read(tmp_path, "a.csv", "#,Name,Start,End,Length\nR1,A door.,1.1.00,2.1.00,1.0.00\n")
    head = "Name\tStart\tDuration\tTime Format\tType\tDescription\n"
    markers = head + "Marker 01\t0:01.000\t0:01.500\tdecimal\tCue\tA door.\nA cat.\t0:04\t\t\tCue\n"
    assert _told(_read(tmp_path, "a.csv", markers)) == [
        (1000, 2500, "A door."),
        (4000, 5000, "A cat."),
    ]
    with pytest.raises(ProjectError, match="counts samples"):
        _read(tmp_path, "a.csv", head + "x\t48000\t0\tsamples\tCue\tA door.\n")


def test_regions_and_markers_in_a_project_of_reaper_are_read(tmp_path: Path) -> None:
    script = _read(
        tmp_path,
        "a.rpp",
        '<REAPER_PROJECT 0.1 "6.82/OSX64" 1708000000\r\n  TEMPO 120 4 4\r\n'
        '  MARKER 1 1.5 \'Say "hi"\' 1 0 1 R {9D}\r\n  MARKER 1 3.00025 "" 1\r\n'
        "  MARKER 2 7 door 0 0 1 B {9E}\r\n  <TRACK\r\n  >\r\n>\r\n",
    )
    assert _told(script) == [(1500, 3000, 'Say "hi"'), (7000, 8000, "door")]


def test_markers_on_clips_of_a_timeline_are_read_in_its_own_time(tmp_path: Path) -> None:
    import opentimelineio as otio
    from opentimelineio.opentime import RationalTime, TimeRange

    timeline = otio.schema.Timeline("Cut")
    track = otio.schema.Track("V1")
    timeline.tracks.append(track)
    track.append(otio.schema.Gap(source_range=TimeRange(RationalTime(0, 25), RationalTime(50, 25))))
    clip = otio.schema.Clip(source_range=TimeRange(RationalTime(100, 25), RationalTime(250, 25)))
    track.append(clip)
    marked = TimeRange(RationalTime(125, 25), RationalTime(25, 25))
    clip.markers.append(otio.schema.Marker("A door.", marked))
    text = otio.adapters.write_to_string(timeline, "otio_json")
    script = _read(tmp_path, "a.otio", text)
    assert (script.title, _told(script)) == ("Cut", [(3000, 4000, "A door.")])
