"""Work in the background: it comes home, or says why not, and stops when asked."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from studio.app.jobs import Job, Jobs, JobState
from studio.app.processes import BugError, CrashError
from studio.errors import MediaError, StudioError
from tests.app.window_rig import application, until
from tests.app.works import be_deaf, die, double, err, refuse, wait_for_ever


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    """A lane and a pool, closed after the test."""
    application()
    made = Jobs()
    yield made
    made.close()


def _end(job: Job) -> Job:
    until(lambda: not job.active, f"{job.title} ends")
    return job


def test_a_heavy_job_runs_elsewhere_and_comes_home_on_this_thread(jobs: Jobs) -> None:
    job = jobs.heavy("Double", double, 21)
    came: list[tuple[tuple[int, int], str]] = []
    job.done.connect(lambda result: came.append((result, threading.current_thread().name)))
    _end(job)
    assert job.state is JobState.DONE
    [((result, process), thread)] = came
    assert result == 42
    assert process != os.getpid()
    assert thread == threading.main_thread().name
    assert job.fraction == 1.0


def test_heavy_jobs_run_one_after_the_other(jobs: Jobs) -> None:
    first = jobs.heavy("First", wait_for_ever)
    second = jobs.heavy("Second", double, 1)
    until(lambda: first.message == "waiting", "the first runs")
    assert second.state is JobState.WAITING
    first.cancel()
    _end(second)
    assert (first.state, second.state) == (JobState.STOPPED, JobState.DONE)


def test_a_job_that_waits_can_be_stopped(jobs: Jobs) -> None:
    first = jobs.heavy("First", wait_for_ever)
    second = jobs.heavy("Second", double, 1)
    second.cancel()
    first.cancel()
    _end(second)
    assert second.state is JobState.STOPPED


@pytest.mark.parametrize("work", [wait_for_ever, be_deaf])
def test_a_stopped_job_ends_whether_it_listens_or_not(jobs: Jobs, work: object) -> None:
    job = jobs.heavy("Wait", work)  # type: ignore[arg-type]
    until(lambda: job.message, "it runs")
    job.cancel()
    assert job.state is JobState.STOPPING
    assert _end(job).state is JobState.STOPPED


def test_what_went_wrong_is_a_sentence(jobs: Jobs) -> None:
    job = _end(jobs.heavy("Refuse", refuse))
    assert job.state is JobState.FAILED
    assert isinstance(job.error, MediaError)
    assert (job.error.what, job.error.advice) == ("It is no film.", "Take another.")


def test_a_bug_is_told_with_its_trace(jobs: Jobs) -> None:
    for job in (_end(jobs.heavy("Err", err)), _end(jobs.light("Err", err))):
        assert isinstance(job.error, BugError)
        assert "ZeroDivisionError: oh" in job.error.what
        assert "def err" in job.error.trace or "in err" in job.error.trace


def test_a_crash_of_the_process_is_told(jobs: Jobs) -> None:
    job = _end(jobs.heavy("Die", die))
    assert isinstance(job.error, CrashError)
    assert "signal 9" in str(job.error)
    assert _end(jobs.heavy("Double", double, 1)).state is JobState.DONE


def test_a_light_job_runs_on_a_thread_of_this_process(jobs: Jobs) -> None:
    came: list[tuple[int, int]] = []
    job = jobs.light("Double", double, 4)
    job.done.connect(came.append)
    _end(job)
    assert came == [(8, os.getpid())]


def test_closing_stops_everything() -> None:
    application()
    made = Jobs()
    heavy = [made.heavy("Deaf", be_deaf), made.heavy("Wait", wait_for_ever)]
    light = made.light("Wait", wait_for_ever)
    until(lambda: heavy[0].message, "it runs")
    made.close()
    until(lambda: not heavy[0].active and not light.active, "they end")
    assert {heavy[0].state, light.state} == {JobState.STOPPED}


def test_errors_survive_the_way_between_processes() -> None:
    import pickle

    bug = BugError("A job", "oh", "trace")
    again = pickle.loads(pickle.dumps(bug))  # noqa: S301  # our own
    assert (str(again), again.trace) == (str(bug), "trace")
    error: StudioError = MediaError("a", "b", "c")
    assert pickle.loads(pickle.dumps(error)).advice == "c"  # noqa: S301
