"""Which database a URL names, and what it takes to talk to it."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from chargeyard.errors import SettingsError
from chargeyard.storage.engine.tls import Tls, tls_of


class Server(NamedTuple):
    """A kind of database server: what to call it, its driver, and the extra of this package that brings it."""

    label: str
    driver: str
    extra: str
    drivername: str
    port: int


_POSTGRESQL = Server("PostgreSQL", "asyncpg", "postgres", "postgresql+asyncpg", 5432)
_MARIADB = Server("MariaDB or MySQL", "asyncmy", "mariadb", "mysql+asyncmy", 3306)

SERVERS: Mapping[str, Server] = {
    "postgresql": _POSTGRESQL,
    "postgres": _POSTGRESQL,
    "mariadb": _MARIADB,
    "mysql": _MARIADB,
}


class Address(NamedTuple):
    """A database: a `file` of SQLite, or a `url` of a `server` in SQLAlchemy's spelling, and how to talk to that."""

    file: Path | None
    url: URL
    server: Server | None
    tls: Tls = None

    def __str__(self) -> str:
        """For people: without user and password."""
        if self.file is not None:
            return str(self.file)
        assert self.server is not None
        return f"{self.server.label} at {self.url.host}:{self.url.port}/{self.url.database}"


def read_address(url: str) -> Address:
    """The database that `url` names. Raises `SettingsError`, which never repeats what it was given."""
    if "://" not in url:
        return _of_file(url)
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number
        raise SettingsError("database.url: not a database URL") from None
    # A driver that somebody names is not what decides: there is one for each kind of database.
    kind = parsed.drivername.partition("+")[0]
    options = _options_of(url)
    if kind == "sqlite":
        if options:
            raise SettingsError("database.url: a file has no options")
        return _of_file(parsed.database or "")
    if kind not in SERVERS:
        raise SettingsError("database.url: begins with none of sqlite, postgresql, mariadb, mysql")
    if any("=" not in option or option.endswith("=") for option in options):
        # SQLAlchemy passes over it; and whoever fills in a template with nothing has asked for something.
        raise SettingsError("database.url: has an option without a value")
    return _of_server(parsed, SERVERS[kind])


def _options_of(url: str) -> list[str]:
    """What follows the question mark; one within the password, which an `@` ends, begins no options."""
    _, _, options = url.rpartition("@")[2].partition("?")
    return options.split("&") if options else []


def _of_file(name: str) -> Address:
    if name in ("", ":memory:"):
        raise SettingsError("database.url: names no file")
    return Address(Path(name), URL.create("sqlite+pysqlite", database=name), None)


def _of_server(parsed: URL, server: Server) -> Address:
    if not parsed.database:
        raise SettingsError("database.url: names no database")
    if find_spec(server.driver) is None or find_spec("greenlet") is None:
        raise SettingsError(
            f"database.url: {server.label} needs a driver that is not installed:"
            f" pip install 'chargeyard[{server.extra}]'"
        )
    tls = tls_of(server.driver, {name: str(value) for name, value in parsed.query.items()})
    url = parsed.set(
        query={},
        drivername=server.drivername,
        host=parsed.host or "127.0.0.1",
        port=parsed.port or server.port,
    )
    return Address(None, url, server, tls)
