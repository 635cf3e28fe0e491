"""Takes: kept as they were recorded, heard as clips, brought in from files and folders."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from studio import engines, steps
from studio.errors import MediaError, ProjectError, UsageError
from studio.media.audio import load_clip, save_wav
from studio.progress import unwatched
from studio.script import edits, recorded
from studio.script.meaning import TAKE_NAME
from studio.script.model import TAKE, Cue, Film, Project, Take, Version, VoiceChoice
from studio.settings import DEFAULTS
from studio.speech.clips import CLIP_RATE, clip_file, loudness
from studio.speech.fit import plan
from studio.speech.synthesise import clip_files, speak
from studio.speech.takes import (
    LONGEST,
    SHORTEST,
    bring_in,
    clip_of,
    gather,
    keep,
    load_take,
    with_part,
)
from tests import make_media

FILM = Film("film.mp4", 1, "f", 60_000, 320, 180, Fraction(25), -23.0)
TEXT = "She climbs the stairs."


def tone(seconds: float, pitch: float = 330, rate: int = CLIP_RATE) -> NDArray[np.float32]:
    """A buzz with half a second of silence on either side."""
    buzz = 0.1 * np.sign(np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate))
    silence = np.zeros(rate // 2)
    return np.concatenate([silence, buzz, silence]).astype(np.float32)


def project(*texts: str) -> Project:
    cues = tuple(
        Cue(f"c{n}", 1000 + 6000 * n, 6000 + 6000 * n, (Version("en", text),))
        for n, text in enumerate(texts, 1)
    )
    return Project(FILM, cues=cues, voices=(VoiceChoice("en", "flite", "rms"),))


# --- keeping --------------------------------------------------------------------------------------


def test_a_recording_is_kept_as_it_was_made(tmp_path: Path) -> None:
    folder = tmp_path / "work takes"
    take = keep(tone(2), CLIP_RATE, folder, "c1", "en", TEXT)
    assert take == Take(take.file, 3000, 0, 3000, TEXT)
    assert TAKE_NAME.fullmatch(take.file)
    assert take.file.startswith("c1-en-")
    assert [one.name for one in folder.iterdir()] == [take.file]
    assert np.abs(load_take(take, folder) - tone(2)).max() < 1e-4


def test_recordings_never_write_over_each_other(tmp_path: Path) -> None:
    first, second, again = (
        keep(tone(1, pitch), CLIP_RATE, tmp_path, "c1", "en", TEXT) for pitch in (300, 400, 300)
    )
    assert first == again != second
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted({first.file, second.file})
    whole = (tmp_path / first.file).read_bytes()
    (tmp_path / first.file).write_bytes(whole[:500])  # damaged: recorded again it is whole again
    assert keep(tone(1, 300), CLIP_RATE, tmp_path, "c1", "en", TEXT) == first
    assert (tmp_path / first.file).read_bytes() == whole


@pytest.mark.parametrize("cue", ["../c 1", "ß", "C" * 90, "-"])
def test_any_cue_gives_a_safe_name(tmp_path: Path, cue: str) -> None:
    take = keep(tone(1), CLIP_RATE, tmp_path, cue, "pt-br", TEXT)
    assert TAKE_NAME.fullmatch(take.file)
    assert (tmp_path / take.file).is_file()


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_any_rate_becomes_the_one_of_clips(tmp_path: Path, rate: int) -> None:
    take = keep(tone(1, rate=rate), rate, tmp_path, "c1", "en", TEXT)
    assert soundfile.info(tmp_path / take.file).samplerate == CLIP_RATE
    assert take.duration == pytest.approx(2000, abs=1)


def test_silence_and_a_touch_of_the_key_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="Nothing can be heard"):
        keep(np.zeros(CLIP_RATE, np.float32), CLIP_RATE, tmp_path, "c1", "en", TEXT)
    with pytest.raises(MediaError, match=r"shorter than 0\.1 s"):
        keep(np.ones(100, np.float32), CLIP_RATE, tmp_path, "c1", "en", TEXT)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "takes").write_text("in the way")
    with pytest.raises(ProjectError, match="cannot be written"):
        keep(tone(1), CLIP_RATE, tmp_path / "takes", "c1", "en", TEXT)


# --- hearing --------------------------------------------------------------------------------------


def test_a_take_is_heard_trimmed_and_as_loud_as_every_clip(tmp_path: Path) -> None:
    take = keep(tone(2), CLIP_RATE, tmp_path, "c1", "en", TEXT)
    clip = clip_of(take, tmp_path)
    samples = load_clip(clip_file(clip), CLIP_RATE)
    assert (clip.speaker, clip.voice, clip.tempo) == (TAKE, take.file, 1.0)
    assert clip.duration == pytest.approx(2032, abs=5)  # without the silence around
    assert loudness(samples) == pytest.approx(-23, abs=0.1)
    half = clip_of(with_part(take, 0, 1500), tmp_path)
    assert half.duration == pytest.approx(1002, abs=5)
    assert half.key != clip.key


def test_the_clip_of_a_take_follows_its_content_not_its_name(tmp_path: Path) -> None:
    take = keep(tone(1, 300), CLIP_RATE, tmp_path, "c1", "en", TEXT)
    before = clip_of(take, tmp_path)
    save_wav(tmp_path / take.file, tone(1, 500), CLIP_RATE)
    assert clip_of(take, tmp_path).key != before.key


def test_a_part_is_never_empty_nor_outside() -> None:
    take = Take("t.wav", 3000, 0, 3000, TEXT)
    for start, end in ((-50, 9000), (2990, 3000), (500, 400), (0, 0)):
        part = with_part(take, start, end)
        assert 0 <= part.start < part.end <= 3000
        assert part.end - part.start >= SHORTEST
    assert with_part(take, 500, 1500) == replace(take, start=500, end=1500)


def test_a_silent_part_and_a_lost_file_are_told(tmp_path: Path) -> None:
    take = keep(tone(1), CLIP_RATE, tmp_path, "c1", "en", TEXT)
    with pytest.raises(MediaError, match="used part"):
        clip_of(with_part(take, 0, 400), tmp_path)
    (tmp_path / take.file).unlink()
    with pytest.raises(ProjectError, match=f"“{take.file}” is not in"):
        clip_of(take, tmp_path)
    with pytest.raises(ProjectError, match="beside its project"):
        clip_of(take, None)


def test_a_take_is_spoken_where_one_is_chosen_and_never_a_voice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "open", lambda *_: pytest.fail("a voice was asked"))
    take = keep(tone(2), CLIP_RATE, tmp_path, "c1", "en", TEXT)
    made = edits.put_take(project(TEXT), "c1", "en", take)
    spoken = steps.speak(replace(made, voices=()), ["en"], None, None, unwatched(), tmp_path)
    (placed,) = plan(spoken, "en")
    assert placed.clip is not None
    assert placed.clip.speaker == TAKE
    assert spoken.voices == ()  # nobody had to be chosen
    clip_file(placed.clip).unlink()
    files = clip_files(spoken, "en", [placed], tmp_path)
    assert load_clip(files["c1"], CLIP_RATE).size
    clip_file(placed.clip).unlink()
    (tmp_path / take.file).unlink()
    with pytest.raises(ProjectError, match=f"“{take.file}” is not in"):
        clip_files(spoken, "en", [placed], tmp_path)


def test_a_lost_recording_is_an_issue_and_the_others_go_on(tmp_path: Path) -> None:
    take = keep(tone(2), CLIP_RATE, tmp_path, "c1", "en", TEXT)
    both = edits.put_take(project(TEXT, "A door."), "c1", "en", take)
    (tmp_path / take.file).unlink()
    made = speak(both, "en", unwatched(), takes=tmp_path)
    assert [cue for cue, _, _ in made.clips] == ["c2"]
    assert [one.cue for one in made.issues] == ["c1"]


def test_a_take_for_other_words_is_told_but_not_for_other_commas() -> None:
    take = Take("t.wav", 1000, 0, 1000, "She climbs the stairs")
    made = edits.put_take(project(TEXT), "c1", "en", take)
    assert recorded.issues(made, "en") == ()
    other = edits.set_text(made, "c1", "en", "She runs.")
    (issue,) = steps.issues(other, "en")
    assert (issue.rule, issue.severity, issue.cue) == (recorded.OTHER_TEXT, "caution", "c1")
    assert "“She runs.” was made for other words: “She climbs the stairs”" in issue.sentence
    assert recorded.issues(edits.choose_take(other, "c1", "en", ""), "en") == ()


# --- from elsewhere -------------------------------------------------------------------------------


def test_any_sound_file_can_be_a_take(tmp_path: Path) -> None:
    for name, codec in (("a.mp3", "libmp3lame"), ("b.flac", "flac"), ("c.m4a", "aac")):
        with av.open(str(tmp_path / name), "w") as container:
            stream = container.add_stream(codec, rate=44_100, layout="stereo")
            form = "s16" if codec == "flac" else "fltp"
            sound = np.stack([tone(1, rate=44_100)] * 2)
            if form == "s16":
                sound = (sound.T.reshape(1, -1) * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(sound, form, "stereo")
            frame.sample_rate = 44_100
            container.mux(stream.encode(frame))  # type: ignore[union-attr]
            container.mux(stream.encode(None))  # type: ignore[union-attr]
        take = bring_in(tmp_path / name, tmp_path / "takes", "c1", "en", TEXT)
        assert take.duration == pytest.approx(2000, abs=60)
        assert clip_of(take, tmp_path / "takes").duration == pytest.approx(1032, abs=30)


def test_what_is_no_recording_of_a_description_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.wav").write_text("no sound")
    with pytest.raises(MediaError):
        bring_in(tmp_path / "notes.wav", tmp_path / "takes", "c1", "en", TEXT)
    long = tmp_path / "long.wav"
    soundfile.write(long, np.full((LONGEST // 1000 + 1) * 8000, 0.1, np.float32), 8000)
    with pytest.raises(MediaError, match="longer than 10 minutes"):
        bring_in(long, tmp_path / "takes", "c1", "en", TEXT)
    with pytest.raises(MediaError, match=r"longer than 1\.0 s"):
        load_take(Take("long.wav", 1000, 0, 1000, TEXT), tmp_path)
    assert not (tmp_path / "takes").exists()


def test_recordings_move_to_where_their_project_is_saved(tmp_path: Path) -> None:
    take = keep(tone(1), CLIP_RATE, tmp_path / "state", "c1", "en", TEXT)
    lost = replace(take, file="lost.wav")
    gather([take, lost], tmp_path / "state", tmp_path / "work takes")
    assert [one.name for one in (tmp_path / "work takes").iterdir()] == [take.file]
    assert (tmp_path / "state" / take.file).is_file()
    (tmp_path / "blocked").write_text("in the way")
    with pytest.raises(ProjectError, match="safe in"):
        gather([take], tmp_path / "state", tmp_path / "blocked")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    make_media.film(path, seconds=20, size=(64, 36))
    return path


def test_delivered_clips_come_back_as_takes_and_sound_the_same(film: Path, tmp_path: Path) -> None:
    made, info = steps.begin(film, DEFAULTS, ["en"])
    written = project("A woman climbs the stairs.", "A door opens slowly.", "Night.")
    made = replace(made, cues=written.cues, voices=written.voices)
    made = edits.set_gain(made, "en", 6.0, ["c2"])
    made = steps.speak(made, ["en"], None, None, unwatched())
    folder, takes = tmp_path / "out.clips", tmp_path / "work takes"
    first, second = tmp_path / "first.wav", tmp_path / "second.wav"
    steps.export(made, info, "en", {"clips": folder, "stem": first}, unwatched())
    back, _ = steps.import_from(made, folder, "en", takes, unwatched())
    assert [cue.versions[0].clip for cue in back.cues] == [None, None, None]
    back = steps.speak(back, ["en"], None, None, unwatched(), takes)
    assert {one.clip.speaker for one in plan(back, "en") if one.clip} == {TAKE}
    steps.export(back, info, "en", {"stem": second}, unwatched(), takes=takes)
    before, after = load_clip(first, CLIP_RATE), load_clip(second, CLIP_RATE)
    assert before.size == after.size
    for place in plan(back, "en"):
        begin, end = (at * 48 for at in (place.start, place.start + place.duration))
        levels = [20 * np.log10(np.sqrt((x[begin:end] ** 2).mean())) for x in (before, after)]
        assert levels[0] == pytest.approx(levels[1], abs=0.3)


def test_recordings_named_like_clips_need_no_list(tmp_path: Path) -> None:
    box, takes = tmp_path / "from the narrator", tmp_path / "takes"
    box.mkdir()
    soundfile.write(box / "002_c2.flac", tone(1), CLIP_RATE)
    (box / "notes.txt").write_text("the second one again")
    made, _ = steps.import_from(project("One.", "Two."), box, "en", takes, unwatched())
    assert [len(cue.versions[0].takes) for cue in made.cues] == [0, 1]
    version = made.cues[1].versions[0]
    assert version.chosen_take is not None
    assert version.chosen_take.text == "Two."


@pytest.mark.parametrize(
    ("names", "language", "said"),
    [
        (("001_c9.wav",), "en", "“001_c9.wav” belongs to no description"),
        (("intro.wav",), "en", "“intro.wav” belongs to no description"),
        (("001_c1.wav", "002_c1.wav"), "en", "belong to one description"),
        (("001_c1.wav",), "de", "has no text in “de”"),
        ((), "en", "no recordings"),
    ],
)
def test_a_folder_comes_in_whole_or_not_at_all(
    tmp_path: Path, names: tuple[str, ...], language: str, said: str
) -> None:
    box, takes = tmp_path / "box", tmp_path / "takes"
    box.mkdir()
    for name in (*names, *(["002_c2.wav"] if names else [])):
        soundfile.write(box / name, tone(1), CLIP_RATE)
    with pytest.raises(UsageError, match=said):
        steps.import_from(project("One.", "Two."), box, language, takes, unwatched())
    assert not takes.exists()


def test_the_list_tells_the_words_and_the_language(tmp_path: Path) -> None:
    box, takes = tmp_path / "box", tmp_path / "takes"
    box.mkdir()
    soundfile.write(box / "001_c1.wav", tone(1), CLIP_RATE)
    clip = {"file": "001_c1.wav", "cue": "c1", "text": "As it was."}
    manifest = {"kind": "audio-description-studio/clips", "language": "de", "clips": [clip]}
    (box / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(UsageError, match="--language de"):
        steps.import_from(project("Now."), box, "en", takes, unwatched())
    made, _ = steps.import_from(project("Now."), box, "de", takes, unwatched())
    german = made.cues[0].version("de")
    assert german is not None
    assert (german.text, german.chosen_take.text) == ("As it was.", "As it was.")  # type: ignore[union-attr]
    assert made.languages == ("en", "de")
