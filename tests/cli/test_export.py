"""`chargeyard export`, as somebody at a terminal meets it."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest
from pyarrow import parquet

from chargeyard.storage.engine import connect
from chargeyard.storage.journal import SqlJournal
from chargeyard.storage.migrate import upgrade
from tests.contract import happenings as h


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chargeyard", "export", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A data directory with two transactions and two readings."""
    folder = tmp_path / "data"
    folder.mkdir()
    database = connect(f"sqlite:///{folder}/chargeyard.db")
    await upgrade(database)
    journal = SqlJournal(database)
    await journal.commit(
        (
            h.started(1, id_token="=1+1"),
            h.stopped(1, h.after(30), energy_wh=1500),
            h.started(2, h.after(60)),
            h.taken(1, h.measured(h.after(1), 10, -3), h.measured(h.after(2), 11)),
        )
    )
    await journal.aclose()
    await database.aclose()
    return folder


def test_transactions_go_to_standard_output(folder: Path) -> None:
    ended = _run("transactions", "--data-dir", str(folder))
    assert (ended.returncode, ended.stderr) == (0, "2 transactions written\n")
    rows = list(csv.DictReader(io.StringIO(ended.stdout, newline="")))
    assert [(row["transaction_id"], row["energy_wh"]) for row in rows] == [("2", "0"), ("1", "1500")]
    assert rows[1]["id_token"] == "'=1+1"
    assert rows[1]["started_at"] == "2026-11-21T12:00:00Z"


def test_meter_values_of_a_span_go_to_a_file(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "values.csv"
    words = ("--since", "2026-11-21", "--until", "2026-11-21T12:02:00Z", "--charge-point", "CP1")
    ended = _run("meter-values", "--data-dir", str(folder), *words, "--output", str(file))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "1 meter values written\n")
    (row,) = csv.DictReader(io.StringIO(file.read_text(), newline=""))
    assert (row["energy_wh"], row["power_w"], row["transaction_id"]) == ("10", "-3", "1")


def test_parquet(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "values.parquet"
    ended = _run("meter-values", "--data-dir", str(folder), "--format", "parquet", "--output", str(file))
    assert ended.returncode == 0
    assert [row["power_w"] for row in parquet.read_table(file).to_pylist()] == [-3, None]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--data-dir", "{tmp}/nothing"), "there is no Chargeyard database"),
        (("--data-dir", "{tmp}/data", "--output", "{tmp}/no/out.csv"), "No such file"),
        (("--data-dir", "{tmp}/data", "--since", "yesterday"), "no date or instant"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_cannot_be_is_told(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    ended = _run("transactions", *(word.format(tmp=tmp_path) for word in words))
    assert ended.returncode != 0
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_reader_that_goes_is_no_error(folder: Path) -> None:
    command = [sys.executable, "-m", "chargeyard", "export", "transactions", "--data-dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        running.stdout.close()
        assert running.stderr is not None
        assert running.stderr.read() == ""
    assert running.returncode == 141
