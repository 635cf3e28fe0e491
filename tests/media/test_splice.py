"""Spliced sound: what is copied, what is encoded, and that nobody hears where they meet."""

from __future__ import annotations

import itertools
import os
import random
import threading
from array import array
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.media.audio import save_wav, sound_blocks
from studio.media.probe import probe
from studio.mix import aac, keep, splice
from studio.mix.aac import FRAME
from studio.mix.arrange import mix_plan, placed_clips
from studio.mix.containers import coding, container_for
from studio.mix.copying import holds
from studio.mix.export import deliver
from studio.mix.mixer import MixPlan
from studio.mix.runs import FITTING, MARGIN, Grid, Run, margins, runs
from studio.mix.shown import picture_times, read_picture_times
from studio.mix.sound import SoundInOrder, mixed
from studio.mix.splice import PacketSound, read_packet_sound, spliced
from studio.mix.timemap import Hold, SampleMap, TimeMap
from studio.progress import Cancelled, Progress, unwatched
from studio.script.model import Clip, Film, Placement, Project
from tests import make_media

Sound = NDArray[np.float32]
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def busy(count: int, channels: int, rate: int, seed: int = 0) -> Sound:
    """Sound in which a fault shows: tones that move, noise, a beat every 0.4 s."""
    draw = np.random.default_rng(seed)
    time = np.arange(count) / rate
    beat = np.exp(-((time % 0.4) * 30))
    sound = np.empty((channels, count), np.float32)
    for channel in range(channels):
        low, high = 200 + 70 * channel, 900 + 110 * channel
        sound[channel] = 0.15 * np.sin(2 * np.pi * (low * time + 20 * np.sin(time)))
        sound[channel] += 0.1 * np.sin(2 * np.pi * (high * time + 30 * np.cos(0.7 * time)))
        sound[channel] += draw.normal(0, 0.02, count) + 0.1 * beat * draw.normal(0, 0.3, count)
    return sound


