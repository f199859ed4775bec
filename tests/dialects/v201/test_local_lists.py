"""NotifyCustomerInformation, and answers about lists, on the wire of 2.x."""

from typing import Any

import msgspec
import pytest

from chargeyard.domain import commands, reports
from chargeyard.domain.authorization import ListEntry, Status, Verdict
from chargeyard.domain.outcomes import Accepted, AnyOutcome, Rejected
from chargeyard.domain.results import LocalListTaken, LocalListTold, PartsFollow
from tests.dialects.v201.wire import BOTH, NOW, STAMP, Version, named

WHOLE = {"data": "Anna", "seqNo": 2, "generatedAt": STAMP, "requestId": 3, "tbc": True}


@pytest.mark.parametrize("version", BOTH, ids=named)
@pytest.mark.parametrize(
    ("payload", "field", "value"),
    [
        (WHOLE, "data", "Anna"),
        (WHOLE, "is_last", False),
        ({**WHOLE, "tbc": False}, "is_last", True),
        ({"data": "Anna"}, "is_last", True),
        ({"data": "Anna"}, "at", NOW),
        ({**WHOLE, "data": "a" * 600}, "request_id", 3),
        ({}, "data", ""),
    ],
    ids=str,
)
def test_a_part_is_heard(version: Version, payload: Any, field: str, value: Any) -> None:
    report = version.hear("NotifyCustomerInformation", payload).report
    assert isinstance(report, reports.CustomerInformationTold)
    assert getattr(report, field) == value
    assert version.answer("NotifyCustomerInformation", payload) == {}


def _outcome(version: Version, command: commands.Command, answer: bytes) -> AnyOutcome:
    script = version.dialect.phrase(command)
    action = version.dialect.action_of(next(script))
    with pytest.raises(StopIteration) as end:
        script.send(version.dialect.understand(action, msgspec.Raw(answer)))
    outcome: AnyOutcome = end.value.value
    return outcome


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_what_answers_tell(version: Version) -> None:
    told = _outcome(version, commands.ReadLocalListVersion(), b'{"versionNumber": 7}')
    assert isinstance(told, Accepted)
    assert told.result == LocalListTold(version=7)
    sent = commands.SendLocalList(
        version=1, entries=(ListEntry(id_token="L" * 37, verdict=Verdict(Status.ACCEPTED)),)
    )
    taken = _outcome(version, sent, b'{"status": "Accepted"}')
    assert isinstance(taken, Accepted)
    assert taken.result == LocalListTaken(left_out=("L" * 37,))
    refused = _outcome(version, sent, b'{"status": "VersionMismatch"}')
    assert isinstance(refused, Rejected)
    assert refused.reason == "VersionMismatch"
    asked = commands.CustomerInformation(request_id=5, report=True, clear=False, customer_identifier="c")
    promised = _outcome(version, asked, b'{"status": "Accepted"}')
    assert isinstance(promised, Accepted)
    assert promised.result == PartsFollow(request_id=5)
