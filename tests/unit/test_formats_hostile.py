"""No file does harm: it is a script, or a sentence says why not."""

from __future__ import annotations

import csv
import io
import json
import sys
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.errors import ExportError, ProjectError, StudioError
from studio.script import formats
from studio.script.formats import Entry, Script, archive, paragraphs, table
from studio.times import Span
from tests.unit.strategies import NASTY

READABLE = [row.name for row in formats.readable()]
ARCHIVES = {"docx": "word/document.xml", "xlsx": "xl/worksheets/sheet1.xml"}
SCRIPT = Script(
    (
        Entry(Span(40, 2500), "A door marked <EXIT>.", voice="Anna", note="Check.", freeze=1400),
        Entry(Span(3_600_000, 3_601_250), "Two\nlines."),
    ),
    language="en",
    title="A film",
    rate=Fraction(25),
    duration=3_700_000,
    scenes=(Span(0, 3_000_000), Span(3_000_000, 3_700_000)),
)
ASS = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,Check the name.
Dialogue: 0,0:00:01.00,0:00:02.50,Default,Anna,0,0,0,,A {\\i1}door\\Nopens.
"""
GOOD = {
    row.name: ASS if row.name == "ass" else formats.write(row.name, SCRIPT)
    for row in formats.readable()
    if row.writes or row.name == "ass"
}


def _read(name: str, data: bytes, folder: Path) -> Script | None:
    """The script; None where a sentence says why there is none. All else is a failure."""
    file = folder / "file"
    file.write_bytes(data)
    try:
        script = formats.read(file, name, Fraction(25))
    except StudioError:
        return None
    assert script.entries
    assert all(0 <= one.span.start <= one.span.end for one in script.entries)
    return script


def _repacked(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """An archive with its parts changed."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(result, "w") as after:
        for name in before.namelist():
            after.writestr(name, change(name, before.read(name)))
    return result.getvalue()


def _with_part(data: bytes, part: str, content: bytes) -> bytes:
    return _repacked(data, lambda name, old: content if name == part else old)


# --- anything at all ------------------------------------------------------------------------------

_pieces = st.binary(max_size=12) | st.sampled_from(
    [one.encode("utf-8", "replace") for one in NASTY]
)


@st.composite
def mutations(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """A few cuts, doublings and insertions, at places given as parts of the whole."""
    steps = draw(
        st.lists(
            st.tuples(st.floats(0, 1), st.floats(0, 0.2), st.sampled_from("cdi"), _pieces),
            min_size=1,
            max_size=4,
        )
    )

    def change(data: bytes) -> bytes:
        for at, length, kind, piece in steps:
            start = round(at * len(data))
            end = min(len(data), start + round(length * len(data)))
            middle = {"c": b"", "d": data[start:end] * 2, "i": piece + data[start:end]}[kind]
            data = data[:start] + middle + data[end:]
        return data

    return change


@pytest.mark.parametrize("name", READABLE)
def test_no_bytes_do_worse_than_a_sentence(name: str, tmp_path: Path) -> None:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(st.binary(max_size=300))
    def check(raw: bytes) -> None:
        _read(name, raw, tmp_path)
        _read(name, GOOD[name][:60] + raw, tmp_path)

    check()


@pytest.mark.parametrize("name", READABLE)
def test_no_damage_does_worse_than_a_sentence(name: str, tmp_path: Path) -> None:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(mutations())
    def check(change: Callable[[bytes], bytes]) -> None:
        _read(name, change(GOOD[name]), tmp_path)

    check()


@pytest.mark.parametrize("name", sorted(ARCHIVES))
def test_no_damage_inside_an_archive_does_worse_than_a_sentence(name: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD[name])) as archived:
        parts = archived.namelist()

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(st.sampled_from([ARCHIVES[name], *parts]), mutations())
    def check(part: str, change: Callable[[bytes], bytes]) -> None:
        changed = _repacked(GOOD[name], lambda one, old: change(old) if one == part else old)
        _read(name, changed, tmp_path)

    check()


