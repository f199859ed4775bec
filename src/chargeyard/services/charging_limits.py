"""What a charge point takes of charging profiles, as it has told: stack levels, periods, units, EVSEs."""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from chargeyard.domain.charging_needs import ChargingNeeds
from chargeyard.domain.charging_profiles import ChargingProfile, Limits, Unit
from chargeyard.domain.commands import AnyCommand, SetChargingProfile
from chargeyard.domain.installed_profiles import conflicts
from chargeyard.domain.profile_book import book_of
from chargeyard.domain.records import ItemRecord
from chargeyard.domain.vehicles import NEEDS
from chargeyard.services.capabilities import Capabilities

_read_needs = msgspec.json.Decoder(ChargingNeeds).decode

CONTROLLER = "SmartChargingCtrlr"
_UNITS: dict[str, Unit] = {"a": "A", "current": "A", "w": "W", "power": "W"}
_LARGEST_STACK = 1_000
"""A higher number is no limit, but a mistake."""


async def limits_of(capabilities: Capabilities, charge_point: str) -> Limits:
    """The limits for profiles; what was not told refuses nothing. Raises `Unavailable`."""

    async def number(variable: str) -> int | None:
        return await capabilities.number(charge_point, CONTROLLER, variable)

    async def switching() -> str:
        return (await capabilities.text(charge_point, CONTROLLER, "ACPhaseSwitchingSupported") or "").lower()

    level = await number("ProfileStackLevel")
    return Limits(
        max_stack_level=level if level is not None and level <= _LARGEST_STACK else None,
        # A schedule without any period cannot be: 0 says nothing.
        max_periods=await number("PeriodsPerSchedule") or None,
        phase_switching=await switching() != "false",
        units=units_of(await capabilities.text(charge_point, CONTROLLER, "RateUnit") or ""),
    )


def units_of(text: str) -> tuple[Unit, ...]:
    """Units from a list of them: `A,W`, or as 1.6 words it `Current,Power`; of none that is known, both."""
    words = (word.strip().lower() for word in text.split(","))
    found = dict.fromkeys(_UNITS[word] for word in words if word in _UNITS)
    return tuple(found) or ("A", "W")


async def profile_fitted(
    capabilities: Capabilities, charge_point: str, command: AnyCommand, book: Iterable[ItemRecord]
) -> AnyCommand:
    """A command that sets a profile, with what is known of its charge point; any other as it is."""
    if not isinstance(command, SetChargingProfile):
        return command
    doubles = tuple(fault.detail for fault in conflicts(book_of(book), command.profile, "id"))
    limits = replace(
        await limits_of(capabilities, charge_point),
        charging_only=await _only_charges(capabilities, charge_point, command.profile),
    )
    return replace(command, limits=limits, doubles=doubles)


async def _only_charges(capabilities: Capabilities, charge_point: str, profile: ChargingProfile) -> bool:
    """Whether the vehicle of the transaction has told that it cannot discharge (2.1 Q02.FR.02)."""
    if profile.transaction is None:
        return False
    vehicles = await capabilities.store.find_items(charge_point, "Vehicle")
    needs = [_read_needs(one.body) for one in vehicles if (one.evse, one.key) == (profile.evse, NEEDS)]
    return any(one.transaction == profile.transaction and one.discharges is False for one in needs)
