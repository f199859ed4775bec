"""Certificates, by REST, with charge points of 2.0.1 and 2.1 that others wrote."""

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.ocpp2 import VERSIONS, client, looked_up
from tests.e2e.server import Server, serving
from tests.e2e.wire import ANSWERED_WITHIN_S, AT, items, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _pem(label: str) -> str:
    body = base64.b64encode(b"\x30\x03\x02\x01\x05").decode()
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


CERTIFICATE = _pem("CERTIFICATE")
CSR = _pem("CERTIFICATE REQUEST")
NAMED = {"hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": "1f"}
HASHES = {
    "hash_algorithm": "SHA256",
    "issuer_name_hash": "aa",
    "issuer_key_hash": "bb",
    "serial_number": "1f",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("certificates"), ocpp__certificate_requests="keep") as server:
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


def _listed(kind: str) -> dict[str, Any]:
    chain = {"certificate_hash_data": HASHES, "certificate_type": kind}
    return {"status": "Accepted", "certificate_hash_data_chain": [chain]}


@pytest.mark.parametrize("word", VERSIONS)
async def test_a_root_is_installed_listed_and_deleted(server: Server, word: str) -> None:
    identity = f"ROOT-{word}"
    answers: dict[str, dict[str, Any]] = {
        "InstallCertificate": {"status": "Accepted"},
        "GetInstalledCertificateIds": _listed("V2GRootCertificate"),
        "DeleteCertificate": {"status": "Accepted"},
    }
    async with client(server, identity, word, looked_up(answers)) as charge_point:
        at = f"/charge-point/{identity}"
        wish = {"use": "V2GRoot", "certificate": CERTIFICATE}
        await told(server, "POST", f"{at}/install-certificate", json=wish)
        # By what hashes the charge point calls it is asked without being told to.
        [listed] = await charge_point.until_asked("GetInstalledCertificateIds", 1)
        assert listed == {"certificateType": ["V2GRootCertificate"]}
        assert charge_point.last("InstallCertificate") == {
            "certificateType": "V2GRootCertificate",
            "certificate": CERTIFICATE,
        }
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            while not (held := await items(server, f"{at}/installed/certificate")):  # noqa: ASYNC110 - nobody says when
                await asyncio.sleep(0.02)
        assert held[0]["body"] == {"use": "V2GRoot", "hashes": NAMED}
        envelope = await told(server, "POST", f"{at}/delete-certificate", json=NAMED)
        assert envelope["outcome"] == "Accepted"
        assert charge_point.last("DeleteCertificate") == {"certificateHashData": NAMED}
        assert await items(server, f"{at}/installed/certificate") == []
        read = await told(server, "POST", f"{at}/read-certificates", json={"uses": []})
        assert read["result"]["certificates"] == [{"use": "V2GRoot", "hashes": NAMED}]
        answers["GetInstalledCertificateIds"] = {"status": "NotFound"}
        none = await told(server, "POST", f"{at}/read-certificates", json={"uses": ["V2GRoot"]})
        assert (none["outcome"], none["result"]["certificates"]) == ("Accepted", [])
        assert await items(server, f"{at}/installed/certificate") == []
    [installed] = await items(server, f"/charge-point/{identity}/report", kind="CertificateInstalled")
    assert installed["body"]["use"] == "V2GRoot"


@pytest.mark.parametrize("word", VERSIONS)
async def test_a_request_is_kept_and_answered_by_an_operator(server: Server, word: str) -> None:
    identity = f"CSR-{word}"
    numbered = {"request_id": 7} if word == "ocpp2.1" else {}
    answers = looked_up({"CertificateSigned": {"status": "Accepted"}})
    async with client(server, identity, word, answers) as charge_point:
        told_no = await charge_point.say("SignCertificate", csr="PEM")
        assert told_no.status == "Rejected"
        kind = "V2GCertificate"
        told_yes = await charge_point.say("SignCertificate", csr=CSR, certificate_type=kind, **numbered)
        assert told_yes.status == "Accepted"
        kept, refused = await items(server, f"/charge-point/{identity}/report", kind="CertificateRequested")
        assert refused["body"]["accepted"] is False
        assert refused["body"]["flaw"]
        assert (kept["body"]["accepted"], kept["body"]["csr"], kept["body"]["use"]) == (True, CSR, "V2G")
        wish = {"chain": CERTIFICATE, "use": kept["body"]["use"], "requestId": kept["body"]["request_id"]}
        envelope = await told(server, "POST", f"/charge-point/{identity}/send-signed-certificate", json=wish)
        assert envelope["outcome"] == "Accepted"
        sent = {"certificateChain": CERTIFICATE, "certificateType": "V2GCertificate"}
        assert charge_point.last("CertificateSigned") == sent | ({"requestId": 7} if numbered else {})


@pytest.mark.parametrize("word", VERSIONS)
async def test_what_nobody_here_can_answer_is_said_so_and_kept(server: Server, word: str) -> None:
    identity = f"HONEST-{word}"
    async with client(server, identity, word, looked_up({})) as charge_point:
        data = {**HASHES, "responder_url": "http://ocsp.example"}
        assert (await charge_point.say("GetCertificateStatus", ocsp_request_data=data)).status == "Failed"
        # The package spells this one differently from version to version.
        schema = "iso_15118_schema_version" if word == "ocpp2.1" else "iso15118_schema_version"
        wanted = {schema: "urn:iso", "action": "Install", "exi_request": "gA=="}
        assert (await charge_point.say("Get15118EVCertificate", **wanted)).status == "Failed"
        await charge_point.say("SecurityEventNotification", type="TamperDetectionActivated", timestamp=AT)
        await charge_point.say("SecurityEventNotification", type="MemoryExhaustion", timestamp=AT)
    kept = await items(server, f"/charge-point/{identity}/report", kind="ReportKept")
    assert {one["body"]["action"] for one in kept} == {"GetCertificateStatus", "Get15118EVCertificate"}
    told_of = await items(server, f"/charge-point/{identity}/security-event")
    assert [(one["kind"], one["critical"]) for one in told_of] == [
        ("MemoryExhaustion", False),
        ("TamperDetectionActivated", True),
    ]


async def test_a_private_key_is_refused_and_stored_nowhere(server: Server) -> None:
    async with client(server, "KEYS", "ocpp2.1", looked_up({})) as charge_point:
        for path, wish in (
            ("install-certificate", {"use": "CsmsRoot", "certificate": CERTIFICATE + _pem("PRIVATE KEY")}),
            ("send-signed-certificate", {"chain": _pem("EC PRIVATE KEY")}),
        ):
            response = await server.http.post(f"/charge-point/KEYS/{path}", json=wish)
            assert response.status_code == 400
        assert not {"InstallCertificate", "CertificateSigned"} & {action for action, _ in charge_point.asked}
    assert await items(server, "/charge-point/KEYS/command") == []
