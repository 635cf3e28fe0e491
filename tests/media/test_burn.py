"""Subtitles in the pictures, read back from the pixels of the film that was made."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.errors import ExportError, ProjectError
from studio.media.probe import FilmInfo, probe
from studio.mix import burn as burning
from studio.mix.burn import Burnt, burn, burnt_suffix, missing_letters
from studio.mix.lettering import COMPLETE, SAFE, Look, Wishes, appearances
from studio.progress import Cancelled, Progress, unwatched
from studio.script.faces import spot_at
from studio.script.model import FaceTrack, Film, Line, Person, Project, Spot, Translation
from studio.script.subtitles import ROWS, Subtitle, paired, rows_of, units
from studio.times import Span

Grey = NDArray[np.uint8]
RATE = 25
GROUND = 128
INK = 48  # levels off the ground from which a pixel is ink; coding is off by less than 10

TEXTS = {
    "Latin": "Zażółć gęślą jaźń, proszę pana.",
    "Cyrillic": "Привет, как твои дела сегодня?",
    "Greek": "Καλημέρα, τι κάνεις σήμερα;",
    "Arabic": "مرحبا بالعالم كيف حالك اليوم",
    "Hebrew": "שלום לך, מה שלומך היום?",
    "Devanagari": "नमस्ते दुनिया, आप कैसे हैं?",
    "Han": "你好世界，今天天气怎么样？",
    "Hangul": "안녕하세요, 오늘은 어떠세요?",
}
SLOT, LENGTH = 1800, 1600  # ms
PLAIN = Wishes()
FROM_RIGHT = ("Arabic", "Hebrew")


def still(
    path: Path, seconds: float, size: tuple[int, int] = (640, 360), extra: Sequence[str] = ()
) -> FilmInfo:
    """A film of one grey picture with a tone."""
    width, height = size
    command = [
        *("ffmpeg", "-v", "error", "-nostdin", "-y"),
        *(
            "-f",
            "lavfi",
            "-i",
            f"color=0x808080:size={width}x{height}:rate={RATE}:duration={seconds}",
        ),
        *("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds}"),
        *("-pix_fmt", "yuv444p" if width % 2 or height % 2 else "yuv420p"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-c:a", "aac", *extra),
    ]
    subprocess.run([*command, str(path)], check=True)
    return probe(path)


def grey(path: Path) -> list[Grey]:
    """All pictures of a film."""
    with av.open(str(path)) as film:
        return [one.to_ndarray(format="gray") for one in film.decode(video=0)]


def ink(picture: Grey) -> NDArray[np.bool_]:
    """Where something is drawn on the ground."""
    return np.abs(picture.astype(np.int16) - GROUND) > INK


def box(marks: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the ink; right and bottom are the first free pixels."""
    rows, columns = np.flatnonzero(marks.any(1)), np.flatnonzero(marks.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def is_safe(marks: NDArray[np.bool_]) -> bool:
    """Whether all ink lies in the middle 90 % of width and height."""
    height, width = marks.shape
    left, top, right, bottom = box(marks)
    across, down = width * SAFE, height * SAFE
    inside = left >= across - 1 and right <= width - across + 1
    return inside and top >= down - 1 and bottom <= height - down + 1


def project(info: FilmInfo, lines: Sequence[Line], **more: Any) -> Project:
    film = Film(
        info.path.name, info.size, "f", info.duration, info.picture.width, info.picture.height,
        Fraction(RATE), None,
    )  # fmt: skip
    return Project(film, lines=tuple(lines), dialogue_language="en", **more)


def line(number: int, start: int, end: int, text: str, translation: str = "", **more: Any) -> Line:
    told = (Translation("xx", translation, "google"),) if translation else ()
    return Line(f"l{number}", start, end, text, translations=told, **more)


@dataclass(frozen=True)
class Made:
    """A burnt film. shown: its subtitles. pictures: all of it, grey."""

    result: Burnt
    shown: tuple[Subtitle, ...]
    pictures: list[Grey]

    def at(self, ms: int) -> NDArray[np.bool_]:
        """The ink of the picture that is shown at `ms`."""
        return ink(self.pictures[ms * RATE // 1000])


Burning = Callable[..., Made]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Burning:
    """Burns lines into a grey film as long as they are."""

    def make(
        lines: Sequence[Line],
        wishes: Wishes = PLAIN,
        size: tuple[int, int] = (640, 360),
        extra: Sequence[str] = (),
        **more: Any,
    ) -> Made:
        folder = tmp_path_factory.mktemp("burnt")
        seconds = max(one.end for one in lines) / 1000 + 0.5
        info = still(folder / "film.mp4", seconds, size, extra)
        described = project(info, lines, **more)
        narrow = Look(info.picture.width, info.picture.height).narrow
        shown = paired(described, "xx", narrow=narrow)
        target = folder / "burnt.mp4"
        result = burn(described, info, "xx", shown, target, wishes, unwatched())
        return Made(result, shown, grey(target))

    return make


@pytest.fixture(scope="module")
def scripts(made: Burning) -> tuple[Made, Made]:
    """A line with a translation in each script: appearing as fast as it must, and all at once."""
    lines = [
        line(at, SLOT * at, SLOT * at + LENGTH, "The line as it is said.", text)
        for at, text in enumerate(TEXTS.values())
    ]
    return made(lines, Wishes(reveal=True)), made(lines)


def filling(text: str) -> str:
    """The text again and again, as often as it still goes into two rows."""
    row = next(
        " ".join([text] * (count - 1))
        for count in itertools.count(2)
        if len(rows_of(" ".join([text] * count))) > ROWS
    )
    assert len(rows_of(row)) == ROWS
    return row


@pytest.fixture(scope="module")
def full(made: Burning) -> tuple[Made, Made]:
    """Two rows that are full in each script: as the translation that appears, and as the line."""
    texts = [filling(text) for text in TEXTS.values()]
    spans = [(SLOT * at, SLOT * at + LENGTH) for at in range(len(texts))]
    told = [line(at, *span, "Said.", texts[at]) for at, span in enumerate(spans)]
    said = [line(at, *span, texts[at]) for at, span in enumerate(spans)]
    return made(told, Wishes(reveal=True)), made(said)


def start_of(name: str) -> int:
    """When the subtitle in a script begins, in `scripts` and `full`; ms."""
    return SLOT * list(TEXTS).index(name)


def test_this_machine_has_fonts_for_every_script() -> None:
    assert missing_letters(TEXTS.values()) == frozenset(), "packaging/setup.sh installs them"


@pytest.mark.parametrize("name", TEXTS)
def test_every_script_is_drawn(name: str, scripts: tuple[Made, Made]) -> None:
    appearing, at_once = scripts
    assert at_once.result.issues == ()
    whole = at_once.at(start_of(name) + 1400)
    assert is_safe(whole)
    assert box(whole)[3] - box(whole)[1] > 30, "two rows"
    last = appearing.at(start_of(name) + 1400)
    # the tags between its words change nothing of how they are shaped and where they stand
    assert (last ^ whole).sum() <= 0.03 * whole.sum()  # a space is kerned a little otherwise


@pytest.mark.parametrize("name", TEXTS)
def test_two_full_rows_stay_two(name: str, full: tuple[Made, Made]) -> None:
    _, at_once = full
    whole = at_once.at(start_of(name) + 1400)
    left, top, right, bottom = box(whole)
    size = Look(640, 360).size
    assert is_safe(whole)
    assert 1.2 * size < bottom - top < 2.4 * size, "neither one row nor three"
    assert right - left > 0.3 * 640


@pytest.mark.parametrize("name", TEXTS)
def test_a_translation_is_complete_in_time(name: str, scripts: tuple[Made, Made]) -> None:
    appearing, _ = scripts
    start = start_of(name)
    frames = range(start * RATE // 1000 + 1, (start + LENGTH) * RATE // 1000)
    amounts = [int(ink(appearing.pictures[one]).sum()) for one in frames]
    assert amounts[0] < 0.7 * amounts[-1], "the line stands first"
    changes = [one for one in range(1, len(amounts)) if abs(amounts[one] - amounts[one - 1]) > 6]
    parts = len(units(TEXTS[name]))
    assert len(changes) >= min(parts, 5) - 1, "bit by bit"
    last = frames[changes[-1]] * 1000 // RATE
    assert start + LENGTH - last >= COMPLETE
    assert all(b >= a - 6 for a, b in itertools.pairwise(amounts)), "nothing goes again"


def is_begun(name: str, early: NDArray[np.bool_], whole: NDArray[np.bool_]) -> bool:
    """Whether a row that is not all there yet begins on the side from which its script is read."""
    first, _, last, _ = box(whole)
    left, _, right, _ = box(early)
    a_fifth = (last - first) // 5
    if name in FROM_RIGHT:
        return right >= last - 2 and left > first + a_fifth
    return left <= first + 2 and right < last - a_fifth


@pytest.mark.parametrize("name", TEXTS)
def test_it_appears_in_reading_order(name: str, scripts: tuple[Made, Made]) -> None:
    appearing, at_once = scripts
    whole, early = at_once.at(start_of(name) + 1400), appearing.at(start_of(name) + 640)
    below = slice(box(whole)[1] + 22, None)  # the line itself
    assert is_begun(name, early[below], whole[below])


@pytest.mark.parametrize("name", TEXTS)
def test_the_upper_row_appears_before_the_lower(name: str, full: tuple[Made, Made]) -> None:
    appearing, _ = full
    start = start_of(name)
    whole = appearing.at(start + 1400)
    bottom = box(whole)[3]
    upper, lower = slice(bottom - 37, bottom - 24), slice(bottom - 15, bottom)
    frames = range(start * RATE // 1000 + 1, (start + 1400) * RATE // 1000)
    seen = [ink(appearing.pictures[one]) for one in frames]
    begun = next(one for one in seen if one[lower].sum() > 0.1 * whole[lower].sum())
    assert begun[upper].sum() > 0.97 * whole[upper].sum()
    half = next(one for one in seen if one[lower].sum() > 0.3 * whole[lower].sum())
    assert is_begun(name, half[lower], whole[lower])
    first = next(one for one in seen if one[upper].sum() > 0.3 * whole[upper].sum())
    assert is_begun(name, first[upper], whole[upper])


@pytest.mark.parametrize(
    ("told", "from_left"),
    [
        # numbers go with the word before them; behind a Latin one they stand to its right
        ("שלום Anna 42 מחר", ("מחר", "Anna", "42", "שלום")),
        ("مرحبا 42 Anna غدا", ("غدا", "Anna", "42", "مرحبا")),
        ("Anna שלום מחר 42", ("Anna", "42", "מחר", "שלום")),
        ("你好 Anna 42", ("你好", "Anna", "42")),
    ],
)
def test_words_of_two_directions_stand_in_order(
    told: str, from_left: tuple[str, ...], made: Burning
) -> None:
    words = [line(at, 200 * at, 200 * at + 200, word) for at, word in enumerate(from_left, 1)]
    film = made([line(0, 0, 200, told), *words])
    row = film.pictures[100 * RATE // 1000]
    places = []
    for at in range(1, len(from_left) + 1):
        alone = film.pictures[(200 * at + 100) * RATE // 1000]
        left, top, right, bottom = box(ink(alone))
        found = cv2.matchTemplate(row, alone[top:bottom, left:right], cv2.TM_CCOEFF_NORMED)
        assert found.max() > 0.6  # drawn between two pixels, it is a little softer
        places.append(int(np.unravel_index(found.argmax(), found.shape)[1]))
    assert places == sorted(places)


def test_no_row_is_boxes(made: Burning, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line(at, 800 * at, 800 * at + 700, text) for at, text in enumerate(TEXTS.values())]
    nobody_has = line(8, 6400, 7100, "\U0010fffd \U0010fffd\U0010fffd")
    film = made([*lines, nobody_has])
    (issue,) = film.result.issues
    assert (issue.rule, issue.severity) == (burning.GLYPHS, "error")
    assert "No font of this machine has \U0010fffd:" in issue.sentence
    assert "1 subtitle, the first at 0:06.400" in issue.sentence
    with monkeypatch.context() as patched:  # as if nobody had looked
        patched.setattr(burning, "missing_letters", lambda texts: frozenset())
        unchecked = made([nobody_has])
    boxes = unchecked.pictures[6800 * RATE // 1000]
    assert not film.at(6800).any()
    left, top, _, bottom = box(ink(boxes))
    stride = int(np.flatnonzero(~ink(boxes)[:, left:].any(0))[0])  # a box and its edge
    template = boxes[top:bottom, left : left + stride]

    def alike(picture: Grey) -> float:
        return float(cv2.matchTemplate(picture, template, cv2.TM_CCOEFF_NORMED).max())

    assert alike(boxes) > 0.95
    for at, name in enumerate(TEXTS):
        picture = film.pictures[(800 * at + 400) * RATE // 1000]
        assert ink(picture).any()
        assert alike(picture) < 0.85, name


def test_a_line_that_cannot_be_drawn_keeps_its_translation(made: Burning) -> None:
    lines = [
        line(1, 0, 400, "\U0010fffd\U0010fffd", "Said."),
        line(2, 400, 800, "Said.", "\U0010fffd"),
        line(3, 800, 1200, "Said."),
    ]
    film = made(lines)
    (issue,) = film.result.issues
    assert "2 subtitles" in issue.sentence
    alone = film.pictures[1000 * RATE // 1000]
    for at in (200, 600):
        assert np.array_equal(ink(film.pictures[at * RATE // 1000]), ink(alone))


SHAPES = {
    "wide": ((640, 272), ()),
    "4:3": ((480, 360), ()),
    "portrait": ((270, 480), ()),
    "odd": ((427, 241), ()),
    "anamorphic": ((360, 288), ("-vf", "setsar=64/45")),
    "tiny": ((64, 36), ()),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_widest_rows_stay_in_the_safe_area(shape: str, made: Burning) -> None:
    size, extra = SHAPES[shape]
    film = made(
        [
            line(1, 0, 1000, "W" * 42, "M" * 42),
            line(2, 1000, 2000, "国" * 16 + "\n" + "国" * 16, "W" * 42 + "\n" + "@" * 42),
        ],
        size=size,
        extra=extra,
        people=(Person("a", "Wolfeschlegelstein"),),
    )
    for at in (500, 1500):
        marks = film.at(at)
        assert marks.any()
        assert is_safe(marks)


def test_rotated_films_have_them_at_the_bottom(shared_media: Path, tmp_path: Path) -> None:
    files = [one for one in (shared_media / "odd").iterdir() if "rotat" in one.name]
    assert files
    for file in files:
        info = probe(file)
        # black on top of it, so that only ink differs
        shown = (Subtitle("l1", "l1", Span(0, info.duration), ("Obrócony film",)),)
        target = tmp_path / f"{file.stem}.mp4"
        burn(project(info, ()), info, "xx", shown, target, Wishes(), unwatched())
        before, after = grey_upright(file), grey(target)
        assert len(before) == len(after)
        height, width = after[0].shape
        assert (width, height) == (info.picture.width, info.picture.height)
        marks = np.abs(before[5].astype(np.int16) - after[5].astype(np.int16)) > 90
        assert is_safe(marks)
        assert box(marks)[1] > 0.7 * height


def grey_upright(file: Path) -> list[Grey]:
    """All pictures of a film as they are shown."""
    info = probe(file)
    turns = info.picture.rotation // 90
    return [np.rot90(one, turns) for one in grey(file)]


def test_hostile_texts_are_only_texts(made: Burning) -> None:
    hostile = (
        r"{\an8}{\pos(0,0)}up",
        r"{\p1}m 0 0 l 900 0 900 900{\p0}",
        "a}{\\fs200}b\\N\\N\\hc",
        "\\N{\\r}\\{",
        "x\r\nDialogue: 0,0:00:00.00,0:00:09.00,Lines,,0,0,0,,{\\an8}more",
        "one\u2028two\x00\x1b\x0b",
    )
    lines = [line(at, 400 * at, 400 * at + 400, text) for at, text in enumerate(hostile)]
    people = (Person("a", "{\\an8}Eve, \\N"),)
    lines.append(replace(line(9, 2400, 2800, "said"), person="a"))
    film = made(lines, Wishes(reveal=True, markers=True), people=people)
    assert film.result.issues == ()
    for at in (0, 1):  # every character of them is there
        left, _, right, _ = box(film.at(400 * at + 200))
        assert right - left > 7 * len(hostile[at])
    for at in range(7):
        marks = film.at(400 * at + 200)
        assert is_safe(marks)
        assert box(marks)[1] > 0.8 * 360, at
        assert box(marks)[3] - box(marks)[1] < 50, at
    assert not film.at(3000).any()


def test_film_time_begins_with_the_first_picture(tmp_path: Path) -> None:
    film = tmp_path / "late.mkv"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "sine=duration=2"]
    command += ["-itsoffset", "0.8", "-f", "lavfi", "-i", f"color=0x808080:rate={RATE}:duration=1"]
    subprocess.run([*command, "-c:v", "libx264", str(film)], check=True)
    info = probe(film)
    assert info.picture.start > Fraction(1, 2)
    shown = [Subtitle("l1", "l1", Span(200, 600), ("Here.",))]
    target = tmp_path / "burnt.mkv"
    burn(project(info, ()), info, "xx", shown, target, Wishes(), unwatched())
    seen = [bool(ink(one).any()) for one in grey(target)]
    assert seen == [5 <= at < 15 for at in range(RATE)]


def test_a_marker_follows_the_face(made: Burning) -> None:
    spots = (
        Spot(0, 100, 100, 100, 200),
        Spot(1000, 500, 300, 200, 300),
        Spot(2000, 500, 300, 200, 300),
    )
    track = FaceTrack("f", 0, 2000, spots, "a")
    people = (Person("a", "Ann"), Person("b", "Bob"))
    lines = [
        replace(line(1, 0, 1600, "I speak."), person="a"),
        replace(line(2, 1700, 2400, "So do I."), person="b"),
    ]
    film = made(lines, Wishes(markers=True), faces=(track,), people=people)
    for at in (40, 400, 800, 1400):
        marks = film.at(at)[: int(360 * 0.8)]  # above the subtitle
        columns = np.flatnonzero(marks.sum(0) > 40)  # the upright sides
        rows = np.flatnonzero(marks.sum(1) > 40)
        spot = spot_at(track, at)
        assert columns[0] == pytest.approx(spot.left * 0.64, abs=4)
        assert columns[-1] == pytest.approx((spot.left + spot.width) * 0.64, abs=4)
        assert rows[0] == pytest.approx(spot.top * 0.36, abs=4)
        assert rows[-1] == pytest.approx((spot.top + spot.height) * 0.36, abs=4)
        above = marks[: int(spot.top * 0.36) - 3]
        assert above.any(), "the name"
    assert not film.at(2000)[: int(360 * 0.8)].any(), "Bob's face is nowhere"
    assert not made(lines, faces=(track,), people=people).at(400)[: int(360 * 0.8)].any()


def test_who_speaks_is_told_by_name_and_colour(made: Burning, tmp_path: Path) -> None:
    people = (Person("a", "Ann", colour="#ff0000"),)
    said = line(1, 0, 600, "Hello.")
    named = made([replace(said, person="a")], people=people)
    bare = made([said])
    wider = box(named.at(300))[2] - box(named.at(300))[0]
    assert wider > 1.5 * (box(bare.at(300))[2] - box(bare.at(300))[0])
    info = still(tmp_path / "a.mp4", 1)
    shown = paired(project(info, [replace(said, person="a")], people=people), "xx")
    target = tmp_path / "b.mp4"
    burn(project(info, (), people=people), info, "xx", shown, target, Wishes(), unwatched())
    with av.open(str(target)) as film:
        picture = next(iter(film.decode(video=0))).to_ndarray(format="rgb24").astype(int)
    red = (picture[..., 0] > 180) & (picture[..., 1] < 90) & (picture[..., 2] < 90)
    assert red.sum() > 50


def test_too_many_at_once_are_left_out_and_said(made: Burning) -> None:
    crowd = [
        line(at, 100 * at, 2000, "First row of it.\nSecond row of it.", "Same.\nAgain.")
        for at in range(6)
    ]
    film = made(crowd)
    (issue,) = film.result.issues
    assert issue.rule == burning.CROWDED
    assert "3 subtitles found no room" in issue.sentence
    for at in (50, 450, 1500):
        assert is_safe(film.at(at))


@given(st.integers(1, 12_000), st.text("ab  ", min_size=1, max_size=90).filter(str.strip))
def test_the_last_word_comes_in_time(length: int, text: str) -> None:
    one = Subtitle("l", "l", Span(0, length), ("a",), (" ".join(text.split()),))
    widths = [len(word) for word in units(one.below[0])]
    starts = appearances(one, widths)
    assert starts == sorted(starts)
    assert starts[-1] == 0 or starts[-1] <= length - COMPLETE - 120


def test_short_ones_are_there_from_the_start() -> None:
    for length in (1, 300, 620):
        one = Subtitle("l", "l", Span(0, length), ("a",), ("b c d",))
        assert appearances(one, [1, 2, 3]) == [0, 0, 0]
    long = Subtitle("l", "l", Span(0, 20_000), ("a",), ("b c d",))
    assert appearances(long, [2, 2, 1])[-1] < 1000, "nobody waits for three words"


def packets_of(path: Path) -> list[bytes]:
    with av.open(str(path)) as film:
        return [bytes(one) for one in film.demux(audio=0) if one.size]


def test_the_sound_is_copied_and_the_film_left_alone(tmp_path: Path) -> None:
    info = still(tmp_path / "film.mp4", 1)
    before = info.path.read_bytes()
    made = project(info, [line(1, 0, 900, "Hello.")])
    target = tmp_path / "burnt.mp4"
    result = burn(made, info, "xx", paired(made, "xx"), target, Wishes(), unwatched())
    assert result.sound == "copied"
    assert packets_of(target) == packets_of(info.path)
    assert info.path.read_bytes() == before
    assert [one.name for one in sorted(tmp_path.iterdir())] == ["burnt.mp4", "film.mp4"]
    with pytest.raises(ExportError, match="is the film itself"):
        burn(made, info, "xx", (), info.path, Wishes(), unwatched())
    with pytest.raises(ExportError, match=r"cannot be burnt into \.webm"):
        burn(made, info, "xx", (), tmp_path / "a.webm", Wishes(), unwatched())


def test_stopping_leaves_nothing(tmp_path: Path) -> None:
    info = still(tmp_path / "film.mp4", 1)
    made = project(info, [line(1, 0, 900, "Hello.")])
    stop = Progress()
    stop.cancel()
    with pytest.raises(Cancelled):
        burn(made, info, "xx", paired(made, "xx"), tmp_path / "b.mp4", Wishes(), stop)
    assert [one.name for one in tmp_path.iterdir()] == ["film.mp4"]


@pytest.mark.parametrize(
    ("film", "suffix"),
    [
        ("a.mp4", ".mp4"),
        ("a.M4V", ".mp4"),
        ("a.mov", ".mov"),
        ("a.webm", ".mkv"),
        ("a.avi", ".mkv"),
    ],
)
def test_where_h264_may_lie(film: str, suffix: str) -> None:
    assert burnt_suffix(Path(film)) == suffix


def test_who_cannot_be_asked_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(burning, "ffmpeg_says", lambda *_, **__: "nothing to remark")
    assert missing_letters(["a"]) is None
    shown = [Subtitle("l", "l", Span(0, 1000), ("a",))]
    found = burning.drawable(Project(Film("f", 1, "f", 1, 1, 1, Fraction(25), None)), shown, "xx")
    assert [one.rule for one in found.issues] == [burning.UNTOLD]
    monkeypatch.setattr(burning, "ffmpeg_says", lambda *_, **__: "No such filter: 'ass'")
    with pytest.raises(ExportError, match="made without libass"):
        missing_letters(["a"])


def test_nothing_unseen_is_missed() -> None:
    assert (
        missing_letters(["a\u200f\u200d\u2066b\u00a0\u00ad\ufe0f\u2028\t\x07\u3164"]) == frozenset()
    )
    assert missing_letters([]) == frozenset()


def test_a_film_without_sound_or_lines(tmp_path: Path) -> None:
    from studio import subtitling

    info = still(tmp_path / "film.mp4", 1, extra=("-an",))
    silent = project(info, [line(1, 0, 900, "Hello.")])
    made, issues = subtitling.make(silent, info, "en", {"burnt": tmp_path / "b.mp4"}, unwatched())
    assert (made[0].sound, issues) == ("", ())
    with pytest.raises(ProjectError, match="No line of the film has a text in “en”"):
        subtitling.make(project(info, ()), info, "en", {"burnt": tmp_path / "c.mp4"}, unwatched())
