"""Everything that fits from a database of SteVe, odd rows included, and what is said about the rest."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from chargeyard.bootstrap.steve import SteveOrder, import_steve
from chargeyard.domain.records import TransactionRecord
from chargeyard.errors import SettingsError
from chargeyard.services.ports import ChargePointFilter, Paging, TransactionFilter
from chargeyard.settings import Database, Settings
from chargeyard.storage.engine import connect
from chargeyard.storage.exports.rows import Span, meter_values
from chargeyard.storage.steve import source
from chargeyard.storage.store import SqlStore
from tests.conftest import RequireDatabase
from tests.databases import scratch, statements
from tests.storage.steve import steve_database
from tests.storage.steve.steve_database import Form


@pytest.fixture(params=["connector", "evse"])
async def steve(request: pytest.FixtureRequest, database_server: RequireDatabase) -> AsyncIterator[str]:
    """The URL of SteVe's database."""
    database_server("mariadb")
    form = cast("Form", request.param)
    async with scratch("mariadb") as url:
        await statements(url, *steve_database.tables(form), *steve_database.rows(form))
        yield url


class Yard:
    """Chargeyard's own database, and what was said."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data_dir=str(folder))
        self.database = connect(str(folder / "chargeyard.db"))
        self.store = SqlStore(self.database)
        self.said: list[str] = []

    async def take(self, url: str, **how: bool) -> str:
        self.said.clear()
        await import_steve(self.settings, SteveOrder(url=url, **how), self.said.append)
        return "\n".join(self.said)

    async def transactions(self) -> dict[str, TransactionRecord]:
        page = await self.store.list_transactions(TransactionFilter(), Paging())
        return {one.wire_id: one for one in page.items}

    async def readings(self) -> list[tuple[object, ...]]:
        return [row async for rows in meter_values(self.database, Span()) for row in rows]


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    yard = Yard(tmp_path)
    yield yard
    await yard.database.aclose()


async def test_charge_points_and_tokens_are_taken(
    yard: Yard, steve: str, request: pytest.FixtureRequest
) -> None:
    said = await yard.take(steve)
    one, other = (await yard.store.list_charge_points(ChargePointFilter(), Paging())).items
    is_locked = "evse" in request.node.callspec.id
    assert (one.id, one.name, one.registration, one.has_password) == ("CP1", "North", "Accepted", is_locked)
    assert (one.vendor, one.model, one.firmware_version) == ("Acme", "One", "1.2")
    assert (other.id, other.registration, other.has_password) == ("CP2", "Pending", False)
    tokens = (await yard.store.list_id_tokens(Paging())).items
    assert [(one.id_token, one.parent, one.blocked, one.max_transactions) for one in tokens] == [
        ("04AB", "FLEET", False, 1),
        ("FLEET", None, False, None),
        ("LOST", None, True, 1),
    ]
    assert "charge points: 2 taken, 0 known already and left as they are, 1 refused" in said
    assert "'..' is no identity of a charge point" in said
    assert ("need a new password" in said) is is_locked
    assert "spoke SOAP, or an OCPP before 1.6, with SteVe; here they have to speak OCPP-J:\n  CP2" in said
    assert "$2a$" not in said


@pytest.mark.parametrize("with_readings", [False, True])
async def test_transactions_are_taken_whole_lost_and_running(
    yard: Yard, steve: str, with_readings: bool
) -> None:
    await yard.take(steve, meter_values=with_readings)
    found = await yard.transactions()
    assert {
        number: (one.charge_point, one.evse, one.meter_start_wh, one.meter_stop_wh, one.energy_wh)
        for number, one in found.items()
    } == {
        "1": ("CP1", 1, 1000, 3000, 2000),
        "2": ("CP1", 1, None, None, 0),
        "3": ("CP1", 2, 500, 1500, 1000),
        "4": ("CP1", 2, 2500, None, 0),
        "5": ("CP2", 1, None, 700, 0),
        "99": ("CP1", 0, None, 9000, 0),
    }
    assert {number: one.completeness for number, one in found.items()} == {
        "1": "reported",
        "2": "inferred",
        "3": "inferred",
        "4": "",
        "5": "reported",
        "99": "orphan",
    }
    assert found["1"].reason == "EVDisconnected"
    assert found["1"].started_at.isoformat() == "2026-11-20T08:00:00.500000+00:00"
    assert found["4"].stopped_at is None


async def test_meter_values_are_taken_on_demand(
    yard: Yard, steve: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await yard.take(steve)
    assert await yard.readings() == []
    monkeypatch.setattr(source, "SAMPLES_AT_ONCE", 1)
    # A second run brings what the first one left out.
    said = await yard.take(steve, meter_values=True)
    numbers = {number: one.id for number, one in (await yard.transactions()).items()}
    assert [(row[1], row[3], row[4], row[6]) for row in await yard.readings()] == [
        (0, None, 77, None),
        (0, None, 78, None),
        (1, numbers["1"], 1500, 7000),
        (2, numbers["3"], 1500, None),
    ]
    assert "readings outside of transactions: 2; samples that are no numbers: 2" in said


async def test_old_readings_lie_in_months_that_can_go_at_once(
    tmp_path: Path, steve: str, database_server: RequireDatabase
) -> None:
    database_server("postgresql")
    long_ago = (
        "UPDATE connector_meter_value SET value_timestamp = value_timestamp - INTERVAL {} MONTH WHERE {}"
    )
    await statements(
        steve, long_ago.format(20, "transaction_pk = 1"), long_ago.format(31, "transaction_pk IS NULL")
    )
    async with scratch("postgresql") as url:
        settings = Settings(data_dir=str(tmp_path), database=Database(url=url))
        await import_steve(settings, SteveOrder(url=steve, meter_values=True), lambda _: None)
        lying = await statements(url, "SELECT tableoid::regclass::text FROM meter_value ORDER BY at")
    months = ["2024_04", "2024_04", "2025_03", "2026_11"]
    assert [name for (name,) in lying] == [f"meter_value_p{month}" for month in months]


async def test_a_second_run_changes_nothing(yard: Yard, steve: str) -> None:
    await yard.take(steve, meter_values=True)
    before = (await yard.transactions(), await yard.readings())
    said = await yard.take(steve, meter_values=True)
    assert "charge points: 0 taken, 2 known" in said
    assert "id tokens: 0 taken, 3 known" in said
    assert "transactions: 0 taken, 5 known" in said
    assert "SteVe does not know: 0 taken, 1 known" in said
    assert (await yard.transactions(), await yard.readings()) == before


async def test_what_has_ended_since_the_first_run_is_ended(yard: Yard, steve: str) -> None:
    await yard.take(steve)
    stop = "INSERT INTO transaction_stop VALUES (4, '2026-11-20 12:30:00', 'station', '2026-11-20 12:00:00', '9000', NULL)"
    await statements(steve, stop)
    assert "transactions: 0 taken, 1 known and ended since, 4 known already" in await yard.take(steve)
    one = (await yard.transactions())["4"]
    assert (one.energy_wh, one.completeness, one.reason) == (6500, "reported", "Local")


async def test_a_dry_run_says_the_same_and_stores_nothing(yard: Yard, steve: str) -> None:
    said = await yard.take(steve, is_dry=True, meter_values=True)
    assert "transactions: 5 to be taken, 0 known" in said
    assert said.endswith("Nothing has been stored.")
    assert await yard.transactions() == {}
    assert await yard.readings() == []


async def test_a_database_of_something_else_is_told(yard: Yard, database_server: RequireDatabase) -> None:
    database_server("mariadb")
    async with scratch("mariadb") as url:
        with pytest.raises(SettingsError, match="no database of SteVe 3: it has no table charge_box"):
            await yard.take(url)
