"""Secrets of charge points and of REST callers: kept as keyed hashes, compared in constant time.

The secrets are long and random, so a keyed hash protects them as well as a slow one would, and ten thousand
charge points that reconnect at once cost milliseconds of processor time instead of minutes. Passwords that
people choose are another matter (`PasswordHasher` in `services/ports.py`).
"""

import hmac
import logging
import os
import re
import secrets
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from chargeyard.errors import SettingsError

_log = logging.getLogger(__name__)

KEY_FILE = "secret.key"
KEY_BYTES = 32
DIGEST_BYTES = 32
SECRET_BYTES = 20
"""Of a new secret, written as 40 hexadecimal digits: all that an OCPP 1.6 AuthorizationKey and an OCPP 2.0.1
BasicAuthPassword can hold, and neither needs escaping in an address."""

TOKEN_PURPOSE = "token"  # noqa: S105 - the name of a purpose
PASSWORD_PURPOSE = "charge-point"  # noqa: S105 - the name of a purpose

_HEX_KEY = re.compile(rb"(?:[0-9A-Fa-f]{2}){16,20}")
"""An AuthorizationKey as OCPP 1.6 writes it: 16 to 20 bytes in hexadecimal digits (security whitepaper A00)."""


class Keys:
    """Keyed hashes under one secret of this installation; whoever has only the database can verify nothing."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if not 16 <= len(secret) <= blake2b.MAX_KEY_SIZE:
            raise ValueError("the key of the hashes has 16 to 64 bytes")
        self._secret = secret

    def hash(self, purpose: str, secret: bytes) -> bytes:
        """A keyed hash of 32 bytes; different purposes (at most 16 letters) give unrelated hashes."""
        return blake2b(secret, key=self._secret, digest_size=DIGEST_BYTES, person=purpose.encode()).digest()

    def digest_of_code(self, code: bytes) -> bytes:
        """What is stored of a key code, and what it is found by."""
        return self.hash("key-code", code)

    def matches(self, purpose: str, presented: bytes, stored: bytes) -> bool:
        """Whether `stored` is the hash of `presented`, in a time that does not tell how nearly."""
        return hmac.compare_digest(self.hash(purpose, presented), stored)

    def charge_point_password(self, text: str) -> bytes:
        """What is stored of a charge point's password as an operator writes it: text, or hexadecimal digits."""
        return self.hash(PASSWORD_PURPOSE, canonical(text.encode()))

    def verify_password(self, presented: bytes, stored: bytes) -> bool:
        """Whether the bytes that a charge point presented are the password behind `stored`, in any of its forms."""
        return self.matches(PASSWORD_PURPOSE, canonical(presented), stored)

    def token(self, text: str) -> bytes:
        """What is stored of a charge point's token, and what it is found by."""
        return self.hash(TOKEN_PURPOSE, text.encode())

    def new_secret(self) -> str:
        """A random secret that suits a password of every OCPP version as well as a token in an address."""
        return secrets.token_hex(SECRET_BYTES)


def canonical(password: bytes) -> bytes:
    """One form for all spellings of the same password.

    OCPP 1.6 hands a charge point its key as hexadecimal digits and has it present the bytes behind them; in
    the field some present the digits, in either case, and some a plain text (steve#1895, steve#1899,
    Java-OCA-OCPP#143). So what looks like such a key stands for its bytes, and everything else for itself.
    """
    return bytes.fromhex(password.decode("ascii")) if _HEX_KEY.fullmatch(password) else password


def load_or_create_key(data_dir: Path, configured: str) -> bytes:
    """The key of all hashes: derived from `configured` if that is set, else kept in `secret.key` in `data_dir`.

    The file is made at the first start, readable by its owner alone. Raises `SettingsError` if it cannot be
    read or does not hold such a key. Whoever loses it has to give every charge point a new password.
    """
    if configured:
        return blake2b(configured.encode(), digest_size=KEY_BYTES, person=b"installation-key").digest()
    file = data_dir / KEY_FILE
    try:
        if not file.exists():
            _create(file)
        return _read(file)
    except (OSError, ValueError) as error:
        raise SettingsError(f"key file {file}: {error}") from None


def _read(file: Path) -> bytes:
    if file.stat().st_mode & 0o077:
        _log.warning("key file %s can be read by others than its owner", file)
    text = file.read_text("ascii").strip()
    if len(text) != 2 * KEY_BYTES:
        raise ValueError(f"does not hold {2 * KEY_BYTES} hexadecimal digits")
    return bytes.fromhex(text)


def _create(file: Path) -> None:
    """Whole or not at all, and never over another's: a link appears at once and fails where the name is taken."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{KEY_FILE}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(secrets.token_hex(KEY_BYTES) + "\n")
            handle.flush()
            os.fsync(handle.fileno())
        with suppress(FileExistsError):
            file.hardlink_to(draft)
    finally:
        draft.unlink()
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
