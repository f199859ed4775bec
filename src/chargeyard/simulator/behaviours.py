"""Who comes to a charge point and what befalls it: drivers, faults, lost connections, the reset button.

All of it is drawn from one seeded source and put into the charge point's agenda; times are seconds of its life.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from chargeyard.simulator.charge_point import SimulatedChargePoint
from chargeyard.simulator.connectors import Connector, Trouble
from chargeyard.simulator.vehicle import draw_vehicle

ERRORS: tuple[Trouble, ...] = (
    "ConnectorLockFailure",
    "EVCommunicationError",
    "GroundFailure",
    "HighTemperature",
    "OverCurrentFailure",
    "PowerMeterFailure",
    "ReaderFailure",
    "UnderVoltage",
    "WeakSignal",
)

STRANGER = "STRANGER-{:02d}"
"""Id tags that no central system should know."""

_LOOK_S = 120.0
_FIRST_WAIT_S = 20.0
_UNPLUGS_WITHOUT_TOKEN = 0.3


class Habits(msgspec.Struct, frozen=True):
    """How lively a charge point is. Means in seconds of its life, 0: never.

    ``arrival_s``: a free connector waits for the next car; ``stay_s``: a driver comes back to the car;
    ``early``: share of connectors where a car comes right at the start; ``strangers``: share of unknown tokens;
    ``fault_s``, ``offline_s``, ``button_s``: between faults, lost connections and pressed reset buttons.
    """

    arrival_s: float
    stay_s: float
    early: float = 0.4
    strangers: float = 0.02
    fault_s: float = 0.0
    offline_s: float = 0.0
    offline_for_s: float = 300.0
    button_s: float = 0.0


HABITS: Mapping[str, Habits] = {
    "idle": Habits(arrival_s=0, stay_s=3_600, early=0.0),
    "calm": Habits(arrival_s=3_600, stay_s=3_600, strangers=0.0),
    "typical": Habits(
        arrival_s=1_800, stay_s=2_700, fault_s=86_400, offline_s=43_200, offline_for_s=300, button_s=259_200
    ),
    "busy": Habits(arrival_s=120, stay_s=900, early=0.9, strangers=0.01),
    "wild": Habits(
        arrival_s=120,
        stay_s=600,
        early=0.8,
        strangers=0.1,
        fault_s=3_600,
        offline_s=1_800,
        offline_for_s=240,
        button_s=7_200,
    ),
}
"""By the name that `chargeyard simulate` knows them by."""


class Crowd:
    """All that happens to one charge point from outside."""

    def __init__(
        self, charge_point: SimulatedChargePoint[Any], habits: Habits, id_tags: Sequence[str], seed: int | str
    ) -> None:
        """Raises ValueError without any id tag."""
        if not id_tags:
            raise ValueError("drivers need at least one id tag")
        self._cp = charge_point
        self._habits = habits
        self._id_tags = tuple(id_tags)
        self._rng = random.Random(f"{seed}/{charge_point.name}/crowd")
        # When the driver of the car at a connector means to leave.
        self._leaves_at: dict[int, float] = {}
        charge_point.drivers = self

    def begin(self, now: float) -> None:
        """Let life start at ``now``."""
        self._cp.now = now
        for connector in self._cp.connectors:
            if self._rng.random() < self._habits.early:
                self._cp.later(self._rng.uniform(0.0, _FIRST_WAIT_S), self._arrival(connector))
            else:
                self._await_next(connector)
        self._again(self._habits.fault_s, self._break_something)
        self._again(self._habits.offline_s, self._lose_connection)
        self._again(self._habits.button_s, self._press_button)

    def expected_at(self, connector: Connector) -> None:
        """Somebody started from a phone and stands before the charge point already."""
        self._cp.later(self._rng.uniform(2.0, 15.0), lambda: self._plug_in(connector))

    # -------------------------------------------------------------- drivers

    def _arrival(self, connector: Connector) -> Callable[[], None]:
        return partial(self._arrive, connector)

    def _arrive(self, connector: Connector) -> None:
        """A car drives up; when it cannot charge here, it drives on."""
        if not connector.is_free:
            self._await_next(connector)
            return
        self._plug_in(connector)
        id_tag = self._draw_id_tag()
        self._cp.later(self._rng.uniform(2.0, 12.0), lambda: self._start(connector, id_tag))

    def _plug_in(self, connector: Connector) -> None:
        if connector.vehicle is not None:
            return
        self._cp.charging.plug_in(connector, draw_vehicle(self._rng, dc=connector.plug.is_dc))
        stay_s = max(60.0, self._rng.expovariate(1.0 / self._habits.stay_s))
        self._leaves_at[connector.id] = self._cp.now + stay_s / self._cp.speed
        self._look_later(connector)

    def _start(self, connector: Connector, id_tag: str) -> None:
        if connector.is_waiting:
            self._cp.charging.show_token(connector, id_tag)

    def _look_later(self, connector: Connector) -> None:
        self._cp.later(self._rng.uniform(0.5, 1.0) * _LOOK_S, lambda: self._look(connector))

    def _look(self, connector: Connector) -> None:
        """Is it time to go? A car that does not charge by now never will."""
        vehicle = connector.vehicle
        if vehicle is None:
            self._await_next(connector)
        elif (
            connector.token is None
            or vehicle.is_full
            or self._cp.now >= self._leaves_at.get(connector.id, 0.0)
        ):
            self._leave(connector)
        else:
            self._look_later(connector)

    def _leave(self, connector: Connector) -> None:
        token = connector.token
        if token is not None and self._rng.random() >= _UNPLUGS_WITHOUT_TOKEN:
            self._cp.charging.show_token(connector, token)
        self._cp.later(self._rng.uniform(5.0, 30.0), lambda: self._drive_off(connector))

    def _drive_off(self, connector: Connector) -> None:
        self._cp.charging.unplug(connector)
        self._await_next(connector)

    def _await_next(self, connector: Connector) -> None:
        self._again(self._habits.arrival_s, self._arrival(connector))

    def _draw_id_tag(self) -> str:
        if self._rng.random() < self._habits.strangers:
            return STRANGER.format(self._rng.randrange(100))
        return self._rng.choice(self._id_tags)

    # -------------------------------------------------------------- trouble

    def _break_something(self) -> None:
        connector = self._rng.choice(self._cp.connectors)
        self._cp.charging.fault(connector, self._rng.choice(ERRORS))
        self._cp.later(self._rng.uniform(30.0, 600.0), lambda: self._cp.charging.fault(connector, "NoError"))
        self._again(self._habits.fault_s, self._break_something)

    def _lose_connection(self) -> None:
        if self._cp.wants_link:
            self._cp.cut_link(self._rng.expovariate(1.0 / self._habits.offline_for_s))
        self._again(self._habits.offline_s, self._lose_connection)

    def _press_button(self) -> None:
        if self._cp.wants_link:
            self._rng.choice((self._cp.press_reset, self._cp.lose_power))()
        self._again(self._habits.button_s, self._press_button)

    def _again(self, mean_s: float, action: Callable[[], None]) -> None:
        if mean_s > 0:
            self._cp.later(self._rng.expovariate(1.0 / mean_s), action)
