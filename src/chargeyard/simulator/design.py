"""What kind of charge point is simulated, and what it shares with its fleet."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from chargeyard.simulator.connectors import AC_22_KW, Plug
from chargeyard.simulator.statistics import Tally


class Design(msgspec.Struct, frozen=True):
    """What kind of charge point it is. ``sample_interval_s``: of meter values in a transaction.

    ``tells_availability_by_event``: by NotifyEvent instead of StatusNotification, where the version has that.
    ``configuration`` overrides defaults, in the names of the version: keys of 1.6, ``Component.Variable`` of 2.x.
    """

    vendor: str = "Chargeyard"
    model: str = "Simulated 22"
    firmware_version: str = "1.4.0"
    plugs: tuple[Plug, ...] = (AC_22_KW, AC_22_KW)
    sample_interval_s: int = 60
    tells_availability_by_event: bool = False
    configuration: Mapping[str, str] = {}


class Fate(msgspec.Struct, frozen=True):
    """What a charge point shares with its fleet: the seed of all chance, how fast it lives, who counts.

    ``speed`` makes life faster (cars, samples, reboots), not the wire: what the central system was promised in
    seconds (heartbeats, boot and retry intervals, time-outs) stays in real seconds.
    """

    seed: int | str = 1
    speed: float = 1.0
    tally: Tally = msgspec.field(default_factory=Tally)