@pytest.mark.parametrize("name", READABLE)
def test_a_good_file_is_read(name: str, tmp_path: Path) -> None:
    script = _read(name, GOOD[name], tmp_path)
    assert script is not None
    assert script.entries[0].text.startswith("A ")


# --- too much -------------------------------------------------------------------------------------


def test_a_file_beyond_the_limit_is_not_opened(tmp_path: Path) -> None:
    file = tmp_path / "huge.csv"
    with file.open("wb") as made:
        made.truncate(formats.LARGEST_FILE + 1)
    with pytest.raises(ProjectError, match="too large for a script"):
        formats.read(file)


def test_a_folder_is_no_script(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="is no file"):
        formats.read(tmp_path, "csv")


def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    rows = [",".join(table.HEADER), *["1,0:01,0:02,,A door,,,"] * table.MOST_ROWS]
    file = tmp_path / "long.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(ProjectError, match="more than 20,000 rows"):
        formats.read(file)


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    entry = "00:00:01,000 --> 00:00:02,000\nA door.\n\n"
    file = tmp_path / "long.srt"
    file.write_text(entry * formats.MOST_ENTRIES, encoding="utf-8")
    assert len(formats.read(file).entries) == formats.MOST_ENTRIES
    file.write_text(entry * (formats.MOST_ENTRIES + 1), encoding="utf-8")
    with pytest.raises(ProjectError, match="more than 10,000 entries"):
        formats.read(file)


def test_too_many_paragraphs_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "long.html"
    file.write_text("<p>0:01" * (paragraphs.MOST_PARAGRAPHS + 1), encoding="utf-8")
    with pytest.raises(ProjectError, match="more than 50,000 paragraphs"):
        formats.read(file)


@pytest.mark.parametrize("name", sorted(ARCHIVES))
def test_an_archive_that_unpacks_to_too_much_is_refused(name: str, tmp_path: Path) -> None:
    bomb = io.BytesIO(GOOD[name])
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archived:
        archived.writestr("bomb.xml", b" " * (archive.LARGEST_UNPACKED + 1))
    assert len(bomb.getvalue()) < 1 << 20
    file = tmp_path / f"bomb.{name}"
    file.write_bytes(bomb.getvalue())
    with pytest.raises(ProjectError, match="unpacks to more than 64 MiB"):
        formats.read(file)


@pytest.mark.parametrize("name", sorted(ARCHIVES))
def test_an_archive_that_lies_about_its_size_is_no_way_around(name: str, tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archived:
        archived.writestr(ARCHIVES[name], b" " * (archive.LARGEST_UNPACKED + 1))
    size = (archive.LARGEST_UNPACKED + 1).to_bytes(4, "little")
    assert bomb.getvalue().count(size) == 2
    file = tmp_path / f"bomb.{name}"
    file.write_bytes(bomb.getvalue().replace(size, (100).to_bytes(4, "little")))
    with pytest.raises(ProjectError, match="damaged"):
        formats.read(file)


def test_an_archive_of_too_many_parts_is_refused(tmp_path: Path) -> None:
    many = io.BytesIO(GOOD["xlsx"])
    with zipfile.ZipFile(many, "a") as archived:
        for number in range(archive.MOST_PARTS):
            archived.writestr(f"{number}.bin", b"")
    file = tmp_path / "many.xlsx"
    file.write_bytes(many.getvalue())
    with pytest.raises(ProjectError, match="2,000 parts"):
        formats.read(file)


def test_a_sheet_that_claims_to_reach_to_the_last_cell_is_read_to_the_limit(tmp_path: Path) -> None:
    far = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + b"".join(b'<row r="%d"><c r="XFD%d"/></row>' % (row, row) for row in range(1, 19_000))
        + b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
        b"</sheetData></worksheet>"
    )
    hostile = _with_part(GOOD["xlsx"], ARCHIVES["xlsx"], far)
    assert _read("xlsx", hostile, tmp_path) is None


