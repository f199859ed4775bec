"""`chargeyard import csv`, as somebody at a terminal meets it."""

import subprocess
import sys
from pathlib import Path

import pytest

SECRET = "very-secret-password"


class Terminal:
    """Runs commands on a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "chargeyard", *words, "--data-dir", str(self.folder / "data")]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def take(self, kind: str, text: str, *words: str) -> subprocess.CompletedProcess[str]:
        file = self.folder / f"{kind}.csv"
        file.write_text(text)
        return self.run("import", "csv", kind, str(file), *words)

    def transactions(self) -> list[str]:
        return self.run("export", "transactions").stdout.splitlines()[1:]


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def test_a_table_is_taken_once(terminal: Terminal) -> None:
    text = f"charge_point,name,password\nCP1,North,{SECRET}\nCP2,South,{SECRET}\n"
    first, second = (terminal.take("charge-points", text) for _ in range(2))
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == "charge-points: 2 taken, 0 known already and left as they are, 0 refused\n"
    assert (second.returncode, second.stdout.splitlines()) == (
        0,
        [
            "charge-points: 0 taken, 2 known already and left as they are, 0 refused",
            "Nothing has changed.",
        ],
    )
    assert SECRET not in first.stdout + second.stdout


def test_nothing_is_taken_where_a_row_is_bad(terminal: Terminal) -> None:
    text = "charge_point,evse,started_at\nCP1,1,2026-11-27\nCP1,1,soon\n"
    ended = terminal.take("transactions", text)
    assert ended.returncode == 1
    assert ended.stdout.splitlines() == [
        "line 3: started_at is no instant in ISO 8601",
        "transactions: 1 to be taken, 0 known already and left as they are, 1 refused",
        "Nothing has been stored.",
    ]
    assert ended.stderr.count("\n") == 1
    assert terminal.transactions() == []


def test_bad_rows_are_left_out_on_demand(terminal: Terminal) -> None:
    text = "charge_point,evse,started_at\nCP1,1,2026-11-27\nCP1,1,soon\n"
    assert terminal.take("transactions", text, "--skip-bad").returncode == 0
    assert len(terminal.transactions()) == 1


def test_a_dry_run_stores_nothing(terminal: Terminal) -> None:
    ended = terminal.take("id-tokens", "id_token\nA\n", "--dry-run")
    assert ended.returncode == 0
    assert ended.stdout.startswith("id-tokens: 1 to be taken")
    assert "1 taken" in terminal.take("id-tokens", "id_token\nA\n").stdout


def test_what_was_exported_is_known(terminal: Terminal) -> None:
    terminal.take(
        "transactions", "charge_point,evse,started_at,id_token\nCP1,1,2026-11-27,'=1\nCP1,2,2026-11-27,B\n"
    )
    exported = terminal.run("export", "transactions").stdout
    ended = terminal.take("transactions", exported)
    assert "0 taken, 2 known" in ended.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), (b"\xff\xfe", "is not in UTF-8"), (b"colour\n", "unknown column 'colour'")],
)
def test_a_file_that_cannot_be_read_is_one_line(terminal: Terminal, content: bytes | None, said: str) -> None:
    file = terminal.folder / "odd.csv"
    if content is not None:
        file.write_bytes(content)
    ended = terminal.run("import", "csv", "id-tokens", str(file))
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert said in ended.stderr
    assert str(file) in ended.stderr
