"""`chargeyard db backup` and `chargeyard db copy`, as somebody at a terminal meets them."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with an id token."""
    folder = tmp_path / "data"
    (tmp_path / "tokens.csv").write_text("id_token\n04AB\n")
    assert run("import", "csv", "id-tokens", tmp_path / "tokens.csv", "--data-dir", folder).returncode == 0
    return folder


def test_a_backup_is_copied_with_a_bar(data: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    ended = run("db", "backup", backup, "--data-dir", data)
    assert (ended.returncode, ended.stderr) == (0, "")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "chargeyard", "db", "copy", str(backup), str(tmp_path / "to.db")]
    terminal = {**os.environ, "TERM": "xterm"}
    with (
        os.fdopen(ours, "rb", buffering=0) as screen,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=terminal) as running,
    ):
        os.close(theirs)
        shown = b""
        try:
            while piece := screen.read(4096):
                shown += piece
        except OSError:  # Linux says so when the other side has closed
            pass
    assert running.returncode == 0
    assert b"id_token" in shown
    assert b"1/1" in shown


def test_what_cannot_be_is_one_line(tmp_path: Path) -> None:
    ended = run("db", "copy", tmp_path / "no.db", tmp_path / "to.db")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "there is no Chargeyard database" in ended.stderr
