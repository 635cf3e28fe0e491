"""Which of a translation model's codes a language's code means."""

from __future__ import annotations

import pytest

from studio.engines.local_translator import Way, way
from studio.engines.tongues import flores, is_one_language, plain, same

FLORES = (
    "eng_Latn", "deu_Latn", "por_Latn", "zho_Hans", "zho_Hant", "arb_Arab", "srp_Cyrl", "nob_Latn",
    "kas_Arab", "kas_Deva", "ace_Arab", "ace_Latn", "kab_Latn", "tgl_Latn", "heb_Hebr", "pes_Arab",
    "door", "eng", "▁eng_Latn",
)  # fmt: skip


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("en", "eng_Latn"),
        ("en-gb", "eng_Latn"),
        ("pt-br", "por_Latn"),
        ("zh", "zho_Hans"),
        ("zh-cn", "zho_Hans"),
        ("zh-tw", "zho_Hant"),
        ("zh-hant-hk", "zho_Hant"),
        ("ar-eg", "arb_Arab"),
        ("no", "nob_Latn"),
        ("nb", "nob_Latn"),
        ("fil", "tgl_Latn"),
        ("iw", "heb_Hebr"),
        ("fas", "pes_Arab"),
        ("kab", "kab_Latn"),
        ("deu", "deu_Latn"),
        ("ace", "ace_Latn"),
        ("ks", "kas_Arab"),
        ("ks-deva", "kas_Deva"),
        ("sr", "srp_Cyrl"),
        ("sr-latn", None),
        ("fr", None),
        ("xx", None),
        ("d", None),
    ],
)
def test_codes_of_flores(language: str, code: str | None) -> None:
    assert flores(language, FLORES) == code
    assert flores(language, FLORES[::-1]) == code


@pytest.mark.parametrize(
    ("language", "known", "code"),
    [
        ("de", ("de", "en"), "de"),
        ("de-at", ("de", "en"), "de"),
        ("de", ("deu",), "deu"),
        ("pt-br", ("pt", "pt_br"), "pt_br"),
        ("pt-br", ("pt", "pt_BR"), "pt_BR"),
        ("pt-pt", ("pt", "pt_br"), "pt"),
        ("he", ("iw",), "iw"),
        ("zh", ("zh", "zh_Hant"), "zh"),
        ("zh-tw", ("zh", "zh_Hant"), "zh_Hant"),
        ("zh-tw", ("zh",), None),
        ("zh", ("cmn_Hans", "cmn_Hant"), "cmn_Hans"),
        ("sr-latn", ("sr", "sr_Latn"), "sr_Latn"),
        ("sr-latn", ("sr",), None),
        ("fr", ("de", "en"), None),
    ],
)
def test_plain_codes(language: str, known: tuple[str, ...], code: str | None) -> None:
    assert plain(language, known) == code
    assert plain(language, known[::-1]) == code


def test_codes_that_mean_the_same() -> None:
    assert same("en-us", "eng")
    assert same("de", "de_DE")
    assert same("zh", "cmn")
    assert not same("de", "nl")
    assert is_one_language("eng")
    assert is_one_language("zh_Hant")
    assert not is_one_language("roa")
    assert not is_one_language("mul")


MARIAN = ("▁man", ">>fr<<", ">>pt_br<<", ">>id<<")


@pytest.mark.parametrize(
    ("family", "vocabulary", "pair", "languages", "told"),
    [
        ("marian", ("▁man",), ("en", "de"), ("en", "de"), Way()),
        ("marian", ("▁man",), ("eng", "deu"), ("en-gb", "de-at"), Way()),
        ("marian", ("▁man",), ("en", "de"), ("de", "en"), "from “en” into “de” only"),
        ("marian", ("▁man",), ("en", "de"), ("en", "fr"), "from “en” into “de” only"),
        ("marian", ("▁man",), None, ("en", "fr"), "does not say which languages"),
        ("marian", MARIAN, ("en", "ROMANCE"), ("en", "fr"), Way(before=">>fr<< ")),
        ("marian", MARIAN, ("en", "ROMANCE"), ("en", "pt-br"), Way(before=">>pt_br<< ")),
        ("marian", MARIAN, ("en", "ROMANCE"), ("en", "es"), "does not know “es”"),
        ("marian", MARIAN, ("en", "ROMANCE"), ("de", "fr"), "into “ROMANCE” only"),
        ("marian", MARIAN, ("mul", "mul"), ("de", "fr"), Way(before=">>fr<< ")),
        ("m2m_100", FLORES, None, ("en", "de"), Way(source="eng_Latn", first="deu_Latn")),
        ("m2m_100", FLORES, None, ("en", "fr"), "does not know “fr”"),
        ("m2m_100", FLORES, None, ("fr", "en"), "does not know “fr”"),
        ("m2m_100", ("__en__", "__de__"), None, ("en", "de"), Way(source="en", first="__de__")),
        ("t5", ("<2de>", "<2en>"), None, ("xx", "de"), Way(before="<2de> ")),
        ("t5", ("<2de>", "<2en>"), None, ("en", "fr"), "does not know “fr”"),
        ("t5", ("▁man",), None, ("en", "de"), "no model for translating"),
    ],
)
def test_how_a_model_is_told_the_languages(
    family: str,
    vocabulary: tuple[str, ...],
    pair: tuple[str, str] | None,
    languages: tuple[str, str],
    told: Way | str,
) -> None:
    found = way(family, vocabulary, pair, *languages)
    if isinstance(told, Way):
        assert found == told
    else:
        assert isinstance(found, str)
        assert told in found
