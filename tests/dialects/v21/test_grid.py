"""Grid controls in the words of 2.1: every shape goes out, and comes back the same in a report."""

import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from chargeyard.dialects.v21.grid import LISTS
from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain import der_controls as d
from chargeyard.domain.results import DerControlSet, NothingToList, PartsFollow
from tests.dialects.v201.saying import outcome_of, refusal, said
from tests.dialects.v201.wire import OF_21, OF_201, STAMP, Payload

AT = datetime(2030, 1, 1, tzinfo=UTC)
CURVE = d.Curve(
    points=(d.CurvePoint(x=95.5, y=44), d.CurvePoint(x=105, y=-44)),
    y_unit="PctMaxVar",
    response_time_s=5,
    hysteresis=d.Hysteresis(high=1, low=2, delay_s=3, gradient=4),
    reactive_power=d.ReactivePower(reference_voltage=100, follows_voltage=True, time_constant_s=300),
    voltage_limits=d.VoltageLimits(mean_voltage=110, mean_trip_delay_s=3, power_during_cessation="Active"),
)
SETTINGS: dict[str, d.AnySetting] = {
    "EnterService": d.EnterService(
        high_voltage=110,
        low_voltage=90,
        high_frequency_hz=50.2,
        low_frequency_hz=47.5,
        delay_s=60,
        random_delay_s=0,
        ramp_rate=1.5,
    ),
    "FixedPFAbsorb": d.FixedPowerFactor(displacement=0.95, excitation=False),
    "FixedPFInject": d.FixedPowerFactor(displacement=0.95, excitation=True),
    "FixedVar": d.FixedVar(setpoint=-20, unit="PctMaxVar"),
    "FreqDroop": d.FreqDroop(
        over_frequency_hz=50.2, under_frequency_hz=49.8, over_droop=5, under_droop=4, response_time_s=2
    ),
    "Gradients": d.Gradient(gradient=2, soft_gradient=0.5),
    "LimitMaxDischarge": d.LimitMaxDischarge(max_discharge_percent=50, must_trip=CURVE, must_trip_priority=2),
}


def _control(kind: str, **fields: Any) -> d.DerControl:
    is_default = kind in d.ONLY_DEFAULT
    plan = {} if is_default else {"starts_at": AT, "duration_s": 600.0}
    values: dict[str, Any] = {"id": "c-1", "priority": 1, "is_default": is_default, **plan} | fields
    return d.DerControl(kind=kind, setting=values.pop("setting", SETTINGS.get(kind, CURVE)), **values)


def _listed(control: d.DerControl, payload: Payload) -> Payload:
    """The report of a control, from the words in which it was set."""
    [(name, setting)] = [(name, value) for name, value in payload.items() if isinstance(value, dict)]
    inner = "fixedPF" if name.startswith("fixedPF") else name
    item: Payload = {"id": control.id, inner: setting}
    if control.kind not in d.ONLY_DEFAULT:
        item |= {"isDefault": control.is_default, "isSuperseded": False}
    if name == "curve":
        item["curveType"] = control.kind
    return {name: [item]}


@pytest.mark.parametrize("kind", get_args(d.DerKind))
def test_every_kind_is_said_and_heard(kind: str) -> None:
    control = _control(kind)
    action, payload = said(OF_21, commands.SetDerControl(control=control))
    assert action == "SetDERControl"
    assert (payload["controlType"], payload["controlId"], payload["isDefault"]) == (
        kind,
        "c-1",
        control.is_default,
    )
    assert len([value for value in payload.values() if isinstance(value, dict)]) == 1
    report = {"requestId": 5, "tbc": True, **_listed(control, payload)}
    heard = OF_21.hear("ReportDERControl", report, strict=True).report
    assert heard == reports.DerControlsReported(request_id=5, is_last=False, controls=(control,))


def test_a_curve_word_for_word() -> None:
    payload = said(OF_21, commands.SetDerControl(control=_control("VoltVar")))[1]
    assert payload["curve"] == {
        "curveData": [{"x": 95.5, "y": 44}, {"x": 105, "y": -44}],
        "priority": 1,
        "yUnit": "PctMaxVar",
        "responseTime": 5,
        "startTime": "2030-01-01T00:00:00Z",
        "duration": 600,
        "hysteresis": {
            "hysteresisHigh": 1,
            "hysteresisLow": 2,
            "hysteresisDelay": 3,
            "hysteresisGradient": 4,
        },
        "reactivePowerParams": {
            "vRef": 100,
            "autonomousVRefEnable": True,
            "autonomousVRefTimeConstant": 300,
        },
        "voltageParams": {
            "hv10MinMeanValue": 110,
            "hv10MinMeanTripDelay": 3,
            "powerDuringCessation": "Active",
        },
    }


