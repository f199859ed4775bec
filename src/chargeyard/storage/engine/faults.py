"""What the drivers' errors mean: `Unavailable`, `Contended`, `Conflict` or `Poisoned`, with no value in their text."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Error as SqliteError
from ssl import SSLCertVerificationError
from typing import Any

from sqlalchemy.exc import (
    DBAPIError,
    InvalidRequestError,
    ResourceClosedError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chargeyard.errors import ChargeyardError, Conflict, Contended, Poisoned, Unavailable

_SQLITE_AWAY = frozenset((5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 23, 26))
"""SQLite result codes that tell of the database, not of the statement: BUSY, LOCKED, NOMEM, READONLY,
INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, AUTH, NOTADB (https://sqlite.org/rescode.html)."""

_SQLITE_TAKEN = frozenset((1555, 2067, 2579))
"""CONSTRAINT_PRIMARYKEY, CONSTRAINT_UNIQUE, CONSTRAINT_ROWID."""

_POSTGRES_CONTENDED = frozenset(("40001", "40P01", "55P03"))
"""serialization_failure, deadlock_detected, lock_not_available."""

_POSTGRES_AWAY = ("08", "25006", "25P03", "25P04", "28", "3D", "53", "57", "58", "XX", "F0", "0A000")
"""Beginnings of SQLSTATEs that tell of the server, not of the statement: connection, read-only, transactions that
were idle for too long, authorization,
no such database, resources (a full disk is 53100), operator intervention, system and internal errors, and a plan
that a migration made stale (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""

_MYSQL_CONTENDED = frozenset((1205, 1213, 1020, 3572))
"""LOCK_WAIT_TIMEOUT, LOCK_DEADLOCK, CHECKREAD (a row changed since the snapshot), LOCK_NOWAIT."""

_MYSQL_TAKEN = frozenset((1062, 1586))
_MYSQL_AWAY = frozenset(
    (
        *(3, 1021, 1026, 1030, 1034, 1037, 1041, 1114, 1194, 1195, 1180, 1181),  # disk and memory
        *(1040, 1042, 1043, 1129, 1130, 1203, 1226),  # connections
        *(1044, 1045, 1047, 1049, 1698),  # who we are, and what we ask for
        *(1053, 1077, 1078, 1079, 1105, 1152, 1153, 1158, 1159, 1160, 1161, 1184, 1927, 4031),  # cut off
        *(1290, 1792, 1836),  # read-only
        *(1317, 1969, 3024),  # killed while it worked
    )
)
"""Numbers of errors that tell of the server, not of the statement
(https://mariadb.com/kb/en/mariadb-error-code-reference/)."""


@contextmanager
def translated() -> Iterator[None]:
    """Errors of SQLAlchemy, the drivers and the network as ours."""
    try:
        yield
    except ChargeyardError:
        raise
    except SQLAlchemyError as error:
        raise _first_cause(error) from None
    except SqliteError as error:  # raised by a PRAGMA while connecting
        raise _of_sqlite(error) from None
    except OSError as error:  # a server that does not answer; TimeoutError is one too
        raise Unavailable(f"the database is away: {_of_network(error)}") from None
    except (ValueError, TypeError, OverflowError) as error:
        raise Poisoned(f"{type(error).__name__}: a value has no place in the database") from None
    except Exception as error:  # a driver's own, raised while connecting
        known = _of_driver(error)
        if known is None:
            raise
        raise known from None


def _first_cause(error: SQLAlchemyError) -> ChargeyardError:
    """What `error` means. Where SQLite has no room left it ends the transaction by itself: what then fails is the
    clearing up, and what it failed in the midst of tells why."""
    found = _of_sqlalchemy(error)
    before = error.__context__
    while isinstance(found, Poisoned) and before is not None:
        known = _of_sqlite(before) if isinstance(before, SqliteError) else None
        if isinstance(known, Unavailable):
            return known
        before = before.__context__
    return found


def _of_sqlalchemy(error: SQLAlchemyError) -> ChargeyardError:
    if isinstance(error, PoolTimeout):
        return Unavailable("no connection is free")
    if isinstance(error, DBAPIError):
        if isinstance(error.orig, OSError):
            return Unavailable(f"the database is away: {_of_network(error.orig)}")
        known = _of_driver(error.orig)
        if known is not None:
            return known
        if error.connection_invalidated:
            return Unavailable("the database is away: the connection was lost")
    if isinstance(error, ResourceClosedError | InvalidRequestError):
        # The connection broke beneath the transaction.
        return Unavailable(f"the database is away: {type(error).__name__}")
    cause: Any = error.orig if isinstance(error, StatementError) else error
    return Poisoned(f"{type(cause).__name__}: a value has no place in the database")


def _of_network(error: OSError) -> str:
    if isinstance(error, SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if "WRONG_VERSION_NUMBER" in str(error) or "rejected SSL upgrade" in str(error):  # asyncmy, asyncpg
        return "it speaks no TLS"
    if error.strerror:
        return error.strerror
    return "it does not answer" if isinstance(error, TimeoutError) else type(error).__name__


def _of_driver(error: BaseException | None) -> ChargeyardError | None:
    """What an error of a driver means; None if it is none."""
    if isinstance(error, SqliteError):
        return _of_sqlite(error)
    number = error.args[0] if error is not None and error.args else None
    if error is not None and isinstance(number, int) and not isinstance(error, OSError):
        return _of_mysql(number, str(error.args[-1]))
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str):
        return _of_postgres(sqlstate, getattr(error, "detail", None) or "")
    if error is not None and type(error).__name__ in (
        "InterfaceError",
        "InternalClientError",
        "OperationalError",
    ):
        # asyncpg and asyncmy without a code: the connection is closed, or was while it was used.
        return Unavailable(f"the database is away: {type(error).__name__}")
    return None


def _of_sqlite(error: SqliteError) -> ChargeyardError:
    code: int = getattr(error, "sqlite_errorcode", 0) or 0
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    if code & 0xFF in _SQLITE_AWAY:
        return Unavailable(f"the database is away: {_IN_WORDS.get(name, error)} ({name})")
    if code in _SQLITE_TAKEN:
        return Conflict(f"already taken: {error}")
    return Poisoned(f"refused by the database ({name})")


def _of_postgres(sqlstate: str, detail: str) -> ChargeyardError:
    if sqlstate in _POSTGRES_CONTENDED:
        return Contended(f"somebody else holds a lock (SQLSTATE {sqlstate})")
    if sqlstate == "23505":
        # `Key (a, b)=(secret, …) already exists.`: the columns, not their values.
        columns = re.match(r"Key \(([\w, ]+)\)=", detail)
        return Conflict(f"already taken: {columns[1] if columns else 'a unique key'}")
    if sqlstate.startswith(_POSTGRES_AWAY):
        return Unavailable(f"the database is away: {_IN_WORDS.get(sqlstate, 'SQLSTATE')} ({sqlstate})")
    return Poisoned(f"refused by the database (SQLSTATE {sqlstate})")


def _of_mysql(number: int, text: str) -> ChargeyardError:
    if number in _MYSQL_CONTENDED:
        return Contended(f"somebody else holds a lock (error {number})")
    if number in _MYSQL_TAKEN:
        # `Duplicate entry 'secret' for key 'name'`: the key, not the value.
        key = re.search(r"for key '([\w.]+)'$", text)
        return Conflict(f"already taken: {key[1] if key else 'a unique key'}")
    if number in _MYSQL_AWAY or 2000 <= number < 2100:
        return Unavailable(f"the database is away: {_IN_WORDS.get(number, 'error')} ({number})")
    return Poisoned(f"refused by the database (error {number})")


_IN_WORDS: dict[str | int, str] = {
    "28P01": "wrong user or password",
    "28000": "this user may not connect",
    1045: "wrong user or password",
    1698: "wrong user or password",
    1044: "this user may not use this database",
    "3D000": "there is no such database",
    1049: "there is no such database",
    "53100": "its disk is full",
    1021: "its disk is full",
    1114: "its disk is full",
    "SQLITE_FULL": "its disk is full",
    "53300": "it has too many connections",
    1040: "it has too many connections",
    "25006": "it is read-only",
    1290: "it is read-only",
    1836: "it is read-only",
    "57P01": "it is shutting down",
    "57P03": "it is starting up",
    1053: "it is shutting down",
    2003: "nobody answers there",
    2006: "the connection was lost",
    2013: "the connection was lost",
}
"""What an operator can act on, beside its number."""
