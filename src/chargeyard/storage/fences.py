"""Who may still write: the epochs of sessions against those that are stored."""

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import ARRAY, Connection, String, any_, bindparam, select

from chargeyard.storage.tables import charge_point

_NEWER = (
    "SELECT stored.id FROM json_each(?) AS fence JOIN charge_point AS stored ON stored.id = fence.key"
    " WHERE stored.epoch > fence.value"
)
"""On SQLite one transaction writes at a time: what it reads stays true until it ends. Past SQLAlchemy's handling of
parameters: half a microsecond for each charge point of a batch, and 18 for the batch."""

_STORED = select(charge_point.c.id, charge_point.c.epoch).with_for_update(read=True)
_AMONG = {
    "postgresql": _STORED.where(charge_point.c.id == any_(bindparam("ids", type_=ARRAY(String)))),
    "mysql": _STORED.where(charge_point.c.id.in_(bindparam("ids", expanding=True))),
}
"""On servers the rows are locked against being changed, so that a session which takes over elsewhere waits with
its claim until the batch is durable, and the batch sees a claim that came first."""


def newer(connection: Connection, fences: Mapping[str, int]) -> Collection[str]:
    """Those charge points of `fences` (epochs by charge point) whose stored epoch is greater."""
    if connection.dialect.name == "sqlite":
        named = msgspec.json.encode(fences).decode()
        return connection.exec_driver_sql(_NEWER, (named,)).scalars().all()
    rows = connection.execute(_AMONG[connection.dialect.name], {"ids": list(fences)})
    return [identity for identity, epoch in rows if epoch > fences[identity]]
