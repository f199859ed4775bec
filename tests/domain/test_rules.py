"""The tables of the rules, and the reports that are only kept."""

import typing

import msgspec
import pytest

from chargeyard.domain import events, reports
from chargeyard.domain.answers import ACKNOWLEDGED, CertificateAwaited, DataUnderstood, TokenJudged
from chargeyard.domain.authorization import UNKNOWN, Status, Verdict
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.rules import DECIDES, EVOLVES, decide, evolve
from tests.domain.made import NOW, TOKEN, apply, context, snapshot

KEPT = [
    (reports.FirmwareProgressed(status="Installed", request_id=4), "FirmwareProgressed"),
    (reports.LogProgressed(status="Uploading"), "LogProgressed"),
    (
        reports.SecurityEventHappened(kind="TamperDetectionActivated", at=NOW, tech_info="door"),
        "SecurityEventRecorded",
    ),
    (reports.Reported(action="Strange", payload=msgspec.Raw(b'{"a":1}')), "ReportKept"),
]


def test_every_report_has_a_rule() -> None:
    kinds = [kind for kind in vars(reports).values() if isinstance(kind, type)]
    assert set(DECIDES) == {
        kind for kind in kinds if issubclass(kind, reports.Report) and kind is not reports.Report
    }


def test_what_evolves_the_state_is_an_event() -> None:
    assert all(issubclass(kind, events.Event) for kind in EVOLVES)


@pytest.mark.parametrize(("report", "kind"), KEPT, ids=lambda value: str(type(value).__name__))
def test_reports_that_are_only_kept(report: reports.Report, kind: str) -> None:
    decision = apply(ChargePoint(id="CP1"), report, context())
    (event,) = decision.events
    assert type(event).__name__ == kind
    assert isinstance(event, events.ChargePointEvent)
    assert (event.charge_point, event.recorded_at, decision.answer) == ("CP1", NOW, ACKNOWLEDGED)
    told = {
        name: value
        for name, value in msgspec.structs.asdict(report).items()
        if name not in ("said", "payload")
    }
    assert told.items() <= msgspec.structs.asdict(event).items()


def test_a_message_that_is_not_text_is_kept_all_the_same() -> None:
    odd = reports.Reported(action="Strange", payload=msgspec.Raw(b'"\xff"'))
    (event,) = apply(ChargePoint(id="CP1"), odd, context()).events
    assert isinstance(event, events.ReportKept)
    assert event.payload == '"\N{REPLACEMENT CHARACTER}"'


def test_a_token_is_judged_and_the_attempt_stored() -> None:
    presented = reports.TokenPresented(id_token="CARD1")
    known = apply(ChargePoint(id="CP1"), presented, context(token=TOKEN, running=5))
    assert known.answer == TokenJudged(Verdict(Status.ACCEPTED))
    unknown = apply(ChargePoint(id="CP1"), presented, context(token=None))
    assert unknown.answer == TokenJudged(UNKNOWN)
    (checked,) = unknown.events
    assert isinstance(checked, events.TokenChecked)
    assert (checked.id_token, checked.status) == ("CARD1", Status.UNKNOWN)


def test_a_certificate_request_is_kept_and_declined() -> None:
    decision = apply(ChargePoint(id="CP1"), reports.CertificateRequested(csr="PEM"), context())
    (event,) = decision.events
    assert isinstance(event, events.CertificateRequested)
    assert (event.csr, event.accepted, decision.answer) == ("PEM", False, CertificateAwaited(accepted=False))


def test_vendor_data_is_kept_with_what_it_was_answered() -> None:
    data = reports.DataTransferred(vendor_id="V", message_id="M", data="D")
    decision = apply(ChargePoint(id="CP1"), data, context())
    (event,) = decision.events
    assert isinstance(event, events.DataTransferred)
    assert (event.vendor_id, event.message_id, event.data) == ("V", "M", "D")
    assert event.status == typing.cast(DataUnderstood, decision.answer).status == "UnknownVendorId"


@pytest.mark.parametrize("report", [report for report, _ in KEPT], ids=lambda value: type(value).__name__)
def test_deciding_changes_nothing_and_forgets_nothing(report: reports.Report) -> None:
    state = ChargePoint(id="CP1")
    before = snapshot(state)
    assert decide(state, report, context()) == decide(state, report, context())
    assert snapshot(state) == before


def test_events_that_concern_no_state_change_none() -> None:
    state = ChargePoint(id="CP1")
    before = snapshot(state)
    evolve(
        state, events.TokenChecked(recorded_at=NOW, charge_point="CP1", id_token="A", status=Status.BLOCKED)
    )
    assert snapshot(state) == before


def test_whoever_needs_no_token_may_charge() -> None:
    """C02.FR.02: a NoAuthorization token is Accepted, though nobody has registered it."""
    state = ChargePoint(id="CP1")
    presented = reports.TokenPresented(id_token="", token_kind="NoAuthorization")
    answer = decide(state, presented, context(token=None)).answer
    assert isinstance(answer, TokenJudged)
    assert answer.verdict.accepted
