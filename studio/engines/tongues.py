"""How translation models call languages, and which of their codes a BCP 47 code means.

Three customs: FLORES-200 ("eng_Latn": ISO 639-3 and the script; NLLB), plain codes in marks of the
model's own ("<2en>", "__en__", ">>en<<"; MADLAD, M2M-100, Marian), and ISO 639-3 in such marks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_THREE = {
    "af": "afr", "ak": "aka", "am": "amh", "ar": "arb", "as": "asm", "ay": "ayr", "az": "azj",
    "ba": "bak", "be": "bel", "bg": "bul", "bm": "bam", "bn": "ben", "bo": "bod", "bs": "bos",
    "ca": "cat", "cs": "ces", "cy": "cym", "da": "dan", "de": "deu", "dz": "dzo", "ee": "ewe",
    "el": "ell", "en": "eng", "eo": "epo", "es": "spa", "et": "est", "eu": "eus", "fa": "pes",
    "ff": "fuv", "fi": "fin", "fj": "fij", "fo": "fao", "fr": "fra", "ga": "gle", "gd": "gla",
    "gl": "glg", "gn": "grn", "gu": "guj", "ha": "hau", "he": "heb", "hi": "hin", "hr": "hrv",
    "ht": "hat", "hu": "hun", "hy": "hye", "id": "ind", "ig": "ibo", "is": "isl", "it": "ita",
    "ja": "jpn", "jv": "jav", "ka": "kat", "kg": "kon", "ki": "kik", "kk": "kaz", "km": "khm",
    "kn": "kan", "ko": "kor", "ks": "kas", "ku": "kmr", "ky": "kir", "lb": "ltz", "lg": "lug",
    "li": "lim", "ln": "lin", "lo": "lao", "lt": "lit", "lv": "lvs", "mg": "plt", "mi": "mri",
    "mk": "mkd", "ml": "mal", "mn": "khk", "mr": "mar", "ms": "zsm", "mt": "mlt", "my": "mya",
    "nb": "nob", "ne": "npi", "nl": "nld", "nn": "nno", "no": "nob", "ny": "nya", "oc": "oci",
    "om": "gaz", "or": "ory", "pa": "pan", "pl": "pol", "ps": "pbt", "pt": "por", "qu": "quy",
    "rn": "run", "ro": "ron", "ru": "rus", "rw": "kin", "sa": "san", "sc": "srd", "sd": "snd",
    "sg": "sag", "si": "sin", "sk": "slk", "sl": "slv", "sm": "smo", "sn": "sna", "so": "som",
    "sq": "als", "sr": "srp", "ss": "ssw", "st": "sot", "su": "sun", "sv": "swe", "sw": "swh",
    "ta": "tam", "te": "tel", "tg": "tgk", "th": "tha", "ti": "tir", "tk": "tuk", "tl": "tgl",
    "tn": "tsn", "tr": "tur", "ts": "tso", "tt": "tat", "tw": "twi", "ug": "uig", "uk": "ukr",
    "ur": "urd", "uz": "uzn", "vi": "vie", "wo": "wol", "xh": "xho", "yi": "ydd", "yo": "yor",
    "zh": "zho", "zu": "zul",
}  # fmt: skip
"""ISO 639-1 codes and the ISO 639-3 codes of FLORES-200 for them (NLLB Team 2022, table 1)."""

_SAME = (
    ("he", "iw", "heb"),
    ("id", "in", "ind"),
    ("yi", "ji", "ydd", "yid"),
    ("jv", "jw", "jav"),
    ("no", "nb", "nob", "nor"),
    ("tl", "fil", "tgl"),
    ("zh", "zho", "cmn"),
    ("ar", "arb", "ara"),
    ("fa", "pes", "fas"),
    ("ms", "zsm", "msa"),
    ("et", "est", "ekk"),
    ("lv", "lvs", "lav"),
    ("sw", "swh", "swa"),
    ("sq", "als", "sqi"),
    ("az", "azj", "aze"),
    ("uz", "uzn", "uzb"),
    ("mn", "khk", "mon"),
    ("ne", "npi", "nep"),
    ("or", "ory", "ori"),
    ("ps", "pbt", "pus"),
    ("mg", "plt", "mlg"),
    ("ku", "kmr", "kur"),
    ("om", "gaz", "orm"),
)
"""Codes that mean the same to a translator, older and wider ones too."""

_TRADITIONAL = {"tw", "hk", "mo"}  # regions that write Chinese with traditional signs
_USUAL = ("Latn", "Hans", "Arab")  # of several scripts, the one that is meant unsaid
_SCRIPT = re.compile(r"[a-z]{4}")
_FLORES = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")


def flores(language: str, known: Collection[str]) -> str | None:
    """The code of `language` (BCP 47, small letters) among FLORES codes a model knows, if any."""
    plain, script = _parts(language)
    for name in _names(plain):
        found = sorted(one for one in known if one.startswith(f"{name}_") and _is_flores(one))
        if script:
            found = [one for one in found if one.endswith(f"_{script}")]
        if found:
            return min(found, key=_how_unusual)
    return None


def _is_flores(code: str) -> bool:
    return _FLORES.fullmatch(code) is not None


def _how_unusual(code: str) -> int:
    script = code[4:]
    return _USUAL.index(script) if script in _USUAL else len(_USUAL)


def plain(language: str, known: Collection[str]) -> str | None:
    """The code of `language` (BCP 47, small letters) among others a model knows, if any.

    The most exact first: with its script, with its region, without either.
    """
    name, script = _parts(language)
    _, dash, rest = language.partition("-")
    usual = script or _script_unsaid(name)
    endings = ([f"_{usual}"] if usual else []) + ([f"_{rest}"] if dash else [])
    by_small = {one.lower().replace("-", "_"): one for one in sorted(known)}
    for ending in endings:
        for one in _names(name):
            if (exact := by_small.get(f"{one}{ending}".lower())) is not None:
                return exact
    if script and script != _script_unsaid(name):
        return None
    found = (by_small.get(one) for one in _names(name))
    return next((one for one in found if one is not None), None)


def _script_unsaid(name: str) -> str:
    return "Hans" if name in {"zh", "zho", "cmn"} else ""


def same(language: str, code: str) -> bool:
    """Whether a model's code for one language means `language` (BCP 47, small letters)."""
    mine, others = set(_names(_parts(language)[0])), re.split(r"[-_]", code.lower())[0]
    return others in mine


def is_one_language(code: str) -> bool:
    """Whether a model's code names a language, not a group such as "roa" or "mul"."""
    name = re.split(r"[-_]", code.lower())[0]
    known = {*_THREE, *_THREE.values(), *(one for row in _SAME for one in row)}
    return name in known


def _parts(language: str) -> tuple[str, str]:
    """The language of a BCP 47 code, and its script where one is said or follows; else ""."""
    name, *rest = language.split("-")
    script = next((one.title() for one in rest if _SCRIPT.fullmatch(one)), "")
    if not script and name == "zh" and _TRADITIONAL & set(rest):
        script = "Hant"
    return name, script


def _names(name: str) -> Iterator[str]:
    """A language's code and all that mean the same, the likeliest first."""
    rows = [row for row in _SAME if name in row]
    every = [name, _THREE.get(name, name), *(one for row in rows for one in row)]
    two = [short for short, long in _THREE.items() if long == name]
    yield from dict.fromkeys([*every, *two])
