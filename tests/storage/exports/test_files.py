"""An export is there whole or not at all."""

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from chargeyard.domain.exports import Column, Kind
from chargeyard.errors import SettingsError
from chargeyard.storage.exports.files import exported
from chargeyard.storage.exports.parquet_file import ParquetWriter

_COLUMNS = (
    Column("charge_point"),
    Column("energy_wh", Kind.INTEGER),
    Column("voltage_v", Kind.REAL),
    Column("at", Kind.INSTANT),
)
_ROW = ("=CP", 2**40, 230.25, datetime(2026, 11, 27, 12, 0, 0, 1, tzinfo=UTC))
_NOTHING = (None, None, None, None)


def test_a_csv_file_appears_with_its_last_row(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    with exported(file, _COLUMNS, "csv") as writer:
        writer.write([_ROW])
        assert not file.exists()
    assert file.read_bytes() == (
        b"charge_point,energy_wh,voltage_v,at\r\n'=CP,1099511627776,230.25,2026-11-27T12:00:00.000001Z\r\n"
    )
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_export_that_fails_leaves_nothing(tmp_path: Path, form: str) -> None:
    def fail() -> None:
        with exported(tmp_path / "out", _COLUMNS, form) as writer:  # type: ignore[arg-type]
            writer.write([_ROW])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("mine")
    with pytest.raises(SettingsError, match="exists already"), exported(file, _COLUMNS, "csv"):
        pass
    assert file.read_text() == "mine"


def test_a_file_that_appears_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    """Two that write to the same file do not write into each other's draft either; the first to end has it."""
    file = tmp_path / "out.csv"

    def write_second() -> None:
        with exported(file, _COLUMNS, "csv") as second, exported(file, _COLUMNS, "csv") as first:
            second.write([_NOTHING])
            first.write([_ROW])

    with pytest.raises(SettingsError, match="File exists"):
        write_second()
    assert "CP" in file.read_text()
    assert list(tmp_path.iterdir()) == [file]


@pytest.fixture
def without_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """As FAT answers."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("without_links")
def test_a_disk_without_hard_links_has_exports_too(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    with exported(file, _COLUMNS, "csv") as writer:
        writer.write([_ROW])
        assert not file.exists()
    assert file.read_text().count("\n") == 2
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.usefixtures("without_links")
def test_on_a_disk_without_hard_links_nothing_is_written_over(tmp_path: Path) -> None:
    test_a_file_that_appears_meanwhile_is_not_written_over(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"), exported(tmp_path / "no/out", _COLUMNS, "csv"):
        pass


def test_parquet_has_types_and_text_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "out.parquet"
    with exported(file, _COLUMNS, "parquet") as writer:
        writer.write([_ROW, _NOTHING])
        writer.write([_ROW])
    table = parquet.read_table(file)
    assert [tuple(row.values()) for row in table.to_pylist()] == [_ROW, _NOTHING, _ROW]
    assert table.schema.types == [pa.string(), pa.int64(), pa.float64(), pa.timestamp("us", tz="UTC")]


def test_parquet_holds_rows_in_groups(tmp_path: Path) -> None:
    file = tmp_path / "out.parquet"
    with file.open("wb") as out:
        writer = ParquetWriter(out, _COLUMNS, rows_of_a_group=2)
        writer.write([_ROW] * 5)
        writer.close()
    described = parquet.ParquetFile(file)
    groups = [described.metadata.row_group(number).num_rows for number in range(described.num_row_groups)]
    assert groups == [2, 2, 1]
