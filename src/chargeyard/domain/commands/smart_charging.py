"""Commands about how much power an EVSE may take, and when."""

from datetime import datetime

from chargeyard.domain.charging_profiles import ChargingProfile, Limits, Period, Purpose, Unit
from chargeyard.domain.commands.command import Command
from chargeyard.domain.installed_profiles import Criteria


class SetChargingProfile(Command, frozen=True, kw_only=True):
    """Install a profile, in place of one with its id.

    The rest is filled in when it is sent: `limits` are what the charge point has told that it takes, `doubles`
    say which profiles are there with the same purpose and stack level at the same time: where the version does
    not replace them, they forbid this one (2.0.1 K01.FR.06).
    """

    profile: ChargingProfile
    limits: Limits = Limits()
    doubles: tuple[str, ...] = ()


class ClearChargingProfiles(Command, frozen=True, kw_only=True):
    """Remove the profiles that are meant; none meant: all but those from outside."""

    criteria: Criteria = Criteria()


class ReadChargingProfiles(Command, frozen=True, kw_only=True):
    """List profiles, in reports numbered `request_id`. EVSE None: all; `sources` are the version's words."""

    request_id: int
    ids: tuple[int, ...] = ()
    evse: int | None = None
    purpose: Purpose | None = None
    stack_level: int | None = None
    sources: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether everything that is there will be listed."""
        narrowed = (self.evse, self.purpose, self.stack_level)
        return not (self.ids or self.sources) and all(one is None for one in narrowed)


class GetCompositeSchedule(Command, frozen=True, kw_only=True):
    """Tell what all profiles together leave to an EVSE, or with EVSE 0 to the charge point, from now on."""

    evse: int
    duration_s: int
    unit: Unit | None = None


class UpdateDynamicSchedule(Command, frozen=True, kw_only=True):
    """Give a Dynamic profile new values; what is None in them stays as it is. Their `start_s` says nothing."""

    profile_id: int
    values: Period


class UsePriorityCharging(Command, frozen=True, kw_only=True):
    """Let the profile for priority charging count for the transaction at an EVSE, or count no more (2.1 K21)."""

    evse: int
    transaction: int
    wire_id: str
    activate: bool = True


class AllowEnergyTransfer(Command, frozen=True, kw_only=True):
    """Change in which ways a transaction may exchange energy; `modes` are the version's words (2.1 Q02.FR.05)."""

    transaction: int
    wire_id: str
    modes: tuple[str, ...]


class SendGridSignal(Command, frozen=True, kw_only=True):
    """Pass on the grid operator's signal for automatic frequency restoration, given at that instant (2.1 Q08)."""

    signal: int
    at: datetime