TEXT_FORMATS = [name for name in READABLE if name not in ARCHIVES]
LONG = 1 << 20  # bytes; a pattern that looks at each place again and again would never end


@pytest.mark.parametrize(
    "unit", ["<", "<v ", "<!--", "{", " ", "\t", "\n", "a ", "0", "1:", '"', "&"]
)
@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_no_long_run_holds_the_program_up(name: str, unit: str, tmp_path: Path) -> None:
    good = GOOD[name].replace(b"A door", b"A door" + unit.encode() * (LONG // len(unit)))
    _read(name, good, tmp_path)
    _read(name, GOOD[name] + unit.encode() * (LONG // len(unit)) + b"x", tmp_path)


# --- entities, nesting, plug-ins ------------------------------------------------------------------

_LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 12)
)
_ENTITIES = {
    "bomb": b'<!DOCTYPE x [<!ENTITY l0 "ha">' + _LAUGHS + b"]>",
    "outside": b'<!DOCTYPE x [<!ENTITY l11 SYSTEM "file:///etc/passwd">]>',
    "schema": b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY l11 "y">]>',
}


@pytest.mark.parametrize("kind", sorted(_ENTITIES))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", sorted(ARCHIVES))
def test_entities_are_refused(name: str, encoding: str, kind: str, tmp_path: Path) -> None:
    document = b'<?xml version="1.0"?>' + _ENTITIES[kind] + b"<x>&l11;</x>"
    hostile = _with_part(GOOD[name], ARCHIVES[name], document.decode().encode(encoding))
    file = tmp_path / f"entities.{name}"
    file.write_bytes(hostile)
    with pytest.raises(ProjectError, match="is refused"):
        formats.read(file)


@pytest.mark.parametrize("name", sorted(ARCHIVES))
def test_xml_in_an_encoding_that_hides_its_entities_is_refused(name: str, tmp_path: Path) -> None:
    document = b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE x+AD4-<x/>'
    hostile = _with_part(GOOD[name], ARCHIVES[name], document)
    file = tmp_path / f"encoding.{name}"
    file.write_bytes(hostile)
    with pytest.raises(ProjectError, match="not UTF-8"):
        formats.read(file)


@pytest.mark.parametrize("name", sorted(ARCHIVES))
def test_deep_xml_is_refused(name: str, tmp_path: Path) -> None:
    deep = b"<x>" * 200_000 + b"</x>" * 200_000
    assert _read(name, _with_part(GOOD[name], ARCHIVES[name], deep), tmp_path) is None


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"OTIO_SCHEMA":"Stack.1","children":['])
def test_deep_json_is_refused(opening: str, tmp_path: Path) -> None:
    file = tmp_path / "deep.otio"
    file.write_text(opening * 100_000, encoding="utf-8")
    with pytest.raises(ProjectError, match="nested deeper than 64"):
        formats.read(file)


@pytest.mark.parametrize("schema", ["SerializableObjectRef.1", "\\u0053erializableObjectRef.1"])
@pytest.mark.parametrize("holder", ["timeline", "stack", "track", "gap"])
def test_a_timeline_that_holds_itself_is_refused(holder: str, schema: str, tmp_path: Path) -> None:
    timeline = json.loads(GOOD["otio"])
    stack = timeline["tracks"]
    track = stack["children"][0]
    holders = {"timeline": timeline, "stack": stack, "track": track, "gap": track["children"][0]}
    holders[holder]["OTIO_REF_ID"] = "x"
    reference = {"OTIO_SCHEMA": "REFERENCE", "id": "x"}
    (stack if holder == "stack" else track)["children"].append(reference)
    file = tmp_path / "itself.otio"
    file.write_text(json.dumps(timeline).replace("REFERENCE", schema), encoding="utf-8")
    with pytest.raises(ProjectError, match="refer to each other"):
        formats.read(file)


def test_a_bracket_in_a_text_is_no_nesting(tmp_path: Path) -> None:
    text = '\\"[{' * 100
    script = Script((Entry(Span(0, 1000), text),), rate=Fraction(25))
    found = _read("otio", formats.write("otio", script), tmp_path)
    assert found is not None
    assert found.entries[0].text == text


@pytest.mark.parametrize(
    ("part", "value"),
    [("rate", 0.0), ("rate", -25.0), ("value", -1.0), ("value", 1e300)],
)
def test_times_that_are_none_are_refused(part: str, value: float, tmp_path: Path) -> None:
    timeline = json.loads(GOOD["otio"])
    marker = timeline["tracks"]["children"][0]["markers"][0]
    marker["marked_range"]["start_time"][part] = value
    file = tmp_path / "odd.otio"
    file.write_text(json.dumps(timeline), encoding="utf-8")
    with pytest.raises(ProjectError, match="not OpenTimelineIO"):
        formats.read(file)


def test_a_timeline_loads_no_plug_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evil = tmp_path / "evil.py"
    evil.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n", encoding="utf-8")
    manifest = tmp_path / "evil.json"
    hook = {"OTIO_SCHEMA": "HookScript.1", "name": "evil", "filepath": str(evil)}
    hooks = {"post_adapter_read": ["evil"], "pre_adapter_write": ["evil"]}
    content = {"OTIO_SCHEMA": "PluginManifest.1", "hook_scripts": [hook], "hooks": hooks}
    manifest.write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setenv("OTIO_PLUGIN_MANIFEST_PATH", str(manifest))
    for name in [one for one in sys.modules if one.startswith("opentimelineio.plugins.manifest")]:
        monkeypatch.delitem(sys.modules, name)
    assert _read("otio", formats.write("otio", SCRIPT), tmp_path) is not None
    assert not (tmp_path / "ran").exists()


# --- formulas -------------------------------------------------------------------------------------

FORMULAS = (
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "'=1+1",
    "''+1",
    "＝1+1",
    "=1\n=2",
)


@pytest.mark.parametrize("name", ["csv", "positions", "regions", "xlsx"])
@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula_and_none_is_changed(name: str, text: str, tmp_path: Path) -> None:
    script = Script((Entry(Span(40, 900), text, voice="=x", note="@y"),))
    data = formats.write(name, script)
    if name == "xlsx":
        import openpyxl

        sheet = openpyxl.load_workbook(io.BytesIO(data)).active
        cells = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
        assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    else:
        separator = ";" if name == "positions" else ","
        rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=separator)
        cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]
    found = _read(name, data, tmp_path)
    assert found is not None
    shown = text.replace("\n", " ") if name == "regions" else text
    assert found.entries[0].text == shown


@given(st.text() | st.sampled_from([*FORMULAS, "\t=1", "\r", "'", "''", "-"]))
def test_escaping_loses_nothing(text: str) -> None:
    assert table.unescaped(table.escaped(text)) == text
    assert not table.escaped(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_formulas_in_a_sheet_are_not_worked_out(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Timecode In", "Timecode Out", "Script"])
    sheet.append(["0:01", "0:02", '=WEBSERVICE("http://127.0.0.1:9/")'])
    sheet.append(["0:03", "0:04", "A door opens."])
    saved = io.BytesIO()
    book.save(saved)
    found = _read("xlsx", saved.getvalue(), tmp_path)
    assert found is not None
    assert [one.text for one in found.entries] == ["A door opens."]


def test_a_text_too_long_for_a_cell_is_not_cut_in_silence() -> None:
    script = Script((Entry(Span(0, 1000), "long " * 7000),))
    with pytest.raises(ExportError, match="Line 1 of the script is longer"):
        formats.write("xlsx", script)
