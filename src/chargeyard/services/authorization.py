"""Id tokens as operators keep them: registered, changed, removed. Judging one is `domain.authorization`."""

from msgspec import Struct

from chargeyard.domain.authorization import IdToken
from chargeyard.domain.events import IdTokenRemoved, IdTokenSaved
from chargeyard.domain.records import IdTokenRecord
from chargeyard.errors import Conflict, NotFound
from chargeyard.services.ports import Store
from chargeyard.services.recording import Recorder


class IdTokens(Struct, frozen=True):
    """The register of id tokens. Tokens are compared without case, as `domain.authorization.key_of` says."""

    store: Store
    recorder: Recorder

    async def get(self, id_token: str) -> IdTokenRecord:
        """Raises `NotFound` if it is not registered."""
        record = await self.store.find_id_token_record(id_token)
        if record is None:
            raise NotFound(f"no id token {id_token!r}")
        return record

    async def register(self, token: IdToken) -> IdTokenRecord:
        """Add a token. Raises `Conflict` if it is registered already."""
        if await self.store.find_id_token_record(token.id_token) is not None:
            raise Conflict(f"id token {token.id_token!r} is registered already")
        return await self.save(token)

    async def save(self, token: IdToken) -> IdTokenRecord:
        """Add a token or replace what is known of it."""
        await self.recorder.record(IdTokenSaved(recorded_at=self.recorder.now(), token=token))
        return await self.get(token.id_token)

    async def remove(self, id_token: str) -> None:
        """Forget a token. Raises `NotFound` if it is not registered; its transactions stay."""
        record = await self.get(id_token)
        await self.recorder.record(IdTokenRemoved(recorded_at=self.recorder.now(), id_token=record.id_token))
