"""The cache, the local authorization list and what is known of customers, on the wire of 2.x."""

from typing import Any

from msgspec import UNSET

from chargeyard.dialects.dialect import NUMBERS, Hearing, Script
from chargeyard.dialects.v201.authorization import KINDS, LONGEST_ID_TOKEN, id_token_info, wire_kind
from chargeyard.dialects.v201.outcomes import following, settled
from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.answers import Acknowledged
from chargeyard.domain.authorization import ListEntry
from chargeyard.domain.outcomes import telling
from chargeyard.domain.results import LocalListTaken, LocalListTold
from chargeyard.ocpp.v201 import messages as m

CARD_KIND = "ISO14443"
"""What a token whose kind nobody has told is listed as: the charge point compares kinds, and most are such cards."""


def clear_cache_script(command: commands.ClearCache) -> Script:
    """ClearCache."""
    return settled((yield m.ClearCacheRequest()))


def version_script(command: commands.ReadLocalListVersion) -> Script:
    """GetLocalListVersion; 0 says that nothing is listed (D02.FR.02)."""
    reply = yield m.GetLocalListVersionRequest()
    # 2.1's class has the same field.
    version = getattr(reply.message, "version_number", 0)
    return telling(outcomes.Accepted(said=reply.said), LocalListTold(version=version))


def send_script(command: commands.SendLocalList) -> Script:
    """SendLocalList, without the tokens that not every version has words for."""
    entries = [one for one in command.entries if _is_sayable(one)]
    left_out = tuple(one.id_token for one in command.entries if not _is_sayable(one))
    request = m.SendLocalListRequest(
        version_number=command.version,
        update_type="Full" if command.is_full else "Differential",
        # An empty list must be left out: that is how all of it is removed (D01.FR.04).
        local_authorization_list=[_data(one) for one in entries] or UNSET,
    )
    return telling(settled((yield request)), LocalListTaken(left_out=left_out))


def _is_sayable(entry: ListEntry) -> bool:
    return len(entry.id_token) <= LONGEST_ID_TOKEN and entry.kind in {"", *KINDS}


def _data(entry: ListEntry) -> m.AuthorizationData:
    """One to be removed stands without info (D01.FR.17)."""
    info = id_token_info(entry.verdict) if entry.verdict is not None else UNSET
    token = m.IdTokenType(id_token=entry.id_token, type=wire_kind(entry.kind or CARD_KIND))
    return m.AuthorizationData(id_token=token, id_token_info=info)


def customer_script(command: commands.CustomerInformation) -> Script:
    """CustomerInformation; what is reported follows in parts."""
    token = (
        m.IdTokenType(id_token=command.id_token, type=wire_kind(command.token_kind))
        if command.id_token
        else UNSET
    )
    request = m.CustomerInformationRequest(
        request_id=command.request_id,
        report=command.report,
        clear=command.clear,
        id_token=token,
        customer_certificate=_hash(command.certificate) if command.certificate is not None else UNSET,
        customer_identifier=command.customer_identifier or UNSET,
    )
    reply = yield request
    return following(reply, command.request_id) if command.report else settled(reply)


def _hash(certificate: commands.CertificateHash) -> m.CertificateHashDataType:
    algorithm: Any = certificate.hash_algorithm
    return m.CertificateHashDataType(
        hash_algorithm=algorithm,
        issuer_name_hash=certificate.issuer_name_hash,
        issuer_key_hash=certificate.issuer_key_hash,
        serial_number=certificate.serial_number,
    )


def customer_from(
    request: m.NotifyCustomerInformationRequest, hearing: Hearing
) -> reports.CustomerInformationTold:
    """NotifyCustomerInformation; the last part is the one that announces no further one."""
    return reports.CustomerInformationTold(
        request_id=hearing.whole(request.request_id, NUMBERS, 0, "$.requestId"),
        sequence=hearing.whole(request.seq_no, NUMBERS, 0, "$.seqNo"),
        is_last=not request.tbc,
        at=hearing.instant(request.generated_at, "$.generatedAt"),
        data=request.data,
    )


def customer_answer(answer: Acknowledged) -> m.NotifyCustomerInformationResponse:
    """NotifyCustomerInformationResponse."""
    return m.NotifyCustomerInformationResponse()
