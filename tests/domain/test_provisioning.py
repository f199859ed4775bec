"""Boot, registration, and who may say what before."""

import msgspec
import pytest

from chargeyard.domain import commands, events, outcomes, reports
from chargeyard.domain.answers import Refused, Registered, Registration, TimeTold
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.consequences import Scene, consequences
from chargeyard.domain.decision import Policy
from chargeyard.domain.network_profiles import AccessPoint, NetworkProfile, Vpn
from chargeyard.domain.provisioning import ask
from chargeyard.domain.rules import decide, evolve
from tests.domain.made import NOW, apply, context, start, stop, taken, values

BOOT = reports.Booted(vendor="Vendor", model="Model", serial_number="S1", firmware_version="1.2")


def raw(action: str, topic: str) -> commands.RawCall:
    return commands.RawCall(action=action, payload=msgspec.Raw(b'{"requestedMessage":"%s"}' % topic.encode()))


POLICY = Policy(heartbeat_interval_s=300, retry_interval_s=20)
OTHERS = [
    reports.Alive(),
    reports.TokenPresented(id_token="CARD1"),
    reports.ConnectorStatusChanged(evse=1, connector=1, status="Available"),
    start(),
    values(1, 1100),
    stop(5),
    reports.DataTransferred(vendor_id="V"),
]


@pytest.mark.parametrize(
    ("registration", "interval_s"),
    [(Registration.ACCEPTED, 300), (Registration.PENDING, 20), (Registration.REJECTED, 20)],
)
def test_a_boot_is_stored_and_answered_with_the_registration(
    registration: Registration, interval_s: int
) -> None:
    state = ChargePoint(id="CP1", registration=registration)
    decision = apply(state, BOOT, context(policy=POLICY))
    assert decision.answer == Registered(registration, NOW, interval_s)
    (booted,) = decision.events
    assert isinstance(booted, events.ChargePointBooted)
    assert (booted.vendor, booted.serial_number, booted.firmware_version) == ("Vendor", "S1", "1.2")
    assert state.booted


@pytest.mark.parametrize("report", OTHERS, ids=lambda report: type(report).__name__)
@pytest.mark.parametrize("registration", [Registration.PENDING, Registration.REJECTED])
@pytest.mark.parametrize("strict", [True, False])
def test_who_is_not_accepted_may_only_boot(
    report: reports.Report, registration: Registration, strict: bool
) -> None:
    state = ChargePoint(id="CP1", registration=registration, booted=True)
    decision = apply(state, report, context(policy=Policy(strict=strict)))
    assert isinstance(decision.answer, Refused)
    assert decision.events == ()


@pytest.mark.parametrize("report", OTHERS, ids=lambda report: type(report).__name__)
def test_a_boot_must_come_first_only_in_strict_reading(report: reports.Report) -> None:
    state = ChargePoint(id="CP1")
    assert isinstance(taken(state, report, context(policy=Policy(strict=True))), Refused)
    assert not isinstance(taken(state, report, context(7, policy=Policy(strict=False))), Refused)


@pytest.mark.parametrize(
    ("registration", "is_refused"), [(Registration.PENDING, False), (Registration.REJECTED, True)]
)
def test_a_pending_charge_point_tells_its_inventory(registration: Registration, is_refused: bool) -> None:
    """It was asked for it: that is what Pending is for (2.0.1 B02.FR.02)."""
    state = ChargePoint(id="CP1", registration=registration, booted=True)
    part = reports.VariablesReported(request_id=1, sequence=0, is_last=True, at=NOW, variables=())
    assert isinstance(taken(state, part, context()), Refused) == is_refused


@pytest.mark.parametrize(
    ("command", "report"),
    [
        (commands.Trigger(topic="Heartbeat"), reports.Alive()),
        (raw("TriggerMessage", "StatusNotification"), OTHERS[2]),
        (
            raw("ExtendedTriggerMessage", "SignChargePointCertificate"),
            reports.CertificateRequested(csr="PEM"),
        ),
    ],
)
def test_a_pending_charge_point_tells_what_it_is_asked_for(
    command: commands.AnyCommand, report: reports.Report
) -> None:
    """And nothing else, and not before (2.0.1 B02.FR.02, B02.FR.09)."""
    state = ChargePoint(id="CP1", registration=Registration.PENDING, booted=True)
    assert isinstance(taken(state, report, context()), Refused)
    ask(state, command)
    assert not isinstance(taken(state, report, context()), Refused)
    assert isinstance(taken(state, reports.TokenPresented(id_token="CARD1"), context()), Refused)


