"""What is told of licences before an engine works."""

from __future__ import annotations

from studio import engines, rehearsal
from studio.engines import licences, models
from studio.script.model import VoiceChoice


def _fetched(name: str) -> None:
    folder = models.model(name).folder
    folder.mkdir(parents=True)
    (folder / models.INSTALLED).write_text("{}", encoding="utf-8")


def test_a_row_speaks_for_itself_where_no_model_is_here() -> None:
    assert "its licence is Coqui Public Model License: no paid work." in licences.terms(
        "speaker", "xtts"
    )
    assert licences.terms("speaker", "flite") == ""
    assert licences.terms("describer", "transformers") == ""
    assert "licence of its own" in licences.terms("diariser", "pyannote")


def test_a_folder_has_a_licence_of_its_own() -> None:
    for kind, name in (("describer", "transformers:mine"), ("speaker", "xtts:/somewhere")):
        assert licences.terms(kind, name) == (  # type: ignore[arg-type]
            f"The model of “{name}” has a licence of its own: "
            "see whether it allows paid work before you use it for that."
        )


def test_every_model_of_the_catalogue_is_told_by_its_own_licence() -> None:
    tried = 0
    for row in engines.TABLE:
        for model in models.catalogue():
            if row.models and model.engine == row.name and model.kind in {"", row.kind}:
                told = licences.terms(row.kind, f"{row.name}:{model.name}")
                assert (told == "") == model.commercial, model.name
                assert model.commercial or told.endswith(f"its licence is {model.licence}.")
                tried += 1
    assert tried >= len(models.catalogue())


def test_the_model_that_is_here_speaks_where_none_is_named() -> None:
    free = [one.name for one in models.catalogue() if one.engine == "transformers" and not one.kind]
    bound = next(name for name in free if not models.model(name).commercial)
    _fetched(bound)
    assert models.model(bound).licence in licences.terms("describer", "transformers")
    first = next(name for name in free if models.model(name).commercial)
    assert free.index(first) < free.index(bound)
    _fetched(first)  # stands before it in the catalogue, so it is the one that works
    assert licences.terms("describer", "transformers") == ""


def test_a_voice_with_a_licence_of_its_own_is_told_by_name() -> None:
    for name in ("piper-en-gb-alan", "piper-en-us-lessac"):
        _fetched(name)
    assert licences.terms("speaker", "piper", "en_GB-alan-medium") == ""
    assert licences.terms("speaker", "piper", "en_US-lessac-medium") == (
        "The voice “en_US-lessac-medium” must not be used for paid work: its licence is "
        f"{models.model('piper-en-us-lessac').licence}."
    )
    choices = [VoiceChoice("en", "piper", "en_US-lessac-medium"), VoiceChoice("en", "flite", "slt")]
    assert len(rehearsal.terms([*choices, choices[0]])) == 1
