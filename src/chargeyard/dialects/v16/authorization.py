"""Id tokens on the wire of 1.6: idTag and IdTagInfo."""

from collections.abc import Mapping

from msgspec import UNSET

from chargeyard.dialects import timestamps
from chargeyard.dialects.dialect import Hearing
from chargeyard.domain import reports
from chargeyard.domain.answers import TokenJudged
from chargeyard.domain.authorization import Status, Verdict
from chargeyard.ocpp.v16 import messages as m

LONGEST_ID_TAG = 20

STATUS: Mapping[Status, m.AuthorizationStatus] = {
    Status.ACCEPTED: "Accepted",
    Status.BLOCKED: "Blocked",
    Status.CONCURRENT: "ConcurrentTx",
    Status.EXPIRED: "Expired",
    Status.INVALID: "Invalid",
    # What 1.6 has no word for: refused for who it is, or for where and when.
    Status.NO_CREDIT: "Blocked",
    Status.NOT_AT_THIS_LOCATION: "Invalid",
    Status.NOT_AT_THIS_TIME: "Invalid",
    Status.NOT_FOR_THIS_EVSE: "Invalid",
    Status.UNKNOWN: "Invalid",
}


def presented_from(request: m.AuthorizeRequest, hearing: Hearing) -> reports.TokenPresented:
    """Authorize."""
    return reports.TokenPresented(id_token=request.id_tag)


def authorize_answer(answer: TokenJudged) -> m.AuthorizeResponse:
    """Authorize.conf."""
    return m.AuthorizeResponse(id_tag_info=id_tag_info(answer.verdict))


def id_tag_info(verdict: Verdict) -> m.IdTagInfo:
    """The verdict; a parent too long for 1.6 is left out rather than cut into another token's name."""
    parent = verdict.parent
    return m.IdTagInfo(
        status=STATUS[verdict.status],
        expiry_date=timestamps.spell(verdict.expires_at) if verdict.expires_at else UNSET,
        parent_id_tag=parent if parent and len(parent) <= LONGEST_ID_TAG else UNSET,
    )
