"""What a server keeps, as its settings say."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from chargeyard.bootstrap.upkeep import days_of, works
from chargeyard.services.ports import Frame, Paging
from chargeyard.settings import MessageLog, Retention, Settings, load
from chargeyard.storage import migrate
from chargeyard.storage.engine import connect
from chargeyard.storage.message_sink import SqlMessageSink
from chargeyard.storage.store import SqlStore

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_business_is_kept_for_ever_unless_somebody_says_otherwise() -> None:
    kept = days_of(Settings())
    assert {name for name, days in kept.items() if not days} == {
        "reports",
        "reservations",
        "transaction_events",
        "intervals",
        "transactions",
    }
    assert Settings().retention.meter_values_days == 0


def test_the_message_log_is_kept_as_its_own_section_says() -> None:
    """And so is what is told of customers, unless `[retention]` says something else."""
    kept = days_of(Settings(message_log=MessageLog(retention_days=7)))
    assert (kept["message_log"], kept["customer_information"]) == (7, 7)
    environment = {
        "CHARGEYARD_RETENTION__MESSAGE_LOG_DAYS": "3",
        "CHARGEYARD_MESSAGE_LOG__RETENTION_DAYS": "7",
    }
    kept = days_of(load(None, environment, {}))
    assert (kept["message_log"], kept["customer_information"]) == (3, 7)


async def test_everything_that_is_due_is_done(tmp_path: Path) -> None:
    database = connect(str(tmp_path / "chargeyard.sqlite"))
    await migrate.upgrade(database)
    frames = [Frame("CP1", NOW - timedelta(days=age), "in", str(age)) for age in (400, 15, 13, 0)]
    await SqlMessageSink(database).write(frames)
    settings = Settings(retention=Retention(meter_values_days=30, transactions_days=900))
    for work in works(database, settings, lambda: NOW):
        await work.once()
    left = await SqlStore(database).list_messages("CP1", Paging())
    assert [one.text for one in left.items] == ["0", "13"]
    await database.aclose()
