"""What monitors notice: kept as it was told, and what it says of variables, connectors and alerts is true now."""

import json
from typing import Any

import msgspec
import pytest

from chargeyard.domain import commands, events, outcomes, reports
from chargeyard.domain.answers import ACKNOWLEDGED, StreamJudged
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.consequences import Scene, consequences
from chargeyard.domain.monitors import DeviceEvent, EventStream, Monitor
from chargeyard.domain.results import (
    EventStreamsListed,
    MonitorCleared,
    MonitorsCleared,
    MonitorsSet,
    MonitorWord,
)
from chargeyard.domain.rules import decide, evolve
from chargeyard.domain.variables import Address
from tests.domain.made import NOW, at, context

SCENE = Scene("CP1", NOW)
AVAILABILITY = {"name": "AvailabilityState", "component": "Connector", "connector": 1}


def noticed(value: str | None = "1", **fields: Any) -> DeviceEvent:
    names = ("component", "name", "evse", "connector")
    where: dict[str, Any] = {name: fields.pop(name) for name in names if name in fields}
    named: dict[str, Any] = {"component": "EVSE", "name": "Power", "evse": 1} | where
    told: dict[str, Any] = {"number": 1, "at": at(-1), "trigger": "Delta"} | fields
    return DeviceEvent(variable=Address(**named), value=value, **told)


def decided(*told: DeviceEvent, state: ChargePoint | None = None) -> list[events.Event]:
    report = reports.EventsNotified(sequence=0, is_last=True, at=at(-1), events=told)
    decision = decide(state or ChargePoint(id="CP1", booted=True), report, context())
    assert decision.answer == ACKNOWLEDGED
    return list(decision.events)


def test_every_event_is_kept_and_refreshes_the_variable() -> None:
    happened = decided(noticed("1"), noticed("2", name="Current"))
    kept = [one for one in happened if isinstance(one, events.DeviceEventHappened)]
    assert [one.device_event.value for one in kept] == ["1", "2"]
    (told,) = [one for one in happened if isinstance(one, events.VariablesReported)]
    assert [(one.name, one.value, one.place, one.mutability) for one in told.variables] == [
        ("Power", "1", (1, 0), ""),
        ("Current", "2", (1, 0), ""),
    ]
    assert told.at == at(-1)


def test_no_secret_is_kept_of_an_event() -> None:
    happened = decided(noticed("hush", name="BasicAuthPassword", trigger="Alerting"))
    assert b"hush" not in msgspec.json.encode(happened)


def test_any_number_of_connectors_tells_its_state() -> None:
    told = [
        noticed("Available", evse=1, **AVAILABILITY),
        noticed("Occupied", evse=2, **AVAILABILITY),
        noticed("Occupied", evse=0, **AVAILABILITY),
        noticed("Occupied", evse=2, component="EVSE", name="AvailabilityState"),
    ]
    states = [one for one in decided(*told) if isinstance(one, events.ConnectorStatusChanged)]
    assert [(one.evse, one.connector, one.status, one.at) for one in states] == [
        (1, 1, "Available", at(-1)),
        (2, 1, "Occupied", at(-1)),
    ]


def _alerts(happened: list[events.Event]) -> tuple[list[str], list[str]]:
    wrong = [one for one in happened if isinstance(one, events.ItemsInstalled)]
    over = [one for one in happened if isinstance(one, events.ItemsRemoved)]
    return (
        [item.key for one in wrong for item in one.items],
        [key for one in over for _, key in one.keys or ()],
    )


@pytest.mark.parametrize(
    ("told", "wrong", "over"),
    [
        ([noticed()], [], []),
        ([noticed(trigger="Alerting", monitor_id=3)], ["EVSE:1.Power#3"], []),
        ([noticed(trigger="Alerting", monitor_id=3, cleared=True)], [], ["EVSE:1.Power#3"]),
        ([noticed("true", name="Problem")], ["EVSE:1.Problem"], []),
        ([noticed("false", name="Problem", trigger="Alerting")], [], ["EVSE:1.Problem"]),
        ([noticed("true", name="Problem"), noticed("false", name="Problem")], [], ["EVSE:1.Problem"]),
        ([noticed("false", name="Problem"), noticed("true", name="Problem")], ["EVSE:1.Problem"], []),
    ],
)
def test_what_is_wrong_now(told: list[DeviceEvent], wrong: list[str], over: list[str]) -> None:
    assert _alerts(decided(*told)) == (wrong, over)


def monitor(number: int | None = 3, **fields: Any) -> Monitor:
    variable = Address("EVSE", "Power", evse=1)
    given: dict[str, Any] = {"variable": variable, "type": "Delta", "value": 2.0, "severity": 4}
    return Monitor(**(given | fields), id=number)


