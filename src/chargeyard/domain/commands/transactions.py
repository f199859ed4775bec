"""Commands about transactions."""

from chargeyard.domain.accounts import Limits
from chargeyard.domain.charging_profiles import ChargingProfile
from chargeyard.domain.commands.command import Command


class StartTransaction(Command, frozen=True, kw_only=True):
    """Start charging for an id token; EVSE 0 leaves the choice of the outlet to the charge point.

    Where the version can say it, `remote_start_id` comes back with the transaction that results, and
    `token_kind` is the sort of token; empty: one that we know and no reader has read. `profile` is for this
    transaction and cannot name it yet.
    """

    id_token: str
    evse: int = 0
    token_kind: str = ""
    remote_start_id: int = 0
    profile: ChargingProfile | None = None


class StopTransaction(Command, frozen=True, kw_only=True):
    """Stop a running transaction. `wire_id` is what the charge point calls it."""

    transaction: int
    wire_id: str


class GetTransactionStatus(Command, frozen=True, kw_only=True):
    """Tell whether a transaction goes on and whether messages about it are still to come (2.0.1 E14).

    Transaction 0: whether messages about any transaction are.
    """

    transaction: int = 0
    wire_id: str = ""


class LimitTransaction(Command, frozen=True, kw_only=True):
    """End charging by itself at these limits: told with the next answer to an event of the transaction (2.1 E16)."""

    transaction: int
    limits: Limits
