"""How the pages write things down: quantities with their units, spans of time, states with colour and icon.

Figures are exact and aligned: fixed decimals, a narrow space between thousands and before the unit.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct

NONE = "–"
NARROW = "\u202f"  # a narrow no-break space: the figure and its unit stay on one line


class Look(Struct, frozen=True):
    """How a state is shown: Tabler colour, icon of the sprite, words. Never the colour alone."""

    colour: str
    icon: str
    words: str


CONNECTOR: Mapping[str, Look] = {
    "Available": Look("green", "plug", "Available"),
    "Preparing": Look("azure", "plug-connected", "Preparing"),
    "Charging": Look("blue", "bolt", "Charging"),
    "SuspendedEV": Look("yellow", "clock", "Paused by vehicle"),
    "SuspendedEVSE": Look("yellow", "clock", "Paused by station"),
    "Finishing": Look("azure", "circle-check", "Finishing"),
    "Occupied": Look("azure", "car", "Occupied"),
    "Reserved": Look("purple", "calendar", "Reserved"),
    "Unavailable": Look("secondary", "plug-off", "Unavailable"),
    "Faulted": Look("red", "alert-triangle", "Faulted"),
}
"""Connector states of both OCPP families."""


def connector_look(status: str) -> Look:
    """How `status` is shown; a word that we do not know is shown as it came."""
    return CONNECTOR.get(status) or Look("secondary", "circle-dashed", status or "Unknown")


def kilo(value: int | None, unit: str, decimals: int) -> str:
    """`value` in thousands: 11040, "W", 1 -> "11.0 kW"; a dash where nothing is known."""
    if value is None:
        return NONE
    return f"{value / 1000:,.{decimals}f}".replace(",", NARROW) + f"{NARROW}k{unit}"


def kw(power_w: int | None) -> str:
    """Power in kW with one decimal."""
    return kilo(power_w, "W", 1)


def kwh(energy_wh: int | None) -> str:
    """Energy in kWh with two decimals, the resolution of a calibrated meter's display."""
    return kilo(energy_wh, "Wh", 2)


def percent(value: float | None) -> str:
    """A state of charge without decimals."""
    return NONE if value is None else f"{value:.0f}{NARROW}%"


def count(value: int) -> str:
    """A whole number with spaces between thousands."""
    return f"{value:,}".replace(",", NARROW)


def iso(at: datetime) -> str:
    """An instant as `<time datetime>` wants it, in UTC to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp(at: datetime) -> str:
    """An instant for reading, in UTC; the page's script writes it in the reader's own zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def span(elapsed: timedelta) -> str:
    """A length of time in its two largest units: "2 d 4 h", "1 h 05 min", "12 min", "40 s"."""
    seconds = max(0, int(elapsed.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days}{NARROW}d {hours}{NARROW}h"
    if hours:
        return f"{hours}{NARROW}h {minutes:02d}{NARROW}min"
    return f"{minutes}{NARROW}min" if minutes else f"{seconds}{NARROW}s"


def outlet(evse: int, connector: int) -> str:
    """Which outlet: "2"; "2.1" only where an EVSE has several connectors, "all" for the charge point as a whole."""
    if not evse:
        return "all"
    return f"{evse}.{connector}" if connector > 1 else str(evse)
