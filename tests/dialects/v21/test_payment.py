"""Payment, tariffs and battery swap as 2.1 words them."""

import json
from decimal import Decimal
from typing import Any, get_args

import msgspec
import pytest

from chargeyard.dialects.v21 import PHRASES, V21
from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.battery_swap import Battery
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.domain.results import TariffAssignment, TariffsAnswered, TariffsListed, TariffWord
from chargeyard.domain.tariffs import Tariff
from tests.dialects.v201.wire import NOW, OF_21, OF_201, STAMP, TOKEN, Payload

ELEMENTS = {"energy": {"prices": [{"priceKwh": 0.3}], "taxRates": [{"type": "VAT", "tax": 19}]}}
TARIFF = Tariff(tariff_id="T1", currency="EUR", elements=msgspec.Raw(msgspec.json.encode(ELEMENTS)))
LATER = msgspec.structs.replace(TARIFF, valid_from=STAMP)
WIRED = {"tariffId": "T1", "currency": "EUR", **ELEMENTS}

SAID: list[tuple[commands.Command, str, Payload]] = [
    (commands.SetDefaultTariff(tariff=TARIFF), "SetDefaultTariff", {"evseId": 0, "tariff": WIRED}),
    (
        commands.SetDefaultTariff(tariff=LATER, evse=2),
        "SetDefaultTariff",
        {"evseId": 2, "tariff": {**WIRED, "validFrom": STAMP}},
    ),
    (commands.ReadTariffs(), "GetTariffs", {"evseId": 0}),
    (commands.ClearTariffs(), "ClearTariffs", {}),
    (
        commands.ClearTariffs(tariff_ids=("T1", "T2"), evse=0),
        "ClearTariffs",
        {"tariffIds": ["T1", "T2"], "evseId": 0},
    ),
    (
        commands.ChangeTransactionTariff(transaction=7, wire_id="c0ffee", tariff=TARIFF),
        "ChangeTransactionTariff",
        {"transactionId": "c0ffee", "tariff": WIRED},
    ),
    (
        commands.NotifyWebPaymentStarted(evse=2, timeout_s=60),
        "NotifyWebPaymentStarted",
        {"evseId": 2, "timeout": 60},
    ),
    (
        commands.RequestBatterySwap(id_token="CARD1", request_id=9),
        "RequestBatterySwap",
        {"idToken": {"idToken": "CARD1", "type": "Central"}, "requestId": 9},
    ),
]


@pytest.mark.parametrize(("command", "action", "payload"), SAID, ids=lambda one: type(one).__name__)
def test_what_is_said(command: commands.Command, action: str, payload: Payload) -> None:
    request = next(V21.phrase(command))
    assert V21.action_of(request).name == action
    assert OF_21.check(f"{action}Request", msgspec.json.encode(request)) == payload
    with pytest.raises(StopIteration) as end:
        next(OF_201.dialect.phrase(command))
    assert isinstance(end.value.value, outcomes.Unsupported), "2.0.1 knows none of this"


def test_every_command_has_words() -> None:
    assert set(PHRASES) <= set(get_args(commands.AnyCommand)) - {commands.RawCall}
    assert {type(command) for command, _, _ in SAID} <= set(PHRASES)


@pytest.mark.parametrize(
    "elements",
    [{"energy": {"prices": []}}, {"energie": {}}, {"energy": 3}, {"minCost": {"exclTax": "x"}}],
    ids=str,
)
def test_a_tariff_that_breaks_the_schema_is_never_said(elements: Payload) -> None:
    tariff = msgspec.structs.replace(TARIFF, elements=msgspec.Raw(msgspec.json.encode(elements)))
    for command in (
        commands.SetDefaultTariff(tariff=tariff),
        commands.ChangeTransactionTariff(transaction=7, wire_id="c0ffee", tariff=tariff),
    ):
        with pytest.raises(StopIteration) as end:
            next(V21.phrase(command))
        assert isinstance(end.value.value, outcomes.Invalid)
        assert "tariff" in end.value.value.detail


def _outcome(command: commands.Command, answer: Payload) -> AnyOutcome:
    script = V21.phrase(command)
    action = V21.action_of(next(script))
    raw = msgspec.Raw(json.dumps(answer).encode())
    OF_21.check(f"{action.name}Response", bytes(raw))
    with pytest.raises(StopIteration) as end:
        script.send(V21.understand(action, raw))
    outcome: AnyOutcome = end.value.value
    return outcome


