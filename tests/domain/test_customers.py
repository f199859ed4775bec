"""What charge points know of customers."""

from chargeyard.domain import events, outcomes, reports
from chargeyard.domain.answers import ACKNOWLEDGED
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.commands import CustomerInformation
from chargeyard.domain.consequences import consequences
from chargeyard.domain.decision import Scene
from tests.domain.made import NOW, apply, context

SCENE = Scene("CP1", NOW)


def test_a_part_is_kept_and_counted() -> None:
    part = reports.CustomerInformationTold(request_id=7, sequence=1, is_last=True, at=NOW, data="Anna")
    decision = apply(ChargePoint(id="CP1"), part, context())
    told, advanced = decision.events
    assert isinstance(told, events.CustomerInformationTold)
    assert isinstance(advanced, events.ListingAdvanced)
    assert (told.request_id, told.sequence, told.data) == (7, 1, "Anna")
    assert (advanced.kind, advanced.sequence, advanced.is_last) == ("CustomerInformation", 1, True)
    assert decision.answer == ACKNOWLEDGED


def test_what_was_promised_follows() -> None:
    command = CustomerInformation(request_id=7, report=True, clear=True, id_token="TAG")
    asked, cleared = consequences(command, outcomes.Accepted(), SCENE)
    assert isinstance(asked, events.ListingAsked)
    assert isinstance(cleared, events.CustomerCleared)
    assert (asked.request_id, asked.is_whole, cleared.id_token) == (7, False, "TAG")
    assert consequences(command, outcomes.Rejected(reason="Rejected"), SCENE) == ()
    assert (
        consequences(CustomerInformation(request_id=7, report=False, clear=False), outcomes.Accepted(), SCENE)
        == ()
    )


def test_a_key_code_is_kept_by_nobody() -> None:
    command = CustomerInformation(
        request_id=7, report=False, clear=True, id_token="4711", token_kind="KeyCode"
    )
    (cleared,) = consequences(command, outcomes.Accepted(), SCENE)
    assert isinstance(cleared, events.CustomerCleared)
    assert cleared.id_token == "***"
