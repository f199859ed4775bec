"""What charge points know of customers: asked for, read, erased."""

from typing import Annotated, Literal

from litestar import Response, delete, get, post
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct, structs

from chargeyard.api.authorization import IdTokenText, Kind, check_sayable
from chargeyard.api.dispatch import Dispatching
from chargeyard.api.envelope import CommandAnswer
from chargeyard.api.problems import INVALID_REQUEST, Problem
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import Services
from chargeyard.domain.commands import CertificateHash, CustomerInformation
from chargeyard.domain.events import CustomerInformationErased
from chargeyard.errors import NotFound

_TAGS = ["customers"]

Digest = Annotated[str, Meta(min_length=1, max_length=128)]
RequestId = Annotated[int, PathParameter(name="requestId", ge=0, le=2**63 - 1)]


class Certificate(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A customer's certificate, by its hashes."""

    hash_algorithm: Literal["SHA256", "SHA384", "SHA512"]
    issuer_name_hash: Digest
    issuer_key_hash: Digest
    serial_number: Annotated[str, Meta(min_length=1, max_length=40)]


class CustomerWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What shall be told or cleared, and of whom: exactly one of token, certificate and identifier."""

    report: bool = True
    clear: bool = False
    id_token: IdTokenText | None = None
    kind: Kind | None = None
    customer_certificate: Certificate | None = None
    customer_identifier: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


class CustomerInformationRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a charge point has told of a customer so far. `missing` are the gaps between the parts, as pairs of
    first and last number."""

    cp_id: str
    request_id: int
    is_complete: bool
    missing: list[tuple[int, int]]
    text: str


@post(
    "/charge-point/{cpId:str}/customer-information",
    status_code=200,
    summary="Have it tell, or forget, what it knows of a customer",
    tags=["commands"],
)
async def ask(
    charge_point: KnownChargePoint,
    data: JSONBody[CustomerWish],
    services: Services,
    dispatch: Dispatching,
) -> Response[CommandAnswer]:
    named = (data.id_token, data.customer_certificate, data.customer_identifier)
    if sum(one is not None for one in named) != 1:
        raise Problem(INVALID_REQUEST, "exactly one of idToken, customerCertificate, customerIdentifier")
    if not data.report and not data.clear:
        raise Problem(INVALID_REQUEST, "report, clear or both")
    check_sayable(data.id_token or "")
    kind = data.kind
    if kind is None:
        kind = await services.id_tokens.kind_of(data.id_token) if data.id_token else ""
    number = await dispatch.fresh_number()
    return await dispatch.run(charge_point.id, _command(data, kind, number))


@get(
    "/charge-point/{cpId:str}/customer-information/{requestId:int}",
    summary="What it has told of a customer",
    tags=_TAGS,
)
async def get_information(
    charge_point: KnownChargePoint, services: Services, request_id: RequestId
) -> CustomerInformationRow:
    listing = await services.store.find_listing(charge_point.id, request_id)
    told = await services.store.find_customer_information(charge_point.id, request_id)
    if listing is None or listing.listing.kind != "CustomerInformation":
        raise NotFound(f"no customer information {request_id} of this charge point")
    return CustomerInformationRow(
        cp_id=charge_point.id,
        request_id=request_id,
        is_complete=listing.listing.is_complete,
        missing=list(listing.listing.parts.missing(listing.listing.last)),
        text="".join(told.parts) if told is not None else "",
    )


@delete(
    "/charge-point/{cpId:str}/customer-information/{requestId:int}",
    summary="Forget what it has told of a customer",
    tags=_TAGS,
)
async def erase(charge_point: KnownChargePoint, services: Services, request_id: RequestId) -> None:
    if await services.store.find_customer_information(charge_point.id, request_id) is None:
        raise NotFound(f"no customer information {request_id} of this charge point")
    erased = CustomerInformationErased(
        recorded_at=services.recorder.now(), charge_point=charge_point.id, request_id=request_id
    )
    await services.recorder.record(erased)


def _command(data: CustomerWish, kind: str, number: int) -> CustomerInformation:
    certificate = data.customer_certificate
    return CustomerInformation(
        request_id=number,
        report=data.report,
        clear=data.clear,
        id_token=data.id_token or "",
        token_kind=kind,
        certificate=CertificateHash(**structs.asdict(certificate)) if certificate is not None else None,
        customer_identifier=data.customer_identifier or "",
    )
