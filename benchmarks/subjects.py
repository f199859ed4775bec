"""What is sent, and the query by which each charge point's messages are counted afterwards."""

from collections.abc import Callable

from msgspec import Struct

from benchmarks.messages import (
    HEARTBEAT,
    meter_values,
    meter_values_of_transaction,
    session,
    session_in_events,
    transaction,
)

_COUNT_METER_VALUES = "SELECT charge_point, COUNT(*) FROM meter_value GROUP BY charge_point"
_COUNT_TRANSACTIONS = """
    SELECT charge_point, COUNT(*) + COUNT(stopped_at) AS n FROM charging_transaction GROUP BY charge_point
"""
_COUNT_SESSIONS = f"""
    SELECT charge_point, SUM(n) FROM (
        {_COUNT_TRANSACTIONS}
        UNION ALL SELECT charge_point, COUNT(*) AS n FROM meter_value GROUP BY charge_point
    ) AS counted GROUP BY charge_point
"""
_COUNT_EVENTS = "SELECT charge_point, COUNT(*) FROM transaction_event GROUP BY charge_point"


class Subject(Struct, frozen=True, kw_only=True):
    """Messages that every charge point sends round and round."""

    subprotocol: str = "ocpp1.6"
    prelude: Callable[[], tuple[str, ...]] = tuple
    """Sent once before; not counted."""
    messages: Callable[[], tuple[str, ...]]
    count: str = ""
    """Empty where nothing is stored."""
    tokens: bool = False
    """Whether the server must know an id token for each charge point."""


METER_VALUES = Subject(
    prelude=lambda: transaction()[:1],
    messages=lambda: (meter_values_of_transaction(),),
    count=_COUNT_METER_VALUES,
    tokens=True,
)
IDLE_METER_VALUES = Subject(messages=lambda: (meter_values(),), count=_COUNT_METER_VALUES)
"""Outside of transactions, as clock-aligned readings are."""
TRANSACTIONS = Subject(messages=transaction, count=_COUNT_TRANSACTIONS, tokens=True)
SESSIONS = Subject(messages=session, count=_COUNT_SESSIONS, tokens=True)
EVENTS = Subject(subprotocol="ocpp2.0.1", messages=session_in_events, count=_COUNT_EVENTS, tokens=True)
HEARTBEATS = Subject(messages=lambda: (HEARTBEAT,))
