"""Configuration keys on the wire of 1.6, as variables of the device model."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import UNSET

from chargeyard.dialects.dialect import Script, asked_all, parts, said_in
from chargeyard.dialects.keys import address_of, key_of
from chargeyard.dialects.v16.outcomes import judged, worst
from chargeyard.dialects.v16.provisioning import text
from chargeyard.domain import commands, outcomes
from chargeyard.domain.results import VariablesAnswered, VariableWord
from chargeyard.domain.secrets import is_secret
from chargeyard.domain.variables import Named
from chargeyard.ocpp.v16 import messages as m

UNKNOWN = "UnknownVariable"
"""Our word for a key that the charge point says it does not know."""


def get_variables_script(command: commands.GetVariables) -> Script:
    """GetConfiguration of the keys meant, each once, at most so many at a time as GetConfigurationMaxKeys says."""
    keys = _keys_of(command.variables)
    if isinstance(keys, outcomes.Invalid):
        return keys
    return (yield from _read(parts(list(dict.fromkeys(keys)), command.max_items)))


def inventory_script(command: commands.ReadInventory) -> Script:
    """GetConfiguration of all keys; whether they can be set is told with them."""
    return (yield from _read([()]))


def _read(messages: Iterable[Sequence[str]]) -> Script:
    requests = (m.GetConfigurationRequest(key=list(keys) or UNSET) for keys in messages)
    replies = yield from asked_all(requests)
    words = tuple(word for reply in replies for word in _told(reply.message))
    return outcomes.Accepted(said=said_in(replies), result=VariablesAnswered(variables=words))


def _told(response: Any) -> Iterator[VariableWord]:
    for known in response.configuration_key or ():
        address = address_of(known.key)
        hidden = is_secret(known.key) or is_secret(address.name)
        yield VariableWord(
            key=known.key,
            variable=address,
            status="Accepted",
            value=None if hidden or known.value is UNSET else text(known.value),
            mutability="ReadOnly" if known.readonly else "ReadWrite",
        )
    for key in response.unknown_key or ():
        yield VariableWord(key=key, variable=address_of(key), status=UNKNOWN)


def set_variables_script(command: commands.SetVariables) -> Script:
    """ChangeConfiguration of one key after the other; what one is refused does not keep the others from it."""
    keys = _keys_of(command.variables)
    if isinstance(keys, outcomes.Invalid):
        return keys
    replies, words = [], []
    for key, given in zip(keys, command.variables, strict=True):
        reply = yield m.ChangeConfigurationRequest(key=key, value=given.value)
        replies.append(reply)
        status = str(getattr(reply.message, "status", "Rejected"))
        address = address_of(key)
        value = None if is_secret(key) or is_secret(address.name) else given.value
        words.append(VariableWord(key=key, variable=address, status=status, value=value))
    result = VariablesAnswered(variables=tuple(words))
    return judged(worst(word.status for word in words), said_in(replies), result)


def _keys_of(
    variables: Iterable[commands.VariableWanted | commands.VariableGiven],
) -> list[str] | outcomes.Invalid:
    keys: list[str] = []
    for one in variables:
        key = key_of(one.variable)
        if key is None:
            return outcomes.Invalid(detail=f"no configuration key stands for {_shown(one.variable)}")
        if one.attribute != "Actual":
            return outcomes.Invalid(detail=f"{key[:50]} has an actual value only, no {one.attribute}")
        keys.append(key)
    return keys if keys else outcomes.Invalid(detail="no variable is named")


def _shown(named: Named) -> str:
    return (named if isinstance(named, str) else named.text)[:250]
