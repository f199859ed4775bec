"""Commands about reservations."""

from datetime import datetime

from chargeyard.domain.commands.command import Command


class ReserveNow(Command, frozen=True, kw_only=True):
    """Hold an outlet for an id token until `expires_at`. A reservation of the same number is replaced (H01.FR.02).

    EVSE 0 leaves the choice of the outlet to the charge point, among those with a connector of `connector_type`
    where that is named. Whoever has a token of the group `parent` may come as well.
    """

    reservation: int
    id_token: str
    expires_at: datetime
    evse: int = 0
    connector_type: str = ""
    token_kind: str = ""
    parent: str | None = None
    parent_kind: str = ""


class CancelReservation(Command, frozen=True, kw_only=True):
    """Let a reservation go."""

    reservation: int
