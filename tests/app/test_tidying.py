"""The window keeps the cache small, and keeps its fingers off what is open."""

from __future__ import annotations

import os
from pathlib import Path

from studio import cache, paths
from studio.app import autosave
from studio.app.autosave import Claim
from studio.app.document import Document
from studio.app.jobs import Jobs
from studio.app.preferences import Preferences
from studio.app.tidying import Tidying, names_of
from studio.script import edits
from studio.script.model import Clip
from tests.app.window_rig import application, small_project, until


def test_clips_and_film_of_an_open_project_are_spared(tmp_path: Path) -> None:
    application()
    jobs = Jobs()
    document = Document(jobs)
    document.open_project(small_project(tmp_path))
    project = document.project
    cue = project.cues[0]
    clip = Clip("ab" * 16, 900, "flite", "rms", 1.0)
    document.complete(edits.put_clip(project, cue.id, "en", document.text(cue), clip))
    fingerprint = document.project.film.fingerprint
    assert names_of(document.project) == {"ab" * 16, fingerprint}
    mine = [paths.cache_folder("clips") / f"{clip.key}.wav"]
    mine.append(paths.cache_folder("proxies") / f"{fingerprint}-25-1-1.mp4")
    other = paths.cache_folder("clips") / f"{'cd' * 16}.wav"
    for file in (*mine, other):
        with file.open("wb") as stream:  # large, and next to nothing on the disk
            stream.truncate(cache.GIGABYTE)
        os.utime(file, (1_000_000_000, 1_000_000_000))
    preferences = Preferences()
    preferences.cache_size = 1
    Tidying(document, jobs, preferences, document).tidy()
    until(lambda: not other.exists(), "the other clip is gone")
    document.close()
    jobs.close()
    assert [file.exists() for file in mine] == [True, True]


def test_what_other_windows_have_open_is_known(tmp_path: Path) -> None:
    application()
    project = small_project(tmp_path).resolve()
    claim = Claim(project, "small.mp4")
    assert list(autosave.held()) == [project]
    claim.copy.write_text("newer")
    assert list(autosave.held()) == [claim.copy]
    claim.release()
    assert list(autosave.held()) == []
