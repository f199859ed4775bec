"""What is told of customers goes away by itself → `customer_information`."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, tuple_

from chargeyard.storage.engine import Database
from chargeyard.storage.tables import customer_information

_KEY = (
    customer_information.c.charge_point,
    customer_information.c.request_id,
    customer_information.c.sequence,
)


class SqlCustomerInformation:
    """See `maintenance.retention.Expiring`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def delete_before(self, at: datetime, limit: int) -> int:
        """Forget at most `limit` of the oldest parts from before `at`; how many it were."""
        return await self._database.write(_delete_before, at, limit)


def _delete_before(connection: Connection, at: datetime, limit: int) -> int:
    aged = select(*_KEY).where(customer_information.c.at < at).order_by(customer_information.c.at)
    keys = [tuple(row) for row in connection.execute(aged.limit(limit)).all()]
    if keys:
        connection.execute(delete(customer_information).where(tuple_(*_KEY).in_(keys)))
    return len(keys)
