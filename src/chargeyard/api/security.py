"""Certificates at a charge point, and what its security log tells."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from chargeyard.api.commands import TAG
from chargeyard.api.dispatch import Dispatching
from chargeyard.api.envelope import CommandAnswer
from chargeyard.api.paging import Items, Part, answer_page
from chargeyard.api.problems import INVALID_REQUEST, Problem
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import Services
from chargeyard.domain.certificates import (
    CertificateHash,
    CertificateUse,
    SigningUse,
    flaw_of_certificates,
)
from chargeyard.domain.commands import (
    DeleteCertificate,
    InstallCertificate,
    ReadInstalledCertificates,
    SendSignedCertificate,
)
from chargeyard.domain.events import SecurityEventRecorded
from chargeyard.domain.records import ReportRecord
from chargeyard.domain.security import is_critical

_TAGS = [TAG]

Pem = Annotated[str, Meta(min_length=1, max_length=10000, description="PEM, certificates only.")]


class CertificateWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A root certificate to trust."""

    use: CertificateUse
    certificate: Pem


class CertificateName(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A certificate by the hashes that the charge point has told, and by the same algorithm."""

    hash_algorithm: Annotated[str, Meta(max_length=10)]
    issuer_name_hash: Annotated[str, Meta(max_length=128)]
    issuer_key_hash: Annotated[str, Meta(max_length=128)]
    serial_number: Annotated[str, Meta(max_length=40)]


class CertificateUses(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which certificates; none named: all that the charge point's version knows."""

    uses: Annotated[list[CertificateUse], Meta(max_length=6)] = []


class SignedChain(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The certificate that a charge point has asked for, and those above it, leaf first. `requestId`: as it named it."""

    chain: Pem
    use: SigningUse = "ChargingStation"
    request_id: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)] | None = None


class SecurityEventRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """A security event. `at` is the charge point's instant, `recordedAt` ours; `source` is "charge point", or "system"
    for what was noticed here. `critical`: the specifications call it so."""

    id: int
    cp_id: str
    kind: str
    critical: bool
    at: datetime
    recorded_at: datetime
    tech_info: str
    source: str


@post(
    "/charge-point/{cpId:str}/install-certificate",
    status_code=200,
    summary="Trust a root certificate",
    tags=_TAGS,
)
async def install_certificate(
    charge_point: KnownChargePoint, data: JSONBody[CertificateWish], dispatch: Dispatching
) -> Response[CommandAnswer]:
    _check("certificate", data.certificate)
    command = InstallCertificate(use=data.use, certificate=data.certificate)
    return await dispatch.run(charge_point.id, command)


@post(
    "/charge-point/{cpId:str}/delete-certificate",
    status_code=200,
    summary="Trust a certificate no longer",
    tags=_TAGS,
)
async def delete_certificate(
    charge_point: KnownChargePoint, data: JSONBody[CertificateName], dispatch: Dispatching
) -> Response[CommandAnswer]:
    named = CertificateHash(
        hash_algorithm=data.hash_algorithm,
        issuer_name_hash=data.issuer_name_hash,
        issuer_key_hash=data.issuer_key_hash,
        serial_number=data.serial_number,
    )
    return await dispatch.run(charge_point.id, DeleteCertificate(certificate=named))


@post(
    "/charge-point/{cpId:str}/read-certificates",
    status_code=200,
    summary="Ask which certificates are installed",
    tags=_TAGS,
)
async def read_certificates(
    charge_point: KnownChargePoint, data: JSONBody[CertificateUses], dispatch: Dispatching
) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, ReadInstalledCertificates(uses=tuple(data.uses)))


@post(
    "/charge-point/{cpId:str}/send-signed-certificate",
    status_code=200,
    summary="Hand over the certificate that it has asked for",
    tags=_TAGS,
)
async def send_signed_certificate(
    charge_point: KnownChargePoint, data: JSONBody[SignedChain], dispatch: Dispatching
) -> Response[CommandAnswer]:
    _check("chain", data.chain)
    command = SendSignedCertificate(chain=data.chain, use=data.use, request_id=data.request_id)
    return await dispatch.run(charge_point.id, command)


@get("/charge-point/{cpId:str}/security-event", summary="Its security events, newest first", tags=["history"])
async def list_security_events(
    request: Request[Any, Any, Any], charge_point: KnownChargePoint, services: Services, paging: Part
) -> Response[Items[SecurityEventRow]]:
    reading = services.store.list_reports(charge_point.id, SecurityEventRecorded.__name__, paging)
    return await answer_page(request, reading, security_event_row)


def security_event_row(record: ReportRecord) -> SecurityEventRow:
    """The record as readers get it."""
    event = msgspec.json.decode(record.body, type=SecurityEventRecorded)
    return SecurityEventRow(
        id=record.id,
        cp_id=record.charge_point,
        kind=event.kind,
        critical=is_critical(event.kind),
        at=event.at,
        recorded_at=event.recorded_at,
        tech_info=event.tech_info,
        source=event.source,
    )


def _check(name: str, pem: str) -> None:
    """Nothing but certificates: what goes in here is stored with the command, and a private key must never be."""
    if flaw := flaw_of_certificates(pem):
        raise Problem(INVALID_REQUEST, f"{name}: {flaw}")
