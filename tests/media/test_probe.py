"""What a film is, read from made films with known truth, real odd ones, and garbled ones."""

from __future__ import annotations

import contextlib
import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.errors import MediaError
from studio.media.audio import sound_blocks
from studio.media.ffmpeg import open_media
from studio.media.frames import pictures
from studio.media.probe import fingerprint, probe, sound_streams
from studio.progress import unwatched
from tests import make_media


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
@pytest.mark.parametrize(
    "rate", [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)]
)
def test_rate_and_length_are_exact(suffix: str, rate: Fraction, tmp_path: Path) -> None:
    truth = make_media.film(
        tmp_path / f"a.{suffix}", seconds=6, rate=rate, size=(64, 36), b_frames=2
    )
    info = probe(tmp_path / f"a.{suffix}")
    assert info.picture.rate == rate
    assert not info.picture.variable
    assert info.duration == truth.duration_ms
    assert (info.picture.width, info.picture.height) == (64, 36)
    assert info.picture.codec == "h264"
    assert [(s.codec, s.channels, s.sample_rate) for s in info.sounds] == [("aac", 2, 48000)]


@pytest.mark.parametrize("seconds", [3, 24])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_variable_rate_is_noticed(seconds: int, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    truth = make_media.film(path, seconds=seconds, size=(64, 36), variable=True)
    info = probe(path)
    assert info.picture.variable
    assert info.duration == pytest.approx(truth.duration_ms, abs=60)
    assert info.picture.rate == pytest.approx(truth.rate, rel=0.05)


def test_a_clock_that_starts_late_is_film_time_zero(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.ts", seconds=4, size=(64, 36), start=3600)
    info = probe(tmp_path / "a.ts")
    assert info.picture.start >= 3600
    assert info.duration == 4000
    assert not info.picture.variable


def test_a_film_may_be_silent_and_a_sound_is_no_film(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.mp4", seconds=2, size=(64, 36), sound=False)
    assert probe(tmp_path / "a.mp4").sounds == ()
    assert probe(tmp_path / "a.mp4").sound is None
    sound_only(tmp_path / "a.wav")
    with pytest.raises(MediaError, match="no moving picture"):
        probe(tmp_path / "a.wav")
    assert len(sound_streams(tmp_path / "a.wav")) == 1


def sound_only(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def test_pictures_without_times_are_no_film(tmp_path: Path) -> None:
    make_media.film(tmp_path / "bare.h264", seconds=1, size=(64, 36), sound=False)
    with pytest.raises(MediaError, match="does not say when a picture is shown"):
        probe(tmp_path / "bare.h264")


def test_cover_art_is_not_the_picture(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.mp4", seconds=2, size=(64, 36))
    with_cover(tmp_path / "a.mp4", tmp_path / "b.mp4")
    info = probe(tmp_path / "b.mp4")
    assert info.picture.codec == "h264"
    assert (info.picture.width, info.picture.height) == (64, 36)


def with_cover(source: Path, target: Path) -> None:
    """`source` with a JPEG as its first stream, flagged as cover art."""
    with av.open(str(source)) as film, av.open(str(target), "w") as out:
        art = out.add_stream("mjpeg", rate=1)
        art.width, art.height, art.pix_fmt = 32, 32, "yuvj420p"
        art.disposition = av.stream.Disposition.attached_pic
        copy = out.add_stream_from_template(film.streams.video[0])
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        out.mux(art.encode(frame.reformat(format="yuvj420p")))
        out.mux(art.encode(None))
        for packet in film.demux(film.streams.video[0]):
            if packet.dts is not None:
                packet.stream = copy
                out.mux(packet)


ODD = {
    "bbb_rotated90.mp4": (270, 480, 8000, False),
    "bbb_vfr.mp4": (480, 270, 7917, True),
    "bbb_start3600.ts": (480, 270, 8000, False),
    "bbb_audio_late_800ms.mkv": (480, 270, 8000, False),
    "bbb_noaudio.mp4": (480, 270, 8000, False),
    "bbb_hevc10.mp4": (480, 270, 3000, False),
    "av1_no_audio.mkv": (640, 360, 5000, False),
    "one_pixel.mp4": (1, 1, 5000, False),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_films_are_read(name: str, shared_media: Path) -> None:
    info = probe(shared_media / "odd" / name)
    found = info.picture.width, info.picture.height, info.duration, info.picture.variable
    assert found == ODD[name]


def test_a_truncated_film_is_as_long_as_what_is_there(shared_media: Path) -> None:
    info = probe(shared_media / "odd" / "bbb_truncated_faststart.mp4")
    last = max(picture.time for picture in pictures(info, 64, unwatched()))
    assert last < info.duration <= last + 250


@pytest.mark.parametrize("seconds", [4, 30])
@pytest.mark.parametrize("suffix", ["mkv", "ts"])
def test_a_film_that_breaks_off_is_measured(seconds: int, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    make_media.film(path, seconds=seconds, size=(64, 36), gop=25)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    info = probe(path)
    last = max(picture.time for picture in pictures(info, 64, unwatched()))
    assert last < seconds * 800
    assert last < info.duration <= last + 250


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("empty.mp4", "is empty"),
        ("not_a_video.mp4", "is not a film"),
        ("bbb_truncated_nomoov.mp4", "is not a film"),
    ],
)
def test_what_is_no_film_ends_in_a_sentence(name: str, sentence: str, shared_media: Path) -> None:
    with pytest.raises(MediaError, match=sentence):
        probe(shared_media / "odd" / name)


def test_files_that_are_not_there_or_no_files(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="There is no file"):
        probe(tmp_path / "nowhere.mp4")
    with pytest.raises(MediaError, match="is a folder"):
        probe(tmp_path)
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(MediaError, match="a device or a pipe"):
        probe(tmp_path / "pipe.mp4")
    with pytest.raises(MediaError, match="There is no file"):
        fingerprint(tmp_path / "nowhere.mp4")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"secret")
    path.chmod(0)
    with pytest.raises(MediaError, match="may not be read"):
        probe(path)


PLAYLISTS = {
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile:{film}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{film}'\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video 5004 RTP/AVP 96\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period>'
    "<AdaptationSet><Representation><BaseURL>{film}</BaseURL></Representation></AdaptationSet>"
    "</Period></MPD>",
}


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_a_list_of_other_files_is_refused(kind: str, tmp_path: Path) -> None:
    film = tmp_path / "real.mp4"
    make_media.film(film, seconds=1, size=(64, 36), sound=False)
    for name in ("film.mp4", f"film.{kind}"):
        path = tmp_path / name
        path.write_text(PLAYLISTS[kind].format(film=film))
        with pytest.raises(MediaError, match="a list of other files"):
            probe(path)


@pytest.mark.parametrize(
    "name", ["-y.mp4", "concat:a|b.mp4", "a%03d.mp4", "http:host.mp4", "ü 字.mp4"]
)
def test_a_strange_name_is_only_a_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_media.film(tmp_path / "a.mp4", seconds=1, size=(64, 36), sound=False)
    (tmp_path / "a.mp4").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert probe(Path(name)).duration == 1000


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Small films of several containers, as bytes."""
    folder = tmp_path_factory.mktemp("whole")
    films = {}
    for suffix in ("mp4", "mkv", "ts"):
        path = folder / f"a.{suffix}"
        make_media.film(path, seconds=1, size=(64, 36), b_frames=1)
        films[suffix] = path.read_bytes()
    return films


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    suffix=st.sampled_from(["mp4", "mkv", "ts"]),
    keep=st.floats(0.05, 1),
    hits=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=40),
    near_start=st.booleans(),
)
def test_a_garbled_film_is_read_or_refused_in_words(
    whole: dict[str, bytes],
    tmp_path: Path,
    suffix: str,
    keep: float,
    hits: list[tuple[float, int]],
    near_start: bool,
) -> None:
    data = bytearray(whole[suffix][: round(len(whole[suffix]) * keep)])
    for where, value in hits:
        data[int(where * (min(len(data), 600) if near_start else len(data)))] = value
    path = tmp_path / f"garbled.{suffix}"
    path.write_bytes(data)
    with contextlib.suppress(MediaError):  # anything else is a raw error that got through
        info = probe(path)
        assert info.duration > 0
        assert info.picture.rate > 0
        for picture in pictures(info, 32, unwatched()):
            assert picture.time >= 0
        for sound in info.sounds:
            for block in sound_blocks(info, sound):
                assert block.shape[0] == sound.channels


def test_fingerprints_tell_films_apart_and_survive_moving(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    data = bytes(range(256)) * 20_000
    path.write_bytes(data)
    before = fingerprint(path)
    assert fingerprint(path.rename(tmp_path / "b.mp4")) == before
    for changed in (b"x" + data[1:], data[:-1] + b"x", data + b"x", data[: len(data) // 2 + 1]):
        path.write_bytes(changed)
        assert fingerprint(path) != before


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\0\0\0\x20ftypisom" + b"\1" * 500)
    with pytest.raises(MediaError), open_media(path):
        pass
    assert capfd.readouterr() == ("", "")
