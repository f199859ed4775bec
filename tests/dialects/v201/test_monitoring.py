"""Monitors and what they notice, in both versions."""

from typing import Any

import pytest

from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.monitors import DeviceEvent, Monitor
from chargeyard.domain.results import MonitorCleared, MonitorsCleared, MonitorsSet, PartsFollow
from chargeyard.domain.variables import Address
from tests.dialects.v201.wire import BOTH, NOW, OF_21, OF_201, STAMP, Payload, Version, named, play

POWER = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}
EVENT: Payload = {
    "eventId": 7,
    "timestamp": STAMP,
    "trigger": "Alerting",
    "actualValue": "9000",
    "eventNotificationType": "CustomMonitor",
    "cause": 6,
    "techCode": "E7",
    "techInfo": "too much",
    "cleared": False,
    "transactionId": "tx-1",
    "variableMonitoringId": 3,
    **POWER,
}


def _events(*data: Any, version: Version = OF_201, **rest: Any) -> reports.EventsNotified:
    payload = {"generatedAt": STAMP, "seqNo": 2, "eventData": list(data), **rest}
    report = version.hear("NotifyEvent", payload).report
    assert isinstance(report, reports.EventsNotified)
    return report


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_an_event_is_heard_whole(version: Version) -> None:
    report = _events(EVENT, version=version, tbc=True)
    assert (report.sequence, report.is_last) == (2, False)
    assert report.events == (
        DeviceEvent(
            number=7,
            at=report.events[0].at,
            said=STAMP,
            trigger="Alerting",
            variable=Address("EVSE", "Power", evse=1),
            value="9000",
            origin="CustomMonitor",
            cause=6,
            tech_code="E7",
            tech_info="too much",
            cleared=False,
            transaction="tx-1",
            monitor_id=3,
        ),
    )
    assert version.answer("NotifyEvent", {"generatedAt": STAMP, "seqNo": 0, "eventData": [EVENT]}) == {}


def test_the_next_version_tells_how_severe_it_is() -> None:
    (event,) = _events({**EVENT, "severity": 2}, version=OF_21).events
    assert event.severity == 2


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"component": {"name": "C"}},
        {**EVENT, "timestamp": "soon", "trigger": "Whim", "eventNotificationType": "Rumour"},
        {**EVENT, "eventId": 2**70, "component": {"name": "C", "evse": {"id": 2**70}}},
    ],
    ids=["nothing", "little", "words", "numbers"],
)
def test_an_event_that_lacks_something_is_kept_all_the_same(broken: Payload) -> None:
    report = _events(EVENT, broken)
    assert len(report.events) == 2
    assert report.events[1].variable.evse in (0, 1)


MONITOR = {"id": 3, "transaction": True, "value": 1.5, "type": "Delta", "severity": 4}


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_monitors_are_heard(version: Version) -> None:
    more = {"eventNotificationType": "PreconfiguredMonitor"} if version is OF_21 else {}
    payload = {
        "requestId": 5,
        "seqNo": 1,
        "generatedAt": STAMP,
        "monitor": [{**POWER, "variableMonitoring": [{**MONITOR, **more}, {**MONITOR, **more, "id": 4}]}],
    }
    report = version.hear("NotifyMonitoringReport", payload, strict=True).report
    assert isinstance(report, reports.MonitorsReported)
    assert (report.request_id, report.sequence, report.is_last) == (5, 1, True)
    assert report.monitors[0] == Monitor(
        id=3,
        variable=Address("EVSE", "Power", evse=1),
        type="Delta",
        value=1.5,
        severity=4,
        is_for_transactions=True,
        origin="PreconfiguredMonitor" if version is OF_21 else "",
    )
    assert [one.id for one in report.monitors] == [3, 4]
    empty = version.hear("NotifyMonitoringReport", {"monitor": []}).report
    assert isinstance(empty, reports.MonitorsReported)
    assert (empty.monitors, empty.is_last) == ((), True)
    assert NOW


def _set(action: str, payload: Payload) -> Payload:
    """The first of a message is accepted and numbered, the others are not."""
    told = [
        {key: of for key, of in one.items() if key in ("type", "severity", "component", "variable")}
        | ({"status": "Accepted", "id": 70} if number == 0 else {"status": "Rejected"})
        for number, one in enumerate(payload["setMonitoringData"])
    ]
    return {"setMonitoringResult": told}


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_what_became_of_each_monitor(version: Version) -> None:
    given = tuple(
        commands.MonitorGiven(variable=f"EVSE:1.{name}", type="Delta", value=2, severity=5) for name in "abc"
    )
    asked, outcome = play(version, commands.SetMonitors(monitors=given, max_items=2), _set)
    assert [len(payload["setMonitoringData"]) for _, payload in asked] == [2, 1]
    assert isinstance(outcome, outcomes.Rejected)
    assert isinstance(outcome.result, MonitorsSet)
    assert [(one.status, one.monitor.id, one.monitor.variable.name) for one in outcome.result.monitors] == [
        ("Accepted", 70, "a"),
        ("Rejected", None, "b"),
        ("Accepted", 70, "c"),
    ]
    assert outcome.result.monitors[0].monitor.value == 2


def test_a_monitor_of_no_variable_is_not_set() -> None:
    given = commands.MonitorGiven(variable="NumberOfConnectors", type="Delta", value=2, severity=5)
    asked, outcome = play(OF_21, commands.SetMonitors(monitors=(given,)), _set)
    assert (asked, type(outcome)) == ([], outcomes.Invalid)


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_what_became_of_each_that_was_removed(version: Version) -> None:
    def cleared(action: str, payload: Payload) -> Payload:
        return {"clearMonitoringResult": [{"id": one, "status": "NotFound"} for one in payload["id"]]}

    asked, outcome = play(version, commands.ClearMonitors(ids=(1, 2, 3), max_items=2), cleared)
    assert [payload["id"] for _, payload in asked] == [[1, 2], [3]]
    assert isinstance(outcome, outcomes.Rejected)
    assert isinstance(outcome.result, MonitorsCleared)
    assert outcome.result.monitors[2] == MonitorCleared(id=3, status="NotFound")


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_monitors_that_are_asked_for_follow_in_parts(version: Version) -> None:
    _, outcome = play(version, commands.ReadMonitors(request_id=9), lambda *_: {"status": "Accepted"})
    assert isinstance(outcome, outcomes.Accepted)
    assert outcome.result == PartsFollow(request_id=9)
    _, outcome = play(version, commands.ReadMonitors(request_id=9), lambda *_: {"status": "EmptyResultSet"})
    assert isinstance(outcome, outcomes.Rejected)
