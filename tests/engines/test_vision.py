"""The describer "transformers" with tiny random models of the real classes, loaded the real way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from studio import engines
from studio.engines import SAW, SEEN, Brief, Moment, Picture, Proposal, Unanswered, vision
from studio.errors import EngineError, UsageError
from studio.progress import Cancelled
from studio.times import Span
from tests.bench import draft
from tests.engines import tiny

BRIEF = Brief("You describe films.", "What is to be seen?", f"Say it shortly: {SEEN}")


@pytest.fixture(scope="module", params=["llava", "video_llava"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("vision") / str(request.param)
    getattr(tiny, f"make_{request.param}")(made)
    return made


@pytest.fixture(autouse=True)
def short_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random models never stop by themselves; what they say matters little."""
    monkeypatch.setattr(vision, "_TOKENS_LOOK", 12)
    monkeypatch.setattr(vision, "_TOKENS_SHORT", 12)


def moments(count: int) -> list[Moment]:
    draw = np.random.default_rng(5)

    def picture(time: int) -> Picture:
        return Picture(time, draw.integers(0, 256, (90, 160, 3), dtype=np.uint8))

    return [
        Moment(
            Span(1000 * n, 1000 * n + 900),
            "en",
            tuple(picture(1000 * n + at) for at in range(0, 300, 100)[: 1 + n % 3]),
            0.0,
            12,
            earlier=(picture(0),) if n % 2 else (),
            brief=BRIEF,
        )
        for n in range(count)
    ]


def described(folder: Path, asked: Sequence[Moment]) -> list[Any]:
    return list(engines.open("describer", f"transformers:{folder}").describe(asked))


def test_each_moment_is_answered_in_order_with_what_was_seen(folder: Path) -> None:
    answers = described(folder, moments(5))
    assert len(answers) == 5
    for proposals in answers:
        assert all(isinstance(one, Proposal) for one in proposals)
        assert proposals[0].text
        model, seen = proposals[0].evidence
        assert model == f"model {folder.name}"
        assert seen.startswith(SAW)
    assert described(folder, moments(5)) == answers