@pytest.mark.parametrize(
    ("registration", "command"),
    [
        (Registration.REJECTED, commands.Trigger(topic="Heartbeat")),
        (Registration.ACCEPTED, commands.Trigger(topic="Heartbeat")),
        (Registration.PENDING, commands.Reset()),
        (Registration.PENDING, raw("TriggerMessage", "SomethingNew")),
        (Registration.PENDING, commands.RawCall(action="TriggerMessage", payload=msgspec.Raw(b"[]"))),
    ],
)
def test_nothing_is_awaited_of_others(registration: Registration, command: commands.AnyCommand) -> None:
    state = ChargePoint(id="CP1", registration=registration, booted=True)
    ask(state, command)
    assert state.awaited == frozenset()


def test_once_booted_is_booted() -> None:
    """Boot is not sent again on a plain reconnect."""
    strict = Policy(strict=True)
    state = ChargePoint(id="CP1")
    taken(state, BOOT, context(policy=strict))
    assert taken(state, reports.Alive(), context(policy=strict)) == TimeTold(NOW)


def test_an_operator_changes_the_registration() -> None:
    state = ChargePoint(id="CP1", registration=Registration.PENDING)
    renamed = events.ChargePointChanged(recorded_at=NOW, charge_point="CP1", name="Garage")
    accepted = events.ChargePointChanged(
        recorded_at=NOW, charge_point="CP1", registration=Registration.ACCEPTED
    )
    known = []
    for event in (renamed, accepted):
        evolve(state, event)
        known.append(state.registration)
    assert known == [Registration.PENDING, Registration.ACCEPTED]


def test_a_heartbeat_costs_no_commit() -> None:
    assert apply(ChargePoint(id="CP1"), reports.Alive(), context()).events == ()


@pytest.mark.parametrize(
    ("registration", "known", "lists", "needed"),
    [
        (Registration.ACCEPTED, None, True, True),
        (Registration.ACCEPTED, "1", True, True),
        (Registration.ACCEPTED, "2", True, False),
        (Registration.ACCEPTED, None, False, False),
        (Registration.PENDING, None, True, True),
        (Registration.REJECTED, None, True, False),
    ],
)
def test_an_inventory_is_needed_at_first_and_with_other_firmware(
    registration: Registration, known: str | None, lists: bool, needed: bool
) -> None:
    state = ChargePoint(id="CP1", registration=registration, firmware_version=known)
    boot = reports.Booted(vendor="V", model="M", firmware_version="2", lists_variables=lists)
    (booted,) = decide(state, boot, context()).events
    assert isinstance(booted, events.ChargePointBooted)
    assert booted.needs_inventory is needed
    evolve(state, booted)
    (again,) = decide(state, boot, context()).events
    assert isinstance(again, events.ChargePointBooted)
    assert again.needs_inventory is False


def test_a_network_profile_is_kept_without_its_passwords() -> None:
    profile = NetworkProfile(
        csms_url="wss://u:hush@a.example",
        interface="Wired0",
        message_timeout_s=30,
        security_profile=2,
        basic_auth_password="hush",
        apn=AccessPoint(apn="a", apn_password="hush", sim_pin=4711),
        vpn=Vpn(server="s", user="u", password="hush", key="hush", type="IPSec"),
    )
    command = commands.SetNetworkProfile(slot=2, profile=profile)
    (installed,) = consequences(command, outcomes.Accepted(), Scene("CP1", NOW))
    assert isinstance(installed, events.ItemsInstalled)
    (item,) = installed.items
    assert item.key == "2"
    assert b"a.example" in bytes(item.body)
    assert not any(secret in bytes(item.body) for secret in (b"hush", b"4711"))
    assert consequences(command, outcomes.Rejected(reason="Rejected"), Scene("CP1", NOW)) == ()
