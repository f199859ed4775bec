"""A yard to look at: records in memory behind the store's reading methods, the real bus, the real gate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from litestar import Litestar
from litestar.di import Provide

from chargeyard.api import gate, problems
from chargeyard.api.access import Access
from chargeyard.api.attempts import FailedLogins
from chargeyard.api.problems import Problem
from chargeyard.bus.local import LocalBus
from chargeyard.domain import events
from chargeyard.domain.answers import Registration
from chargeyard.domain.authorization import Status
from chargeyard.domain.records import (
    ChargePointRecord,
    ConnectorRecord,
    OperatorRecord,
    Page,
    TransactionRecord,
)
from chargeyard.errors import Unavailable
from chargeyard.services.credentials import Keys
from chargeyard.services.ports import ChargePointFilter, Paging, TransactionFilter
from chargeyard.web.live import Pace
from chargeyard.web.site import Site, Surroundings, build

OPERATOR = "admin"
PASSWORD = "correct horse"
MOST_FAILURES = 3
QUICK = Pace(change_s=0.02, beat_s=0.2, linger_s=0.2, retry_s=0.02)


class PlainPasswords:
    """Quick hashes: how slow they are is tested elsewhere."""

    def hash(self, password: str) -> str:
        return f"plain:{password}"

    def verify(self, password_hash: str, password: str) -> bool:
        return password_hash == f"plain:{password}"


class Records:
    """What the pages read of a store. Counts its reads; `away` makes it fail as a database does."""

    def __init__(self) -> None:
        self.points: dict[str, ChargePointRecord] = {}
        self.transactions: dict[int, TransactionRecord] = {}
        self.operator = OperatorRecord(name=OPERATOR, password_hash=f"plain:{PASSWORD}")
        self.reads = 0
        self.away = False

    async def find_operator(self, name: str) -> OperatorRecord | None:
        return self.operator if name == OPERATOR else None

    async def list_charge_points(self, wanted: ChargePointFilter, paging: Paging) -> Page[ChargePointRecord]:
        self._read()
        ids = sorted(one for one in self.points if one > (paging.cursor or ""))
        chosen = [self.points[one] for one in ids[: paging.limit]]
        return Page(items=chosen, next_cursor=chosen[-1].id if len(ids) > paging.limit else None)

    async def list_transactions(self, wanted: TransactionFilter, paging: Paging) -> Page[TransactionRecord]:
        self._read()
        return Page(items=[one for one in self.transactions.values() if _is_wanted(one, wanted)])

    def _read(self) -> None:
        self.reads += 1
        if self.away:
            raise Unavailable("the database is away")


def _is_wanted(transaction: TransactionRecord, wanted: TransactionFilter) -> bool:
    if wanted.running is not None and wanted.running != (transaction.stopped_at is None):
        return False
    return wanted.since is None or transaction.started_at >= wanted.since


class Stage:
    """Records, bus and pages, and the application around them."""

    def __init__(self, pace: Pace = QUICK) -> None:
        self.records = Records()
        self.bus = LocalBus()
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.pace = pace

    def clock(self) -> datetime:
        return self.now

    def site(self) -> Site:
        store = cast("Any", self.records)
        return build(Surroundings(store, self.bus, self.clock, Problem, pace=self.pace))

    def app(self, site: Site) -> Litestar:
        """The pages behind the real gate, as the application has them."""
        access = Access(
            cast("Any", self.records),
            Keys(b"no secret" * 4),
            PlainPasswords(),
            self.clock,
            FailedLogins(MOST_FAILURES),
        )
        return Litestar(
            route_handlers=site.routes,
            dependencies={"access": Provide(lambda: access, sync_to_thread=False)},
            middleware=[gate.SameOrigin(), gate.Gate(access, "/login")],
            exception_handlers=problems.handlers(),
            before_send=[gate.guard_answer],
            openapi_config=None,
            logging_config=None,
        )

    def put(self, *points: ChargePointRecord) -> None:
        """Store charge points."""
        self.records.points.update((point.id, point) for point in points)

    def run(self, *transactions: TransactionRecord) -> None:
        """Store transactions."""
        self.records.transactions.update((one.id, one) for one in transactions)

    def tell(self, *told: events.Event) -> None:
        """Announce events."""
        self.bus.publish(told)


NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def charge_point(number: int | str, now: datetime = NOW, **fields: Any) -> ChargePointRecord:
    """A charge point with two free connectors, online for an hour."""
    known: dict[str, Any] = {
        "id": number if isinstance(number, str) else f"CP{number:03d}",
        "name": "",
        "registration": Registration.ACCEPTED,
        "reading": "",
        "online": True,
        "has_password": True,
        "has_token": False,
        "registered_at": now - timedelta(days=30),
        "epoch": 1,
        "connected_at": now - timedelta(hours=1),
        "last_seen_at": now - timedelta(seconds=20),
        "vendor": "Ladewerk",
        "model": "Säule 22",
        "firmware_version": "4.1.0",
        "connectors": (connector(1, now=now), connector(2, now=now)),
    }
    return ChargePointRecord(**{**known, **fields})


def connector(
    evse: int, status: str = "Available", error_code: str = "NoError", now: datetime = NOW
) -> ConnectorRecord:
    return ConnectorRecord(evse=evse, connector=1, status=status, error_code=error_code, at=now)


def transaction(number: int, at: str = "CP001", now: datetime = NOW, **fields: Any) -> TransactionRecord:
    """A transaction at connector 1 that began half an hour ago."""
    known: dict[str, Any] = {
        "id": number,
        "charge_point": at,
        "wire_id": str(number),
        "evse": 1,
        "connector": 1,
        "id_token": "04A1B2C3",
        "authorization": Status.ACCEPTED,
        "started_at": now - timedelta(minutes=30),
        "meter_start_wh": 1000,
        "energy_wh": 5230,
        "power_w": 11040,
        "soc_percent": 54.0,
        "last_reading_at": now - timedelta(minutes=1),
    }
    return TransactionRecord(**{**known, **fields})
