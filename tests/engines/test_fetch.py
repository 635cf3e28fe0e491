"""Fetching models from a server that the tests run: whole, verified, going on where it stopped."""

from __future__ import annotations

import hashlib
import http.server
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from studio.cli import run
from studio.engines import fetch, models
from studio.engines.models import Model
from studio.errors import EngineError, UsageError
from studio.progress import Cancelled, Progress, unwatched

COMMIT = "c" * 40
LARGE = bytes(range(256)) * 9000  # 2.3 MB: more than two blocks
SMALL = b'{"a": 1}\n'


class Hub(http.server.ThreadingHTTPServer):
    """A server of one repository, that can be told to behave badly."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.files: dict[str, bytes] = {"model.bin": LARGE, "sub/config.json": SMALL}
        self.cut_after: int | None = None
        self.ranges = True
        self.status = 200
        self.listed: dict[str, Any] | None = None
        self.asked: list[tuple[str, str]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def siblings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for path, content in self.files.items():
            git = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
            one: dict[str, Any] = {
                "rfilename": path, "size": len(content), "blobId": git.hexdigest()
            }  # fmt: skip
            if path.endswith(".bin"):
                one["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
            found.append(one)
        return found


class _Answers(http.server.BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        hub = self.server
        hub.asked.append((self.path, self.headers.get("Range", "")))
        if hub.status != 200:
            self.send_error(hub.status)
        elif self.path == "/api/models/some/thing/revision/main?blobs=true":
            said = {"sha": COMMIT, "siblings": hub.siblings()} if hub.listed is None else hub.listed
            self._send(json.dumps(said).encode(), 200)
        else:
            prefix = f"/some/thing/resolve/{COMMIT}/"
            assert self.path.startswith(prefix)
            content = hub.files[self.path.removeprefix(prefix)]
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            start = int(asked[1]) if asked and hub.ranges else 0
            self._send(content[start:], 206 if start else 200)

    def _send(self, content: bytes, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        cut = self.server.cut_after
        if cut is not None and len(content) > cut:
            self.server.cut_after = None
            content = content[:cut]
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def thing(monkeypatch: pytest.MonkeyPatch) -> Model:
    row = Model(
        "thing", "xtts", "does things", "some/thing", "main", ("model.bin", "sub/config.json"),
        0.0025, 1.0, "CC0-1.0", False,
    )  # fmt: skip
    monkeypatch.setattr(models, "catalogue", lambda: (row,))
    return row


def get(thing: Model) -> None:
    fetch.fetch(thing, fetch.listing(thing), unwatched())


def test_a_model_is_fetched_whole_and_found(hub: Hub, thing: Model) -> None:
    with pytest.raises(EngineError, match="not on this machine") as missing:
        models.located("xtts", "thing")
    assert "studio engines get thing" in missing.value.advice
    get(thing)
    assert models.located("xtts", "thing") == thing.folder
    assert (thing.folder / "model.bin").read_bytes() == LARGE
    assert (thing.folder / "sub" / "config.json").read_bytes() == SMALL
    assert models.fetched(thing.folder)["model.bin"] == hashlib.sha256(LARGE).hexdigest()
    assert [one.name for one in thing.folder.parent.iterdir()] == ["thing"]


def test_a_star_stands_for_all_such_files_at_the_top(hub: Hub, thing: Model) -> None:
    hub.files = {"model.bin": LARGE, "a.json": SMALL, "b.json": SMALL, "sub/c.json": SMALL}
    starred = replace(thing, files=("model.bin", "*.json", "*.txt"))
    listed = fetch.listing(starred)
    assert [one.path for one in listed.files] == ["model.bin", "a.json", "b.json"]
    fetch.fetch(starred, listed, unwatched())
    stick = starred.folder.rename(starred.folder.with_name("stick"))
    fetch.bring(starred, stick, unwatched())
    assert sorted(models.fetched(starred.folder)) == ["a.json", "b.json", "model.bin"]


def test_what_was_cut_off_goes_on_where_it_stopped(hub: Hub, thing: Model) -> None:
    hub.cut_after = 1_500_000
    with pytest.raises(EngineError):
        get(thing)
    assert not thing.installed
    get(thing)
    assert (thing.folder / "model.bin").read_bytes() == LARGE
    assert [one for _, one in hub.asked if one] == ["bytes=1500000-"]


def test_a_server_that_knows_no_parts_sends_all_again(hub: Hub, thing: Model) -> None:
    hub.cut_after, hub.ranges = 1_000_000, False
    with pytest.raises(EngineError):
        get(thing)
    get(thing)
    assert (thing.folder / "model.bin").read_bytes() == LARGE


def test_stopping_keeps_what_came(hub: Hub, thing: Model) -> None:
    seen: list[float] = []

    def report(fraction: float, _message: str) -> None:
        seen.append(fraction)
        if len(seen) == 2:
            progress.cancel()

    progress = Progress(report)
    with pytest.raises(Cancelled):
        fetch.fetch(thing, fetch.listing(thing), progress)
    assert not thing.installed
    get(thing)
    assert (thing.folder / "model.bin").read_bytes() == LARGE
    assert seen == sorted(seen)


@pytest.mark.parametrize("name", ["model.bin", "sub/config.json"])
def test_what_is_not_as_published_is_thrown_away(hub: Hub, thing: Model, name: str) -> None:
    listed = fetch.listing(thing)
    right = hub.files[name]
    hub.files[name] = bytes([right[0] ^ 1]) + right[1:]
    with pytest.raises(EngineError, match="did not arrive as it was published"):
        fetch.fetch(thing, listed, unwatched())
    assert not thing.installed
    hub.files[name] = right
    get(thing)
    assert (thing.folder / name).read_bytes() == right


def test_a_longer_file_than_published_is_never_written(hub: Hub, thing: Model) -> None:
    listed = fetch.listing(thing)
    hub.files["model.bin"] = LARGE * 3
    fetch.fetch(thing, listed, unwatched())
    assert (thing.folder / "model.bin").read_bytes() == LARGE


@pytest.mark.parametrize(("status", "advice"), [(401, "--from"), (403, "--from"), (503, "later")])
def test_a_refusal_is_a_sentence(hub: Hub, thing: Model, status: int, advice: str) -> None:
    hub.status = status
    with pytest.raises(EngineError, match=f"HTTP {status}") as refused:
        fetch.listing(thing)
    assert advice in refused.value.advice


def test_no_network_is_a_sentence(hub: Hub, thing: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(EngineError, match="the server is not reached") as refused:
        fetch.listing(thing)
    assert "--from" in refused.value.advice


@pytest.mark.parametrize("address", ["http://example.org", "ftp://example.org", "file:///etc"])
def test_only_https_is_trusted(thing: Model, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address)
    with pytest.raises(UsageError, match="not fetched from"):
        fetch.listing(thing)


@pytest.mark.parametrize(
    "listed",
    [
        {},
        {"sha": "../..", "siblings": []},
        {"sha": COMMIT, "siblings": [{"rfilename": "model.bin", "size": 3}]},
        {"sha": COMMIT, "siblings": [{"rfilename": "model.bin", "size": -3, "blobId": "a"}]},
        {"sha": COMMIT, "siblings": "many"},
        {"sha": COMMIT, "siblings": [[]]},
    ],
)
def test_a_lying_list_is_a_sentence(hub: Hub, thing: Model, listed: dict[str, Any]) -> None:
    hub.listed = listed
    with pytest.raises(EngineError, match="is not as it should be"):
        fetch.listing(thing)


def test_a_model_is_brought_from_another_machine(hub: Hub, thing: Model, tmp_path: Path) -> None:
    get(thing)
    stick = tmp_path / "stick"
    thing.folder.rename(stick)
    assert not thing.installed
    assert run(["engines", "get", "thing", "--from", str(stick), "--quiet"]) == 0
    assert (models.located("xtts", "thing") / "model.bin").read_bytes() == LARGE
    fetch.remove(thing)
    (stick / "model.bin").write_bytes(LARGE[:-1])
    with pytest.raises(EngineError, match="is damaged"):
        fetch.bring(thing, stick, unwatched())
    (stick / "model.bin").unlink()
    with pytest.raises(EngineError, match="cannot be copied"):
        fetch.bring(thing, stick, unwatched())
    assert not thing.installed


def test_nothing_is_fetched_unasked(
    hub: Hub, thing: Model, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["engines", "get", "thing"]) == 2
    said = capsys.readouterr()
    assert "CC0-1.0. It allows no paid work." in said.out
    assert "about 0.0025 GB to fetch" in said.out
    assert hub.asked == []
    assert run(["engines", "get", "thing", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["installed"] is True
    assert run(["engines", "get", "thing", "--remove"]) == 0
    assert not thing.installed


def test_the_catalogue_is_complete() -> None:
    for one in models.catalogue():
        assert one.licence
        assert one.files
        assert one.size > 0
        assert not any(Path(path).is_absolute() or ".." in path for path in one.files)
        assert bool(one.repository) != bool(one.address)
        assert bool(one.address) == (len(one.sha256) == 64)
        assert one.source.startswith("https://")
    assert {one.engine for one in models.catalogue()} == {
        "adapter", "audioldm", "faster-whisper", "musicgen", "piper", "transformers", "whisper",
        "xtts", "yunet",
    }  # fmt: skip
    with pytest.raises(UsageError, match="There is no model “gpt”"):
        models.model("gpt")


def test_a_file_that_lies_in_no_repository_has_its_sum_in_the_catalogue(hub: Hub) -> None:
    right = hashlib.sha256(LARGE).hexdigest()
    alone = replace(
        models.catalogue()[0], name="alone", files=("model.bin",), repository="",
        address=f"{hub.address}/some/thing/resolve/{COMMIT}/model.bin", sha256=right,
    )  # fmt: skip
    listed = fetch.listing(alone)
    assert listed.size == len(LARGE)
    fetch.fetch(alone, listed, unwatched())
    assert (alone.folder / "model.bin").read_bytes() == LARGE
    assert models.fetched(alone.folder) == {"model.bin": right}
    other = replace(alone, name="other", sha256="0" * 64)
    with pytest.raises(EngineError, match="did not arrive as it was published"):
        fetch.fetch(other, fetch.listing(other), unwatched())
    assert not other.installed
