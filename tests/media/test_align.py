"""A plain text finds its times in made speech, by other voices and at other paces than its own."""

from __future__ import annotations

import io
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from studio.analysis.align import align
from studio.analysis.cepstra import RATE
from studio.analysis.dialogue import SpeechFinder
from studio.errors import EngineError, ProjectError
from studio.media.probe import FilmInfo, probe
from studio.progress import Cancelled, Progress, unwatched
from studio.times import Span
from tests import make_media

TEXTS = (
    "We should have left before the rain began.",
    "Nobody told me that the bridge was closed.",
    "Hand me the lamp, will you?",
    "There is a man waiting by the gate.",
    "He has been standing there since noon.",
    "Perhaps he wants to sell us something.",
    "Do not open the door to anyone.",
    "My grandmother used to say that all the time.",
    "And was she ever wrong?",
    "Only once, and she never forgave herself.",
    "Listen, the water is rising.",
    "Then we take the boat across the lake.",
    "Seven people will not fit into that boat.",
    "We will go twice, and I go last.",
)
OTHERS = (
    "The committee will vote on the budget tomorrow.",
    "Please turn to page forty in your books.",
    "Butter, flour, three eggs and a little salt.",
    "The train to London leaves from platform two.",
    "I never liked the colour of that wall.",
    "Good evening and welcome to the news.",
    "Our team has won the cup again this year.",
    "Could you repeat the question, please?",
    "Prices have doubled since the summer.",
    "This is the last call for all passengers.",
)


@dataclass(frozen=True)
class Spoken:
    """A film in which TEXTS are spoken. said: when, film ms. speech: where the studio hears it."""

    info: FilmInfo
    said: tuple[Span, ...]
    speech: tuple[Span, ...]

    def align(self, texts: tuple[str, ...]) -> tuple[Span | None, ...]:
        return align(self.info, self.speech, texts, "en", "list.txt", unwatched())


def flite(text: str, voice: str, tempo: float) -> NDArray[np.float64]:
    """`text` from its first to its last sound, at RATE, as loud as all others."""
    command = ["flite", "-voice", voice, "--setf", f"duration_stretch={1 / tempo:.4f}"]
    made = subprocess.run([*command, "-t", text, "-o", "/dev/stdout"], check=True, stdout=-1)
    with wave.open(io.BytesIO(made.stdout)) as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
        sound = resample_poly(raw, RATE, file.getframerate())
    window = RATE // 200
    power = (sound[: len(sound) // window * window].reshape(-1, window) ** 2).mean(axis=1)
    loud = np.flatnonzero(power >= power.max() * 1e-4)
    heard = sound[loud[0] * window : (loud[-1] + 1) * window]
    return np.asarray(heard * 0.1 / np.sqrt((heard**2).mean()))


def spoken(
    folder: Path, voices: tuple[str, ...], tempos: tuple[float, ...], music: float
) -> Spoken:
    """music: how loud beside the voice, 0 for none."""
    draw = np.random.default_rng(3)
    said, pieces, at = [], [np.zeros(RATE)], RATE
    for number, text in enumerate(TEXTS):
        one = flite(text, voices[number % len(voices)], tempos[number % len(tempos)])
        pause = int(draw.uniform(0.2, 1.6) * RATE)
        said.append(Span(at * 1000 // RATE, (at + len(one)) * 1000 // RATE))
        pieces += [one, np.zeros(pause)]
        at += len(one) + pause
    sound = np.concatenate([*pieces, np.zeros(RATE)])
    sound += draw.normal(0, 1e-4, len(sound))
    if music:
        tune = make_media._music(0, len(sound), RATE, 1)
        sound += tune * music * 0.1 / np.sqrt((tune**2).mean())
    soundfile.write(folder / "sound.wav", np.clip(sound, -1, 1), RATE, subtype="PCM_16")
    picture = f"color=gray:size=64x36:rate=5:duration={len(sound) / RATE:.2f}"
    sources = ["-f", "lavfi", "-i", picture, "-i", folder / "sound.wav"]
    coders = ["-c:v", "mpeg4", "-c:a", "flac"]
    subprocess.run(["ffmpeg", "-v", "error", *sources, *coders, folder / "film.mkv"], check=True)
    finder = SpeechFinder()
    finder.feed(sound[None].astype(np.float32))
    return Spoken(probe(folder / "film.mkv"), tuple(said), finder.speech())


@pytest.fixture(scope="module")
def clear(tmp_path_factory: pytest.TempPathFactory) -> Spoken:
    return spoken(tmp_path_factory.mktemp("clear"), ("rms", "slt"), (0.8, 1.1, 1.3), 0)


def errors(truth: tuple[Span, ...], found: tuple[Span | None, ...]) -> NDArray[np.float64]:
    """How far each beginning and each end lies from where it should, ms."""
    assert all(found)
    both = [(one, two) for one, two in zip(truth, found, strict=True) if two is not None]
    return np.array(
        [abs(a - b) for one, two in both for a, b in ((one.start, two.start), (one.end, two.end))]
    )


def test_another_voice_at_other_paces(clear: Spoken) -> None:
    off = errors(clear.said, clear.align(TEXTS))
    assert np.median(off) <= 50
    assert np.percentile(off, 95) <= 150


def test_under_music(tmp_path: Path) -> None:
    film = spoken(tmp_path, ("rms",), (0.9, 1.2), 0.25)  # 12 dB below the voice
    off = errors(film.said, film.align(TEXTS))
    assert np.median(off) <= 50
    assert np.percentile(off, 95) <= 150


def test_a_line_that_is_not_said_is_not_placed(clear: Spoken) -> None:
    found = clear.align((*TEXTS[:6], OTHERS[0], *TEXTS[6:]))
    assert found[6] is None
    assert np.median(errors(clear.said, (*found[:6], *found[7:]))) <= 50


def test_what_is_said_beside_the_text_belongs_to_no_line(clear: Spoken) -> None:
    found = clear.align((*TEXTS[:4], *TEXTS[7:]))
    assert np.median(errors((*clear.said[:4], *clear.said[7:]), found)) <= 50


@pytest.mark.parametrize("seed", [0, 1])
def test_a_shuffled_text_is_refused(clear: Spoken, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(TEXTS))
    with pytest.raises(ProjectError, match="does not belong to this film"):
        clear.align(tuple(TEXTS[number] for number in order))


def test_the_text_of_another_film_is_refused(clear: Spoken) -> None:
    with pytest.raises(ProjectError, match=r"list\.txt does not belong"):
        clear.align(OTHERS)


def test_where_nobody_speaks_and_in_a_language_nobody_speaks(clear: Spoken) -> None:
    with pytest.raises(ProjectError, match="nobody is heard"):
        align(clear.info, (), TEXTS, "en", "list.txt", unwatched())
    with pytest.raises(EngineError, match="does not speak “xx”"):
        align(clear.info, clear.speech, TEXTS, "xx", "list.txt", unwatched())


def test_it_can_be_stopped(clear: Spoken) -> None:
    progress = Progress(lambda done, _: progress.cancel() if done > 0.4 else None)
    with pytest.raises(Cancelled):
        align(clear.info, clear.speech, TEXTS, "en", "list.txt", progress)
