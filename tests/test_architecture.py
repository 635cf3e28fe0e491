"""The house stands as designed: who imports whom, what a start loads, what names may say."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
STUDIO = REPOSITORY / "studio"
MODULES = sorted(STUDIO.rglob("*.py"))
HEAVY = {
    "PySide6",
    "av",
    "cv2",
    "mpv",
    "pydub",
    "rapidocr",
    "scenedetect",
    "scipy",
    "torch",
    "transformers",
}
BANNED_IN_NAMES = re.compile(r"Manager|Handler|Helper|Service|Impl|Base$|^utils?$|_utils?$")
LONGEST = 600


def _name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter on the checkout in `folder`, in a process of its own."""
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_imports_go_downwards_only() -> None:
    found = _lint_imports(REPOSITORY)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("times.py", "import studio.script.model", "A room imports only the rooms below it"),
        (
            "tuning/score.py",
            "import studio.drafting.select",
            "A room imports only the rooms below it",
        ),
        ("script/model.py", "import numpy", "The document and all below it"),
        ("steps.py", "import PySide6", "No window below the window"),
    ],
)
def test_a_wrong_import_is_noticed(tmp_path: Path, module: str, line: str, contract: str) -> None:
    shutil.copytree(STUDIO, tmp_path / "studio", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    with (tmp_path / "studio" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    found = _lint_imports(tmp_path)
    assert found.returncode != 0
    broken = [one for one in found.stdout.splitlines() if one.endswith("BROKEN")]
    assert len(broken) == 1, found.stdout + found.stderr
    assert broken[0].startswith(contract)


def test_help_loads_nothing_heavy() -> None:
    started = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "studio", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in started.stderr.splitlines()}
    assert "studio.cli" in loaded
    formats = {"docx", "lxml", "openpyxl", "opentimelineio", "pysubs2"}
    assert {name.partition(".")[0] for name in loaded} & (HEAVY | formats | {"numpy"}) == set()


def _imported_at_once(tree: ast.Module) -> Iterator[str]:
    """The packages a module imports when it is imported itself, not those inside functions."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_is_short_and_imports_no_model_library_at_once(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST
    assert set(_imported_at_once(ast.parse(text))) & {"torch", "transformers"} == set()


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_names_say_what_things_are(path: Path) -> None:
    defined = {path.stem} | {
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }
    assert [name for name in sorted(defined) if BANNED_IN_NAMES.search(name)] == []


def _public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, str | None]]:
    """Names and docstrings of what a module offers: functions, classes and their methods."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            overloaded = any(
                isinstance(mark, ast.Name) and mark.id == "overload" for mark in node.decorator_list
            )
            if not overloaded:
                yield prefix + node.name, ast.get_docstring(node)
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{node.name}.")


def _kept_elsewhere(name: str) -> bool:
    """Methods whose meaning is written where their protocol is, in studio.engines."""
    return name.rpartition(".")[2] in {
        *("describe", "find", "model", "rank", "read", "speak", "transcribe", "translate", "voices")
    }


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_what_is_public_is_explained(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module says nothing about itself"
    engine = path.parent.name == "engines"
    unexplained = [
        name
        for name, text in _public(tree.body)
        if not text and not (engine and _kept_elsewhere(name))
    ]
    assert unexplained == []


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_program_is_run_through_a_shell(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "shell":
            pytest.fail(f"line {node.value.lineno} names shell=")
        if isinstance(node, ast.Attribute) and node.attr in {"system", "popen"}:
            owner = node.value
            assert not (isinstance(owner, ast.Name) and owner.id == "os"), f"line {node.lineno}"
