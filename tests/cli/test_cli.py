"""The command line, as somebody at a terminal meets it."""

import subprocess
import sys
from pathlib import Path

import pytest


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chargeyard", *words], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    "words", [("--help",), ("serve", "--help"), ("demo", "-h"), ("simulate", "-h"), ("db", "upgrade", "-h")]
)
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    ended = _run(*words)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Usage: chargeyard" in ended.stdout


def test_the_schema_is_made_and_then_up_to_date(tmp_path: Path) -> None:
    first, second = (_run("db", "upgrade", "--data-dir", str(tmp_path / "data")) for _ in range(2))
    assert (first.returncode, first.stdout) == (0, "The schema has been brought up to date.\n")
    assert (second.returncode, second.stdout) == (0, "The schema is up to date.\n")


def test_an_operator_gets_a_new_password(tmp_path: Path) -> None:
    """Also on a database that no server has used yet."""
    ended = _run("operator", "password", "--data-dir", str(tmp_path), "--password", "correct horse", "jo")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "jo" in ended.stdout
    assert "correct horse" not in ended.stdout


def test_a_wrong_setting_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text("[http]\nprot = 1\n")
    ended = _run("serve", "--config", str(tmp_path / "wrong.toml"))
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "prot" in ended.stderr


def test_simulated_charge_points_need_a_websocket_address() -> None:
    ended = _run("simulate", "http://localhost:8080/ocpp")
    assert ended.returncode == 1
    assert "ws://" in ended.stderr
