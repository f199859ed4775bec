"""What is done now and then, put together: roll-ups first, then retention."""

from collections.abc import Mapping, Sequence
from functools import partial

from chargeyard.maintenance.growth import Ages, Growth
from chargeyard.maintenance.pace import MOST_HELD_BESIDE_S, MOST_HELD_S, Pace
from chargeyard.maintenance.retention import Retention, Rule
from chargeyard.maintenance.upkeep import Work
from chargeyard.services.ports import Clock
from chargeyard.settings import Settings
from chargeyard.storage.engine import Database
from chargeyard.storage.expiry import RULES, SqlExpiry
from chargeyard.storage.partitions import SqlPartitions
from chargeyard.storage.roll_ups import SqlRollUps


def works(database: Database, settings: Settings, clock: Clock) -> Sequence[Work]:
    """All upkeep of `database`."""
    partitions = SqlPartitions(database) if database.dialect_name == "postgresql" else None
    retention = settings.retention
    ages = Ages(roll_up=retention.roll_up_after_days, keep=retention.meter_values_days)
    days = days_of(settings)
    rules = [Rule(name, days[name], SqlExpiry(database, work)) for name, work in RULES.items()]
    pace = partial(Pace, most_held_s=MOST_HELD_S if database.writers == 1 else MOST_HELD_BESIDE_S)
    return (
        Growth(SqlRollUps(database), partitions, ages, clock, pace),
        Retention(rules, clock, pace),
    )


def days_of(settings: Settings) -> Mapping[str, int]:
    """How many days each kind of row is kept, by its name in `RULES`.

    What is told of customers is as personal as what the message log says of it: nothing said, it is kept as long.
    """
    found = {name: getattr(settings.retention, f"{name}_days") for name in RULES}
    like_messages = settings.message_log.retention_days
    return {name: like_messages if days is None else days for name, days in found.items()}