def test_a_batch_says_what_single_questions_say(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = [described(folder, [one])[0] for one in moments(4)]
    monkeypatch.setattr(vision, "_AT_ONCE", {"cpu": 4, "cuda": 4, "mps": 4})
    assert described(folder, moments(4)) == alone


def test_moments_are_taken_in_as_they_are_needed(folder: Path) -> None:
    taken: list[int] = []

    def asked() -> Iterator[Moment]:
        for number, moment in enumerate(moments(6)):
            taken.append(number)
            yield moment

    answers = engines.open("describer", f"transformers:{folder}").describe(asked())
    assert taken == []
    next(answers)
    assert len(taken) == vision._AT_ONCE["cpu"]
    answers.close()


def test_a_batch_that_is_too_large_is_halved_for_good(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    sizes: list[int] = []
    real = vision._Model.proposals

    def proposals(self: Any, batch: Sequence[Moment], check: Any) -> Any:
        sizes.append(len(batch))
        if len(batch) > 2:
            raise torch.OutOfMemoryError("the card is full")
        return real(self, batch, check)

    expected = described(folder, moments(12))
    monkeypatch.setattr(vision._Model, "proposals", proposals)
    monkeypatch.setattr(vision, "_AT_ONCE", {"cpu": 8, "cuda": 8, "mps": 8})
    assert described(folder, moments(12)) == expected
    assert sizes == [8, 4, 2, 2, 2, 2, 2, 2]


def test_batches_grow_with_the_memory_until_one_was_too_large(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    sizes: list[int] = []
    fits = iter([9, 100, 100, 100, 100])
    real = vision._Model.proposals

    def proposals(self: Any, batch: Sequence[Moment], check: Any) -> Any:
        sizes.append(len(batch))
        if len(batch) > 10:
            raise torch.OutOfMemoryError("the card is full")
        return real(self, batch, check)

    monkeypatch.setattr(vision._Model, "proposals", proposals)
    monkeypatch.setattr(vision._Model, "fitting", lambda self, count: next(fits))
    monkeypatch.setattr(vision, "_AT_ONCE", {"cpu": 5, "cuda": 5, "mps": 5})
    described(folder, moments(34))
    # grows to what fits, then twofold, comes back from that, and does not try it again
    assert sizes == [5, 9, 18, 9, 9, 2]


def test_what_fits_follows_from_what_the_last_batch_took(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = vision._loaded(folder)
    gigabyte = 1 << 30
    card = SimpleNamespace(
        memory_allocated=lambda: 4 * gigabyte,
        max_memory_allocated=lambda: 12 * gigabyte,  # so 8 moments took 1 GB each
        memory_reserved=lambda: 13 * gigabyte,
        mem_get_info=lambda: (11 * gigabyte, 24 * gigabyte),
        reset_peak_memory_stats=lambda: None,
    )
    assert model.fitting(8) == 8
    monkeypatch.setattr(model, "device", "cuda")
    monkeypatch.setattr(model, "_torch", SimpleNamespace(cuda=card))
    assert model.fitting(8) == int(0.8 * (11 + 13 - 4))


def test_frames_of_a_film_are_looked_at_whole_and_measured(tmp_path: Path) -> None:
    """Not in pieces, as SmolVLM looks at a single picture: a dozen frames would fill its memory."""
    from transformers import GenerationMixin

    shapes: list[Any] = []
    generate = GenerationMixin.generate

    def spied(model: Any, **given: Any) -> Any:
        if "pixel_values" in given:
            shapes.append(tuple(given["pixel_values"].shape))
        return generate(model, **given)

    draft.make(tmp_path / "smol", draft.SHAPES["tiny"], words=400)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GenerationMixin, "generate", spied)
        asked = list(draft.moments(3, frames=4))
        singly = draft.measure(tmp_path / "smol", asked, 1, tokens=5)
        batched = draft.measure(tmp_path / "smol", asked, None, tokens=5)
    assert shapes == [(1, 4, 3, 64, 64)] * 3 + [(2, 4, 3, 64, 64), (1, 4, 3, 64, 64)]
    assert (singly.batches, batched.batches) == ((1, 1, 1), (2, 1))
    assert singly.seconds > 0
    assert batched.peak > 10**8


def test_one_moment_that_fails_does_not_take_the_others_with_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    real = vision._Model.proposals
    asked = moments(4)

    def proposals(self: Any, batch: Sequence[Moment], check: Any) -> Any:
        if asked[2] in batch:
            raise RuntimeError("shape mismatch\nwith more lines")
        if asked[3] in batch:
            raise torch.OutOfMemoryError("the card is full")
        return real(self, batch, check)

    monkeypatch.setattr(vision._Model, "proposals", proposals)
    first, second, third, fourth = described(folder, asked)
    assert isinstance(first[0], Proposal)
    assert isinstance(second[0], Proposal)
    assert third == Unanswered("The model failed on this moment (RuntimeError: shape mismatch).")
    assert isinstance(fourth, Unanswered)
    assert "memory does not suffice" in fourth.why


def test_it_stops_in_the_middle_of_an_answer(folder: Path) -> None:
    looked = 0

    def check() -> None:
        nonlocal looked
        looked += 1
        if looked == 3:
            raise Cancelled

    describer = engines.open("describer", f"transformers:{folder}")
    with pytest.raises(Cancelled):
        next(describer.describe(moments(2), check))
    assert looked == 3


def test_nothing_is_printed(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    described(folder, moments(1))
    assert capfd.readouterr() == ("", "")


def test_no_model_a_damaged_one_and_one_that_is_not_here_are_sentences(
    folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="has not been told which model"):
        vision.Vision()
    with pytest.raises(EngineError, match="is not on this machine"):
        engines.open("describer", "transformers:nobody/nothing-at-all")
    with pytest.raises(UsageError, match="neither a model"):
        engines.open("describer", "transformers:nothing-at-all")
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    broken = engines.open("describer", f"transformers:{tmp_path}")
    with pytest.raises(EngineError, match="cannot be loaded"):
        next(broken.describe(moments(1)))
    assert list(engines.open("describer", f"transformers:{folder}").describe([])) == []
