"""Payments, VAT numbers and batteries: kept as they were told, answered honestly."""

from decimal import Decimal

import msgspec

from chargeyard.domain import events, reports
from chargeyard.domain.answers import ACKNOWLEDGED, VatNumberJudged
from chargeyard.domain.battery_swap import Battery, BatteryBody
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.rules import decide
from tests.domain.made import NOW, apply, context, told


def _settled(wire_id: str) -> reports.PaymentSettled:
    return reports.PaymentSettled(
        payment="psp-1", status="Settled", amount=Decimal("12.30"), at=NOW, wire_id=wire_id
    )


def test_a_settlement_is_kept_with_its_transaction() -> None:
    state = ChargePoint(id="CP1", booted=True)
    apply(state, told(0), context(7))
    for wire_id, number in (("TX", 7), ("OTHER", None), ("", None)):
        decision = decide(state, _settled(wire_id), context())
        (kept,) = decision.events
        assert isinstance(kept, events.PaymentSettled)
        assert (kept.payment, kept.amount, kept.transaction) == ("psp-1", Decimal("12.30"), number)
        assert decision.answer is ACKNOWLEDGED


def test_a_vat_number_that_nobody_can_check_is_not_said_to_be_valid() -> None:
    decision = decide(ChargePoint(id="CP1"), reports.VatNumberAsked(vat_number="DE1", evse=2), context())
    (kept,) = decision.events
    assert isinstance(kept, events.VatNumberAsked)
    assert (kept.vat_number, kept.evse, kept.accepted) == ("DE1", 2, False)
    assert decision.answer == VatNumberJudged("DE1", 2, accepted=False)


def test_each_battery_has_a_line_wherever_it_is() -> None:
    batteries = (Battery(serial_number="B1", slot=3, soc_percent=12.5), Battery(serial_number="", slot=4))
    report = reports.BatteriesSwapped(
        happened="BatteryIn", request_id=9, id_token="CARD1", token_kind="ISO14443", batteries=batteries
    )
    decision = decide(ChargePoint(id="CP1"), report, context())
    swapped, booked = decision.events
    assert isinstance(swapped, events.BatteriesSwapped)
    assert (swapped.request_id, swapped.batteries) == (9, batteries)
    assert isinstance(booked, events.ItemsInstalled)
    (line,) = booked.items
    assert (booked.kind, line.key, line.evse) == ("Battery", "B1", 0)
    body = msgspec.json.decode(line.body, type=BatteryBody)
    assert (body.happened, body.request_id, body.id_token, body.battery.slot) == ("BatteryIn", 9, "CARD1", 3)
