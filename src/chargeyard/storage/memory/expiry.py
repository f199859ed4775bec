"""Rows that get old, in memory."""

from collections.abc import Callable, Mapping
from datetime import datetime

from chargeyard.services.ports import Step
from chargeyard.storage.memory.journal import MemoryJournal, MemoryMessageSink
from chargeyard.storage.memory.tables import Tables

Work = Callable[[Tables, MemoryMessageSink, datetime], int]


class MemoryExpiry:
    """See `services.ports.Expiring`; `work` is one of `RULES`. One step does all of it."""

    def __init__(self, journal: MemoryJournal, sink: MemoryMessageSink, work: Work) -> None:
        self._journal = journal
        self._sink = sink
        self._work = work

    async def expire(self, before: datetime, limit: int, place: int | None = None) -> Step:
        return Step(self._work(self._journal.tables, self._sink, before), is_last=True)


def _messages(_tables: Tables, sink: MemoryMessageSink, before: datetime) -> int:
    known = len(sink.messages)
    sink.messages = [one for one in sink.messages if one.at >= before]
    return known - len(sink.messages)


def _customer_information(tables: Tables, _sink: MemoryMessageSink, before: datetime) -> int:
    old = [key for key, at in tables.customer_information_at.items() if at < before]
    for key in old:
        del tables.customer_information_at[key]
        tables.customer_information.pop(key, None)
    return len(old)


def _findings(tables: Tables, _sink: MemoryMessageSink, before: datetime) -> int:
    known = len(tables.findings)
    tables.findings = [one for one in tables.findings if one.at >= before]
    return known - len(tables.findings)


def _reports(tables: Tables, _sink: MemoryMessageSink, before: datetime) -> int:
    known = len(tables.reports)
    tables.reports = [one for one in tables.reports if one.at >= before]
    return known - len(tables.reports)


def _commands(tables: Tables, _sink: MemoryMessageSink, before: datetime) -> int:
    old = {
        one.id for one in tables.commands.values() if one.settled_at is not None and one.settled_at < before
    }
    tables.commands = {number: one for number, one in tables.commands.items() if number not in old}
    tables.command_keys = {key: number for key, number in tables.command_keys.items() if number not in old}
    return len(old)


def _jobs(tables: Tables, _sink: MemoryMessageSink, before: datetime) -> int:
    known = len(tables.jobs)
    tables.jobs = {key: one for key, one in tables.jobs.items() if one.begun_at >= before}
    return known - len(tables.jobs)


def _listings(tables: Tables, _sink: MemoryMessageSink, before: datetime) -> int:
    def is_old(at: datetime | None) -> bool:
        return at is not None and at < before

    known = len(tables.listings)
    tables.listings = {
        key: one
        for key, one in tables.listings.items()
        if not is_old(one.asked_at) and not is_old(one.last_at)
    }
    return known - len(tables.listings)


def _reservations(tables: Tables, _sink: MemoryMessageSink, before: datetime) -> int:
    known = len(tables.reservations)
    tables.reservations = {key: one for key, one in tables.reservations.items() if one.expires_at >= before}
    return known - len(tables.reservations)


def _events(tables: Tables, _sink: MemoryMessageSink, before: datetime) -> int:
    ended = _ended(tables, before)
    old = [
        key
        for key, one in tables.transaction_events.items()
        if one.recorded_at < before
        and (one.transaction in ended or one.transaction not in tables.transactions)
    ]
    for key in old:
        del tables.transaction_events[key]
    return len(old)


def _intervals(tables: Tables, _sink: MemoryMessageSink, before: datetime) -> int:
    old = [key for key in tables.intervals if key[1] < before]
    for key in old:
        del tables.intervals[key]
    return len(old)


def _transactions(tables: Tables, _sink: MemoryMessageSink, before: datetime) -> int:
    ended = _ended(tables, before)
    for number in ended:
        del tables.transactions[number]
        tables.accounts.pop(number, None)
        tables.roll_ups.pop(number, None)
    tables.starts = {key: number for key, number in tables.starts.items() if number not in ended}
    tables.transaction_events = {
        key: one for key, one in tables.transaction_events.items() if one.transaction not in ended
    }
    tables.meter_values = {
        key: one for key, one in tables.meter_values.items() if one.transaction not in ended
    }
    tables.intervals = {key: one for key, one in tables.intervals.items() if key[3] not in ended}
    return len(ended)


def _ended(tables: Tables, before: datetime) -> set[int]:
    return {
        one.id
        for one in tables.transactions.values()
        if one.stopped_at is not None and tables.stop_recorded[one.id] < before
    }


RULES: Mapping[str, Work] = {
    "message_log": _messages,
    "customer_information": _customer_information,
    "findings": _findings,
    "reports": _reports,
    "commands": _commands,
    "jobs": _jobs,
    "listings": _listings,
    "reservations": _reservations,
    "transaction_events": _events,
    "intervals": _intervals,
    "transactions": _transactions,
}
"""By the names of `settings.Retention`, without `_days`."""
