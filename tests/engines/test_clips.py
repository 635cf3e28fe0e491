"""Clips: spoken, trimmed, levelled, cached; and who speaks a language."""

from __future__ import annotations

import threading
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydub import AudioSegment
from pydub.silence import detect_leading_silence

from studio import engines
from studio.engines import Sound, Voice
from studio.errors import EngineError, ProjectError, UsageError
from studio.media.audio import load_clip
from studio.progress import Cancelled, Progress, unwatched
from studio.script.model import Clip, Cue, Film, Project, Pronunciation, Version, VoiceChoice
from studio.speech import clips
from studio.speech.clips import loudness, there
from studio.speech.fit import plan
from studio.speech.synthesise import CLIP_RATE, clip_file, clip_files, finished, speak
from studio.speech.voices import choose
from studio.times import Span

FILM = Film("film.mp4", 1, "f", 60_000, 320, 180, Fraction(25), -23.0)
RATE = 16_000


def words(seconds: float, lead: float = 0.2, tail: float = 0.3, level: float = 0.2) -> np.ndarray:
    """A buzz with pauses around it, at 16 kHz."""
    count = int(seconds * RATE)
    buzz = level * np.sign(np.sin(2 * np.pi * 220 * np.arange(count) / RATE))
    silence = [np.zeros(int(length * RATE)) for length in (lead, tail)]
    return np.concatenate([silence[0], buzz, silence[1]]).astype(np.float32)


