"""Exports, from a database to a file."""

import csv
import io
from pathlib import Path

import pytest
from pyarrow import parquet

from chargeyard.bootstrap.exports import Order, export
from chargeyard.errors import SettingsError
from chargeyard.settings import Settings
from tests.contract import happenings as h
from tests.storage.exports.stored import stored


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    """Those of a database with two transactions and two readings."""
    await stored(tmp_path / "data")
    return Settings(data_dir=str(tmp_path / "data"))


async def test_transactions(settings: Settings, tmp_path: Path) -> None:
    said: list[str] = []
    file = tmp_path / "out.csv"
    await export(settings, Order(what="transactions", output=file), said.append)
    assert said == ["2 transactions written"]
    rows = list(csv.DictReader(io.StringIO(file.read_text(), newline="")))
    assert [(row["transaction_id"], row["energy_wh"]) for row in rows] == [("2", "0"), ("1", "1500")]
    assert (rows[1]["id_token"], rows[1]["started_at"]) == ("'=1+1", "2026-11-21T12:00:00Z")


async def test_meter_values_of_a_span(settings: Settings, tmp_path: Path) -> None:
    said: list[str] = []
    file = tmp_path / "values.csv"
    order = Order(what="meter-values", output=file, charge_point="CP1", until=h.after(2))
    await export(settings, order, said.append)
    assert said == ["1 meter values written"]
    (row,) = csv.DictReader(io.StringIO(file.read_text(), newline=""))
    assert (row["energy_wh"], row["power_w"], row["transaction_id"]) == ("10", "-3", "1")


async def test_parquet(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "values.parquet"
    await export(settings, Order(what="meter-values", form="parquet", output=file), lambda _: None)
    assert [row["power_w"] for row in parquet.read_table(file).to_pylist()] == [-3, None]


async def test_nothing_is_exported_from_nowhere(tmp_path: Path) -> None:
    order = Order(what="transactions", output=tmp_path / "out.csv")
    with pytest.raises(SettingsError, match="there is no Chargeyard database"):
        await export(Settings(data_dir=str(tmp_path / "nothing")), order, lambda _: None)
    assert not (tmp_path / "out.csv").exists()
