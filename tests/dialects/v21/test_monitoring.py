"""Streams of periodic values."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chargeyard.dialects.v21 import V21
from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.answers import ACKNOWLEDGED
from chargeyard.domain.monitors import EventStream
from chargeyard.domain.results import EventStreamsListed
from tests.dialects.v201.wire import NOW, OF_21, Payload, play

STREAM: Payload = {"id": 4, "variableMonitoringId": 3, "params": {"interval": 10, "values": 5}}
BASE = datetime(2026, 11, 21, 8, 14, tzinfo=UTC)


def test_a_stream_that_is_opened_is_welcome() -> None:
    report = OF_21.hear("OpenPeriodicEventStream", {"constantStreamData": STREAM}, strict=True).report
    assert report == reports.StreamOpened(stream=EventStream(id=4, monitor_id=3, interval_s=10, values=5))
    assert OF_21.answer("OpenPeriodicEventStream", {"constantStreamData": STREAM}) == {"status": "Accepted"}


@pytest.mark.parametrize(
    "broken",
    [{}, {"constantStreamData": {}}, {"constantStreamData": {**STREAM, "id": -4}}, {"constantStreamData": 7}],
    ids=str,
)
def test_what_makes_no_stream_is_not_welcome(broken: Payload) -> None:
    assert OF_21.answer("OpenPeriodicEventStream", broken) == {"status": "Rejected"}


def test_a_stream_that_is_closed() -> None:
    assert OF_21.hear("ClosePeriodicEventStream", {"id": 4}).report == reports.StreamClosed(stream_id=4)
    assert OF_21.answer("ClosePeriodicEventStream", {"id": 4}) == {}


def test_each_value_has_its_own_time() -> None:
    payload = {
        "id": 4,
        "pending": 2,
        "basetime": "2026-11-21T08:14:00Z",
        "data": [{"t": 0.5, "v": "1"}, {"t": 90, "v": "2"}, {"t": 1e300, "v": "never"}],
    }
    heard = OF_21.hear("NotifyPeriodicEventStream", payload)
    assert heard.report == reports.StreamReceived(
        stream_id=4,
        pending=2,
        values=((BASE + timedelta(seconds=0.5), "1"), (BASE + timedelta(seconds=90), "2")),
    )
    assert V21.answer(heard, ACKNOWLEDGED) == b"{}"


@pytest.mark.parametrize("broken", [{}, {"id": "broken"}, {"data": 7}], ids=str)
def test_a_broken_message_of_a_stream_is_kept(broken: Payload) -> None:
    heard = V21.read("NotifyPeriodicEventStream", msgspec.Raw(json.dumps(broken).encode()), NOW, strict=False)
    assert isinstance(heard.report, reports.StreamReceived)
    assert (heard.report.stream_id, heard.report.values) == (-1, ())


def test_streams_are_listed_and_adjusted() -> None:
    asked, outcome = play(OF_21, commands.ReadEventStreams(), lambda *_: {"constantStreamData": [STREAM]})
    assert asked == [("GetPeriodicEventStream", {})]
    assert isinstance(outcome, outcomes.Accepted)
    assert outcome.result == EventStreamsListed(
        streams=(EventStream(id=4, monitor_id=3, interval_s=10, values=5),)
    )
    _, outcome = play(OF_21, commands.ReadEventStreams(), lambda *_: {})
    assert isinstance(outcome, outcomes.Accepted)
    assert outcome.result == EventStreamsListed(streams=())
    asked, outcome = play(
        OF_21, commands.AdjustEventStream(stream_id=4, values=9), lambda *_: {"status": "Accepted"}
    )
    assert asked == [("AdjustPeriodicEventStream", {"id": 4, "params": {"values": 9}})]
    assert isinstance(outcome, outcomes.Accepted)


def test_a_periodic_monitor_may_come_as_a_stream() -> None:
    given = commands.MonitorGiven(
        variable="A.b", type="Periodic", value=1, severity=8, interval_s=60, values=10
    )
    script = V21.phrase(commands.SetMonitors(monitors=(given,)))
    (data,) = json.loads(msgspec.json.encode(next(script)))["setMonitoringData"]
    assert data["periodicEventStream"] == {"interval": 60, "values": 10}


def test_what_else_only_this_version_can_say() -> None:
    for command, said in (
        (commands.Reset(resume=True, evse=2), {"type": "ImmediateAndResume", "evseId": 2}),
        (
            commands.Trigger(topic="CustomTrigger", custom="Lamp"),
            {"requestedMessage": "CustomTrigger", "customTrigger": "Lamp"},
        ),
        (commands.Trigger(topic="SignV2G20Certificate"), {"requestedMessage": "SignV2G20Certificate"}),
        (commands.Trigger(topic="Heartbeat"), {"requestedMessage": "Heartbeat"}),
        (commands.Reset(hard=True), {"type": "Immediate"}),
    ):
        asked, _ = play(OF_21, command, lambda *_: {"status": "Accepted"})
        assert [payload for _, payload in asked] == [said]
