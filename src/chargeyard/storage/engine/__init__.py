"""A database, as the rest of the storage sees it: `await database.read(query, …)`, `await database.write(work, …)`.

Work is a plain function over a SQLAlchemy `Connection`; it runs in one transaction, committed when it returns
and rolled back when it raises. How it runs is this package's secret: on threads where the database is a file
(`sqlite.py`), through an asyncio driver where it is a server (`server.py`). Either way a cancelled caller never
leaves half a transaction behind, and reads that wait at the same moment share a transaction (`readers.py`).
"""

from chargeyard.storage.engine.address import Address, read_address
from chargeyard.storage.engine.database import Database, Snapshot
from chargeyard.storage.engine.faults import translated

__all__ = ["Address", "Database", "Snapshot", "connect", "read_address", "translated"]


def connect(url: str, busy_timeout_s: float = 1.0) -> Database:
    """The database at `url`; nothing is opened before it is used.

    `sqlite:///file` or the path of a SQLite file alone, `postgresql://user:password@host/name`,
    `mariadb://…` or `mysql://…`. `busy_timeout_s` is how long one attempt waits for somebody else's lock before it
    is `Unavailable`. Raises `SettingsError` for a URL that cannot be used, and for a driver that is not installed.
    """
    address = read_address(url)
    if address.file is not None:
        from chargeyard.storage.engine.sqlite import SqliteDatabase

        return SqliteDatabase(address.file, busy_timeout_s)
    from chargeyard.storage.engine.server import ServerDatabase

    return ServerDatabase(address, busy_timeout_s)
