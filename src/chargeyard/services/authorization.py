"""Id tokens as operators keep them: registered, changed, removed. Judging one is `domain.authorization`."""

from msgspec import Struct
from msgspec.structs import replace

from chargeyard.domain.authorization import IdToken, disguised, is_key_code
from chargeyard.domain.events import IdTokenRemoved, IdTokenSaved
from chargeyard.domain.records import IdTokenRecord
from chargeyard.errors import Conflict, NotFound
from chargeyard.services.ports import Keys, Store
from chargeyard.services.recording import Recorder


class IdTokens(Struct, frozen=True):
    """The register of id tokens. Tokens are compared without case, as `domain.authorization.key_of` says.

    A key code is registered, and from then on named, in disguise: the code itself is stored nowhere (C04.FR.04).
    """

    store: Store
    recorder: Recorder
    keys: Keys

    async def get(self, id_token: str) -> IdTokenRecord:
        """Raises `NotFound` if it is not registered."""
        record = await self.store.find_id_token_record(id_token)
        if record is None:
            raise NotFound(f"no id token {id_token!r}")
        return record

    async def register(self, token: IdToken) -> IdTokenRecord:
        """Add a token. Raises `Conflict` if it is registered already."""
        token = self._storable(token)
        if await self.store.find_id_token_record(token.id_token) is not None:
            raise Conflict(f"id token {token.id_token!r} is registered already")
        return await self.save(token)

    async def save(self, token: IdToken) -> IdTokenRecord:
        """Add a token or replace what is known of it."""
        token = self._storable(token)
        await self.recorder.record(IdTokenSaved(recorded_at=self.recorder.now(), token=token))
        return await self.get(token.id_token)

    async def kind_of(self, id_token: str) -> str:
        """The sort of token it is registered as; empty where that is any, or nobody knows it."""
        record = await self.find(id_token)
        return record.kind if record is not None else ""

    async def find(self, id_token: str) -> IdTokenRecord | None:
        """The token that somebody names, also a key code in the clear, which is stored in disguise only."""
        record = await self.store.find_id_token_record(id_token)
        if record is not None:
            return record
        return await self.store.find_id_token_record(disguised(id_token, self.keys.digest_of_code))

    def _storable(self, token: IdToken) -> IdToken:
        if not is_key_code(token.kind):
            return token
        return replace(token, id_token=disguised(token.id_token, self.keys.digest_of_code))

    async def remove(self, id_token: str) -> None:
        """Forget a token. Raises `NotFound` if it is not registered; its transactions stay."""
        record = await self.get(id_token)
        await self.recorder.record(IdTokenRemoved(recorded_at=self.recorder.now(), id_token=record.id_token))
