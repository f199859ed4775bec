"""How tariffs are worded."""

import msgspec
from sqlalchemy import Connection, select

from chargeyard.domain.tariffs import Tariff
from chargeyard.storage.tables import tariff

_read = msgspec.json.Decoder(Tariff).decode


def find(connection: Connection, tariff_id: str) -> Tariff | None:
    body = connection.execute(select(tariff.c.body).where(tariff.c.id == tariff_id)).scalar_one_or_none()
    return _read(body) if body is not None else None
