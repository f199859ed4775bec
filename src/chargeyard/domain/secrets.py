"""What no log, error or stored message may show, and how it is masked.

A value is secret by the name it stands under: a field like `password`, or the `value` beside a `key` or
`variable` with such a name (OCPP AuthorizationKey, BasicAuthPassword; vendors' StationPassword, field quirk 80),
or by its form: a URL with credentials in it. Masked JSON stays JSON of the same shape.
"""

import re
from typing import Any

import msgspec

MASK = "***"

_NAME = re.compile(
    r"password|passwd|passphrase|authorizationkey|secret|apikey|api_key|private.?key|credential|pincode|wpa|psk",
    re.IGNORECASE,
)
_URL = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.\-]*://)[^/\s@\"]*@")
_SUSPECT = re.compile(_NAME.pattern.encode() + rb"|://[^/\s\"]*@|\\u00", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """Whether a field, configuration key or variable of this name holds a secret."""
    return bool(_NAME.search(name))


def masked(text: bytes) -> bytes:
    """JSON text with its secrets masked; text that holds none comes back as it is, and quickly.

    Suspicious text that is not JSON is masked as a whole: better a gap in a log than a password.
    """
    if not _SUSPECT.search(text):
        return text
    try:
        return msgspec.json.encode(_masked(msgspec.json.decode(text)))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return msgspec.json.encode(f"{MASK} not JSON, {len(text)} bytes")


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return _URL.sub(rf"\g<scheme>{MASK}@", value)
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, dict):
        names_a_secret = any(is_secret(named) for named in _named(value))
        return {
            key: MASK if is_secret(key) or (names_a_secret and key in _VALUES) else _masked(item)
            for key, item in value.items()
        }
    return value


_VALUES = frozenset(("value", "attributeValue", "variableValue"))


def _named(value: dict[str, Any]) -> list[str]:
    """The names that the `value` in this object may belong to."""
    names = [value.get("key"), value.get("variableName")]
    for member in (value.get("variable"), value.get("component")):
        if isinstance(member, dict):
            names.append(member.get("name"))
    return [name for name in names if isinstance(name, str)]
