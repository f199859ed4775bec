"""Numbers of a fleet, counted as they happen."""

from __future__ import annotations

import msgspec


class Tally(msgspec.Struct):
    """Counters that all charge points of a fleet share. ``connected`` and ``charging`` go up and down.

    ``sent`` and ``received`` count frames; ``errors`` what was refused, unanswered or unreadable;
    ``discarded`` transaction messages given up after the last attempt; ``energy_wh`` what was charged.
    """

    connected: int = 0
    charging: int = 0
    started: int = 0
    stopped: int = 0
    sent: int = 0
    received: int = 0
    errors: int = 0
    discarded: int = 0
    failed_connects: int = 0
    energy_wh: float = 0.0


class Statistics(msgspec.Struct, frozen=True):
    """A fleet at one moment: its size, the seconds since it started, the counters, transaction messages waiting."""

    charge_points: int
    seconds: float
    tally: Tally
    undelivered: int

    def line(self) -> str:
        """All on one line, for a terminal."""
        tally = self.tally
        return (
            f"{self.seconds:6.0f} s  connected {tally.connected}/{self.charge_points}"
            f"  charging {tally.charging}  transactions {tally.stopped}/{tally.started}"
            f"  energy {tally.energy_wh / 1000:.1f} kWh  out {tally.sent}  in {tally.received}"
            f"  waiting {self.undelivered}  errors {tally.errors + tally.discarded}"
        )
