"""What belongs to the described film and is no film: control track, captions, DAPT with sound."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
import soundfile

from studio.errors import ExportError, ProjectError
from studio.media.audio import save_wav
from studio.media.probe import probe
from studio.mix import scripted
from studio.mix.export import Delivery, DeliveryName, deliver, foresee
from studio.mix.reread import reread
from studio.progress import unwatched
from studio.script import formats
from studio.script.formats import dapt
from studio.script.formats.dapt_rules import TTA
from studio.script.formats.ttml_content import descendants
from studio.script.model import Clip, Cue, Film, Placement, Project, Version, VoiceChoice
from studio.settings import PROFILES, Settings
from tests import make_media
from tests.unit.test_control import descriptors

RATE = 48_000
RATE_OF_PICTURES = Fraction(25)
PLACES = (
    Placement("a b", "fits", 1000, 500, clip=Clip("k", 500, "flite", "rms", 1.0)),
    Placement("c2", "extended", 4000, 1500, 4480, 3000, Clip("k", 1500, "flite", "rms", 1.0)),
)
TEXTS = {"a b": "A & B.", "c2": "A long one."}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    make_media.film(path, seconds=8, size=(64, 36))
    return path


def made(
    source: Path, wanted: Mapping[DeliveryName, Path], captions: Path | None = None
) -> tuple[Delivery, ...]:
    info = probe(source)
    picture = info.picture
    size = (picture.width, picture.height, picture.rate)
    film = Film("film.mp4", info.size, "", info.duration, *size, -20.0)
    cues = tuple(Cue(cue, 0, 1, (Version("en", text),)) for cue, text in TEXTS.items())
    project = Project(
        film, cues=cues, voices=(VoiceChoice("en", "flite", "rms"),),
        settings=replace(Settings(), duck=-12.0),
    )  # fmt: skip
    files = {}
    for place in PLACES:
        files[place.cue] = source.with_name(f"{place.duration}.wav")
        noise = np.random.default_rng(place.duration).uniform(-0.1, 0.1, place.duration * 48)
        save_wav(files[place.cue], noise.astype(np.float32), RATE)
    return deliver(
        project, info, "en", PLACES, files, wanted, unwatched(),
        {"stem": PROFILES[0], "control": PROFILES[0], "clips": PROFILES[0]}, captions=captions,
    )  # fmt: skip


def test_the_control_track_goes_beside_the_description(source: Path, tmp_path: Path) -> None:
    target, stem = tmp_path / "f.control.wav", tmp_path / "f.stem.wav"
    control, _ = made(source, {"control": target, "stem": stem})
    assert "beside the film as it was it would run late" in control.notes[0]
    both, rate = soundfile.read(target, dtype="float32")
    alone, _ = soundfile.read(stem, dtype="float32")
    assert rate == RATE
    assert both.shape == (len(alone), 2)
    assert np.array_equal(both[:, 0], alone)
    fades = [one[7] for one in descriptors(both[:, 1])]
    assert len(fades) == len(alone) // 4800 == 110  # 8 s and a wait of 3
    # down by 12 dB, 40 steps of 0.3, while the clips sound: from 1.0 and from 4.0 s
    assert fades[9:14] == [40] * 5
    assert fades[39:54] == [40] * 15
    assert [fades[index] for index in (5, 18, 30, 36, 60)] == [0] * 5
    assert reread("control", target, RATE_OF_PICTURES) == ("libsndfile: 0:11.000, channels: 2",)


def test_captions_are_moved_by_the_waits_of_real_frames(source: Path, tmp_path: Path) -> None:
    captions, target = tmp_path / "c.srt", tmp_path / "f.captions.srt"
    captions.write_text(
        "1\n00:00:03,000 --> 00:00:06,000\nHeld\n\n2\n00:00:06,500 --> 00:00:07,000\nLate\n"
    )
    (one,) = made(source, {"captions": target}, captions)
    assert (one.timeline, one.sound, one.notes) == ("output", "", ())
    # it waits on the frame that starts at 4.480 s, for 75 frames
    assert [entry.span.start for entry in formats.read(target).entries] == [3000, 7480, 9500]


def test_captions_that_cannot_be_read_leave_nothing(source: Path, tmp_path: Path) -> None:
    captions, target = tmp_path / "c.vtt", tmp_path / "f.captions.vtt"
    captions.write_text("?")
    with pytest.raises(ProjectError, match="does not begin with WEBVTT"):
        made(source, {"captions": target, "stem": tmp_path / "stem.wav"}, captions)
    assert [path.name for path in tmp_path.iterdir()] == ["c.vtt"]


def test_a_script_refers_to_the_clips(source: Path, tmp_path: Path) -> None:
    target, clips = tmp_path / "f ä.dapt-clips.xml", tmp_path / "f ä.clips"
    one, _ = made(source, {"dapt-clips": target, "clips": clips})
    assert (one.timeline, one.sound) == ("film", "")
    assert "in the folder f ä.clips" in one.notes[0]
    document = dapt.parse(target.read_bytes())
    assert document.script_type == "asRecorded"
    sources = [element.get("src") for element in descendants(document.root) if element.get("src")]
    for src in sources:
        assert soundfile.info(tmp_path / unquote(src or "")).frames > 0
    assert len(sources) == len(list(clips.glob("*.wav"))) == 2
    gains = [element.get(f"{{{TTA}}}gain") for element in descendants(document.root)]
    assert [gain for gain in gains if gain] == ["1;0.2512", "0.2512;1"] * 2  # -12 dB
    script = dapt.read(target.read_bytes())
    assert [(entry.text, entry.voice, entry.freeze) for entry in script.entries] == [
        ("A & B.", "rms", None), ("A long one.", "rms", 3000),
    ]  # fmt: skip
    assert (script.entries[1].span.start, script.entries[1].span.end) == (4000, 4480)


def test_a_script_holds_the_clips(source: Path, tmp_path: Path) -> None:
    target, clips = tmp_path / "f.dapt-embedded.xml", tmp_path / "f.clips"
    made(source, {"dapt-embedded": target, "clips": tmp_path / "other.clips"})
    document = dapt.parse(target.read_bytes())
    held = [base64.b64decode(one.text()) for one in descendants(document.root) if one.tag == "data"]
    assert [sound[:4] for sound in held] == [b"RIFF"] * 2
    first = tmp_path / "first.wav"
    first.write_bytes(held[0])
    assert soundfile.info(first).frames == RATE // 2
    assert not clips.exists()


def test_more_sound_than_a_script_may_hold_is_refused(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripted, "LARGEST_FILE", 1 << 20)
    with pytest.raises(ExportError, match="Deliver dapt-clips"):
        made(source, {"dapt-embedded": tmp_path / "f.xml"})
    assert list(tmp_path.iterdir()) == []


def test_what_would_be_made_is_told_before(source: Path, tmp_path: Path) -> None:
    info = probe(source)
    film = Film("film.mp4", info.size, "", info.duration, 64, 36, info.picture.rate, None)
    names: tuple[DeliveryName, ...] = ("control", "captions", "dapt-clips", "dapt-embedded")
    wanted = {name: tmp_path / name for name in names}
    seen = foresee(Project(film), info, "en", PLACES, wanted, unwatched())
    assert [(one.name, one.sound) for one in seen] == [
        ("control", "encoded"), ("captions", ""), ("dapt-clips", ""), ("dapt-embedded", "encoded"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["film", "stem", "control", "dash", "dapt", "captions", "vtt"])
def test_a_delivery_that_cannot_be_read_again_is_an_error(name: str, tmp_path: Path) -> None:
    file = tmp_path / "damaged.vtt"
    file.write_bytes(b"\x00damaged")
    with pytest.raises(ExportError, match="was written, and cannot be read again"):
        reread(name, file, RATE_OF_PICTURES)


def test_every_clip_is_counted(source: Path, tmp_path: Path) -> None:
    clips = tmp_path / "f.clips"
    made(source, {"clips": clips})
    assert reread("clips", clips, RATE_OF_PICTURES) == (
        "libsndfile: 2 files, 0:02.000, channels: 1",
    )