def test_tariffs_are_listed_and_none_is_an_answer_too() -> None:
    told = {
        "status": "Accepted",
        "tariffAssignments": [
            {"tariffId": "T1", "tariffKind": "DefaultTariff", "evseIds": [1, 2], "validFrom": STAMP},
            {"tariffId": "T2", "tariffKind": "DriverTariff", "idTokens": ["CARD1"]},
        ],
    }
    outcome = _outcome(commands.ReadTariffs(), told)
    assert isinstance(outcome, outcomes.Accepted)
    assert outcome.result == TariffsListed(
        tariffs=(
            TariffAssignment(tariff_id="T1", kind="DefaultTariff", evses=(1, 2), valid_from=STAMP),
            TariffAssignment(tariff_id="T2", kind="DriverTariff", id_tokens=("CARD1",)),
        )
    )
    none = _outcome(commands.ReadTariffs(), {"status": "NoTariff"})
    assert getattr(none, "result", None) == TariffsListed(tariffs=())
    assert isinstance(_outcome(commands.ReadTariffs(), {"status": "Rejected"}), outcomes.Rejected)


def test_each_tariff_that_was_to_be_cleared_is_told_of() -> None:
    answer = {"clearTariffsResult": [{"tariffId": "T1", "status": "Accepted"}, {"status": "NoTariff"}]}
    outcome = _outcome(commands.ClearTariffs(), answer)
    assert isinstance(outcome, outcomes.Rejected)
    assert outcome.result == TariffsAnswered(
        tariffs=(TariffWord(tariff_id="T1", status="Accepted"), TariffWord(tariff_id="", status="NoTariff"))
    )


@pytest.mark.parametrize("word", ["TooManyElements", "ConditionNotSupported", "DuplicateTariffId"])
def test_why_a_tariff_is_refused_is_told(word: str) -> None:
    outcome = _outcome(commands.SetDefaultTariff(tariff=TARIFF), {"status": word})
    assert isinstance(outcome, outcomes.Rejected)
    assert outcome.reason == word


# --- what charge points tell

SETTLED = {
    "pspRef": "psp-1",
    "status": "Settled",
    "settlementAmount": 12.3,
    "settlementTime": STAMP,
    "transactionId": "tx-1",
    "receiptUrl": "https://a.example/1",
}
SWAPPED: dict[str, Any] = {
    "eventType": "BatteryIn",
    "requestId": 9,
    "idToken": TOKEN,
    "batteryData": [
        {
            "evseId": 3,
            "serialNumber": "B1",
            "soC": 12.5,
            "soH": 99,
            "productionDate": STAMP,
            "vendorInfo": "x",
        }
    ],
}


def test_a_settlement_is_heard() -> None:
    report = OF_21.hear("NotifySettlement", SETTLED).report
    assert isinstance(report, reports.PaymentSettled)
    assert (report.payment, report.status, report.amount) == ("psp-1", "Settled", Decimal("12.3"))
    assert (report.wire_id, report.receipt_url) == ("tx-1", "https://a.example/1")
    assert OF_21.answer("NotifySettlement", SETTLED) == {}


def test_a_swap_is_heard() -> None:
    report = OF_21.hear("BatterySwap", SWAPPED).report
    assert isinstance(report, reports.BatteriesSwapped)
    assert (report.happened, report.request_id, report.id_token) == ("BatteryIn", 9, "CARD1")
    assert report.batteries == (
        Battery(serial_number="B1", slot=3, soc_percent=12.5, soh_percent=99.0, produced=STAMP, info="x"),
    )
    assert OF_21.answer("BatterySwap", SWAPPED) == {}


@pytest.mark.parametrize(
    ("action", "payload", "field", "value"),
    [
        ("NotifySettlement", {**SETTLED, "status": "Lost"}, "status", "Lost"),
        ("NotifySettlement", {**SETTLED, "settlementAmount": 1e300}, "amount", None),
        ("NotifySettlement", {**SETTLED, "settlementTime": "soon"}, "at", NOW),
        ("BatterySwap", {**SWAPPED, "eventType": "BatteryStolen"}, "happened", "BatteryStolen"),
        ("BatterySwap", {**SWAPPED, "batteryData": []}, "batteries", ()),
        ("BatterySwap", {**SWAPPED, "requestId": 10**30}, "request_id", 0),
    ],
)
def test_what_chargers_say_instead(action: str, payload: Payload, field: str, value: Any) -> None:
    assert getattr(OF_21.hear(action, payload).report, field) == value
    assert OF_21.answer(action, payload) == {}


def test_a_vat_number_that_is_too_long_comes_back_as_far_as_it_may() -> None:
    told = OF_21.answer("VatNumberValidation", {"vatNumber": "DE" + "1" * 30})
    assert told == {"vatNumber": "DE" + "1" * 18, "status": "Rejected"}


@pytest.mark.parametrize(
    ("action", "payload"),
    [("NotifySettlement", {"pspRef": "x"}), ("BatterySwap", {"requestId": 1}), ("BatterySwap", {})],
)
def test_what_cannot_be_used_is_kept_and_acknowledged(action: str, payload: Payload) -> None:
    assert isinstance(OF_21.hear(action, payload).report, reports.Reported)
    assert OF_21.answer(action, payload) == {}
