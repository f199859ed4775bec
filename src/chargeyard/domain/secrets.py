"""What no log, error or stored message may show, and how it is masked.

A value is secret by the name it stands under: a field like `password`, or the `value` beside or below a `key` or
`variable` with such a name (OCPP AuthorizationKey, BasicAuthPassword; vendors' StationPassword, field quirk 80),
or by its form: an address with credentials in it, a setting like `password=…` inside a text, a private key in PEM.
An id token is secret if it is a key code (OCPP 2.0.1 C04.FR.04), or calls itself a PIN or password. Masked JSON stays JSON of the same shape. Every
pattern is linear in the text, which may be an attacker's.
"""

import re
from typing import Any

import msgspec

MASK = "***"

_NAMES = (
    r"pass.?(?:word|wd|phrase|code)|pwd|secret|private.?key|credential|pin.?code|sim.?pin|wpa|psk"
    r"|(?:auth|authorization|api|access|shared|encryption|vpn).?key|(?<![a-z])pin(?![a-z])"
    r"|(?:api|access|bearer|refresh).?token|auth[_\-]?token"
)
_IN_QUERY = r"[?&][\w.\-]{0,40}(?:token|key|sig|pass|secret)[\w.\-]{0,40}="
_LOGIN = r"://(?:[^/\s\"]{0,255}@|[^/\s\":]{0,255}:(?!\d{1,5}(?:/|\Z))[^\s\"]{0,255}@)"
"""Credentials in an address; their password may hold `@` and `/`, which strictly it may not."""

_NAME = re.compile(_NAMES, re.IGNORECASE)
_URL = re.compile(_LOGIN, re.IGNORECASE)
_QUERY = re.compile(rf"({_IN_QUERY})[^&\s\"#]+", re.IGNORECASE)
_SETTING = re.compile(
    rf"((?:{_NAMES})[\w\-]{{0,40}}[\"']?\s{{0,4}}[:=]\s{{0,4}}[\"']?)[^\s;,&\"']+", re.IGNORECASE
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [^-]{0,40}PRIVATE KEY-----.*?(?:-----END [^-]{0,40}-----|\Z)", re.DOTALL
)
_CERTIFICATES = re.compile(
    r"(?:\s*-----BEGIN (?:NEW )?CERTIFICATE(?: REQUEST)?-----[A-Za-z0-9+/=\s]*-----END [A-Z ]{0,40}-----)+\s*"
)
"""Certificates and requests for them, in PEM: nothing in them is secret, whatever their Base64 looks like."""
_SUSPECT = re.compile(
    # The last two are escapes, behind which a name or an address may hide.
    rf"{_NAMES}|keycode|writeonly|{_IN_QUERY}|://[^\s\"]{{0,255}}@|\\u00|\\/".encode(),
    re.IGNORECASE,
)
_TRACES = (
    *(b"pass", b"pwd", b"secret", b"key", b"credential", b"pin", b"wpa", b"psk", b"writeonly"),
    *(b"api", b"access", b"bearer", b"refresh", b"authtoken", b"auth_token", b"auth-token"),
    *(b"://", b"\\u00", b"\\/"),
)
_QUERY_TRACES = (b"token", b"sig")
"""Every match of `_SUSPECT` holds one of `_TRACES`, or one of these and an equals sign. Looking for them takes a
hundredth of the time, and most messages hold none."""

_VALUES = frozenset(("value", "attributevalue", "variablevalue", "actualvalue"))


_ID_TOKENS = frozenset(("idtoken", "id_token", "additionalidtoken", "additional_id_token"))
_KINDS = ("type", "kind", "tokenKind", "token_kind")


def is_secret(name: str) -> bool:
    """Whether a field, configuration key or variable of this name holds a secret."""
    return bool(_NAME.search(name))


def masked(text: bytes) -> bytes:
    """JSON text with its secrets masked; text that holds none comes back as it is, and quickly.

    Suspicious text that is not JSON is masked as a whole: better a gap in a log than a password.
    """
    if not _may_be_suspect(text) or not _SUSPECT.search(text):
        return text
    try:
        return msgspec.json.encode(_masked(msgspec.json.decode(text)))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return msgspec.json.encode(f"{MASK} not JSON, {len(text)} bytes")


def _may_be_suspect(text: bytes) -> bool:
    folded = text.lower()
    if any(trace in folded for trace in _TRACES):
        return True
    return b"=" in folded and any(trace in folded for trace in _QUERY_TRACES)


def _masked(value: Any, names_a_secret: bool = False) -> Any:
    """`names_a_secret`: something around `value` says that the values in it are secret."""
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, list):
        return [_masked(item, names_a_secret) for item in value]
    if isinstance(value, dict):
        names_a_secret = names_a_secret or _is_of_a_secret(value)
        masked_members = {key: _masked_member(value, key, names_a_secret) for key in value}
        return _without_code(masked_members) if _is_key_code(value) else masked_members
    return value


def _is_of_a_secret(value: dict[str, Any]) -> bool:
    """Whether the values in an object are secret: by the name they belong to, or because none may read them."""
    return value.get("mutability") == "WriteOnly" or any(is_secret(named) for named in _named(value))


def _is_key_code(value: dict[str, Any]) -> bool:
    """Whether an object is, or names, a token whose text is a secret."""
    kinds = (value.get(name) for name in _KINDS)
    return any(isinstance(kind, str) and (kind.casefold() == "keycode" or is_secret(kind)) for kind in kinds)


def _without_code(value: dict[str, Any]) -> dict[str, Any]:
    """A code that stands in disguise already may stay."""
    return {
        key: MASK
        if key.lower() in _ID_TOKENS and isinstance(member, str) and not member.startswith("keycode:")
        else member
        for key, member in value.items()
    }


def _masked_member(parent: dict[str, Any], key: str, names_a_secret: bool) -> Any:
    if parent[key] is None:
        return None  # nothing is no secret, and must not look like one
    if is_secret(key) or (names_a_secret and key.lower() in _VALUES):
        return MASK
    if key == "key" and "password" in parent:  # of a VPN; elsewhere a `key` is a name
        return MASK
    return _masked(parent[key], names_a_secret)


def masked_text(text: str) -> str:
    """A text with its secrets masked. It may hold JSON of its own (DataTransfer), addresses, settings and keys."""
    if _CERTIFICATES.fullmatch(text):
        return text
    if text.lstrip()[:1] in ("{", "[") and _SUSPECT.search(text.encode("utf-8", "replace")):
        try:
            return msgspec.json.encode(_masked(msgspec.json.decode(text))).decode()
        except msgspec.DecodeError:
            pass
    text = _PRIVATE_KEY.sub(MASK, text)
    text = _QUERY.sub(rf"\1{MASK}", _URL.sub(f"://{MASK}@", text))
    return _SETTING.sub(rf"\1{MASK}", text)


def _named(value: dict[str, Any]) -> list[str]:
    """The names that the values in this object may belong to."""
    members = (value.get("variable"), value.get("component"))
    names = [value.get(name) for name in ("key", "Key", "variableName", "variable")]
    names += [
        member.get(said) for member in members if isinstance(member, dict) for said in ("name", "component")
    ]
    return [name for name in names if isinstance(name, str)]
