"""Who may charge: what the charge point knows by itself, and what it asks (C)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator import instants
from chargeyard.simulator.authorization import Verdict

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint
    from chargeyard.simulator.v2x.evses import Evse

Welcome = Callable[["Evse", m.IdTokenType, m.TriggerReasonEnumType], None]


class Authorizing:
    """Decides about tokens; ``welcome`` is called for one that may charge."""

    __slots__ = ("_cp", "_welcome")

    def __init__(self, charge_point: ChargePoint, welcome: Welcome) -> None:
        self._cp = charge_point
        self._welcome = welcome

    def is_kept_from(self, evse: Evse, token: m.IdTokenType) -> bool:
        """The EVSE is reserved for somebody else."""
        self._cp.expire_reservations()
        return self._cp.reservations.keeps_out(evse.id, key(token), self._cp.tokens.group(key(token)))

    def may_stop(self, evse: Evse, shown: m.IdTokenType) -> bool:
        """The same token, one of its group, or a master pass (C09, C16)."""
        if evse.authorization is not None and key(shown).lower() == key(evse.authorization).lower():
            return True
        group = self._cp.tokens.group(key(shown))
        if group is None:
            return False
        return group in (evse.group, self._cp.model["AuthCtrlr.MasterPassGroupId"])

    def authorize(
        self, evse: Evse, token: m.IdTokenType, trigger: m.TriggerReasonEnumType = "Authorized"
    ) -> None:
        """Decide by what is known, or ask the central system, and let the driver start if it is accepted."""
        model = self._cp.model
        known = self._cp.tokens.accepts(key(token), self._cp.clock)
        if token.type == "NoAuthorization" or not model.flag("AuthCtrlr.Enabled"):
            self._welcome(evse, token, trigger)
        elif self._cp.is_registered and self._cp.conversation.is_connected:
            if known and model.flag("AuthCtrlr.LocalPreAuthorize"):
                self._welcome(evse, token, trigger)
                return
            request = m.AuthorizeRequest(id_token=token)
            self._cp.ask("Authorize", request, lambda answer: self._judged(evse, token, trigger, answer))
        elif self._accepts_offline(token, known=known):
            self._welcome(evse, token, trigger)

    def _accepts_offline(self, token: m.IdTokenType, *, known: bool) -> bool:
        if known and self._cp.model.flag("AuthCtrlr.LocalAuthorizeOffline"):
            return True
        is_unknown = self._cp.tokens.find(key(token)) is None
        return is_unknown and self._cp.model.flag("AuthCtrlr.OfflineTxForUnknownIdEnabled")

    def remember(self, token: m.IdTokenType, info: m.IdTokenInfoType) -> None:
        """Cache a verdict, for AuthCacheCtrlr.LifeTime if it does not say how long (C10.FR.08)."""
        told = verdict(info)
        if told.expires_at is None:
            lifetime_s = self._cp.model.whole("AuthCacheCtrlr.LifeTime")
            told = msgspec.structs.replace(told, expires_at=self._cp.clock + lifetime_s)
        self._cp.tokens.remember(key(token), told)

    def _judged(
        self, evse: Evse, token: m.IdTokenType, trigger: m.TriggerReasonEnumType, answer: Message | None
    ) -> None:
        if not isinstance(answer, m.AuthorizeResponse):
            return
        info = answer.id_token_info
        self.remember(token, info)
        is_here = isinstance(info.evse_id, msgspec.UnsetType) or evse.id in info.evse_id
        # The wait may have been long: somebody else may be charging.
        if info.status == "Accepted" and is_here and evse.authorization is None:
            if not isinstance(answer.tariff, msgspec.UnsetType):
                self._cp.tariffs.of_driver(token.id_token, answer.tariff)
            self._welcome(evse, token, trigger)


def key(token: m.IdTokenType) -> str:
    """What a token is known by: its type belongs to it."""
    return f"{token.type}:{token.id_token}"


def verdict(info: m.IdTokenInfoType) -> Verdict:
    """What the central system said of a token."""
    group = None if isinstance(info.group_id_token, msgspec.UnsetType) else info.group_id_token.id_token
    return Verdict(info.status, group, instants.read(info.cache_expiry_date_time))
