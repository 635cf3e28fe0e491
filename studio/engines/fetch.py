"""Fetching a model, when the user asks for it: whole, verified, and going on where it stopped.

Files come from the repository's own server, or the model's own address, by HTTPS, each to a `.part`
beside its place; a download that was cut off goes on from there. Their sums are those the server
published for the very commit; only when all are right are they moved into place and the model
counts as installed. No key is ever sent: a model behind a login is fetched by its user in a browser
and brought with `bring`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from studio.engines.models import INSTALLED, Model, fetched
from studio.errors import EngineError, UsageError
from studio.progress import Progress

_BLOCK = 1 << 20  # bytes
_TIMEOUT = 30  # s without a byte
_LONGEST_LIST = 16 << 20  # bytes of the server's list of files
_SPARE = 256 << 20  # bytes left free on the disk
_GB = 10**9


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository. size: bytes. algorithm: of its sum, "sha256" or git's "sha1"."""

    path: str
    size: int
    algorithm: str
    digest: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a model at one commit."""

    commit: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(one.size for one in self.files)


def endpoint() -> str:
    """The server; HF_ENDPOINT names a mirror. Raises UsageError for one without HTTPS."""
    address = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    parts = urllib.parse.urlsplit(address)
    near = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and near):
        raise UsageError(
            f"Models are not fetched from “{address}”.",
            "Only HTTPS tells that the server is the one it says it is.",
            "Set HF_ENDPOINT to an address with https:// or unset it.",
        )
    return address


def listing(model: Model) -> Listing:
    """What fetching `model` would fetch. Asks the server. Raises EngineError, UsageError."""
    if model.address:
        return _single(model)
    revision = urllib.parse.quote(model.revision, safe="")
    address = f"{endpoint()}/api/models/{model.repository}/revision/{revision}?blobs=true"
    with _opened(model, address, 0) as answer:
        raw = answer.read(_LONGEST_LIST + 1)
    try:
        said = json.loads(raw) if len(raw) <= _LONGEST_LIST else None
        known = {str(one["rfilename"]): one for one in said["siblings"]}  # type: ignore[index]
        files = tuple(_remote(known[path]) for path in _wanted(model, known))
        return Listing(_hex(said["sha"]), files)  # type: ignore[index]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EngineError(
            f"The server's list of the files of “{model.name}” is not as it should be.",
            "Nothing was fetched.",
            f"Look at {model.source} in a browser, or try again later.",
        ) from error


def _single(model: Model) -> Listing:
    """The one file of a model that lies in no repository; its sum stands in the catalogue."""
    with _opened(model, model.address, 0) as answer:
        told = answer.headers.get("Content-Length", "")
    if not told.isdigit():
        raise EngineError(
            f"The server does not say how large “{model.name}” is.",
            "Nothing was fetched.",
            f"Look at {model.source} in a browser, or try again later.",
        )
    return Listing(model.sha256, (RemoteFile(model.files[0], int(told), "sha256", model.sha256),))


def _wanted(model: Model, there: Iterable[str]) -> list[str]:
    """The paths of the model's files among those `there`; a name without * is always wanted."""
    found = []
    for name in model.files:
        matching = [one for one in there if "/" not in one and fnmatchcase(one, name)]
        found += sorted(matching) if "*" in name else [name]
    return list(dict.fromkeys(found))


def _remote(said: dict[str, Any]) -> RemoteFile:
    path, size = str(said["rfilename"]), said["size"]
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError(path)
    if type(size) is not int or size < 0:
        raise ValueError(size)
    large = said.get("lfs")
    if large:
        return RemoteFile(path, size, "sha256", _hex(large["sha256"]))
    return RemoteFile(path, size, "sha1", _hex(said["blobId"]))


def _hex(text: object) -> str:
    if not isinstance(text, str) or not text or set(text) - set("0123456789abcdef"):
        raise ValueError(text)
    return text


def fetch(model: Model, listed: Listing, progress: Progress) -> None:
    """Fetch the files of `model` and install them.

    Blocks for as long as the network takes; what came before an interruption is used next time.
    Raises EngineError (no network, no room, a wrong sum) and Cancelled.
    """
    folder = _coming(model)
    _make_room(model, folder, listed)
    done = 0
    for file in listed.files:
        _fetch_file(model, listed, file, folder, progress, done)
        done += file.size
    _install(model, listed.commit, folder, [one.path for one in listed.files])
    progress(1.0, "Fetching")


def bring(model: Model, source: Path, progress: Progress) -> None:
    """Install `model` from a folder, for machines without a network.

    The folder is one that a studio made elsewhere (its sums are checked) or a copy of the
    repository. Raises EngineError where a file is missing or damaged.
    """
    sums = fetched(source)
    folder = _coming(model)
    try:
        files = _wanted(model, [one.name for one in source.iterdir() if one.is_file()])
    except OSError as error:
        raise EngineError(
            f"{source} cannot be read ({error.strerror or error}).", "Nothing was installed."
        ) from error
    files = [path for path in files if path != INSTALLED]
    for number, path in enumerate(files):
        progress(number / len(files), "Copying")
        own = source / path if (source / path).is_file() else source / PurePosixPath(path).name
        try:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(own, target)
        except OSError as error:
            raise EngineError(
                f"{own} cannot be copied ({error.strerror or error}).",
                f"“{model.name}” needs it and was not installed.",
                f"Name the folder with all of: {', '.join(model.files)}.",
            ) from error
        if path in sums and _sum("sha256", target) != sums[path]:
            target.unlink()
            raise EngineError(
                f"{own} is damaged: it is not what was fetched.",
                f"“{model.name}” was not installed.",
                "Copy it again.",
            )
    _install(model, "", folder, files)
    progress(1.0, "Copying")


