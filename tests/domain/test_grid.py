"""Grid controls: what is listed, set and cleared."""

from typing import get_args

import msgspec
import pytest

from chargeyard.domain import commands, events, reports
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.der_controls import DerControl, DerKind, FixedVar, item_of, key_of
from chargeyard.domain.outcomes import Accepted, AnyOutcome, Rejected
from chargeyard.domain.results import DerControlSet, NothingToList, PartsFollow
from tests.domain.made import NOW, apply, context
from tests.domain.scenes import ASKED, NO_NEWS, accepted, after, named

CONTROL = DerControl(
    id="c-1", kind="FixedVar", setting=FixedVar(setpoint=10, unit="PctMaxVar"), duration_s=60
)


def _removed(command: commands.Command, outcome: AnyOutcome) -> list[tuple[object, str]]:
    happened = after(command, outcome)
    removed: list[tuple[object, str]] = [
        (event.keys, event.prefix) for event in happened if isinstance(event, events.ItemsRemoved)
    ]
    assert len(removed) == len(happened)
    return removed


def test_a_part_of_a_list_is_kept() -> None:
    part = reports.DerControlsReported(request_id=7, is_last=False, controls=(CONTROL,))
    told, advanced = apply(ChargePoint(id="CP1"), part, context()).events
    assert isinstance(told, events.ItemsInstalled)
    assert (told.kind, told.source, told.items) == ("DerControl", "reported", (item_of(CONTROL),))
    assert isinstance(advanced, events.ListingAdvanced)
    assert (advanced.kind, advanced.request_id, advanced.is_last) == ("DerControl", 7, False)


def test_a_control_that_was_accepted_holds_in_place_of_others() -> None:
    result = DerControlSet(control_id="c-1", superseded_ids=("c-0",))
    [installed] = after(commands.SetDerControl(control=CONTROL), accepted(result))
    assert isinstance(installed, events.ItemsInstalled)
    [item] = installed.items
    assert (item.key, installed.source) == ("scheduled:FixedVar:c-1", "ours")
    assert msgspec.json.decode(item.body) == {
        "id": "c-1",
        "kind": "FixedVar",
        "setting": {"shape": "FixedVar", "setpoint": 10, "unit": "PctMaxVar"},
        "durationS": 60,
        "supersedes": ["c-0"],
    }


@pytest.mark.parametrize(
    ("command", "is_whole"),
    [
        (commands.ReadDerControls(request_id=7), True),
        (commands.ReadDerControls(request_id=7, is_default=False), False),
        (commands.ReadDerControls(request_id=7, kind="VoltVar"), False),
        (commands.ReadDerControls(request_id=7, control_id="c"), False),
    ],
)
def test_a_list_is_awaited_from_when_it_was_asked_for(
    command: commands.ReadDerControls, is_whole: bool
) -> None:
    [asked] = after(command, Accepted(result=PartsFollow(request_id=7)))
    assert isinstance(asked, events.ListingAsked)
    assert (asked.kind, asked.is_whole, asked.recorded_at) == ("DerControl", is_whole, ASKED)


def test_what_was_not_found_is_not_there() -> None:
    none = accepted(NothingToList())
    assert _removed(commands.ReadDerControls(request_id=7), none) == [
        (None, "default:"),
        (None, "scheduled:"),
    ]
    assert _removed(commands.ReadDerControls(request_id=7, is_default=True, kind="Gradients"), none) == [
        (None, "default:Gradients:")
    ]


def test_what_was_cleared_is_gone() -> None:
    everything = commands.ClearDerControls(is_default=False)
    assert _removed(everything, accepted()) == [(None, "scheduled:")]
    assert _removed(everything, Rejected(reason="NotFound")) == [(None, "scheduled:")]
    of_a_kind = commands.ClearDerControls(is_default=True, kind="VoltVar")
    assert _removed(of_a_kind, accepted()) == [(None, "default:VoltVar:")]
    one = commands.ClearDerControls(is_default=False, control_id="c-1")
    keys = tuple((0, key_of("c-1", kind, is_default=False)) for kind in get_args(DerKind))
    assert _removed(one, accepted()) == [(keys, "")]


def test_alarms_and_switches_are_history() -> None:
    alarm = reports.DerAlarmHappened(kind="HVMustTrip", at=NOW, fault="OverVoltage", has_ended=True, info="x")
    [event] = apply(ChargePoint(id="CP1"), alarm, context()).events
    assert isinstance(event, events.DerAlarmReported)
    assert (event.kind, event.fault, event.has_ended, event.info) == ("HVMustTrip", "OverVoltage", True, "x")
    switch = reports.DerControlSwitched(control_id="c-1", has_started=False, at=NOW, supersedes=("c-0",))
    [event] = apply(ChargePoint(id="CP1"), switch, context()).events
    assert isinstance(event, events.DerControlSwitched)
    assert (event.control_id, event.has_started, event.supersedes) == ("c-1", False, ("c-0",))


@pytest.mark.parametrize("outcome", [*NO_NEWS, Rejected(reason="Rejected")], ids=named)
def test_nothing_is_concluded_from_anything_else(outcome: AnyOutcome) -> None:
    for command in (
        commands.SetDerControl(control=CONTROL),
        commands.ReadDerControls(request_id=7),
        commands.ClearDerControls(is_default=True),
    ):
        assert after(command, outcome) == ()
