"""How tariffs are worded → `tariff`."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from chargeyard.domain.events import TariffWorded
from chargeyard.storage.dialect import insert_new
from chargeyard.storage.tables import tariff

_WORD = insert_new(tariff)


def worded(connection: Connection, events: Sequence[TariffWorded]) -> None:
    """The first wording of an id stays."""
    rows = [
        {
            "id": event.tariff.tariff_id,
            "body": msgspec.json.encode(event.tariff).decode(),
            "worded_at": event.recorded_at,
        }
        for event in events
    ]
    _WORD.execute(connection, rows)
