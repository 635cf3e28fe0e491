"""What players are told of the described sound."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from lxml import etree

from studio.media.probe import FilmInfo, PictureStream, SoundStream
from studio.mix.streaming import Rendition, dash, hls, renditions

SOUND = SoundStream(
    1, "aac", 6, "5.1", 48_000, None, Fraction(1, 48_000), 384_000, "eng", 'The "mix" & more',
    default=True, described=False,
)  # fmt: skip
PICTURE = PictureStream(
    0, "h264", 64, 36, 0, Fraction(25), Fraction(0), False, Fraction(1, 12_800), "yuv420p"
)
NAMES = {"mpd": "urn:mpeg:dash:schema:mpd:2011"}
ATTRIBUTE = re.compile(r'([A-Z-]+)=("[^"\r\n]*"|[^",\s]+)')  # RFC 8216 4.2


def film(*sounds: SoundStream) -> FilmInfo:
    return FilmInfo(Path("film.mp4"), "mov,mp4", 1_000_000, 8000, PICTURE, sounds)


def attributes(line: str) -> dict[str, str]:
    listed = line.partition(":")[2]
    found = ATTRIBUTE.findall(listed)
    assert ",".join(f"{name}={value}" for name, value in found) == listed
    return {name: value.strip('"') for name, value in found}


def sounds_of() -> tuple[Rendition, ...]:
    return renditions(film(SOUND), "en-GB", fold_down=True)


def test_a_playlist_offers_the_description_to_those_who_ask() -> None:
    text = hls("film_en", film(SOUND), sounds_of())
    lines = text.splitlines()
    assert lines[0] == "#EXTM3U"
    own, described = (attributes(line) for line in lines if line.startswith("#EXT-X-MEDIA:"))
    assert own == {
        "TYPE": "AUDIO", "GROUP-ID": "sound", "NAME": "The 'mix' & more", "LANGUAGE": "en",
        "DEFAULT": "YES", "AUTOSELECT": "YES", "CHANNELS": "6", "URI": "film_en.main.m3u8",
    }  # fmt: skip
    assert described["CHARACTERISTICS"] == "public.accessibility.describes-video"
    assert (described["LANGUAGE"], described["CHANNELS"]) == ("en-GB", "2")
    assert (described["DEFAULT"], described["AUTOSELECT"]) == ("NO", "YES")
    assert own["NAME"] != described["NAME"]  # RFC 8216 4.3.4.1.1: in a group names differ
    variant = attributes(lines[-2])
    assert variant["BANDWIDTH"] == "1000000"  # bits a second
    assert (variant["RESOLUTION"], variant["FRAME-RATE"]) == ("64x36", "25.000")
    assert variant["AUDIO"] == own["GROUP-ID"] == described["GROUP-ID"]
    assert lines[-1] == "film_en.video.m3u8"


def test_a_manifest_says_whom_a_sound_is_for() -> None:
    period = etree.fromstring(dash(sounds_of()).encode())
    own, described = period.findall("mpd:AdaptationSet", NAMES)

    def told(element: etree._Element, name: str) -> list[tuple[str | None, str | None]]:
        found = element.findall(f"mpd:{name}", NAMES)
        return [(one.get("schemeIdUri"), one.get("value")) for one in found]

    assert told(own, "Role") == [("urn:mpeg:dash:role:2011", "main")]
    assert told(own, "Accessibility") == []
    assert told(described, "Role") == [("urn:mpeg:dash:role:2011", "alternate")]
    assert told(described, "Accessibility") == [
        ("urn:tva:metadata:cs:AudioPurposeCS:2007", "1"),
        ("urn:mpeg:dash:role:2011", "description"),
    ]
    assert (own.get("lang"), described.get("lang")) == ("en", "en-GB")
    assert own.findtext("mpd:Label", namespaces=NAMES) == 'The "mix" & more'
    order = [etree.QName(one).localname for one in described]
    assert order == [
        "AudioChannelConfiguration", "Label", "Accessibility", "Accessibility", "Role",
    ]  # fmt: skip


def test_a_film_without_sound_has_the_description_alone() -> None:
    silent = film()
    (only,) = renditions(silent, "en", fold_down=False)
    assert (only.described, only.channels) == (True, 1)
    line = hls("a", silent, (only,)).splitlines()[1]
    assert attributes(line)["DEFAULT"] == "YES"


def test_a_language_nobody_knows_is_not_claimed() -> None:
    unknown = replace(SOUND, language="und", title="")
    own, _ = renditions(film(unknown), "en", fold_down=False)
    assert (own.language, own.name) == ("", "Original sound")
    line = hls("a", film(unknown), (own,)).splitlines()[1]
    assert "LANGUAGE" not in attributes(line)
    assert " lang=" not in dash((own,))
