"""Where the preview's pictures begin: exact at every rate, in freezes and out of them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio import rehearsal
from studio.app.player.pictures import Pictures, Slots, Sought
from studio.app.player.reel import Planes, Reel
from studio.media.audio import save_wav
from studio.media.probe import FilmInfo, PictureStream
from studio.media.proxy import proxy_size
from studio.mix import copying
from studio.mix import sounding as sounding_module
from studio.mix.copying import holds
from studio.mix.shown import PictureTimes
from studio.mix.sounding import Sounding
from studio.mix.timemap import Hold, TimeMap
from studio.script import edits
from studio.script.model import Clip, Cue, Film, Gap, Project, Version
from studio.speech import fit
from studio.speech.fit import plan
from studio.speech.synthesise import clip_file
from studio.times import Span, frame_time

FRAMES = 500
RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60), Fraction(120)]


def info_of(rate: Fraction, frames: int) -> FilmInfo:
    """A film that is nowhere."""
    picture = PictureStream(
        0, "h264", 1920, 1080, 0, rate, Fraction(0), False, 1 / rate, "yuv420p"
    )  # fmt: skip
    length = int(frames / rate * 1000) + 1
    return FilmInfo(Path("/films/film.mp4"), "mov,mp4", 1, length, picture, ())


def times_of(rate: Fraction, pts: list[int]) -> PictureTimes:
    ticks = np.array(pts, np.int64)
    return PictureTimes(1 / rate, ticks, ticks, 1, rate)


def sounding_with(rate: Fraction, freezes: list[tuple[int, int]], pts: list[int]) -> Sounding:
    """Freezes at frames, for frames; the clips that cause them are as long."""
    info = info_of(rate, max(pts) + 1)
    cues = []
    for number, (frame, length) in enumerate(sorted(freezes)):
        at = frame_time(frame, rate)
        clip = Clip(f"{number:032x}", max(1, int(length / rate * 1000) - 1), "flite", "rms", 1.0)
        version = Version("en", "Words.", clip)
        cues.append(Cue(f"c{number}", at, at, (version,), mode="extended"))
    film = Film("film.mp4", 1, "", info.duration, 1920, 1080, rate, None)
    project = Project(film, cues=tuple(cues))
    for cue in cues:
        assert cue.versions[0].clip is not None
        file = clip_file(cue.versions[0].clip)
        if not file.exists():
            _write(file)
    return rehearsal.sounding(project, info, "en", times_of(rate, pts))


def _write(file: Path) -> None:
    save_wav(file, np.full(480, 0.1, np.float32), 48_000)


FREEZES = st.lists(
    st.tuples(st.integers(0, FRAMES + 20), st.integers(1, 90)), max_size=5, unique_by=lambda f: f[0]
)


@given(st.sampled_from(RATES), FREEZES, st.data())
@settings(max_examples=60)
def test_every_time_in_a_frame_leads_to_its_start(
    rate: Fraction, freezes: list[tuple[int, int]], data: st.DataObject
) -> None:
    sounding = sounding_with(rate, freezes, list(range(FRAMES)))
    output = data.draw(st.integers(0, sounding.length + 50))
    start = sounding.frame_start(output)
    assert (start * rate).denominator == 1  # holds last whole frames, so the grid goes on
    assert start <= sounding.last_frame
    assert sounding.last_frame * rate == FRAMES + sounding.time_map.added * rate - 1
    if output < sounding.length:
        assert start <= Fraction(output, 1000) < start + 1 / rate + Fraction(1, 1000)
    frame = int(start * rate)
    assert sounding.frame_start(frame_time(frame, rate)) == start


@given(st.sampled_from(RATES), FREEZES, st.integers(0, 20_000))
@settings(max_examples=60)
def test_film_time_survives_the_way_to_output_and_back(
    rate: Fraction, freezes: list[tuple[int, int]], film: int
) -> None:
    sounding = sounding_with(rate, freezes, list(range(FRAMES)))
    film = min(film, sounding.info.duration)
    assert sounding.to_film(sounding.to_output(film)) == film


@given(
    FREEZES,
    st.one_of(
        st.integers(2, 40).map(lambda count: list(range(count))),
        st.lists(st.integers(0, FRAMES), min_size=2, unique=True).map(lambda n: [*n, 0]),
    ),
)
@settings(max_examples=80)
def test_the_film_waits_where_an_export_waits(
    freezes: list[tuple[int, int]], pts: list[int]
) -> None:
    rate = Fraction(25)
    sounding = sounding_with(rate, freezes, pts)
    film = Film("film.mp4", 1, "", sounding.info.duration, 1920, 1080, rate, None)
    cues = []
    for number, (frame, length) in enumerate(sorted(freezes)):
        clip = Clip(f"{number:032x}", max(1, int(length / rate * 1000) - 1), "flite", "rms", 1.0)
        at = frame_time(frame, rate)
        version = Version("en", "Words.", clip)
        cues.append(Cue(f"c{number}", at, at, (version,), mode="extended"))
    placements = plan(Project(film, cues=tuple(cues)), "en")
    assert sounding.time_map == holds(placements, sounding.times)


def many(count: int) -> Project:
    """A description a second, of which every fifth makes the film wait."""
    film = Film("film.mp4", 1, "", count * 1000, 1920, 1080, Fraction(25), None)
    cues = tuple(
        Cue(f"c{n}", 1000 * n + 40, 1000 * n + 900, (Version("en", "Words.", spoken(n, 400)),),
            mode="auto" if n % 5 else "extended")
        for n in range(count)
    )  # fmt: skip
    talks = tuple(Span(1000 * n + 950, 1000 * n + 980) for n in range(count))
    gaps = tuple(Gap(1000 * n, 1000 * n + 920, n % 7 == 0) for n in range(count))
    return Project(film, cues=cues, speech=talks, gaps=gaps)


def spoken(number: int, duration: int) -> Clip:
    clip = Clip(f"{duration:08x}{number:024x}", duration, "flite", "rms", 1.0)
    if not clip_file(clip).exists():
        save_wav(clip_file(clip), np.full(48 * duration, 0.1, np.float32), 48_000)
    return clip


def all_of(sounding: Sounding) -> tuple[object, ...]:
    known = (sounding.clip_files, sounding.clip_counts, sounding.spans)
    rest = (sounding.waits, sounding.talks, sounding.gaps, sounding.length)
    return (sounding.plan, sounding.time_map, *map(dict, known), *rest)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 19),
            st.sampled_from(["text", "mode", "place", "gain", "gone"]),
            st.integers(1, 9),
        ),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=40)
def test_what_is_known_from_before_an_edit_changes_nothing(
    changes: list[tuple[int, str, int]],
) -> None:
    project, info = many(20), info_of(Fraction(25), 500)
    sounding = rehearsal.sounding(project, info, "en", times_of(Fraction(25), list(range(500))))
    for number, what, much in changes:
        cue = project.cue(f"c{number}")
        if cue is None:
            continue
        if what == "text":
            clip = spoken(number, 150 * much)
            project = edits.put_clip(project, cue.id, "en", "Words.", clip)
        elif what == "mode":
            project = edits.set_mode(project, "extended" if much % 2 else "inline", [cue.id])
        elif what == "place":
            span = Span(cue.start + 10 * much, cue.end + 10 * much)
            project = edits.set_span(project, cue.id, span)
        elif what == "gain":
            project = edits.set_gain(project, "en", -much, [cue.id])
        else:
            project = edits.remove_cues(project, [cue.id])
        sounding = rehearsal.sounding(project, info, "en", sounding.times, sounding)
        fresh = rehearsal.sounding(project, info, "en", sounding.times)
        assert all_of(sounding) == all_of(fresh)


def test_an_edit_places_one_clip_and_one_freeze_however_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []

    def count(module: Any, name: str) -> None:
        real = getattr(module, name)

        def counted(*given: Any) -> Any:
            done.append(name)
            return real(*given)

        monkeypatch.setattr(module, name, counted)

    count(fit, "_placed")
    count(copying, "_hold")
    count(sounding_module, "PlacedClip")
    count(sounding_module, "placed_cues")
    for amount in (20, 80):
        project, info = many(amount), info_of(Fraction(25), 25 * amount)
        times = times_of(Fraction(25), list(range(25 * amount)))
        before = rehearsal.sounding(project, info, "en", times)
        last = f"c{amount - 5}"  # what lies behind a freeze moves with it
        project = edits.put_clip(project, last, "en", "Words.", spoken(amount, 1700))
        done.clear()
        after = rehearsal.sounding(project, info, "en", times, before)
        assert after.waits != before.waits
        assert sorted(done) == ["PlacedClip"] * 5 + ["_hold", "_placed", "placed_cues"]


# --- the pictures in a row ------------------------------------------------------------------------

WAITING = TimeMap((Hold(Fraction(2), Fraction(2, 25)), Hold(Fraction(5), Fraction(3, 25))))


@given(st.sampled_from(RATES), FREEZES, st.data())
@settings(max_examples=60)
def test_every_frame_shows_what_the_time_map_says(
    rate: Fraction, freezes: list[tuple[int, int]], data: st.DataObject
) -> None:
    sounding = sounding_with(rate, freezes, list(range(FRAMES)))
    slots = Slots.of(sounding.time_map, sounding.times.end, rate)
    assert slots.count == sounding.last_frame * rate + 1
    slot = data.draw(st.integers(0, slots.count - 1))
    film = sounding.time_map.film(slot / rate)
    held = any(
        begin <= slot / rate < begin + hold.length
        for begin, hold in zip(sounding.time_map.begins, sounding.time_map.holds, strict=True)
    )
    assert slots.until(slot) == max(film if held else film + 1 / rate, 1 / rate)


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(1920, 1080, (960, 540)), (1080, 1920, (304, 540)), (640, 361, (640, 360)), (2, 2, (2, 2))],
)
def test_a_copy_is_small_and_even(width: int, height: int, expected: tuple[int, int]) -> None:
    info = info_of(Fraction(25), 10)
    picture = replace(info.picture, width=width, height=height)
    assert proxy_size(replace(info, picture=picture)) == expected


class Numbered(Reel):
    """Pictures of 304 x 540 that are full of the second until which they are shown."""

    def __init__(self, rate: Fraction) -> None:
        self.rate, self.size = rate, (304, 540)
        self.made: list[Fraction] = []

    def before(self, at: Fraction) -> Planes:
        self.made.append(at)
        return np.full(304 * 540 * 3 // 2, int(at), np.uint8)


STEP = len(b"FRAME\n") + 304 * 540 * 3 // 2


@given(st.integers(0, 10**8), st.integers(1, 10**6))
def test_pictures_can_be_read_from_anywhere(position: int, count: int) -> None:
    slots = Slots.of(WAITING, Fraction(8), Fraction(25))
    made = Pictures(Numbered(Fraction(25)), lambda: slots, 0, Sought(drawn=False))
    header = made.size - (8 * 25 + 5) * STEP
    assert bytes(made.read(0, 10)) == b"YUV4MPEG2 "
    position %= made.size
    found = bytes(made.read(position, count))
    assert 0 < len(found) <= count
    if position >= header:
        slot, inside = divmod(position - header, STEP)
        if inside < len(b"FRAME\n"):
            assert b"FRAME\n"[inside:].startswith(found)
        else:
            assert set(found) == {int(slots.until(slot))}
    assert made.read(made.size, 10) == b""


def test_an_edit_changes_what_is_read_next() -> None:
    plain = Slots.of(TimeMap(), Fraction(8), Fraction(25))
    current = [plain]
    made = Pictures(Numbered(Fraction(25)), lambda: current[-1], 0, Sought(drawn=False))
    short, last = made.size, made.size - STEP
    assert made.read(last + 10, 1)[0] == 8
    current.append(Slots.of(WAITING, Fraction(8), Fraction(25)))
    assert made.size == short + 5 * STEP
    assert made.read(last + 10, 1)[0] == 7


def test_no_film_is_decoded_for_what_is_never_shown() -> None:
    """A player looks at the beginning of a file, and at what it is to show first after that."""
    slots = Slots.of(TimeMap(), Fraction(8), Fraction(25))
    reel = Numbered(Fraction(25))
    made = Pictures(reel, lambda: slots, 100, Sought(drawn=False))
    header = made.size - slots.count * STEP
    assert set(bytes(made.read(header + 6, 10**6))) == {0}
    assert reel.made == []
    assert set(bytes(made.read(header + 99 * STEP + 6, 10**6))) == {0}
    assert reel.made == []
    for slot in (100, 99, 0):
        made.read(header + slot * STEP + 6, 10**6)
    assert reel.made == [Fraction(slot + 1, 25) for slot in (100, 99, 0)]
    near = Pictures(reel, lambda: slots, 3, Sought(drawn=False))
    near.read(header + 6, 10**6)
    assert len(reel.made) == 4  # as near as that, what was read is kept and may be shown
