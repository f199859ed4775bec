"""Commands about id tokens: what a charge point may decide by itself, and what it knows of a customer."""

from msgspec import Struct

from chargeyard.domain.authorization import ListEntry
from chargeyard.domain.commands.command import Command


class ClearCache(Command, frozen=True, kw_only=True):
    """Forget what was answered about id tokens."""


class ReadLocalListVersion(Command, frozen=True, kw_only=True):
    """Tell the version of the local authorization list."""


class SendLocalList(Command, frozen=True, kw_only=True):
    """Change the local authorization list, or with `is_full` replace it; it then has this version, above 0."""

    version: int
    is_full: bool = False
    entries: tuple[ListEntry, ...] = ()


class CertificateHash(Struct, frozen=True, kw_only=True):
    """By which a certificate is known: hexadecimal digests, and its serial number."""

    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


class CustomerInformation(Command, frozen=True, kw_only=True):
    """Report (in parts numbered `request_id`) or clear what is known of a customer, or both (N09, N10).

    The customer is exactly one of: an id token, a certificate, or a word that the charge point's vendor knows.
    """

    request_id: int
    report: bool
    clear: bool
    id_token: str = ""
    token_kind: str = ""
    certificate: CertificateHash | None = None
    customer_identifier: str = ""
