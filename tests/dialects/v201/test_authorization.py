"""Authorize, and what is told of a token, on the wire of 2.x."""

import json
from typing import Any

import msgspec
import pytest

from chargeyard.dialects.v201.authorization import id_token_info
from chargeyard.domain import reports
from chargeyard.domain.answers import TokenJudged
from chargeyard.domain.authorization import Status, Verdict
from tests.dialects.v201.wire import BOTH, HASHES, TOKEN, Version, named

CONTRACT = {"idToken": "DE-ABC-1", "type": "eMAID"}
HASH_DATA = [{**HASHES, "responderURL": "http://ocsp.example"}]


def _presented(version: Version, payload: Any, *, strict: bool = True) -> reports.TokenPresented:
    report = version.hear("Authorize", payload, strict=strict).report
    assert isinstance(report, reports.TokenPresented)
    return report


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_a_token_has_a_kind_and_perhaps_more(version: Version) -> None:
    more = {**TOKEN, "additionalInfo": [{"additionalIdToken": "DRIVER-7", "type": "fleet"}]}
    report = _presented(version, {"idToken": more})
    assert (report.id_token, report.token_kind, report.has_certificate) == ("CARD1", "ISO14443", False)
    odd = {"idToken": {**TOKEN, "additionalInfo": [{"additionalIdToken": "DRIVER-7"}]}}
    assert _presented(version, odd, strict=False).id_token == "CARD1"


@pytest.mark.parametrize("version", BOTH, ids=named)
@pytest.mark.parametrize(
    "proof", [{"certificate": "PEM"}, {"iso15118CertificateHashData": HASH_DATA}], ids=str
)
def test_of_a_contract_certificate_nothing_is_promised(version: Version, proof: dict[str, Any]) -> None:
    payload = {"idToken": CONTRACT, **proof}
    assert _presented(version, payload).has_certificate
    heard = version.hear("Authorize", payload)
    answer = TokenJudged(Verdict(Status.INVALID), "CertChainError")
    told = version.check("AuthorizeResponse", version.dialect.answer(heard, answer))
    assert told == {"idTokenInfo": {"status": "Invalid"}, "certificateStatus": "CertChainError"}


@pytest.mark.parametrize("version", BOTH, ids=named)
@pytest.mark.parametrize("status", Status)
def test_every_verdict_is_told_whole(version: Version, status: Status) -> None:
    verdict = Verdict(
        status,
        parent="FLEET",
        parent_kind="ISO14443",
        evses=(1, 3),
        language="en",
        personal_message="Welcome " * 100,
    )
    heard = version.hear("Authorize", {"idToken": TOKEN})
    told = version.check("AuthorizeResponse", version.dialect.answer(heard, TokenJudged(verdict)))[
        "idTokenInfo"
    ]
    assert (told["evseId"], told["language1"]) == ([1, 3], "en")
    assert told["groupIdToken"] == {"idToken": "FLEET", "type": "ISO14443"}
    assert len(told["personalMessage"]["content"]) == 512


@pytest.mark.parametrize("kind", ["", "VIN", "whatever"])
def test_a_group_of_a_kind_that_a_version_lacks_is_known_centrally(kind: str) -> None:
    info = msgspec.json.encode(id_token_info(Verdict(Status.ACCEPTED, parent="P", parent_kind=kind)))
    assert json.loads(info)["groupIdToken"] == {"idToken": "P", "type": "Central"}