@pytest.mark.parametrize(
    "control",
    [
        _control("VoltVar", setting=SETTINGS["FixedVar"]),
        _control("FixedVar", setting=CURVE),
        _control("VoltVar", is_default=True),
        _control("VoltVar", is_default=True, starts_at=None),
        _control("EnterService", is_default=False),
        _control("Gradients", is_default=False),
        _control("VoltVar", id="c" * 37),
        _control("VoltVar", setting=d.Curve(points=())),
        _control("FixedVar", setting=d.FixedVar(setpoint=1, unit="bananas")),
    ],
    ids=lambda control: f"{control.kind}-{type(control.setting).__name__}-{control.is_default}",
)
def test_what_contradicts_the_rules_is_never_said(control: d.DerControl) -> None:
    assert refusal(OF_21, commands.SetDerControl(control=control)).detail


def test_what_is_asked_and_cleared() -> None:
    assert said(OF_21, commands.ReadDerControls(request_id=5)) == ("GetDERControl", {"requestId": 5})
    some = commands.ReadDerControls(request_id=5, is_default=False, kind="VoltVar", control_id="c-1")
    assert said(OF_21, some)[1] == {
        "requestId": 5,
        "isDefault": False,
        "controlType": "VoltVar",
        "controlId": "c-1",
    }
    clear = commands.ClearDerControls(is_default=True, kind="Gradients")
    assert said(OF_21, clear) == ("ClearDERControl", {"isDefault": True, "controlType": "Gradients"})
    one = commands.ClearDerControls(is_default=False, control_id="c-1")
    assert said(OF_21, one)[1] == {"isDefault": False, "controlId": "c-1"}


def test_what_becomes_of_it() -> None:
    set_it = commands.SetDerControl(control=_control("VoltVar"))
    outcome = outcome_of(OF_21, set_it, {"status": "Accepted", "supersededIds": ["c-0"]})
    assert isinstance(outcome, outcomes.Accepted)
    assert outcome.result == DerControlSet(control_id="c-1", superseded_ids=("c-0",))
    assert isinstance(outcome_of(OF_21, set_it, {"status": "NotSupported"}), outcomes.Unsupported)
    read = commands.ReadDerControls(request_id=5)
    follow = outcome_of(OF_21, read, {"status": "Accepted"})
    assert isinstance(follow, outcomes.Accepted)
    assert follow.result == PartsFollow(request_id=5)
    none = outcome_of(OF_21, read, {"status": "NotFound"})
    assert isinstance(none, outcomes.Accepted)
    assert none.result == NothingToList()


def test_the_version_before_has_none_of_it() -> None:
    for command in (
        commands.SetDerControl(control=_control("VoltVar")),
        commands.ReadDerControls(request_id=5),
        commands.ClearDerControls(is_default=True),
    ):
        script = OF_201.dialect.phrase(command)
        with pytest.raises(StopIteration) as end:
            next(script)
        assert isinstance(end.value.value, outcomes.Unsupported)


def test_alarms_and_switches() -> None:
    alarm = {
        "controlType": "HVMustTrip",
        "timestamp": STAMP,
        "gridEventFault": "OverVoltage",
        "alarmEnded": True,
        "extraInfo": "line 2",
    }
    assert OF_21.hear("NotifyDERAlarm", alarm, strict=True).report == reports.DerAlarmHappened(
        kind="HVMustTrip",
        at=datetime(2026, 11, 21, 8, 14, 59, tzinfo=UTC),
        fault="OverVoltage",
        has_ended=True,
        info="line 2",
    )
    assert OF_21.answer("NotifyDERAlarm", alarm) == {}
    switch = {"controlId": "c-1", "started": True, "timestamp": STAMP, "supersededIds": ["c-0"]}
    assert OF_21.hear("NotifyDERStartStop", switch, strict=True).report == reports.DerControlSwitched(
        control_id="c-1",
        has_started=True,
        at=datetime(2026, 11, 21, 8, 14, 59, tzinfo=UTC),
        supersedes=("c-0",),
    )


@pytest.mark.parametrize("action", ["NotifyDERAlarm", "NotifyDERStartStop", "ReportDERControl"])
def test_what_is_of_no_use_is_kept_and_acknowledged(action: str) -> None:
    assert isinstance(OF_21.hear(action, {"curve": [{}]}).report, reports.Reported)
    assert OF_21.answer(action, json.dumps({"curve": [{}]}).encode()) == {}


def test_every_list_of_the_report_is_read() -> None:
    lists = set(OF_21.schema("ReportDERControlRequest")["properties"]) - {"requestId", "tbc", "customData"}
    assert len(lists) == len(LISTS)