def film(path: Path, seconds: int, channels: int = 2, rate: int = 48_000) -> Path:
    """A film of grey pictures at 25 Hz with `busy` sound."""
    sound = busy(seconds * rate, channels, rate)
    with av.open(str(path), "w") as output:
        picture = output.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        picture.width, picture.height, picture.pix_fmt = 32, 32, "yuv420p"
        # without noise substitution, which no two decoders fill in alike
        voice = output.add_stream(
            "aac",
            rate=rate,
            layout=LAYOUTS[channels],
            bit_rate=96_000 * channels,
            options={"aac_pns": "0"},
        )
        grey = np.full((48, 32), 128, np.uint8)
        for number in range(seconds * 25):
            frame = av.VideoFrame.from_ndarray(grey, "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            output.mux(picture.encode(frame))
            block = np.ascontiguousarray(sound[:, number * rate // 25 : (number + 1) * rate // 25])
            heard = av.AudioFrame.from_ndarray(block, "fltp", LAYOUTS[channels])
            heard.sample_rate, heard.pts = rate, number * rate // 25
            output.mux(voice.encode(heard))
        output.mux(picture.encode(None))
        output.mux(voice.encode(None))
    return path


def clip(folder: Path, seconds: float) -> Path:
    path = folder / f"clip-{seconds}.wav"
    save_wav(path, 0.5 * busy(round(48_000 * seconds), 1, 48_000, seed=5)[0], 48_000)
    return path


def scattered(length: int, count: int, seed: int) -> list[Placement]:
    """Placements of short clips with a wait at every third, in a film of `length` ms."""
    draw = random.Random(seed)
    step = length // (count + 1)
    made = []
    for number in range(count):
        at = (number + 1) * step + draw.randint(0, step // 8)
        freeze = draw.randint(40, 500) if number % 3 == 0 else 0
        said = Clip(str(number), 200, "flite", "rms", 1.0)
        made.append(Placement(str(number), "fits", at, 200, at, freeze, said))
    return made


def prepared(
    path: Path, placements: list[Placement], file: Path
) -> tuple[PacketSound, MixPlan, splice.Coding]:
    info = probe(path)
    (stream,) = info.sounds
    container = container_for(Path("out.mp4"))
    form = coding(container, stream.layout, stream.sample_rate, stream.bit_rate)
    source = read_packet_sound(info, stream, unwatched())
    times = read_picture_times(info, unwatched())
    waits = holds(placements, times)
    clips = placed_clips(placements, {one.cue: file for one in placements}, waits, form.rate)
    shown = Film(path.name, 0, "", info.duration, 32, 32, info.picture.rate, -23.0)
    plan = mix_plan(Project(shown), clips, waits, times.end, form.rate, form.channels, FRAME)
    return source, plan, form


def packets_of(source: PacketSound, plan: MixPlan, form: splice.Coding) -> list[bytes]:
    made = list(spliced(source, plan, form, unwatched()))
    starts = [packet.pts for packet in made]
    assert starts == [(starts[0] or 0) + FRAME * number for number in range(len(made))]
    assert starts[0] is not None
    assert starts[0] <= 0
    return [bytes(packet) for packet in made]


def whole_mix(source: PacketSound, plan: MixPlan) -> Sound:
    blocks = sound_blocks(source.info, source.stream)
    return np.concatenate(list(mixed(plan, SoundInOrder(blocks, plan.channels))), axis=1)


def level(sound: Sound) -> NDArray[np.float64]:
    """RMS of each stretch of 256 samples, in the worst channel."""
    whole = sound[:, : sound.shape[1] // 256 * 256].reshape(sound.shape[0], -1, 256)
    return np.sqrt((whole.astype(np.float64) ** 2).mean(axis=2)).max(axis=0)


@pytest.mark.parametrize(
    ("channels", "rate", "count"), [(2, 48_000, 60), (1, 44_100, 20), (6, 48_000, 6)]
)
def test_nobody_hears_a_joint(tmp_path: Path, channels: int, rate: int, count: int) -> None:
    path = film(tmp_path / "film.mp4", count * 2, channels, rate)
    placements = scattered(count * 2000, count, seed=channels)
    source, plan, form = prepared(path, placements, clip(tmp_path, 0.2))
    made = packets_of(source, plan, form)
    first = source.grid.first
    mix = whole_mix(source, plan)
    # what it is held against: the same mix encoded in one piece
    assert first == -FRAME
    reference = aac.encode(mix, 0, form)
    heard = aac.decode(made, source.config, channels)[:, FRAME:]
    full = aac.decode([reference[n] for n in sorted(reference)], source.config, channels)
    full = full[:, FRAME:]
    count_heard = min(heard.shape[1], full.shape[1], mix.shape[1]) - 2 * FRAME
    noise = level(full[:, :count_heard] - mix[:, :count_heard])
    fault = level(heard[:, :count_heard] - mix[:, :count_heard])
    original = busy(count * 2 * rate, channels, rate)
    decoded = np.concatenate(list(sound_blocks(source.info, source.stream)), axis=1)
    both = min(original.shape[1], decoded.shape[1])
    source_noise = float(level(original[:, :both] - decoded[:, :both])[200:].max())
    joints = 0
    for run in runs(plan, source.grid):
        for at in (run.begin - MARGIN - 2, run.end - 1):
            begin = source.grid.sample(at)
            if not 0 <= begin < count_heard - (MARGIN + 4) * FRAME:
                continue
            joints += 1
            near = slice(begin // 256, (begin + (MARGIN + 4) * FRAME) // 256)
            around = slice(max(0, near.start - 200), near.stop + 200)
            # At a joint half of each coder's noise is heard; nothing there stands out of either.
            assert fault[near].max() <= 1.5 * max(noise[around].max(), source_noise)
    assert joints >= 2 * count - 4
    copied = {bytes(data) for data in all_packets(path)} & set(made)
    assert len(copied) > len(made) // 4


def all_packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def test_a_joint_is_where_the_windows_match() -> None:
    """Packets of an encoder that switched to short windows do not fit those of one that did not."""
    long, short = b"\x21\x10\0\0", b"\x21\x40\0\0"
    heads = {name: aac.window_end(head) for name, head in (("long", long), ("short", short))}
    assert heads["long"] != heads["short"]
    before = dict.fromkeys(range(20), long)
    after = {number: short if number > 8 else long for number in range(20)}
    assert aac.joint(before.get, after.get, [11, 10, 9, 8], bytes.fromhex("1190"), 2) == 9


def test_a_joint_of_other_sound_shows(tmp_path: Path) -> None:
    form = coding(container_for(Path("a.mp4")))
    one = aac.encode(busy(60 * FRAME, 2, 48_000), 0, form)
    other = aac.encode(busy(60 * FRAME, 2, 48_000, seed=7)[::-1].copy(), 0, form)
    said = bytes.fromhex("1190")
    assert aac.difference(one.get, one.get, 40, said, 2) == 0
    assert aac.difference(one.get, other.get, 40, said, 2) > 0.05


# --- what is encoded ------------------------------------------------------------------------------


@pytest.fixture
def count_encoded(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many runs were encoded since it was last called."""
    encoded: list[int] = []
    real = aac.encode

    def counted(sound: Sound, first: int, form: splice.Coding) -> dict[int, bytes]:
        encoded.append(first)
        return real(sound, first, form)

    monkeypatch.setattr(splice.aac, "encode", counted)

    def count() -> int:
        number = len(encoded)
        encoded.clear()
        return number

    return count


def test_only_what_an_edit_touches_is_encoded_again(
    tmp_path: Path, count_encoded: Callable[[], int]
) -> None:
    path = film(tmp_path / "film.mp4", 24)
    placements = scattered(24_000, 8, seed=3)
    file, other = clip(tmp_path, 0.2), clip(tmp_path, 0.25)
    first = packets_of(*prepared(path, placements, file))
    assert count_encoded() == 8
    again = packets_of(*prepared(path, placements, file))
    assert again == first
    assert count_encoded() == 0
    source, plan, form = prepared(path, placements, file)
    edited = list(plan.clips)
    edited[4] = type(edited[4])(edited[4].start, edited[4].count, other)
    changed = type(plan)(**{**vars_of(plan), "clips": tuple(edited)})
    packets_of(source, changed, form)
    assert count_encoded() in (1, 2)  # the run-in of the next may reach into the edited one


def vars_of(plan: MixPlan) -> dict[str, object]:
    names = ("rate", "length", "voice", "holds", "clips", "ducks", "duck_level", "hold_fade")
    return {name: getattr(plan, name) for name in names}


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv"])
def test_runs_are_the_same_however_far_ahead_they_are_made(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = prepared(film(tmp_path / name, 24), scattered(24_000, 6, seed=4), clip(tmp_path, 0.2))
    made = []
    for ahead in (0, 100, 3000):
        monkeypatch.setattr(splice, "_AHEAD", ahead)
        for file in keep.paths.cache_folder("export").iterdir():
            file.unlink()
        made.append(packets_of(*job))
    assert made[0] == made[1] == made[2]


def test_a_damaged_run_is_made_again(tmp_path: Path, count_encoded: Callable[[], int]) -> None:
    path = film(tmp_path / "film.mp4", 8)
    job = prepared(path, scattered(8000, 2, seed=1), clip(tmp_path, 0.2))
    first = packets_of(*job)
    assert count_encoded() == 2
    files = sorted(keep.paths.cache_folder("export").iterdir())
    assert len(files) == 3  # two runs; where the packets of the sound lie
    for file in files:
        file.write_bytes(file.read_bytes()[:-1])
    again = prepared(path, scattered(8000, 2, seed=1), clip(tmp_path, 0.2))
    assert packets_of(*again) == first
    assert count_encoded() == 2


def test_what_is_kept_of_a_film_goes_with_it(tmp_path: Path) -> None:
    """A film changed in its middle, where its fingerprint does not look, is read again."""
    path = film(tmp_path / "film.mp4", 8)
    info = probe(path)
    read = [picture_times(info, unwatched()) for _ in range(2)]
    assert (read[0].pts == read[1].pts).all()
    assert (read[0].dts == read[1].dts).all()
    assert all(getattr(read[0], n) == getattr(read[1], n) for n in ("base", "last", "rate", "even"))
    sounds = [read_packet_sound(info, info.sounds[0], unwatched()) for _ in range(2)]
    assert sounds[0] == sounds[1]
    before = keep.film(path)
    os.utime(path, ns=(1, 1))
    assert keep.film(path) != before


def test_the_oldest_runs_go_first() -> None:
    packets = {-1: b"x" * 1000, 7: b""}
    for age, name in enumerate(["c", "b", "a"]):
        keep.save(name, keep.from_packets(packets))
        os.utime(keep.paths.cache_folder("export") / f"{name}{keep.SUFFIX}", (999 - age, 999 - age))
    kept = keep.load("a")  # and so it is the newest
    assert kept is not None
    assert keep.to_packets(kept) == packets
    keep.trim(2500)
    assert [keep.load(name) is None for name in "abc"] == [False, True, False]


# --- deliveries -----------------------------------------------------------------------------------


def exported(path: Path, target: Path, file: Path, progress: Progress) -> object:
    info = probe(path)
    shown = Film(path.name, 0, "", info.duration, 32, 32, info.picture.rate, -23.0)
    placements = scattered(info.duration, 4, seed=2)
    clips: Mapping[str, Path] = {one.cue: file for one in placements}
    (made,) = deliver(Project(shown), info, "en", placements, clips, {"film": target}, progress)
    return made


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_the_delivery_says_that_it_was_spliced(tmp_path: Path, suffix: str) -> None:
    path = film(tmp_path / "film.mp4", 8)
    made = exported(path, tmp_path / f"out{suffix}", clip(tmp_path, 0.2), unwatched())
    assert made.sound == "spliced"  # type: ignore[attr-defined]
    assert made.notes == ()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("film.mkv", {"sound_codec": "opus"}, "the film's sound is opus"),
        ("film.ts", {}, "only sound from mp4, mov and mkv"),
        ("film.mp4", {"rate": Fraction(60)}, "shorter than a packet"),
        ("film.mp4", {"sample_rate": 22_050}, "takes it as aac, 48000 Hz, stereo"),
    ],
)
def test_what_cannot_be_spliced_is_encoded_and_said(
    tmp_path: Path, name: str, options: dict[str, object], reason: str
) -> None:
    path = tmp_path / name
    make_media.film(path, seconds=4, music=True, **options)  # type: ignore[arg-type]
    made = exported(path, tmp_path / "out.mp4", clip(tmp_path, 0.2), unwatched())
    assert made.sound == "encoded"  # type: ignore[attr-defined]
    assert any(reason in note for note in made.notes)  # type: ignore[attr-defined]


def test_cancelling_a_splice_leaves_nothing(tmp_path: Path) -> None:
    path, out = film(tmp_path / "film.mp4", 8), tmp_path / "out"
    out.mkdir()
    stop = threading.Event()
    progress = Progress(lambda done, _: stop.set() if done > 0.5 else None, stop)
    with pytest.raises(Cancelled):
        exported(path, out / "out.mp4", clip(tmp_path, 0.2), progress)
    assert list(out.iterdir()) == []
    assert all(one.suffix == keep.SUFFIX for one in keep.paths.cache_folder("export").iterdir())


# --- the plan -------------------------------------------------------------------------------------


def test_rounding_of_waits_never_adds_up() -> None:
    waits = TimeMap(tuple(Hold(Fraction(second), Fraction(3, 25)) for second in range(1, 400)))
    exact, gridded = SampleMap.of(waits, 48_000), SampleMap.of(waits, 48_000, FRAME)
    off = np.array(exact.waits) - np.array(gridded.waits)
    assert np.abs(off).max() <= FRAME // 2
    assert all(wait % FRAME == 0 for wait in gridded.waits)


@pytest.mark.parametrize("first", [-1024, 0, 300, 38_000, -200_000])
def test_all_that_is_touched_lies_in_a_run(first: int) -> None:
    from studio.mix.mixer import PlacedClip

    draw = random.Random(first)
    grid = Grid(first, 2000, array("q", sorted(draw.sample(range(2000), 1200))))
    for _ in range(50):
        starts = sorted(draw.randint(0, 2_000_000) for _ in range(12))
        clips = tuple(PlacedClip(start, draw.randint(1, 90_000), Path("a")) for start in starts)
        plan = MixPlan(48_000, 2_048_000, (1.0,), clips=clips)
        found = runs(plan, grid)
        for one in clips:
            for sample in (one.start, min(plan.length, one.start + one.count) - 1):
                assert any(run.begin <= grid.at(sample) < run.end for run in found)
        for before, after in itertools.pairwise(found):
            if after.follows:
                assert before.end == after.begin
            else:
                assert before.margin_out is not None
                assert after.margin_in is not None
                assert after.begin - after.margin_in > before.end + before.margin_out
        for run in found:
            if run.margin_in is not None and not run.follows:
                ends = range(run.begin - run.margin_in - 2, run.begin - 1)
                assert len(set(ends) & set(grid.fitting)) >= FITTING
            if run.margin_out is not None and (run is found[-1] or not following(found, run)):
                ends = range(run.end - 1, run.end + run.margin_out + 1)
                assert len(set(ends) & set(grid.fitting)) >= FITTING


def following(found: tuple[Run, ...], run: Run) -> bool:
    """Whether the run after this one goes on from it."""
    return found[found.index(run) + 1].follows


@pytest.mark.parametrize(("every", "margin"), [(1, 4), (7, 28), (50, 97), (10_000, 97)])
def test_a_margin_reaches_to_packets_that_fit(every: int, margin: int) -> None:
    assert margins(Grid(0, 5000, array("q", range(0, 5000, every)))) == margin
