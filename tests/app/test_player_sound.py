"""What is heard is what is exported: to the sample, after seeks and after edits."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio import rehearsal
from studio.app.player import Player
from studio.app.player.mixstream import Mix, MixStream, Volumes, wav_header, whole_samples
from studio.media.audio import sound_blocks
from studio.media.probe import FilmInfo
from studio.media.soundtrack import Soundtrack
from studio.mix import export as export_module
from studio.mix.bedding import PlacedBed
from studio.mix.export import deliver
from studio.mix.mixer import MixPlan, Sound
from studio.mix.render import CopiedTrack, FilmJob, SplicedTrack
from studio.mix.shown import even_times
from studio.mix.sound import clip_reader, mixed_film
from studio.mix.sounding import Sounding
from studio.mix.stem import RATE as STEM_RATE
from studio.progress import Progress, unwatched
from studio.script.model import Project
from studio.settings import DEFAULTS, FreezeSound
from studio.speech.fit import plan
from studio.speech.synthesise import clip_files
from studio.times import Span
from tests.app.player_rig import (
    Said,
    numbered_film,
    playing,
    project_of,
    settle,
    sounding_of,
    until,
)

HALF_STEP = 0.5 / 32768 + 1e-6  # of 16 bits
SAID: tuple[Said, ...] = (
    (1000, 4000, 1500, "inline"),
    (5000, 5000, 1200, "extended"),
    (8000, 9000, 2500, "extended"),
)
EDITED: tuple[Said, ...] = ((1333, 4000, 1500, "inline"), *SAID[1:])


def heard(sounding: Sounding, volumes: Volumes | None = None) -> NDArray[np.int16]:
    """All samples that a preview serves, n x channels, without mpv."""
    track = None
    if sounding.source is not None:
        form = sounding.form
        track = Soundtrack(sounding.info, sounding.source, form.rate, form.layout)
    mix = Mix(sounding, volumes or Volumes(), track, clip_reader(sounding.plan.rate))
    stream = MixStream(lambda: mix, lambda: None)
    parts, position = [], 0
    while part := stream.read(position, 300_001):
        parts.append(part)
        position += len(part)
    if track is not None:
        track.close()
    assert position == stream.size
    data = b"".join(parts)
    with av.open(io.BytesIO(data)) as container:
        assert container.streams.audio[0].sample_rate == sounding.plan.rate
    begin = data.index(b"data") + 8
    return np.frombuffer(data, "<i2", offset=begin).reshape(-1, sounding.plan.channels)


def recorded(sounding: Sounding, file: Path, act: Callable[[Player], None]) -> NDArray[np.int16]:
    """What mpv sends to the sound output while `act` goes on, n x 2, faster than it is played."""
    with playing(sounding, sound="pcm", ao_pcm_file=str(file), untimed=True) as player:
        act(player)
        until(lambda: not player.playing)
    data = file.read_bytes()
    start = data.index(b"data") + 8
    return np.frombuffer(data[start : len(data) - (len(data) - start) % 4], "<i2").reshape(-1, 2)


def plays(got: NDArray[np.int16], mix: NDArray[np.int16], start: int, end: int) -> bool:
    """Whether `got` are the samples of `mix` from `start` to `end` (ms).

    mpv counts in seconds, so what it begins and ends with may be off by one sample; never by two.
    """
    length = len(got) - 48 * (end - start)
    return abs(length) <= 1 and any(
        np.array_equal(got, mix[48 * start + off : 48 * start + off + len(got)])
        for off in (-1, 0, 1)
    )


# --- through mpv ----------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["pcm_s16le", "aac"])
@pytest.mark.parametrize(
    ("start", "end"), [(0, 3000), (5000, 6230), (9000, 9400), (13_000, 15_700)]
)
def test_mpv_plays_the_mix_to_the_sample(codec: str, start: int, end: int, tmp_path: Path) -> None:
    info = numbered_film(tmp_path / "film.mov", frames=300, sound_codec=codec)
    sounding = sounding_of(info, SAID)
    got = recorded(sounding, tmp_path / "heard.wav", lambda player: player.play_range(start, end))
    assert plays(got, heard(sounding), start, min(end, sounding.length))


@pytest.mark.parametrize(
    "said", [EDITED, SAID[1:], SAID[:2], (*SAID[:2], (7000, 7000, 900, "extended"))]
)
@pytest.mark.parametrize("moving", [False, True])
def test_after_an_edit_its_mix_is_played(
    said: Sequence[Said], moving: bool, tmp_path: Path
) -> None:
    """The description is the new one to the sample, wherever the film stood when it was edited."""
    info = numbered_film(tmp_path / "film.mov", frames=300)
    first = sounding_of(info, SAID)
    edited = sounding_of(info, said, first)

    def act(player: Player) -> None:
        player.seek(960)
        if moving:
            player.play_range(960, 2600)
        player.update(edited)
        if not moving:
            settle(player)
            player.play_range(960, 2600)

    got = recorded(first, tmp_path / "heard.wav", act)
    if moving:  # what was heard before the edit comes first
        assert plays(got[-1000 * 48 :], heard(edited), 1600, 2600)
    else:
        assert plays(got, heard(edited), 960, 2600)


# --- preview and export ---------------------------------------------------------------------------


def exported(
    project: Project, info: FilmInfo, target: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[FilmJob, MixPlan, Sound]:
    """What an export hands to its coder: the job, the plan of its first sound, and that mix."""
    jobs: list[FilmJob] = []
    real = export_module.render_film

    def kept(job: FilmJob, path: Path, progress: Progress) -> tuple[str, ...]:
        jobs.append(job)
        return real(job, path, progress)

    monkeypatch.setattr(export_module, "render_film", kept)
    placements = plan(project, "en")
    files = clip_files(project, "en", placements)
    deliver(project, info, "en", placements, files, {"film": target}, unwatched())
    track = jobs[0].sounds[0]
    assert not isinstance(track, CopiedTrack)
    source = track.source.stream if isinstance(track, SplicedTrack) else track.source
    blocks = list(mixed_film(info, source, track.plan, track.coding))
    return jobs[0], track.plan, np.concatenate(blocks, axis=1)


@pytest.mark.parametrize("freeze_sound", ["silence", "room-tone"])
@pytest.mark.parametrize(
    ("name", "codec", "rate", "channels", "grid"),
    [
        ("film.mp4", "aac", 48_000, 2, 1024),
        ("film.mkv", "aac", 44_100, 1, 1024),
        ("film.mov", "pcm_s16le", 48_000, 6, 1),
        ("film.mkv", "pcm_s16le", 22_050, 2, 1),
        ("film.mp4", None, 48_000, 2, 1),
    ],
)
def test_preview_and_export_differ_by_less_than_rounding(
    name: str,
    codec: str | None,
    rate: int,
    channels: int,
    grid: int,
    freeze_sound: FreezeSound,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    info = numbered_film(
        tmp_path / name,
        frames=300,
        rate=Fraction(24000, 1001),
        sound_codec=codec,
        sample_rate=rate,
        channels=channels,
    )
    project = project_of(info, SAID, replace(DEFAULTS, freeze_sound=freeze_sound))
    job, wanted, mix = exported(project, info, tmp_path / f"out-{name}", monkeypatch)
    times = rehearsal.picture_times(info, unwatched())
    first = rehearsal.sounding(project, info, "en", times)
    sounding = rehearsal.listened(project, "en", first, unwatched())
    assert first.complete == (codec is None)
    assert sounding.complete
    assert (sounding.time_map, sounding.plan) == (job.time_map, wanted)
    assert all(wait % grid == 0 for wait in wanted.holds.waits)
    assert bool(wanted.tones) == (freeze_sound == "room-tone" and codec is not None)
    preview = heard(sounding).T / 32768
    length = wanted.length
    assert preview.shape == (wanted.channels, length)
    assert np.abs(preview - mix[:, :length].clip(-1, 1 - 1 / 32768)).max() <= HALF_STEP


def test_what_was_found_out_about_a_film_is_kept_through_edits(tmp_path: Path) -> None:
    info = numbered_film(tmp_path / "film.mp4", frames=300, sound_codec="aac")
    settings = replace(DEFAULTS, freeze_sound="room-tone")
    times = even_times(info)
    project = project_of(info, SAID, settings)
    known = rehearsal.listened(
        project, "en", rehearsal.sounding(project, info, "en", times), unwatched()
    )
    shorter = project_of(info, SAID[:2], settings)
    assert rehearsal.sounding(shorter, info, "en", times, known).complete
    another = project_of(info, (*SAID, (10_000, 10_000, 800, "extended")), settings)
    edited = rehearsal.sounding(another, info, "en", times, known)
    assert not edited.complete
    assert edited.plan.room_tones == (*known.plan.room_tones, None)
    again = rehearsal.listened(another, "en", edited, unwatched())
    assert again.complete
    assert None not in again.plan.room_tones
    talking = replace(project, speech=(Span(0, 4500),))
    assert not rehearsal.sounding(talking, info, "en", times, known).complete


def test_a_description_alone_is_the_stem(tmp_path: Path) -> None:
    info = numbered_film(tmp_path / "film.mp4", frames=300, sound_codec="aac")
    project = project_of(info, SAID)
    placements = plan(project, "en")
    files = clip_files(project, "en", placements)
    stem = tmp_path / "out.wav"
    deliver(project, info, "en", placements, files, {"stem": stem}, unwatched())
    samples, rate = soundfile.read(stem, dtype="float64")
    alone = heard(sounding_of(info, SAID), Volumes(alone=True))[:, 0] / 32768
    assert rate == STEM_RATE == 48_000
    assert np.abs(alone - samples * np.sqrt(0.5)).max() <= HALF_STEP + 2**-23
    assert np.abs(samples).max() > 0.1


def test_a_description_alone_is_without_beds(tmp_path: Path) -> None:
    info = numbered_film(tmp_path / "film.mov", frames=100)
    sounding = sounding_of(info, SAID[:1])
    file = tmp_path / "bed.wav"
    soundfile.write(file, np.full((48_000, 2), 0.25), 48_000)
    bed = PlacedBed(10_000, 48_000, file, 48_000, "bed")
    sides = tuple((1.0, 0.0) if side == 0 else (0.0, 1.0) for side in range(sounding.plan.channels))
    with_bed = replace(sounding, plan=replace(sounding.plan, beds=(bed,), sides=sides))
    assert not np.array_equal(heard(with_bed), heard(sounding))
    alone = Volumes(alone=True)
    assert np.array_equal(heard(with_bed, alone), heard(sounding, alone))


def test_volumes_change_the_preview_alone(tmp_path: Path) -> None:
    info = numbered_film(tmp_path / "film.mov", frames=100)
    sounding = sounding_of(info, SAID[:1])
    full = heard(sounding).astype(float)
    alone = heard(sounding, Volumes(alone=True)).astype(float)
    quieter = heard(sounding, Volumes(film=0.5)).astype(float)
    silent = heard(sounding, Volumes(description=0.0)).astype(float)
    assert np.abs(quieter - (alone + (full - alone) / 2)).max() <= 2
    assert np.abs(silent - (full - alone)).max() <= 2
    assert np.array_equal(heard(sounding), full)


@pytest.mark.parametrize(
    ("film_db", "description_db", "alone", "volumes"),
    [
        (-6, 0, False, Volumes(film=10**-0.3)),
        (-60, 6, False, Volumes(film=0.0, description=10**0.3)),
        (-6, 0, True, Volumes(alone=True)),
        (0, -70, False, Volumes(description=0.0)),
    ],
)
def test_the_player_passes_its_volumes_on(
    film_db: float, description_db: float, alone: bool, volumes: Volumes, tmp_path: Path
) -> None:
    info = numbered_film(tmp_path / "film.mov", frames=100)
    sounding = sounding_of(info, SAID[:1])

    def act(player: Player) -> None:
        player.set_volumes(film_db, description_db)
        player.solo_description(alone)
        player.play_range(800, 1600)

    got = recorded(sounding, tmp_path / "heard.wav", act)
    assert plays(got, heard(sounding, volumes), 800, 1600)


# --- the stream -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> FilmInfo:
    """Four seconds of film in 5.1."""
    folder = tmp_path_factory.mktemp("short")
    return numbered_film(folder / "film.mkv", frames=100, sound_codec="aac", channels=6)


def test_reads_of_any_size_give_the_same_bytes(short: FilmInfo) -> None:
    sounding = sounding_of(short, ((1000, 3000, 1500, "inline"),))
    assert sounding.source is not None
    track = Soundtrack(short, sounding.source, 48_000, sounding.form.layout)
    mix = Mix(sounding, Volumes(), track, clip_reader(48_000))
    stream = MixStream(lambda: mix, lambda: None)
    header = stream.size - 4 * 48_000 * 6 * 2
    whole = stream.read(0, header) + stream.read(header, stream.size)
    assert len(whole) == stream.size

    @given(st.integers(0, stream.size + 50), st.integers(1, 5000))
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def read(position: int, count: int) -> None:
        got = stream.read(position, count)
        assert got == whole[position : position + len(got)]
        assert len(got) >= min(1, stream.size - position)

    read()
    track.close()
    with pytest.raises(ValueError, match="closed"):
        track.read(10_000_000, 1)


def test_what_is_expected_is_decoded_beforehand(
    short: FilmInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """mpv asks for sound only once it has its picture; by then it must be there."""
    sounding = sounding_of(short, ((1000, 3000, 1500, "inline"),))
    expected: list[int] = []
    real = MixStream.expect

    def noted(stream: MixStream, position: int) -> None:
        expected.append(position)
        real(stream, position)

    monkeypatch.setattr(MixStream, "expect", noted)
    with playing(sounding) as player:
        expected.clear()
        player.seek(2000)
        settle(player)
        block = 6 * 2 * 48_000
        assert any(abs(position - 2 * block) < block // 10 for position in expected)
        track = player._projector._track
        assert track is not None

        def decoded(_: int) -> None:
            raise AssertionError("it was decoded a second time")

        monkeypatch.setattr(track, "_from", decoded)
        player._projector._load.sound().read(expected[-1], 1 << 15)


@pytest.mark.parametrize(
    ("layout", "count"), [("mono", 1), ("stereo", 2), ("5.1", 6), ("7.1", 8), ("4.0", 4)]
)
def test_players_understand_the_header(layout: str, count: int) -> None:
    names = [channel.name for channel in av.AudioLayout(layout).channels]
    data = wav_header(44_100, names, 441) + bytes(441 * 2 * count)
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.audio[0]
        assert (stream.sample_rate, stream.layout.name) == (44_100, layout)
        assert sum(frame.samples for frame in container.decode(stream)) == 441
    assert len(soundfile.read(io.BytesIO(data))[0]) == 441


def test_a_mix_beyond_4_gib_has_64_bit_sizes() -> None:
    names = [channel.name for channel in av.AudioLayout("5.1").channels]
    length = 4 * 3600 * 48_000
    header = wav_header(48_000, names, length)
    assert header[:4] == b"RF64"
    assert int.from_bytes(header[20:28], "little") == len(header) - 8 + length * 12
    assert int.from_bytes(header[28:36], "little") == length * 12
    assert int.from_bytes(header[36:44], "little") == length
    with av.open(io.BytesIO(header + bytes(1200))) as container:
        assert container.streams.audio[0].duration == length


def test_samples_are_rounded_and_never_wrap() -> None:
    mix = np.array([[0.0, 1.0, -1.0, 1.5, -1.5, 0.5 / 32768 + 1e-7, -1.6 / 32768]], np.float32)
    assert whole_samples(mix)[:, 0].tolist() == [0, 32767, -32768, 32767, -32768, 1, -2]


# --- the film's sound at any sample ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "codec", "own_rate", "rate"),
    [
        ("film.mp4", "aac", 48_000, 48_000),
        ("film.mkv", "aac", 44_100, 48_000),
        ("film.mov", "pcm_s16le", 22_050, 48_000),
        ("film.mkv", "flac", 44_100, 44_100),
        ("film.mkv", "libopus", 48_000, 48_000),
        ("film.mp4", "libmp3lame", 44_100, 48_000),
        ("film.ts", "aac", 48_000, 48_000),
    ],
)
def test_a_jump_gives_the_samples_of_a_whole_reading(
    name: str, codec: str, own_rate: int, rate: int, tmp_path: Path
) -> None:
    info = numbered_film(tmp_path / name, frames=600, sound_codec=codec, sample_rate=own_rate)
    assert info.sound is not None
    blocks = sound_blocks(info, info.sound, sample_rate=rate, layout="stereo")
    whole = np.concatenate(list(blocks), axis=1)
    draw = np.random.default_rng(3)
    for _ in range(6):
        track = Soundtrack(info, info.sound, rate, "stereo")
        for _ in range(8):
            start, count = int(draw.integers(0, 25 * rate)), int(draw.integers(1, 2 * rate))
            wanted = np.zeros((2, count), np.float32)
            part = whole[:, start : start + count]
            wanted[:, : part.shape[1]] = part
            assert np.abs(track.read(start, count) - wanted).max() < HALF_STEP, (start, count)
        track.close()


def test_what_is_kept_of_the_sound_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.media.soundtrack._KEPT_BYTES", 1)
    info = numbered_film(tmp_path / "film.mov", frames=500)
    assert info.sound is not None
    track = Soundtrack(info, info.sound, 48_000, "stereo")
    whole = track.read(0, 20 * 48_000)
    assert len(track._kept) == 4
    assert np.array_equal(track.read(48_000, 10), whole[:, 48_000:48_010])
    track.close()
