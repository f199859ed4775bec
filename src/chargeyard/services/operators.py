"""Operators and their API keys: who may command us.

A key is a random secret, so a keyed hash protects it as well as a slow one would and costs a microsecond; a
password is chosen by a person and gets the slow hash.
"""

import asyncio
import secrets

from msgspec import Struct

from chargeyard.domain.events import ApiKeyRemoved, ApiKeySaved, OperatorSaved
from chargeyard.domain.records import ApiKeyRecord
from chargeyard.errors import NotFound
from chargeyard.services.ports import Keys, Paging, PasswordHasher, Store
from chargeyard.services.recording import Recorder

ADMIN = "admin"
"""The operator that the first start makes."""

KEY_PURPOSE = "api-key"
_KEY_PREFIX = "cyk_"
"""Lets a person, and a scanner of leaked secrets, see what a key is for."""


class IssuedKey(Struct, frozen=True):
    """A new API key; `key` is known here for the only time."""

    record: ApiKeyRecord
    key: str


async def ensure_admin(
    store: Store, recorder: Recorder, passwords: PasswordHasher, password: str
) -> str | None:
    """Make the operator `admin` if there is none, with `password` or, if that is empty, a random one.

    Returns the random password, to be shown once; None where nothing has to be shown.
    """
    if await store.find_operator(ADMIN) is not None:
        return None
    chosen = password or secrets.token_urlsafe(18)
    await set_password(recorder, passwords, ADMIN, chosen)
    return None if password else chosen


async def set_password(recorder: Recorder, passwords: PasswordHasher, name: str, password: str) -> None:
    """Make the operator `name`, or give it another password; that ends its sessions."""
    password_hash = await asyncio.to_thread(passwords.hash, password)
    await recorder.record(OperatorSaved(recorded_at=recorder.now(), name=name, password_hash=password_hash))


async def issue_key(recorder: Recorder, keys: Keys, operator: str, name: str) -> IssuedKey:
    """A new bearer key that acts for `operator`; `name` is for the reader."""
    key = _KEY_PREFIX + keys.new_secret()
    event = ApiKeySaved(
        recorded_at=recorder.now(),
        key_id=secrets.token_hex(8),
        name=name,
        digest=key_digest(keys, key),
        operator=operator,
    )
    await recorder.record(event)
    return IssuedKey(
        ApiKeyRecord(id=event.key_id, name=name, operator=operator, created_at=event.recorded_at), key
    )


async def revoke_key(store: Store, recorder: Recorder, key_id: str) -> None:
    """End a key. Raises `NotFound` if there is none of that id."""
    if not await _has_key(store, key_id):
        raise NotFound(f"no API key {key_id!r}")
    await recorder.record(ApiKeyRemoved(recorded_at=recorder.now(), key_id=key_id))


def key_digest(keys: Keys, key: str) -> bytes:
    """What is stored of a key and looked up by."""
    return keys.hash(KEY_PURPOSE, key.encode())


async def _has_key(store: Store, key_id: str) -> bool:
    """There are few keys and they are removed seldom: the list will do for a look-up."""
    paging: Paging | None = Paging(limit=500)
    while paging is not None:
        page = await store.list_api_keys(paging)
        if any(record.id == key_id for record in page.items):
            return True
        paging = Paging(paging.limit, page.next_cursor) if page.next_cursor else None
    return False