def test_monitors_are_listed_in_parts() -> None:
    report = reports.MonitorsReported(request_id=5, sequence=0, is_last=True, monitors=(monitor(),))
    installed, advanced = decide(ChargePoint(id="CP1", booted=True), report, context()).events
    assert isinstance(installed, events.ItemsInstalled)
    assert (installed.kind, installed.source) == ("Monitor", "reported")
    (item,) = installed.items
    assert (item.key, item.evse) == ("3", 0)
    assert json.loads(bytes(item.body)) == {
        "variable": "EVSE:1.Power", "type": "Delta", "value": 2.0, "severity": 4,
        "isForTransactions": False, "origin": "",
    }  # fmt: skip
    assert isinstance(advanced, events.ListingAdvanced)
    assert (advanced.kind, advanced.items, advanced.is_last) == ("Monitor", 1, True)


def test_monitors_that_were_set_are_ours() -> None:
    words = (
        MonitorWord(status="Accepted", monitor=monitor(3)),
        MonitorWord(status="Rejected", monitor=monitor(None)),
        MonitorWord(status="Accepted", monitor=monitor(None)),
    )
    outcome = outcomes.Rejected(reason="Rejected", result=MonitorsSet(monitors=words))
    (installed,) = consequences(commands.SetMonitors(monitors=()), outcome, SCENE)
    assert isinstance(installed, events.ItemsInstalled)
    assert ([item.key for item in installed.items], installed.source) == (["3"], "ours")


def test_monitors_that_were_cleared_or_unknown_are_gone() -> None:
    words = tuple(
        MonitorCleared(id=number, status=status)
        for number, status in enumerate(("Accepted", "NotFound", "Rejected"))
    )
    outcome = outcomes.Rejected(reason="Rejected", result=MonitorsCleared(monitors=words))
    (removed,) = consequences(commands.ClearMonitors(ids=(0, 1, 2)), outcome, SCENE)
    assert isinstance(removed, events.ItemsRemoved)
    assert removed.keys == ((0, "0"), (0, "1"))


@pytest.mark.parametrize(("base", "count"), [("All", 0), ("FactoryDefault", 1), ("HardWiredOnly", 1)])
def test_custom_monitors_are_gone_with_another_base(base: Any, count: int) -> None:
    command = commands.SetMonitoringBase(base=base)
    assert len(consequences(command, outcomes.Accepted(), SCENE)) == count
    assert consequences(command, outcomes.Rejected(reason="Rejected"), SCENE) == ()


@pytest.mark.parametrize("criteria", [(), ("DeltaMonitoring",)])
def test_a_list_that_was_promised_is_waited_for(criteria: Any) -> None:
    command = commands.ReadMonitors(request_id=5, criteria=criteria)
    (asked,) = consequences(command, outcomes.Accepted(), SCENE)
    assert isinstance(asked, events.ListingAsked)
    assert (asked.kind, asked.is_whole) == ("Monitor", not criteria)


def test_a_stream_is_opened_and_closed() -> None:
    state = ChargePoint(id="CP1", booted=True)
    opened = decide(state, reports.StreamOpened(stream=EventStream(id=4, monitor_id=3)), context())
    assert opened.answer == StreamJudged(accepted=True)
    (installed,) = opened.events
    assert isinstance(installed, events.ItemsInstalled)
    assert json.loads(bytes(installed.items[0].body)) == {"monitorId": 3, "intervalS": None, "values": None}
    (removed,) = decide(state, reports.StreamClosed(stream_id=4), context()).events
    assert isinstance(removed, events.ItemsRemoved)
    assert (removed.kind, removed.keys) == ("EventStream", ((0, "4"),))
    refused = decide(state, reports.StreamOpened(stream=None), context())
    assert (refused.events, refused.answer) == ((), StreamJudged(accepted=False))


def test_a_stream_falls_behind_once() -> None:
    state = ChargePoint(id="CP1", booted=True)
    behind = []
    for pending in (5, 5, 8, 9, 2, 3, 0):
        report = reports.StreamReceived(stream_id=4, pending=pending, values=((at(0), "1"),))
        happened = decide(state, report, context()).events
        behind += [one.pending for one in happened if isinstance(one, events.StreamFellBehind)]
        for one in happened:
            evolve(state, one)
    assert behind == [8, 3]


def test_the_answer_of_a_listing_names_all_streams() -> None:
    command = commands.ReadEventStreams()
    some = outcomes.Accepted(result=EventStreamsListed(streams=(EventStream(id=4, monitor_id=3),)))
    gone, there = consequences(command, some, SCENE)
    assert isinstance(gone, events.ItemsRemoved)
    assert isinstance(there, events.ItemsInstalled)
    none = outcomes.Accepted(result=EventStreamsListed(streams=()))
    assert len(consequences(command, none, SCENE)) == 1
    assert consequences(command, outcomes.Offline(), SCENE) == ()


def test_an_adjusted_stream_has_its_new_pace() -> None:
    command = commands.AdjustEventStream(stream_id=4, values=9, monitor_id=3)
    (there,) = consequences(command, outcomes.Accepted(), SCENE)
    assert isinstance(there, events.ItemsInstalled)
    assert json.loads(bytes(there.items[0].body))["values"] == 9
    unknown = commands.AdjustEventStream(stream_id=4, values=9)
    assert consequences(unknown, outcomes.Accepted(), SCENE) == ()
    assert consequences(command, outcomes.Rejected(reason="Rejected"), SCENE) == ()
