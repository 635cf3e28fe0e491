"""Writes a package of the names and shapes of pyannote.audio 4, for a machine that has it not.

It tells a high voice from a low one by how often the sound crosses zero, in steps of 100 ms, and
leaves in `seen` what it was given and how the process was set up meanwhile.
"""

from __future__ import annotations

from pathlib import Path

_CODE = """
import os
import threading
from pathlib import Path
from types import SimpleNamespace

seen = {}


class Annotation:
    def __init__(self, turns):
        self._turns = turns

    def itertracks(self, yield_label=False):
        assert yield_label
        for number, (start, end, who) in enumerate(self._turns):
            yield SimpleNamespace(start=start, end=end), number, who


class Pipeline:
    @classmethod
    def from_pretrained(cls, checkpoint, hparams_file=None, token=None, cache_dir=None):
        import huggingface_hub.constants as hub

        seen["environment"] = dict(os.environ)
        seen["hub offline"] = hub.HF_HUB_OFFLINE
        text = Path(checkpoint).read_text()
        if "broken" in text:
            raise ValueError("no such pipeline")
        pipeline = cls()
        pipeline.endless = "endless" in text
        return pipeline

    def to(self, device):
        return self

    def __call__(self, file, num_speakers=None, min_speakers=None, max_speakers=None, hook=None):
        samples, rate = file["waveform"][0].numpy(), file["sample_rate"]
        assert file["waveform"].shape == (1, len(samples))
        seen.update(samples=samples, rate=rate, most=max_speakers)
        seen["thread"] = threading.current_thread()
        while self.endless:
            hook("segmentation", None, file=file, total=9, completed=1)
        hook("segmentation", None, file=file, total=9, completed=9)
        step, turns = rate // 10, []
        for number in range(len(samples) // step):
            part = samples[number * step : (number + 1) * step]
            if abs(part).max() < 0.01:
                continue
            crossings = ((part[1:] > 0) != (part[:-1] > 0)).sum()
            who = "SPEAKER_01" if crossings > 60 else "SPEAKER_00"
            start, end = number / 10, (number + 1) / 10
            if turns and turns[-1][2] == who and abs(turns[-1][1] - start) < 0.01:
                turns[-1] = (turns[-1][0], end, who)
            else:
                turns.append((start, end, who))
        found = Annotation(turns)
        return SimpleNamespace(speaker_diarization=None, exclusive_speaker_diarization=found)
"""


def write(folder: Path) -> None:
    """The package, to be found with `folder` on the path of imports."""
    package = folder / "pyannote" / "audio"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(_CODE, encoding="utf-8")
