"""The rules of the house that a reader can check with their eyes, checked by a machine (CONTRIBUTING.md)."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter import cli as import_linter

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "chargeyard"
CODE_FOLDERS = ("src", "tools", "benchmarks", "examples")
MODULE_LINES = 400
FUNCTION_LINES = 40

# The only folders that may say which version of the protocol they speak.
VERSIONED = ("ocpp", "dialects", "simulator")
VERSION_WORD = re.compile(r"(?i)(?<![a-z0-9])v(?:16|20|201|21)(?![0-9a-z])|ocpp[_-]?(?:1\.?6|2\.?0|2\.?1)")

NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc"}

# What would tie a checkout to one network: index options, and addresses of package registries.
INDEX_OPTION = re.compile(
    r"(?m)^\s*(?:--(?:extra-)?index-url|--find-links|--trusted-host|-i\s+http|-f\s+http)"
    r"|\b(?:extra-)?index[-_]url\s*=|\bregistry\s*=\s*[\"']?http|\"resolved\"\s*:"
)
REGISTRY_HOST = re.compile(
    r"(?i)(?:files\.pythonhosted|(?<![\w.])(?:test\.)?pypi|registry\.npmjs|registry\.yarnpkg)\.(?:org|com)/(?!project/)"
)

# One entry of a lock: name, exact version, perhaps a marker, then hashes.
LOCKED = re.compile(r"[a-z0-9._-]+==[^\s;]+( ; [^\n]+?)? \\\n    --hash=sha256:[0-9a-f]{64}")


def generated(path: Path) -> bool:
    """Whether a tool wrote this module (``make generate``)."""
    inside = path.relative_to(ROOT).parts
    return inside[:3] == ("src", "chargeyard", "ocpp") and re.fullmatch(r"v\d+", inside[3]) is not None


def modules() -> Iterator[Path]:
    """Every module of ours that a person wrote, tests aside."""
    for folder in CODE_FOLDERS:
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if not generated(path))
    yield ROOT / "hatch_build.py"


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the last one."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not body:
        return 0
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1


def long_functions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(node) > FUNCTION_LINES:
            yield f"{shown(path)}:{node.lineno} {node.name} ({body_lines(node)} lines)"


def tracked_files() -> list[Path]:
    """The files that a checkout consists of; the sources themselves where there is no git."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def test_imports_keep_the_law(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    verdict = import_linter.lint_imports(no_cache=True, no_logo=True)
    assert verdict == import_linter.EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_only_the_wire_side_names_a_protocol_version() -> None:
    offences = [
        f"{shown(path)}:{number}: {line.strip()}"
        for path in sorted(PACKAGE.rglob("*"))
        if path.suffix in {".py", ".html", ".toml", ".sql", ".mako"}
        and path.relative_to(PACKAGE).parts[0] not in VERSIONED
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if VERSION_WORD.search(line)
    ]
    assert offences == []


def test_modules_are_small_enough_to_see() -> None:
    sizes = {shown(path): len(text_of(path).splitlines()) for path in modules()}
    assert {name: size for name, size in sizes.items() if size > MODULE_LINES} == {}


def test_functions_are_small_enough_to_see() -> None:
    """Revisions of the schema excepted: they are lists of columns, made by Alembic."""
    written = (path for path in modules() if path.parent.name != "versions")
    assert [offence for path in written for offence in long_functions(path)] == []


def test_every_module_has_found_its_noun() -> None:
    paths = [*modules(), *(path for path in PACKAGE.rglob("*") if path.is_dir())]
    assert [shown(path) for path in paths if path.stem in NAMELESS] == []


def test_no_file_is_tied_to_a_package_index() -> None:
    offences = [
        f"{shown(path)}: {found.group().strip()}"
        for path in tracked_files()
        if path != Path(__file__)
        for pattern in (INDEX_OPTION, REGISTRY_HOST)
        for found in pattern.finditer(text_of(path))
    ]
    assert offences == []


def test_every_locked_requirement_carries_a_hash() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        entries = re.split(r"(?m)^(?=\S)", text_of(lock).strip())[1:]
        assert entries, lock.name
        assert [entry for entry in entries if not LOCKED.match(entry)] == [], lock.name


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("from chargeyard.dialects import v16", True),
        ('if session.subprotocol == "ocpp1.6":', True),
        ("OCPP_20 = 2", True),
        ("def read_v201(call):", True),
        ("# OCPP 1.6 §4.8: idempotent", False),
        ("v2 = velocity(v210)", False),
    ],
)
def test_version_words_are_told_from_other_words(line: str, is_one: bool) -> None:
    assert bool(VERSION_WORD.search(line)) is is_one


def test_a_docstring_does_not_count_as_body() -> None:
    long = ast.parse(
        'def f():\n    """Why.\n\n    And how.\n    """\n' + "    x = 1\n" * (FUNCTION_LINES + 1)
    )
    function = long.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert body_lines(function) == FUNCTION_LINES + 1
