"""`chargeyard export`, as somebody at a terminal meets it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import run
from tests.storage.exports.stored import stored


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    await stored(tmp_path / "data")
    return tmp_path / "data"


def test_rows_go_to_standard_output_and_words_to_standard_error(folder: Path) -> None:
    words = ("--since", "2026-11-21", "--until", "2026-11-21T12:30:00Z", "--charge-point", "CP1")
    ended = run("export", "transactions", "--data-dir", folder, *words)
    assert (ended.returncode, ended.stderr) == (0, "1 transactions written\n")
    assert [line.split(",")[0] for line in ended.stdout.splitlines()] == ["transaction_id", "1"]


def test_what_cannot_be_is_told(tmp_path: Path) -> None:
    ended = run("export", "transactions", "--data-dir", tmp_path, "--since", "yesterday")
    assert ended.returncode == 2
    assert "no date or instant" in ended.stderr


def test_a_reader_that_goes_is_no_error(folder: Path) -> None:
    command = [sys.executable, "-m", "chargeyard", "export", "transactions", "--data-dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        running.stdout.close()
        assert running.stderr is not None
        assert running.stderr.read() == ""
    assert running.returncode == 141


def test_a_span_that_holds_nothing_is_refused(folder: Path) -> None:
    """An empty file would look like an empty month."""
    span = ("--since", "2026-12-01", "--until", "2026-11-01")
    ended = run("export", "transactions", "--data-dir", folder, *span)
    assert ended.returncode == 2
    assert "--since is not before --until" in ended.stderr
    assert ended.stdout == ""