def remove(model: Model) -> None:
    """Delete a model that was fetched, and what is left of one that was not fetched whole."""
    for folder in (model.folder, _coming(model)):
        if folder.exists():
            shutil.rmtree(folder)


def _coming(model: Model) -> Path:
    return model.folder.with_name(f"{model.name}.part")


def _make_room(model: Model, folder: Path, listed: Listing) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(
            f"{folder} cannot be made ({error.strerror or error}).", "Nothing was fetched."
        ) from error
    here = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
    missing = listed.size - here + _SPARE - shutil.disk_usage(folder).free
    if missing > 0:
        raise EngineError(
            f"The disk with {folder} lacks {missing / _GB:.1f} GB for “{model.name}”.",
            "Nothing was fetched.",
            "Make room on it.",
        )


def _fetch_file(
    model: Model,
    listed: Listing,
    file: RemoteFile,
    folder: Path,
    progress: Progress,
    done: int,
) -> None:
    target = folder / file.path
    if target.is_file() and _right(file, target):
        return
    part = target.with_name(f"{target.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    quoted = urllib.parse.quote(file.path)
    in_repository = f"/{model.repository}/resolve/{listed.commit}/{quoted}"
    address = model.address or endpoint() + in_repository
    have = part.stat().st_size if part.exists() else 0
    if have < file.size or not have:
        with _opened(model, address, have) as answer, part.open("ab") as out:
            if have and answer.status != _PARTIAL:  # it sends the whole file again
                out.truncate(0)
                have = 0
            for block in _blocks(model, answer, file.size - have):
                out.write(block)
                have += len(block)
                progress((done + have) / max(1, listed.size), f"Fetching {target.name}")
    if part.stat().st_size < file.size:
        raise _not_reached(model, "the connection ended early")
    if not _right(file, part):
        part.unlink()
        raise EngineError(
            f"{file.path} of “{model.name}” did not arrive as it was published.",
            "It was thrown away; the files before it are kept.",
            "Try again; if it happens again, somebody may be changing it on its way.",
        )
    part.replace(target)


_PARTIAL = 206  # HTTP: the rest of the file follows


def _blocks(model: Model, answer: Any, most: int) -> Iterator[bytes]:
    """What comes, up to `most` bytes; more than was published is never written."""
    with _network(model):
        while most > 0 and (block := answer.read(min(_BLOCK, most))):
            most -= len(block)
            yield block


def _opened(model: Model, address: str, start: int) -> contextlib.AbstractContextManager[Any]:
    request = urllib.request.Request(address, headers={"User-Agent": "audio-description-studio"})  # noqa: S310  # `endpoint` allows HTTPS only
    if start:
        request.add_header("Range", f"bytes={start}-")
    with _network(model):
        return cast(
            "contextlib.AbstractContextManager[Any]",
            urllib.request.urlopen(request, timeout=_TIMEOUT),  # noqa: S310
        )


@contextlib.contextmanager
def _network(model: Model) -> Iterator[None]:
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        behind_login = error.code in (401, 403)
        raise EngineError(
            f"The server refuses “{model.name}” (HTTP {error.code}).",
            "Its owner wants you to agree to something first."
            if behind_login
            else "Nothing more was fetched; what is here is kept.",
            f"Fetch the files in a browser from {model.source} and bring them with: "
            f"studio engines get {model.name} --from FOLDER"
            if behind_login
            else "Try again later.",
        ) from error
    except (OSError, HTTPException) as error:
        raise _not_reached(model, str(getattr(error, "reason", None) or error)) from error


def _not_reached(model: Model, why: str) -> EngineError:
    return EngineError(
        f"“{model.name}” cannot be fetched: the server is not reached ({why}).",
        "What has arrived is kept.",
        "Try again with a network, or on another machine and bring the folder with: "
        f"studio engines get {model.name} --from FOLDER",
    )


def _right(file: RemoteFile, path: Path) -> bool:
    return path.stat().st_size == file.size and _sum(file.algorithm, path) == file.digest


def _sum(algorithm: str, path: Path) -> str:
    """sha256 of the file, or the sha1 by which git names it as a blob."""
    if algorithm == "sha256":
        digest = hashlib.sha256()
    else:
        digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while block := cast("BinaryIO", file).read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _install(model: Model, commit: str, folder: Path, files: list[str]) -> None:
    said = {
        "name": model.name,
        "repository": model.repository,
        "commit": commit,
        "files": {path: _sum("sha256", folder / path) for path in files},
    }
    (folder / INSTALLED).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    if model.folder.exists():
        shutil.rmtree(model.folder)
    folder.replace(model.folder)
