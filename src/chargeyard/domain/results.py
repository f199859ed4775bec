"""What an answer to a command tells besides yes or no, in the domain's words. A dialect reads it from the wire.

An outcome carries at most one. `AnyResult` is all of them, as they travel on the bus and stand in the store.
"""

from msgspec import Struct

from chargeyard.domain.installed_profiles import Replaces
from chargeyard.domain.smart_charging import CompositeSchedule
from chargeyard.domain.variables import Address


class Result(Struct, frozen=True, kw_only=True, tag=True, tag_field="result", rename="camel"):
    """The common ancestor; the tag is the class name."""


class VariableWord(Struct, frozen=True, kw_only=True):
    """What became of one variable that was read or written.

    `key` is its configuration key, where the charge point goes by keys, else its address as text. `status` is the
    charge point's word; `value` is what was told, or written; None: nothing, or it may be a secret.
    """

    key: str
    variable: Address
    status: str
    value: str | None = None
    attribute: str = "Actual"
    mutability: str = ""


class VariablesAnswered(Result, frozen=True, kw_only=True):
    """What was told of each variable that was read or written."""

    variables: tuple[VariableWord, ...]


class PartsFollow(Result, frozen=True, kw_only=True):
    """What was asked for will be told in parts, numbered `request_id`."""

    request_id: int


class ReservationNumbered(Result, frozen=True, kw_only=True):
    """By which number a reservation can be asked for and cancelled."""

    reservation_id: int


class ProfileInstalled(Result, frozen=True, kw_only=True):
    """A charging profile is there; `replaces` tells which others it has taken the place of."""

    replaces: Replaces


class ProfilesCleared(Result, frozen=True, kw_only=True):
    """None of the charging profiles that were meant is there now; whether there was any before."""

    any_found: bool


class ScheduleTold(Result, frozen=True, kw_only=True):
    """What the charge point itself makes of all its charging profiles."""

    schedule: CompositeSchedule


class NothingToList(Result, frozen=True, kw_only=True):
    """There is nothing of what was to be listed, and no report of it will come."""


AnyResult = (
    VariablesAnswered
    | PartsFollow
    | ReservationNumbered
    | ProfileInstalled
    | ProfilesCleared
    | ScheduleTold
    | NothingToList
)
