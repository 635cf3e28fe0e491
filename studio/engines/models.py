"""Models that must be fetched: which there are, which are here, and where.

    studio engines get xtts-v2

The catalogue is resources/models.toml. A model that has been fetched lies in the user's data
folder, with a file that says what was fetched and its checksums; that file is written last, so a
model is here whole or not at all. Engines only ever read these folders: fetching is the user's act.
"""

from __future__ import annotations

import functools
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from studio import paths
from studio.errors import EngineError, UsageError

INSTALLED = "installed.json"
"""Written last into a model's folder: its name, repository, commit and the sum of every file."""


@dataclass(frozen=True, slots=True)
class Model:
    """One row of the catalogue. size: GB to fetch, about. memory: GB it needs while working.

    files: paths in the repository. commercial: whether its licence allows paid work.
    kind: that of its engine, where engines of two kinds share a name; else "". address, sha256: of
    the only file of a model that lies in no repository; "" for all others.
    """

    name: str
    engine: str
    about: str
    repository: str
    revision: str
    files: tuple[str, ...]
    size: float
    memory: float
    licence: str
    commercial: bool
    kind: str = ""
    address: str = ""
    sha256: str = ""

    @property
    def folder(self) -> Path:
        """Where it lies once it is fetched."""
        return paths.data_folder() / "models" / self.name

    @property
    def installed(self) -> bool:
        """Whether it is here, whole."""
        return (self.folder / INSTALLED).is_file()

    @property
    def source(self) -> str:
        """Where it comes from, for people to look at."""
        return self.address or f"https://huggingface.co/{self.repository}"


@functools.cache
def catalogue() -> tuple[Model, ...]:
    """All models that can be fetched."""
    text = paths.resource("models.toml").read_text(encoding="utf-8")
    return tuple(
        Model(name=name, **{**row, "files": tuple(row["files"])})
        for name, row in tomllib.loads(text).items()
    )


def model(name: str) -> Model:
    """The model of that name. Raises UsageError listing the names there are."""
    found = next((one for one in catalogue() if one.name == name), None)
    if found is None:
        names = ", ".join(one.name for one in catalogue())
        raise UsageError(f"There is no model “{name}”.", advice=f"Choose one of: {names}.")
    return found


def _of(engine: str, kind: str) -> tuple[Model, ...]:
    return tuple(one for one in catalogue() if (one.engine, one.kind) == (engine, kind))


def installed(engine: str, kind: str = "") -> tuple[Model, ...]:
    """The models of an engine that are here. kind: as for Model."""
    return tuple(one for one in _of(engine, kind) if one.installed)


def located(engine: str, name: str, kind: str = "") -> Path:
    """The folder of a model: of the catalogue by its name, or any folder by its path.

    kind: as for Model.
    Raises UsageError for a name or folder there is not, EngineError for a model not fetched yet.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    own = _of(engine, kind)
    found = next((one for one in own if one.name == name), None)
    if found is None:
        names = ", ".join(one.name for one in own)
        raise UsageError(
            f"“{name}” is neither a model for “{engine}” nor a folder with one.",
            advice=f"Name a folder, or one of: {names}.",
        )
    if not found.installed:
        raise EngineError(
            f"The model “{name}” is not on this machine.",
            "Nothing is fetched unasked.",
            f"Get it with: studio engines get {name}",
        )
    return found.folder


def chosen(engine: str, model: str, kind: str, called: str) -> Path:
    """The folder of the model named, or where none is, of the first of the catalogue that is here.

    model: as name for `located`, or "". kind: as for Model. called: what the engine is, for people.
    Raises what `located` does, and UsageError where none is named and none is here.
    """
    if model:
        return located(engine, model, kind).resolve()
    here = installed(engine, kind)
    if not here:
        raise UsageError(
            f"The {called} “{engine}” has not been told which model to use.",
            advice=f"Name one as {engine}:FOLDER, or see: studio engines get",
        )
    return here[0].folder.resolve()


def fetched(folder: Path) -> dict[str, str]:
    """The sha256 of every file of a fetched model, by its path in the folder; {} for no such one.

    Raises EngineError where the list is damaged.
    """
    try:
        listed = json.loads((folder / INSTALLED).read_text(encoding="utf-8"))["files"]
        return {str(name): str(digest) for name, digest in listed.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EngineError(
            f"{folder / INSTALLED} cannot be read.",
            "It says which files the model has.",
            f"Remove the folder {folder} and get the model again.",
        ) from error
