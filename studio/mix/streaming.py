"""What a packager writes into its playlists so that players offer the description.

The delivery “track” holds the pictures, the film's own sound and the described one; a packager cuts
it into streams. These texts tell players which of the sounds is the described one. Addresses are
placeholders named after the delivery and the bandwidth is the film's; what only a packager knows is
left to it.

- HLS: RFC 8216 4.3.4.1 and Apple's HLS Authoring Specification: described sound is a rendition with
  CHARACTERISTICS="public.accessibility.describes-video", chosen by itself where a viewer asks for
  descriptions (AUTOSELECT), never by default.
- DASH: ISO/IEC 23009-1 5.8.5.5 (the role scheme) and ETSI TS 103 285 (DVB-DASH) 6.1.2: described
  sound is an alternative with an Accessibility descriptor of TV-Anytime's AudioPurposeCS, value 1,
  “for the visually impaired”; for players that only know MPEG's own scheme, “description” as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from studio.media.probe import FilmInfo
from studio.mix.languages import language_tag
from studio.times import MS_PER_SECOND

DESCRIBES_VIDEO = "public.accessibility.describes-video"
ROLES = "urn:mpeg:dash:role:2011"
PURPOSES = "urn:tva:metadata:cs:AudioPurposeCS:2007"
FOR_THE_VISUALLY_IMPAIRED = "1"
_LAYOUT_SCHEME = "urn:mpeg:mpegB:cicp:ChannelConfiguration"
_LAYOUTS = {1: 1, 2: 2, 6: 6, 8: 12}  # channels to ISO/IEC 23091-3: mono, stereo, 5.1, 7.1
_MPD = "urn:mpeg:dash:schema:mpd:2011"


@dataclass(frozen=True, slots=True)
class Rendition:
    """One of the sounds a viewer can choose.

    id: part of its address. language: BCP 47, "" where unknown. name: as players list it.
    """

    id: str
    name: str
    language: str
    channels: int
    described: bool


def renditions(info: FilmInfo, language: str, *, fold_down: bool) -> tuple[Rendition, ...]:
    """The sounds of the delivery “track”: the film's own, where it has one, and the described.

    language: of the description. fold_down: the described one is stereo at most.
    """
    sound = info.sound
    channels = 1 if sound is None else sound.channels
    described = Rendition(
        "described",
        f"Audio description ({language})",
        language,
        min(channels, 2) if fold_down else channels,
        described=True,
    )
    if sound is None:
        return (described,)
    name = sound.title or "Original sound"
    own = language_tag(sound.language)
    return (Rendition("main", name, own, channels, described=False), described)


def hls(stem: str, info: FilmInfo, sounds: tuple[Rendition, ...]) -> str:
    """The lines of a master playlist for pictures and sounds. stem: what addresses begin with."""
    picture = info.picture
    bandwidth = info.size * 8 * MS_PER_SECOND // max(1, info.duration)
    variant = [
        f"BANDWIDTH={bandwidth}",
        f"RESOLUTION={picture.width}x{picture.height}",
        f"FRAME-RATE={float(picture.rate):.3f}",
        'AUDIO="sound"',
    ]
    return "\n".join(
        [
            "#EXTM3U",
            *(_media(stem, one, is_default=one is sounds[0]) for one in sounds),
            f"#EXT-X-STREAM-INF:{','.join(variant)}",
            f"{stem}.video.m3u8",
            "",
        ]
    )


def _media(stem: str, one: Rendition, *, is_default: bool) -> str:
    attributes = [
        "TYPE=AUDIO",
        'GROUP-ID="sound"',
        f"NAME={_quoted(one.name)}",
        *([f"LANGUAGE={_quoted(one.language)}"] if one.language else []),
        f"DEFAULT={'YES' if is_default else 'NO'}",
        "AUTOSELECT=YES",
        *([f'CHARACTERISTICS="{DESCRIBES_VIDEO}"'] if one.described else []),
        f'CHANNELS="{one.channels}"',
        f"URI={_quoted(f'{stem}.{one.id}.m3u8')}",
    ]
    return f"#EXT-X-MEDIA:{','.join(attributes)}"


def _quoted(text: str) -> str:
    """A quoted string of RFC 8216 4.2, which holds neither quotation marks nor ends of lines."""
    kept = " ".join(text.replace('"', "'").split())
    return f'"{kept}"'


def dash(sounds: tuple[Rendition, ...]) -> str:
    """The adaptation sets of the sounds, to be filled and put into the period of a manifest.

    Their parts stand in the order of the schema of ISO/IEC 23009-1.
    """
    sets = "\n".join(_adaptation(number, one) for number, one in enumerate(sounds, start=2))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Period xmlns="{_MPD}">\n{sets}\n</Period>\n'


def _adaptation(number: int, one: Rendition) -> str:
    language = f" lang={quoteattr(one.language)}" if one.language else ""
    lines = [f'  <AdaptationSet id="{number}" contentType="audio"{language}>']
    if one.channels in _LAYOUTS:
        layout = str(_LAYOUTS[one.channels])
        lines.append(_descriptor("AudioChannelConfiguration", _LAYOUT_SCHEME, layout))
    lines.append(f"    <Label>{escape(one.name)}</Label>")
    if one.described:
        lines += [
            _descriptor("Accessibility", PURPOSES, FOR_THE_VISUALLY_IMPAIRED),
            _descriptor("Accessibility", ROLES, "description"),
        ]
    role = "alternate" if one.described else "main"
    return "\n".join([*lines, _descriptor("Role", ROLES, role), "  </AdaptationSet>"])


def _descriptor(element: str, scheme: str, value: str) -> str:
    return f'    <{element} schemeIdUri="{scheme}" value="{value}"/>'
