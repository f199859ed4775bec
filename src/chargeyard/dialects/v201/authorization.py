"""Id tokens on the wire of 2.x: IdToken and IdTokenInfo."""

from collections.abc import Mapping
from typing import Any, get_args

from msgspec import UNSET, UnsetType

from chargeyard.dialects import timestamps
from chargeyard.dialects.dialect import Hearing
from chargeyard.domain import reports
from chargeyard.domain.answers import TokenJudged
from chargeyard.domain.authorization import Status, Verdict
from chargeyard.ocpp.v201 import messages as m

STATUS: Mapping[Status, m.AuthorizationStatusEnumType] = {
    Status.ACCEPTED: "Accepted",
    Status.BLOCKED: "Blocked",
    Status.EXPIRED: "Expired",
    Status.INVALID: "Invalid",
    Status.CONCURRENT: "ConcurrentTx",
    Status.NO_CREDIT: "NoCredit",
    Status.NOT_AT_THIS_LOCATION: "NotAtThisLocation",
    Status.NOT_AT_THIS_TIME: "NotAtThisTime",
    Status.NOT_FOR_THIS_EVSE: "NotAllowedTypeEVSE",
    Status.UNKNOWN: "Unknown",
}

KINDS = frozenset(get_args(m.IdTokenEnumType))
"""The kinds that every version knows."""

LONGEST_ID_TOKEN = 36
"""2.1 allows more; a group is ours to name."""

LONGEST_MESSAGE = 512
LONGEST_LANGUAGE = 8


def presented_from(request: m.AuthorizeRequest, hearing: Hearing) -> reports.TokenPresented:
    """Authorize."""
    return reports.TokenPresented(
        id_token=request.id_token.id_token,
        token_kind=request.id_token.type,
        has_certificate=bool(request.certificate or request.iso15118_certificate_hash_data),
    )


def authorize_answer(answer: TokenJudged) -> m.AuthorizeResponse:
    """AuthorizeResponse; of a certificate only where one came (C07.FR.05)."""
    status: Any = answer.certificate or UNSET
    return m.AuthorizeResponse(id_token_info=id_token_info(answer.verdict), certificate_status=status)


def id_token_info(verdict: Verdict) -> m.IdTokenInfoType:
    """The verdict. EVSEs only where it is not all of them (C01.FR.19); what 2.x has no room for is left out."""
    message = verdict.personal_message[:LONGEST_MESSAGE]
    language = verdict.language[:LONGEST_LANGUAGE] or UNSET
    return m.IdTokenInfoType(
        status=STATUS[verdict.status],
        cache_expiry_date_time=timestamps.spell(verdict.expires_at) if verdict.expires_at else UNSET,
        group_id_token=group_of(verdict.parent, verdict.parent_kind),
        evse_id=list(verdict.evses) or UNSET,
        language1=language,
        personal_message=m.MessageContentType(format="UTF8", content=message, language=language)
        if message
        else UNSET,
    )


def group_of(parent: str | None, kind: str) -> m.IdTokenType | UnsetType:
    """groupIdToken; a group whose kind nobody has told is known centrally (C09.FR.09)."""
    if not parent or len(parent) > LONGEST_ID_TOKEN:
        return UNSET
    return m.IdTokenType(id_token=parent, type=wire_kind(kind if kind in KINDS else ""))


def wire_kind(kind: str) -> m.IdTokenEnumType:
    """2.1 knows kinds that 2.0.1 does not; the schema of the version spoken has the last word."""
    word: Any = kind or "Central"
    return word  # type: ignore[no-any-return]
