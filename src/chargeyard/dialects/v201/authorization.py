"""Id tokens on the wire of 2.x: IdToken and IdTokenInfo."""

from collections.abc import Mapping

from msgspec import UNSET

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
}

LONGEST_ID_TOKEN = 36
"""2.1 allows more; a group is ours to name."""


def presented_from(request: m.AuthorizeRequest, hearing: Hearing) -> reports.TokenPresented:
    """Authorize."""
    return reports.TokenPresented(id_token=request.id_token.id_token, token_kind=request.id_token.type)


def authorize_answer(answer: TokenJudged) -> m.AuthorizeResponse:
    """AuthorizeResponse. Of a certificate it says nothing: nobody here has checked it."""
    return m.AuthorizeResponse(id_token_info=id_token_info(answer.verdict))


def id_token_info(verdict: Verdict) -> m.IdTokenInfoType:
    """The verdict; a group is known centrally, whatever kind of token its members carry (C09.FR.09)."""
    return m.IdTokenInfoType(
        status=STATUS[verdict.status],
        cache_expiry_date_time=timestamps.spell(verdict.expires_at) if verdict.expires_at else UNSET,
        group_id_token=m.IdTokenType(id_token=verdict.parent, type="Central")
        if verdict.parent and len(verdict.parent) <= LONGEST_ID_TOKEN
        else UNSET,
    )
