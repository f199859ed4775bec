"""What 2.1 has over 2.0.1. What both have in common is shown for both in `tests/dialects/v201`."""

from typing import get_args

import pytest

from chargeyard.dialects.v21 import ECHOES, HEARS, PARKS, PHRASES, V21
from chargeyard.domain import commands
from chargeyard.ocpp.violations import Fault, Violated
from tests.dialects.v201.wire import HASHES, OF_21


def test_the_tables_cover_the_version() -> None:
    actions = {action.name for action in V21.catalogue.from_charge_point()}
    answered = {action.name for action in V21.catalogue.from_charge_point() if action.response}
    assert actions - answered == {"NotifyPeriodicEventStream"}
    assert set(OF_21.requests) == answered
    assert actions == set(HEARS) | set(PARKS) | set(ECHOES)
    assert len(V21.catalogue) == 91


def test_only_commands_have_words() -> None:
    assert set(PHRASES) <= set(get_args(commands.AnyCommand)) - {commands.RawCall}


def test_its_manners() -> None:
    assert V21.code(Fault.FRAME) == "RpcFrameworkError"
    assert V21.manners.answers_unreadable
    assert not V21.manners.answers_unknown_type
    assert V21.manners.knows_send
    assert V21.manners.knows_result_error


def test_a_vat_number_and_its_evse_come_back() -> None:
    assert OF_21.answer("VatNumberValidation", {"vatNumber": "DE1", "evseId": 2}) == {
        "vatNumber": "DE1",
        "evseId": 2,
        "status": "Rejected",
    }
    assert OF_21.answer("VatNumberValidation", {"vatNumber": "DE1"}) == {
        "vatNumber": "DE1",
        "status": "Rejected",
    }


def test_each_certificate_of_a_chain_is_answered() -> None:
    asked = [
        {"certificateHashData": {**HASHES, "serialNumber": number}, "source": source, "urls": ["http://a"]}
        for number, source in (("1", "OCSP"), ("2", "CRL"))
    ]
    told = OF_21.answer("GetCertificateChainStatus", {"certificateStatusRequests": asked})
    assert [
        (one["certificateHashData"]["serialNumber"], one["source"], one["status"])
        for one in told["certificateStatus"]
    ] == [("1", "OCSP", "Failed"), ("2", "CRL", "Failed")]


@pytest.mark.parametrize("action", sorted(ECHOES))
def test_what_must_be_repeated_must_be_said(action: str) -> None:
    with pytest.raises(Violated):
        OF_21.hear(action, {})
