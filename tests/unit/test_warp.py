"""The way through a film for the lines of a script, on rows that are easy to tell apart."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.analysis.cepstra import Floats, Mel, cepstra, mel_of
from studio.analysis.edges import edges, presence
from studio.analysis.transcribe import LONGEST, chunks
from studio.analysis.warp import FILLER, Prices, way
from studio.progress import Cancelled
from studio.times import Span

PRICES = Prices(filler=1.0, skip=0.1, pause=0.2, held=0.4, uneven=0.1, joined=2.0)


def rows(count: int, seed: int) -> Floats:
    """Rows of which any two lie about 2 apart."""
    drawn = np.random.default_rng(seed).normal(size=(count, 12))
    return (drawn * 2 / np.sqrt(24)).astype(np.float32)


def found(film: Floats, lines: list[Floats], window: int = 10_000) -> list[int]:
    return gone(film, nowhere(film), lines, window)


def nowhere(film: Floats) -> NDArray[np.bool_]:
    return np.zeros(len(film), bool)


def gone(
    film: Floats, quiet: NDArray[np.bool_], lines: list[Floats], window: int = 10_000
) -> list[int]:
    silences = np.zeros(len(film), np.float32)
    return way(film, silences, quiet, lines, PRICES, window, lambda row: None).lines.tolist()


A, B, C = rows(30, 1), rows(31, 2), rows(30, 3)


def test_lines_are_found_in_order_whatever_their_pace() -> None:
    slow, quick = np.repeat(A, 2, axis=0), B[::2]
    assert found(np.concatenate([slow, quick, C]), [A, B, C]) == [0] * 60 + [1] * 16 + [2] * 30


def test_what_is_not_in_the_script_is_filler_and_what_is_not_said_is_skipped() -> None:
    film = np.concatenate([rows(20, 7), A, rows(25, 8), C, rows(10, 9)])
    got = found(film, [A, B, C])
    right = [FILLER] * 20 + [0] * 30 + [FILLER] * 25 + [2] * 30 + [FILLER] * 10
    assert np.mean([one == two for one, two in zip(got, right, strict=True)]) > 0.9
    assert 1 not in got


def test_a_silence_falls_between_two_lines() -> None:
    film = np.concatenate([A, B])
    silences = np.zeros(len(film), np.float32)
    for price, right in ((0, [0, 0]), (20, [FILLER, FILLER])):
        silences[28] = price
        lines = way(film, silences, nowhere(film), [A, B], PRICES, 1000, lambda row: None).lines
        assert lines[28:30].tolist() == right
        assert set(lines[:28].tolist()) == {0}
        assert set(lines[31:].tolist()) == {1}


def test_where_nobody_is_heard_between_two_lines_belongs_to_neither() -> None:
    pause = rows(8, 5)
    film = np.concatenate([A, pause, B])
    quiet = nowhere(film)
    quiet[30:38] = True
    assert gone(film, quiet, [A, B]) == [0] * 30 + [FILLER] * 8 + [1] * 31


def test_where_nobody_is_heard_inside_a_line_belongs_to_it() -> None:
    film = np.concatenate([A[:15], rows(40, 5), A[15:], B])
    quiet = nowhere(film)
    quiet[15:55] = True
    assert gone(film, quiet, [A, B]) == [0] * 70 + [1] * 31


def test_a_line_begins_after_a_pause_rather_than_in_the_midst_of_sound() -> None:
    # what lies between sounds a little more like the end of A than like the beginning of B
    between = (A[-1] + B[0] + 0.1 * (A[-1] - B[0])) / 2
    film = np.concatenate([A, rows(1, 5), np.tile(between, (3, 1)), B])
    quiet = nowhere(film)
    quiet[30] = True
    got = gone(film, quiet, [A, B])
    assert got[:30] == [0] * 30
    assert got[31:] == [1] * (3 + len(B))


def test_a_small_window_finds_the_same_way_as_a_large_one() -> None:
    lines = [rows(25, seed) for seed in range(40)]
    film = np.concatenate([*lines[:18], rows(300, 99), *lines[22:]])
    whole = found(film, lines)
    assert found(film, lines, window=260) == whole
    assert {18, 19, 20, 21}.isdisjoint(whole)
    assert whole[-1] == 39


def test_nothing_said_and_being_stopped() -> None:
    empty = np.zeros((0, 12), np.float32)
    none = np.zeros(0, np.float32)
    nothing = way(empty, none, nowhere(empty), [A], PRICES, 100, lambda row: None)
    assert nothing.lines.tolist() == []
    assert nothing.cost == pytest.approx(30 * PRICES.skip)

    def stop(row: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        way(A, np.zeros(len(A), np.float32), nowhere(A), [A], PRICES, 100, stop)


# --- how speech sounds ----------------------------------------------------------------------------


def test_blocks_of_any_size_give_the_same_rows() -> None:
    sound = np.random.default_rng(1).normal(0, 0.1, 16_000).astype(np.float32)
    mel = Mel()
    pieces = [mel.feed(one) for one in np.split(sound, [1, 90, 4000, 4001, 15_000])]
    assert np.allclose(np.concatenate([*pieces, mel.finish()]), mel_of(sound))
    assert len(mel_of(sound)) == 101
    assert mel_of(np.zeros(0, np.float32)).shape[0] <= 1


def test_loudness_does_not_matter() -> None:
    sound = np.random.default_rng(2).normal(0, 0.1, 16_000).astype(np.float32)
    assert np.allclose(cepstra(mel_of(sound)), cepstra(mel_of(sound * 4)), atol=1e-3)
    assert np.isfinite(cepstra(np.zeros((5, 26), np.float32))).all()


def test_edges_lie_where_sound_begins_and_ends() -> None:
    mel = np.full((600, 26), 1e-9, np.float32)
    for first, last in ((100, 200), (230, 330), (331, 420)):
        mel[first:last] = 1.0
    speech = [Span(920, 2100), Span(2250, 4300)]
    rough = [Span(940, 2120), None, Span(2260, 3290), Span(3290, 4290)]
    got = edges(presence(mel, speech).heard, rough)
    assert got[0] == Span(1000, 2000)
    assert got[1] is None
    assert got[2] is not None
    assert got[2].start == 2300
    assert got[3] is not None
    assert got[3].end == 4200
    assert got[2].end <= got[3].start


def test_a_note_is_heard_and_does_not_pass_for_a_voice() -> None:
    mel = np.full((600, 26), 1e-6, np.float32)
    mel[100:200] = 1.0
    mel[300:400, 4:7] = 0.1
    found = presence(mel, [Span(1000, 4000)])
    assert np.flatnonzero(found.full).tolist() == list(range(100, 200))
    assert np.flatnonzero(found.heard).tolist() == [*range(100, 200), *range(300, 400)]


# --- chunks ---------------------------------------------------------------------------------------


def never(span: Span) -> int:
    raise AssertionError(span)


def test_chunks_are_speech_in_pieces_that_engines_take() -> None:
    speech = [Span(1000, 3000), Span(3500, 9000), Span(12_000, 14_000), Span(14_100, 41_000)]
    got = chunks(speech, 60_000, never)
    assert got == (
        Span(800, 9200),
        Span(11_800, 14_050),
        Span(14_050, 41_200),
    )
    assert all(one.duration <= LONGEST for one in got)


def test_where_nobody_pauses_the_quietest_place_is_asked_for() -> None:
    asked: list[Span] = []

    def quietest(span: Span) -> int:
        asked.append(span)
        return span.start + 1000

    got = chunks([Span(0, 70_000)], 70_000, quietest)
    assert asked == [Span(20_000, 28_000), Span(41_000, 49_000)]
    assert got == (Span(0, 21_000), Span(21_000, 42_000), Span(42_000, 70_000))


def test_no_speech_makes_no_chunks() -> None:
    assert chunks([], 10_000, never) == ()
