"""Reports and contexts, made with as few words as a test needs."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from chargeyard.domain import commands, metering, reports
from chargeyard.domain.answers import Answer
from chargeyard.domain.authorization import IdToken
from chargeyard.domain.charge_point import ChargePoint, Transaction
from chargeyard.domain.decision import Context, Decision
from chargeyard.domain.rules import decide, evolve

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TOKEN = IdToken("CARD1")


def at(minutes: float = 0) -> datetime:
    """Minutes after `NOW`."""
    return NOW + timedelta(minutes=minutes)


def start(minutes: float = 0, **fields: Any) -> reports.TransactionStarted:
    when = at(minutes)
    given = {"evse": 1, "id_token": "CARD1", "meter_start_wh": 1000, "at": when, "said": when.isoformat()}
    return reports.TransactionStarted(**{**given, **fields})


def stop(transaction: int, minutes: float = 60, **fields: Any) -> reports.TransactionStopped:
    when = at(minutes)
    given = {"transaction": transaction, "meter_stop_wh": 8000, "at": when, "said": when.isoformat()}
    return reports.TransactionStopped(**{**given, **fields})


def register(minutes: float, energy_wh: int) -> metering.Reading:
    """A reading of the energy register."""
    when = at(minutes)
    return metering.reading(when, (metering.Sample(Decimal(energy_wh)),), when.isoformat())


def values(minutes: float, energy_wh: int, **fields: Any) -> reports.MeterValuesTaken:
    return reports.MeterValuesTaken(**{"evse": 1, "readings": (register(minutes, energy_wh),), **fields})


def told(sequence: int, minutes: float | None = None, **fields: Any) -> reports.TransactionReported:
    """An event of a transaction: by its place in `TX`, the first is Started, all others are Updated."""
    when = at(sequence if minutes is None else minutes)
    given = {
        "wire_id": "TX",
        "phase": "Updated" if sequence else "Started",
        "sequence": sequence,
        "trigger": "MeterValuePeriodic",
        "at": when,
        "said": when.isoformat(),
        "payload": msgspec.Raw(msgspec.json.encode({"seqNo": sequence})),
    }
    return reports.TransactionReported(**{**given, **fields})


def context(number: int = 0, **fields: Any) -> Context:
    return Context(**{"now": NOW, "token": TOKEN, "number": number, **fields})


def apply(state: ChargePoint, report: reports.Report, given: Context) -> Decision:
    """Decide and let it happen, as if it were stored in between."""
    decision = decide(state, report, given)
    for event in decision.events:
        evolve(state, event)
    return decision


def taken(state: ChargePoint, report: reports.Report, given: Context) -> Answer:
    return apply(state, report, given).answer


def snapshot(state: ChargePoint) -> bytes:
    """Everything that a state holds, to see whether it has changed."""
    connectors = [[*outlet, known] for outlet, known in state.connectors.items()]
    plain = [state.id, state.registration, state.booted, state.epoch]
    return msgspec.json.encode([plain, connectors, list(state.transactions.items())])


def only(state: ChargePoint) -> Transaction:
    (transaction,) = state.transactions.values()
    return transaction


def reading(*names: str, max_items: int = 0) -> commands.GetVariables:
    """The command to read these keys or addresses."""
    wanted = tuple(commands.VariableWanted(variable=name) for name in names)
    return commands.GetVariables(variables=wanted, max_items=max_items)


def setting(name: str, value: str) -> commands.SetVariables:
    """The command to write one key or address."""
    return commands.SetVariables(variables=(commands.VariableGiven(variable=name, value=value),))


def shown(value: object) -> str:
    """A name for a test that is the same in every process: raw JSON shows its address in memory."""
    return re.sub(r" at 0x[0-9a-f]+", "", str(value))