class Metronome:
    """A speaker that says each letter in 50 ms, and nothing that holds the word “no”."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float]] = []

    def voices(self) -> tuple[Voice, ...]:
        return (Voice("rms", "en"),)

    def speak(self, text: str, voice: Voice, tempo: float) -> Sound:
        self.asked.append((text, tempo))
        if "no" in text:
            raise EngineError(f"Metronome will not say “{text}”.")
        return Sound(words(len(text) * 0.05 / tempo), RATE)


@pytest.fixture
def metronome(monkeypatch: pytest.MonkeyPatch) -> Metronome:
    speaker = Metronome()
    monkeypatch.setattr(engines, "open", lambda kind, name: speaker)
    return speaker


def project(*texts: str, room: int = 5000, **changes: object) -> Project:
    cues = tuple(
        Cue(f"c{n}", 1000 + 6000 * n, 1000 + 6000 * n + room, (Version("en", text),))
        for n, text in enumerate(texts)
    )
    voices = (VoiceChoice("en", "flite", "rms"),)
    values = {"cues": cues, "voices": voices, **changes}
    return Project(FILM, **values)  # type: ignore[arg-type]


# --- clips ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.03, 0.15, 0.5, 2.0, 9.0])
@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100, 48_000])
def test_a_finished_clip_starts_with_sound_at_one_loudness(seconds: float, rate: int) -> None:
    clip = finished(words(seconds), rate)
    loud = np.flatnonzero(np.abs(clip) > 0.1 * np.abs(clip).max())
    assert loud[0] < 0.005 * CLIP_RATE
    assert len(clip) - loud[-1] < 0.06 * CLIP_RATE
    assert loudness(clip) == pytest.approx(-23, abs=0.05)
    assert np.abs(clip).max() < 0.9


@given(
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 700)), min_size=1, max_size=8),
    st.floats(-70, -5),
)
def test_silence_ends_at_the_ms_at_which_pydub_says_it_does(
    stretches: list[tuple[int, int]], level: float
) -> None:
    signs = np.sign(np.sin(np.arange(sum(count for count, _ in stretches)) / 5 + 0.1))
    loud = np.repeat([peak for _, peak in stretches], [count for count, _ in stretches])
    samples = (signs * loud).astype("<i2")
    segment = AudioSegment(samples.tobytes(), sample_width=2, frame_rate=CLIP_RATE, channels=1)
    onset = clips._onset(level)
    assert clips.quiet_before(samples, onset) == detect_leading_silence(segment, level, 1)
    backwards = segment.reverse()
    assert clips.quiet_before(samples[::-1], onset) == detect_leading_silence(backwards, level, 1)


def test_a_peaky_clip_is_not_clipped() -> None:
    click = np.zeros(RATE, np.float32)
    click[8000] = 1.0
    assert np.abs(finished(click, RATE)).max() <= 0.9


def test_a_spoken_clip_on_disk(shared_voice: VoiceChoice) -> None:
    made = speak(project("A man opens the door."), "en", unwatched())
    ((cue_id, text, clip),) = made.clips
    assert (cue_id, text) == ("c0", "A man opens the door.")
    samples = load_clip(clip_file(clip), CLIP_RATE)
    assert clip.duration == -(-len(samples) * 1000 // CLIP_RATE)
    assert loudness(samples) == pytest.approx(-23, abs=0.05)
    onset = np.flatnonzero(np.abs(samples) > 10 ** (-35 / 20) * np.abs(samples).max())[0]
    assert onset <= 0.005 * CLIP_RATE
    assert made.issues == ()


def test_clips_that_are_there_are_told_by_their_size(metronome: Metronome) -> None:
    made = speak(project("one two", "three four five"), "en", unwatched())
    first, second = (clip for _, _, clip in made.clips)
    gone = Clip("0" * 32, 900, "flite", "rms", 1.0)
    odd = Clip("../../secret", 1, "flite", "rms", 1.0)
    found = there([first, gone, second, odd])
    assert list(found) == [first.key, second.key]
    for clip in (first, second):
        file, frames = found[clip.key]
        assert file == clip_file(clip)
        assert frames == len(load_clip(file, CLIP_RATE))
    file = clip_file(first)
    file.write_bytes(file.read_bytes()[:-200])
    assert list(there([first, second])) == [second.key]
    assert there([replace(second, duration=second.duration + 1)]) == {}


@pytest.fixture
def shared_voice() -> VoiceChoice:
    return choose("en")


def test_clips_are_made_once(metronome: Metronome) -> None:
    first = speak(project("hello there", "hello there"), "en", unwatched())
    again = speak(project("hello there", "hello there"), "en", unwatched())
    assert first == again
    assert metronome.asked == [("hello there", 1.0)]


def test_another_voice_or_text_is_another_clip(metronome: Metronome) -> None:
    other = (VoiceChoice("en", "flite", "slt"),)
    made = [
        speak(one, "en", unwatched()).clips[0][2].key
        for one in (project("one"), project("two"), project("one", voices=other))
    ]
    assert len(set(made)) == 3


@pytest.mark.parametrize("damage", ["cut", "empty", "rubbish", "gone"])
def test_a_damaged_clip_is_made_again(metronome: Metronome, damage: str) -> None:
    ((_, _, clip),) = speak(project("hello there"), "en", unwatched()).clips
    file = clip_file(clip)
    whole = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        left = {"cut": whole[: len(whole) // 2], "empty": b"", "rubbish": b"x" * 99}
        file.write_bytes(left[damage])
    ((_, _, again),) = speak(project("hello there"), "en", unwatched()).clips
    assert again == clip
    assert file.read_bytes() == whole
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_a_key_that_leads_elsewhere_is_refused() -> None:
    with pytest.raises(ProjectError, match="not a clip's name"):
        clip_file(Clip("../../secret", 1, "flite", "rms", 1.0))


def test_a_cue_that_fails_is_an_issue_and_the_others_go_on(metronome: Metronome) -> None:
    made = speak(project("say this", "say no more", "", "and this"), "en", unwatched())
    assert [cue for cue, _, _ in made.clips] == ["c0", "c3"]
    (issue,) = made.issues
    assert (issue.rule, issue.cue, issue.language) == ("speech.unspoken", "c1", "en")
    assert "will not say" in issue.sentence


def test_all_failing_is_an_error_and_nothing_written_is_none(metronome: Metronome) -> None:
    with pytest.raises(EngineError, match="will not say"):
        speak(project("no", "no no"), "en", unwatched())
    assert speak(project("", "  "), "en", unwatched()).clips == ()


def test_stopping_stops(metronome: Metronome) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        speak(project("hello"), "en", Progress(stop=stop))


# --- pace -----------------------------------------------------------------------------------------


def spoken(made: Project) -> Project:
    clips = {cue: clip for cue, _, clip in speak(made, "en", unwatched()).clips}
    cues = tuple(
        replace(one, versions=(replace(one.versions[0], clip=clips[one.id]),)) for one in made.cues
    )
    return replace(made, cues=cues)


def state_of(text: str, room: int, **changes: object) -> tuple[str, float]:
    (placed,) = plan(spoken(project(text, room=room, **changes)), "en")
    return placed.state, placed.clip.tempo if placed.clip is not None else 0.0


TEXT = "x" * 60  # 3 s and the tail


def test_what_fits_keeps_its_own_pace(metronome: Metronome) -> None:
    assert state_of(TEXT, 3100) == ("fits", 1.0)


def test_what_nearly_fits_is_spoken_a_little_faster(metronome: Metronome) -> None:
    state, tempo = state_of(TEXT, 2800)
    assert state == "faster"
    assert 1.05 < tempo < 1.12


def test_what_would_need_more_than_the_limit_keeps_its_own_pace(metronome: Metronome) -> None:
    assert state_of(TEXT, 2500) == ("extended", 1.0)
    assert max(tempo for _, tempo in metronome.asked) == 1.0


def test_speech_in_the_room_counts(metronome: Metronome) -> None:
    state, _ = state_of(TEXT, 4000, speech=(Span(3800, 9000),))
    assert state == "faster"


def test_a_real_voice_is_made_to_fit(shared_voice: VoiceChoice) -> None:
    text = "A man walks into the room and sits down at the long table."
    own = spoken(project(text, room=5500)).cues[0].versions[0].clip
    assert own is not None
    state, tempo = state_of(text, int(own.duration / 1.1))
    assert state == "faster"
    assert 1.0 < tempo <= 1.15


# --- voices ---------------------------------------------------------------------------------------


def test_each_language_has_somebody_to_speak_it() -> None:
    assert choose("en") == VoiceChoice("en", "flite", "rms")
    for language in ("de", "es", "fr", "pt-br", "no", "zh"):
        assert choose(language).speaker == "espeak-ng"
    assert choose("de") == VoiceChoice("de", "espeak-ng", "de")
    assert choose("pt-BR").voice == "pt-br"
    assert choose("fr").voice == "fr-fr"


def test_a_voice_alone_finds_its_speaker() -> None:
    assert choose("en", voice="slt") == VoiceChoice("en", "flite", "slt")
    assert choose("en", voice="en-gb-scotland").speaker == "espeak-ng"
    assert choose("en-gb", speaker="espeak-ng").voice == "en-gb"


def test_names_that_do_not_exist_get_near_ones() -> None:
    with pytest.raises(UsageError, match="Did you mean “rms”"):
        choose("en", "flite", "rmss")
    with pytest.raises(UsageError, match="There is no speaker “flit”"):
        choose("en", "flit")
    with pytest.raises(UsageError, match="does not speak “de”"):
        choose("de", "flite")
    with pytest.raises(UsageError, match="“qqq”") as caught:
        choose("qqq")
    assert caught.value.exit_code == 2
    with pytest.raises(UsageError, match="is not a language"):
        choose("German!")


def test_a_missing_speaker_says_what_to_get(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines.Need, "met", lambda need: need.name != "flite")
    assert choose("en").speaker == "espeak-ng"  # the next row of the table
    with pytest.raises(EngineError, match="flite"):
        choose("en", "flite")
    monkeypatch.setattr(engines.Need, "met", lambda need: False)
    with pytest.raises(EngineError) as caught:
        choose("de")
    assert "apt-get install espeak-ng" in caught.value.advice


# --- pronunciation --------------------------------------------------------------------------------


def test_a_voice_is_given_words_as_they_are_said(metronome: Metronome) -> None:
    rows = (Pronunciation("en", "Siobhan", "Shivawn"), Pronunciation("de", "climbs", "klettert"))
    ((_, text, clip),) = speak(
        project("Siobhan climbs.", pronunciations=rows), "en", unwatched()
    ).clips
    assert text == "Siobhan climbs."  # what is written stays
    assert metronome.asked == [("Shivawn climbs.", 1.0)]
    ((_, _, before),) = speak(project("Siobhan climbs."), "en", unwatched()).clips
    assert before.key != clip.key


def test_a_lost_clip_is_made_again_as_it_was_said(metronome: Metronome) -> None:
    rows = (Pronunciation("en", "lamp", "lump"),)
    made = spoken(project("A lamp.", pronunciations=rows))
    placements = plan(made, "en")
    assert placements[0].clip is not None
    file = clip_file(placements[0].clip)
    whole = file.read_bytes()
    file.unlink()
    assert clip_files(made, "en", placements) == {"c0": file}
    assert file.read_bytes() == whole
    file.unlink()
    with pytest.raises(ProjectError, match="cannot be made as it was"):
        clip_files(replace(made, pronunciations=()), "en", placements)
