"""Charge points as operators keep them: registered, changed, removed, given new secrets.

Secrets are hashed here and go no further; those made here are returned once, to be shown once.
"""

from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from chargeyard.domain.answers import Registration
from chargeyard.domain.events import ChargePointChanged, ChargePointRegistered, ChargePointRemoved
from chargeyard.errors import Conflict
from chargeyard.services.ports import Keys, Store
from chargeyard.services.recording import Recorder

Credential = Literal["password", "token", "none"]
"""What a charge point shall prove itself with; `none` lets anybody speak in its name (security profile 0)."""


class Newcomer(Struct, frozen=True, kw_only=True):
    """A charge point to be registered. `generate` asks for secrets beside the given ones."""

    id: str
    name: str = ""
    registration: Registration = Registration.ACCEPTED
    reading: str = ""
    password: str | None = None
    token: str | None = None
    generate: Credential | None = None


class Changes(Struct, frozen=True, kw_only=True):
    """What shall be different; UNSET stays."""

    name: str | UnsetType = UNSET
    registration: Registration | UnsetType = UNSET
    reading: str | UnsetType = UNSET


class Secrets(Struct, frozen=True, kw_only=True):
    """Secrets that were made here, in the clear; None where none was made."""

    password: str | None = None
    token: str | None = None


class Provisioning(Struct, frozen=True):
    """The register of charge points."""

    store: Store
    recorder: Recorder
    keys: Keys

    async def register(self, newcomer: Newcomer) -> Secrets:
        """Add a charge point. Raises `Conflict` if its id, or its token, is taken.

        One that names no credential gets a token: being open to everybody has to be asked for.
        """
        if await self.store.find_charge_point(newcomer.id) is not None:
            raise Conflict(f"charge point {newcomer.id!r} is registered already")
        made = self._make(newcomer)
        await self.recorder.record(self._registered(newcomer, made))
        return made

    async def change(self, charge_point: str, changes: Changes) -> None:
        """Change what is set in `changes`."""
        await self._record_change(charge_point, msgspec.structs.asdict(changes))

    async def set_password(self, charge_point: str, text: str | None) -> str | None:
        """Replace the password; one is made and returned if none is given."""
        made = None if text else self.keys.new_secret()
        credential = self.keys.charge_point_password(text or made or "")
        await self._record_change(charge_point, {"credential": credential})
        return made

    async def set_token(self, charge_point: str, text: str | None) -> str | None:
        """Replace the token; one is made and returned if none is given. Raises `Conflict` if it is taken."""
        made = None if text else self.keys.new_secret()
        await self._record_change(charge_point, {"token": self.keys.token(text or made or "")})
        return made

    async def remove(self, charge_point: str) -> None:
        """Forget a charge point and end its session; its transactions and meter values stay."""
        await self.recorder.record(
            ChargePointRemoved(recorded_at=self.recorder.now(), charge_point=charge_point)
        )

    def _make(self, newcomer: Newcomer) -> Secrets:
        if newcomer.generate == "password" and newcomer.password is None:
            return Secrets(password=self.keys.new_secret())
        open_by_wish = newcomer.generate == "none"
        has_one = newcomer.password is not None or newcomer.token is not None
        wants_token = newcomer.generate == "token" and newcomer.token is None
        if wants_token or not (has_one or open_by_wish):
            return Secrets(token=self.keys.new_secret())
        return Secrets()

    def _registered(self, newcomer: Newcomer, made: Secrets) -> ChargePointRegistered:
        password = newcomer.password or made.password
        token = newcomer.token or made.token
        return ChargePointRegistered(
            recorded_at=self.recorder.now(),
            charge_point=newcomer.id,
            registration=newcomer.registration,
            name=newcomer.name,
            reading=newcomer.reading,
            credential=self.keys.charge_point_password(password) if password else None,
            token=self.keys.token(token) if token else None,
        )

    async def _record_change(self, charge_point: str, fields: dict[str, object]) -> None:
        event = ChargePointChanged(recorded_at=self.recorder.now(), charge_point=charge_point)
        await self.recorder.record(msgspec.structs.replace(event, **fields))
