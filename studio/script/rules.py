"""The table of rules: what the checks look for, how grave it is, and who asks for it.

The checks, the style files, the report and the window all read this table. A style file may change
how grave a rule is, switch it off, and change its numbers, each within its range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from studio.script import subtitles
from studio.script.model import Severity
from studio.settings import Settings

WCAG_PAUSES = "W3C WCAG 2.2, failure F113 (pauses under 2 s may not be usable)"
WCAG_EXTENDED = "W3C WCAG 2.2, success criterion 1.2.7 (extended audio description)"
WCAG_DESCRIBED = "W3C WCAG 2.2, success criterion 1.2.5 (audio description, prerecorded)"
ITC = "ITC Guidance on Standards for Audio Description (May 2000)"
DCMP = "DCMP Description Key, tip sheet"
ADC = "Audio Description Coalition, Standards for Audio Description, 3rd edition (June 2009)"
NETFLIX = "Netflix Audio Description Style Guide v2.5"
TIMED_TEXT = "Netflix Timed Text Style Guides (general requirements; each language's)"
STUDIO = "The studio's own measure"


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a rule, in `unit`. setting: the project's setting that gives it unless a style
    does; "" where it has a default of its own.
    """

    name: str
    default: float
    low: float
    high: float
    unit: str
    about: str
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing the checks look for.

    asks: what a description must do, as a sentence. source: who asks for it. phrases: what it
    looks for are words that a style file lists.
    """

    id: str
    title: str
    severity: Severity
    asks: str
    source: str
    numbers: tuple[Number, ...] = ()
    phrases: bool = False


def _of_setting(name: str, setting: str, unit: str, low: float, high: float, about: str) -> Number:
    return Number(name, getattr(Settings(), setting), low, high, unit, about, setting)


def _speeds(speeds: Mapping[subtitles.Reading, float]) -> tuple[Number, ...]:
    called = {"letters": "alphabets", "han": "Chinese", "kana": "Japanese", "hangul": "Korean"}
    return tuple(
        Number(name, speed, 1, 50, "characters/s", f"most, in {called[name]}")
        for name, speed in speeds.items()
    )


_ALLOWED = Number("allowed", 0, 0, 5000, "ms", "overlap that is let pass")
_JUDGED = "shortest text whose pace is judged"
_BACK = Number("back", 5, 1, 50, "cues", "how many descriptions back it is looked for")

RULES: tuple[Rule, ...] = (
    # --- timing ---
    Rule(
        "timing.over-speech",
        "Over speech",
        "error",
        "A description does not sound while somebody in the film talks.",
        f"{NETFLIX}, 1.1 (dialogue takes priority); {DCMP}",
        (_ALLOWED,),
    ),
    Rule(
        "timing.over-captions",
        "Over dialogue of the captions",
        "error",
        "A description does not sound while the captions show dialogue.",
        f"{NETFLIX}, 1.1 (dialogue takes priority); {DCMP}",
        (_ALLOWED,),
    ),
    Rule(
        "timing.lead-in",
        "Too close behind speech",
        "caution",
        "A description leaves a moment after the film's speech.",
        f"{NETFLIX}, 1.1 (plot-pertinent dialogue takes priority)",
        (_of_setting("least", "speech_guard", "ms", 0, 5000, "least time after speech"),),
    ),
    Rule(
        "timing.lead-out",
        "Too close before speech",
        "caution",
        "A description leaves a moment before the film's speech.",
        f"{NETFLIX}, 1.1 (plot-pertinent dialogue takes priority)",
        (_of_setting("least", "speech_guard", "ms", 0, 5000, "least time before speech"),),
    ),
    Rule(
        "timing.short-gap",
        "Room under the minimum",
        "caution",
        "A description that the film does not wait for has room enough.",
        WCAG_PAUSES,
        (_of_setting("least", "gap_minimum", "ms", 0, 60_000, "shortest room"),),
    ),
    Rule(
        "timing.at-zero",
        "Starts with the film",
        "error",
        "No description starts at 0 ms, where players miss it.",
        STUDIO,
        (_of_setting("earliest", "first_cue", "ms", 0, 5000, "earliest start"),),
    ),
    Rule(
        "timing.beyond-film",
        "Beyond the film",
        "error",
        "A description lies inside the film.",
        STUDIO,
    ),
    Rule(
        "timing.overlap",
        "Two descriptions at once",
        "error",
        "Two descriptions never sound at the same time.",
        STUDIO,
        (_ALLOWED,),
    ),
    Rule(
        "timing.rooms-overlap",
        "Two rooms overlap",
        "caution",
        "The room of a description ends before the next one's begins.",
        STUDIO,
    ),
    Rule(
        "timing.freeze-long",
        "Long freeze",
        "caution",
        "The film does not wait longer than was set.",
        WCAG_EXTENDED,
        (_of_setting("longest", "freeze_limit", "ms", 0, 120_000, "longest freeze"),),
    ),
    Rule(
        "timing.stretched",
        "Voice sped up too far",
        "error",
        "A voice is sped up only a little.",
        f"{DCMP} (a rate that can be understood)",
        (_of_setting("most", "faster_limit", "x", 1.0, 2.0, "most it may be sped up"),),
    ),
    Rule(
        "timing.undescribed",
        "Long without description",
        "caution",
        "Where there is room, nothing long goes undescribed.",
        f"{WCAG_DESCRIBED}; {WCAG_PAUSES}",
        (
            Number("longest", 60_000, 5000, 3_600_000, "ms", "longest stretch without description"),
            _of_setting("least", "gap_minimum", "ms", 0, 60_000, "shortest gap that counts"),
        ),
    ),
    Rule(
        "timing.crowded",
        "No rest between descriptions",
        "caution",
        "Descriptions leave the film room to be heard.",
        f"{DCMP} (do not fill every moment); {NETFLIX}, 1.1 (allow room for sound and silence)",
        (
            Number("longest", 30_000, 2000, 600_000, "ms", "longest time without a rest"),
            Number("pause", 1000, 0, 10_000, "ms", "how long a pause must be to be a rest"),
        ),
    ),
    Rule(
        "timing.silent-gap",
        "Described in a gap to leave silent",
        "caution",
        "A gap marked “leave silent” stays without description.",
        f"{DCMP} (do not fill every moment); {NETFLIX}, 1.1 (allow intentional silence)",
    ),
    # --- pace ---
    Rule(
        "pace.fast",
        "Fast",
        "caution",
        "A description is spoken at a pace that is easy to follow.",
        f"{DCMP} (a rate that can be understood)",
        # short bursts are spoken faster: 10,297 professional lines run at a median of 224-231
        (
            _of_setting("limit", "pace_caution", "wpm", 80, 500, "pace that deserves a look"),
            Number("words", 6, 1, 50, "words", _JUDGED),
        ),
    ),
    Rule(
        "pace.too-fast",
        "Too fast",
        "error",
        "A description is spoken at a pace that can be followed.",
        f"{DCMP} (a rate that can be understood)",
        (
            _of_setting("limit", "pace_error", "wpm", 80, 600, "pace nobody can follow"),
            Number("words", 4, 1, 50, "words", _JUDGED),
        ),
    ),
    # --- language ---
    Rule(
        "language.tense",
        "Not in the present tense",
        "caution",
        "A description is in the present tense.",
        f"{ITC}, 3.1; {DCMP}",
    ),
    Rule(
        "language.person",
        "Not in the third person",
        "caution",
        "A description is in the third person.",
        f"{DCMP} (third-person narrative style)",
        phrases=True,
    ),
    Rule(
        "language.viewer",
        "Speaks of watching",
        "caution",
        "A description says what is there, not that somebody sees it.",
        ADC,
        phrases=True,
    ),
    Rule(
        "language.shows",
        "Speaks of the video",
        "caution",
        "A description says what happens, not that a video shows it.",
        ADC,
        phrases=True,
    ),
    Rule(
        "language.camera",
        "Speaks of the camera",
        "caution",
        "A description says what happens, not what the camera does.",
        f"{NETFLIX}, 5.2; {ADC}",
        phrases=True,
    ),
    Rule(
        "language.film-terms",
        "Terms of film-making",
        "info",
        "A description does without the terms of film-making, unless the story is about them.",
        f"{NETFLIX}, 5.2; {ADC}",
        phrases=True,
    ),
    Rule(
        "language.interpretation",
        "Interprets",
        "info",
        "A description lets listeners draw their own conclusions.",
        f"{DCMP} (describe, do not interpret); {ADC}",
        phrases=True,
    ),
    Rule(
        "language.house",
        "Words the house does not use",
        "caution",
        "A description keeps to the words of the house.",
        "The house's own style file",
        phrases=True,
    ),
    Rule(
        "language.long-sentence",
        "Long sentence",
        "caution",
        "A sentence is short enough to be taken in by ear.",
        f"{STUDIO}: on 9,496 professional lines 95 % have at most 17 words",
        (Number("most", 25, 5, 200, "words", "longest sentence"),),
    ),
    # --- repetition ---
    Rule(
        "repetition.opening",
        "Same opening again and again",
        "info",
        "Descriptions in a row open in different ways.",
        f"{ITC}, 3.7 and 3.11 (varied names, pronouns and verbs)",
        (
            Number("words", 2, 1, 10, "words", "how many first words are compared"),
            Number("run", 3, 2, 20, "cues", "how many in a row are too many"),
        ),
    ),
    Rule(
        "repetition.phrase",
        "Same words again",
        "info",
        "Words that stand out are not said again at once.",
        f"{ITC}, 3.11 (varied verbs)",
        (Number("words", 4, 2, 20, "words", "how many words in a row are compared"), _BACK),
    ),
    Rule(
        "repetition.text",
        "Same text again",
        "caution",
        "A description does not say what one just before it said.",
        f"{NETFLIX}, 1.1 (avoid over-describing)",
        (Number("share", 0.8, 0.3, 1.0, "of the words", "how alike two texts may be"), _BACK),
    ),
    # --- names and text on screen ---
    Rule(
        "names.early",
        "Named before first seen",
        "caution",
        "A person is named only from when the film has introduced them.",
        f"{NETFLIX}, 1.2 (who); {ITC}, 3.7",
        (Number("allowed", 0, 0, 600_000, "ms", "how much earlier a name is let pass"),),
    ),
    Rule(
        "names.spelling",
        "Name spelt in another way",
        "error",
        "A name is spelt in one way throughout.",
        f"{NETFLIX}, 1.4 (consistency); {DCMP}",
    ),
    Rule(
        "screen.unread",
        "Text on screen not read",
        "caution",
        "Text that is seen on screen is read.",
        f"{NETFLIX}, 2.1; {WCAG_DESCRIBED}",
        (
            Number("share", 0.5, 0.05, 1.0, "of the words", "how much of it must be read"),
            Number("near", 5000, 0, 60_000, "ms", "how far off it may be read"),
        ),
    ),
    # --- the style itself ---
    Rule(
        "style.unknown",
        "House style missing",
        "error",
        "The house style of a project is there and can be read.",
        STUDIO,
    ),
    # --- subtitles ---
    Rule(
        "subtitle.speed",
        "Subtitle quick to read",
        "info",
        "A subtitle stays long enough to be read without haste.",
        TIMED_TEXT,
        _speeds(subtitles.COMFORTABLE),
    ),
    Rule(
        "subtitle.too-fast",
        "Subtitle too fast to read",
        "caution",
        "A subtitle stays long enough to be read.",
        TIMED_TEXT,
        _speeds(subtitles.MOST),
    ),
    Rule(
        "subtitle.short",
        "Subtitle flashes up",
        "caution",
        "A subtitle is shown long enough to be noticed.",
        TIMED_TEXT,
        (Number("least", subtitles.SHORTEST, 0, 5000, "ms", "shortest time it is shown"),),
    ),
    Rule(
        "subtitle.long",
        "Subtitle stays too long",
        "info",
        "A subtitle goes before it is read twice.",
        TIMED_TEXT,
        (Number("most", subtitles.LONGEST, 1000, 60_000, "ms", "longest time it is shown"),),
    ),
    Rule(
        "subtitle.rows",
        "Subtitle too long for its rows",
        "caution",
        "A subtitle has two rows that fit into the picture.",
        TIMED_TEXT,
    ),
    Rule(
        "subtitle.between",
        "Subtitles run into each other",
        "info",
        "Between two subtitles of one person the picture is free for a moment.",
        TIMED_TEXT,
        (Number("least", subtitles.BETWEEN, 0, 1000, "ms", "least time between"),),
    ),
    # --- deliveries ---
    Rule(
        "delivery.missing",
        "File missing",
        "error",
        "Every delivery of the list is there.",
        STUDIO,
    ),
    Rule(
        "delivery.changed",
        "File changed",
        "error",
        "Every delivery is the file that was made.",
        STUDIO,
    ),
    Rule(
        "delivery.unreadable",
        "File cannot be read",
        "error",
        "Every delivered film and sound can be played.",
        STUDIO,
    ),
    Rule(
        "delivery.loudness",
        "Loudness off the profile",
        "error",
        "A delivery is as loud as its profile asks.",
        "EBU R 128; ATSC A/85; measured after ITU-R BS.1770-4",
        (Number("tolerance", 0.5, 0.0, 5.0, "LU", "how far off it may be"),),
    ),
    Rule(
        "delivery.peak",
        "True peaks too high",
        "error",
        "No true peak of a delivery passes its profile's limit.",
        "EBU R 128; ATSC A/85; measured after ITU-R BS.1770-4, Annex 2",
        (Number("tolerance", 0.1, 0.0, 3.0, "dB", "how far above it may be"),),
    ),
    Rule(
        "delivery.flag",
        "Description track not flagged",
        "error",
        "The description track of a film can be told from the film's own sound.",
        "ETSI EN 300 468 (supplementary audio); the flags of MP4 and Matroska tracks",
    ),
    Rule(
        "delivery.default",
        "Wrong default track",
        "error",
        "The film's own sound stays the track that plays unasked.",
        STUDIO,
    ),
    Rule(
        "delivery.loss",
        "Lost on the way",
        "caution",
        "Nothing of the film is lost in a delivery without being known.",
        STUDIO,
    ),
)

BY_ID = {rule.id: rule for rule in RULES}
