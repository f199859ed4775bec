"""The cache and the local authorization list on the wire of 1.6."""

from msgspec import UNSET

from chargeyard.dialects.dialect import Script
from chargeyard.dialects.v16.authorization import LONGEST_ID_TAG, id_tag_info
from chargeyard.dialects.v16.outcomes import settled
from chargeyard.domain import commands, outcomes
from chargeyard.domain.authorization import ListEntry, key_of
from chargeyard.domain.outcomes import telling
from chargeyard.domain.results import LocalListTaken, LocalListTold
from chargeyard.ocpp.v16 import messages as m


def clear_cache_script(command: commands.ClearCache) -> Script:
    """ClearCache."""
    return settled((yield m.ClearCacheRequest()))


def version_script(command: commands.ReadLocalListVersion) -> Script:
    """GetLocalListVersion; -1 says that there is none (§5.10)."""
    reply = yield m.GetLocalListVersionRequest()
    answer = reply.message
    version = answer.list_version if isinstance(answer, m.GetLocalListVersionResponse) else 0
    told = LocalListTold(version=version)
    if version < 0:
        return outcomes.Unsupported(reason="NotSupported", said=reply.said, result=told)
    return outcomes.Accepted(said=reply.said, result=told)


def send_script(command: commands.SendLocalList) -> Script:
    """SendLocalList, without the tokens that make no idTag."""
    named = {key_of(one.id_token) for one in command.entries if one.verdict is not None}
    # A token that only changes its kind is removed and entered again elsewhere; here it has none.
    told = [one for one in command.entries if one.verdict is not None or key_of(one.id_token) not in named]
    entries = [one for one in told if _is_sayable(one)]
    left_out = tuple(one.id_token for one in command.entries if not _is_sayable(one))
    request = m.SendLocalListRequest(
        list_version=command.version,
        update_type="Full" if command.is_full else "Differential",
        local_authorization_list=[_data(one) for one in entries] or UNSET,
    )
    return telling(settled((yield request)), LocalListTaken(left_out=left_out))


def _is_sayable(entry: ListEntry) -> bool:
    return len(entry.id_token) <= LONGEST_ID_TAG


def _data(entry: ListEntry) -> m.AuthorizationData:
    """One to be removed stands without info (§5.15)."""
    info = id_tag_info(entry.verdict) if entry.verdict is not None else UNSET
    return m.AuthorizationData(id_tag=entry.id_token, id_tag_info=info)
