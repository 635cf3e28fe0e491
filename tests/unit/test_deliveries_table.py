"""The table of deliveries: what is asked for, where it goes, how loud it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio import deliveries
from studio.errors import UsageError
from studio.mix.export import DELIVERY_NAMES
from studio.script import formats

FILM = Path("film.mov")


def test_all_is_everything_once(tmp_path: Path) -> None:
    captions = tmp_path / "a.srt"
    captions.write_text("")
    everything = deliveries.chosen(["vtt", "all", "all"], captions)
    assert everything[0] == "vtt"
    asked_for = {"beds", "dapt-embedded", *deliveries.OF_LINES}
    assert sorted(everything) == sorted(set(deliveries.NAMES) - asked_for)
    assert "captions" not in deliveries.chosen(["all"], None)
    assert deliveries.chosen(["all", "dapt-embedded"], None)[-1] == "dapt-embedded"


def test_every_maker_has_its_row() -> None:
    scripts = {row.name for row in formats.writable()}
    rest = {*deliveries.SNIPPETS, *deliveries.OF_LINES}
    assert set(deliveries.NAMES) == {*DELIVERY_NAMES, *rest, *scripts}


def test_no_two_deliveries_have_a_name_in_common(tmp_path: Path) -> None:
    captions = tmp_path / "a.vtt"
    captions.write_text("")
    for film in ("film.mp4", "film.wav", "film.webm"):
        files = deliveries.targets_in(
            tmp_path, "p", "en", deliveries.NAMES, Path(film), captions
        ).values()
        assert len({file.name.lower() for file in files}) == len(deliveries.NAMES)
        assert all(file.name.startswith("p_en.") for file in files)


def test_captions_keep_their_ending(tmp_path: Path) -> None:
    for source, ending in (("a.VTT", ".vtt"), ("b.srt", ".srt"), ("c.ass", ".srt")):
        (tmp_path / source).write_text("")
        files = deliveries.targets_in(tmp_path, "p", "en", ["captions"], FILM, tmp_path / source)
        assert files["captions"].name == f"p_en.captions{ending}"


@pytest.mark.parametrize(
    ("words", "captions", "said"),
    [
        (["music"], None, "There is no delivery “music”. Choose from: all, film, track"),
        (["captions"], None, "There are no captions to move"),
        (["captions"], Path("gone.vtt"), "There is no file gone.vtt to move"),
        (["all"], Path("gone.vtt"), "There is no file gone.vtt to move"),
    ],
)
def test_what_cannot_be_delivered_is_refused(
    words: list[str], captions: Path | None, said: str
) -> None:
    with pytest.raises(UsageError, match=said.replace(".", r"\.")):
        deliveries.chosen(words, captions)


def test_only_sounds_have_a_loudness() -> None:
    wanted = deliveries.chosen(["all"], None)
    loud = deliveries.profiles_from(["web", "stem=ebu-r128", "clips=none"], wanted)
    assert {name: one.name for name, one in loud.items()} == {
        "film": "web", "track": "web", "stem": "ebu-r128", "control": "web",
    }  # fmt: skip
    with pytest.raises(UsageError, match="gives a loudness to “hls”"):
        deliveries.profiles_from(["hls=web"], wanted)
