"""Any number of simulated charge points in one process: a ramp of connects, numbers, and a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TextIO

import msgspec

from chargeyard.simulator.behaviours import HABITS, Crowd
from chargeyard.simulator.charge_point import SimulatedChargePoint
from chargeyard.simulator.connectors import AC_11_KW, AC_22_KW, DC_50_KW, DC_150_KW, Plug
from chargeyard.simulator.design import Design, Fate
from chargeyard.simulator.link import Address, Link
from chargeyard.simulator.statistics import Statistics, Tally
from chargeyard.simulator.versions import MAKERS

ID_TAGS = tuple(f"SIM-TAG-{number:02d}" for number in range(1, 21))
"""The id tokens of the drivers, if no others are named."""

ALL_VERSIONS = tuple(MAKERS)
"""The versions of a mixed fleet."""

MIXED = "mixed"

_STEP_S = 0.05
_LINE_S = 1.0
_LOG_LINE_S = 10.0

# (vendor, model, firmware, plug): what a fleet is made of, in turn.
_DESIGNS: tuple[tuple[str, str, str, Plug], ...] = (
    ("Voltwerk", "Wall 11", "2.8.1", AC_11_KW),
    ("Ampera Nord", "Post 22", "1.12.0", AC_22_KW),
    ("Kilowatt & Co", "Duo 22", "5.0.3", AC_22_KW),
    ("Fluxo", "Rapid 50", "3.4.7", DC_50_KW),
    ("Fluxo", "Hyper 150", "3.4.7", DC_150_KW),
)


class Plan(msgspec.Struct, frozen=True):
    """What fleet, and where it connects. ``{id}`` in the fields of ``address`` stands for each one's name.

    ``ramp_per_s``: new connections per second. ``speed``: life is so many times faster than the clock.
    ``habits``: a name out of `behaviours.HABITS`. ``sample_interval_s``: of meter values, in life's seconds.
    ``versions``: out of `versions.MAKERS`; the charge points take them in turn.
    """

    address: Address
    count: int = 12
    seed: int = 1
    prefix: str = "SIM-"
    id_tags: tuple[str, ...] = ID_TAGS
    connectors: int = 2
    speed: float = 1.0
    habits: str = "typical"
    ramp_per_s: float = 200.0
    sample_interval_s: int = 60
    versions: tuple[str, ...] = ("1.6",)

    def names(self) -> list[str]:
        """The names of the charge points."""
        width = max(4, len(str(self.count)))
        return [f"{self.prefix}{number:0{width}d}" for number in range(1, self.count + 1)]


def versions_of(protocol: str) -> tuple[str, ...]:
    """The versions that ``protocol`` names: one of them, or `MIXED` for all in turn."""
    return ALL_VERSIONS if protocol == MIXED else (protocol,)


class Fleet:
    """Charge points that share a process and a tally. `start` returns at once, `stop` when all are closed."""

    def __init__(self, plan: Plan, clock: Callable[[], float] = time.time) -> None:
        """Raises KeyError for unknown habits or versions, ValueError when there is nobody to simulate."""
        if plan.count < 1 or plan.connectors < 1 or plan.speed <= 0:
            raise ValueError("count and connectors are at least 1, speed is more than 0")
        self._plan = plan
        self._habits = HABITS[plan.habits]
        self._makers = tuple(MAKERS[version] for version in plan.versions)
        self._clock = clock
        self._began = clock()
        self._tally = Tally()
        self._links: list[Link] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._ramp: asyncio.Task[None] | None = None
        self.charge_points: list[SimulatedChargePoint[Any]] = []

    def start(self) -> None:
        """Begin to connect, one after the other."""
        self._began = self._clock()
        self._ramp = asyncio.create_task(self._climb())

    async def stop(self) -> None:
        """Close all connections (1001) and wait for that, but not for ever."""
        tasks = [*([self._ramp] if self._ramp else []), *self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def statistics(self) -> Statistics:
        """The numbers now."""
        return Statistics(
            charge_points=self._plan.count,
            seconds=self._clock() - self._began,
            tally=msgspec.structs.replace(self._tally),
            undelivered=sum(each.conversation.undelivered for each in self.charge_points),
        )

    def refusals(self) -> Counter[str]:
        """Why charge points are not connected, and how many for each reason."""
        return Counter(link.refusal for link in self._links if link.refusal)

    async def _climb(self) -> None:
        began = self._clock()
        for number, name in enumerate(self._plan.names()):
            ahead_s = number / self._plan.ramp_per_s - (self._clock() - began)
            if ahead_s > _STEP_S:
                await asyncio.sleep(ahead_s)
            self._add(number, name)

    def _add(self, number: int, name: str) -> None:
        plan = self._plan
        make = self._makers[number % len(self._makers)]
        charge_point = make(name, _design(number, plan), Fate(plan.seed, plan.speed, self._tally))
        Crowd(charge_point, self._habits, plan.id_tags, plan.seed).begin(self._clock())
        link = Link(charge_point, plan.address, self._clock)
        self.charge_points.append(charge_point)
        self._links.append(link)
        self._tasks.append(asyncio.create_task(link.run(), name=name))


def _design(number: int, plan: Plan) -> Design:
    vendor, model, firmware, plug = _DESIGNS[number % len(_DESIGNS)]
    return Design(
        vendor=vendor,
        model=model,
        firmware_version=firmware,
        plugs=(plug,) * plan.connectors,
        sample_interval_s=plan.sample_interval_s,
    )


def run(plan: Plan, out: TextIO, duration_s: float | None = None) -> Statistics:
    """Simulate until ``duration_s`` is over or Ctrl-C, telling ``out`` how it goes; returns the last numbers.

    This is what `chargeyard simulate` calls. Without a failure of its own it always returns; whether the central
    system behaved is in the numbers.
    """
    with asyncio.Runner(loop_factory=_event_loop()) as runner:
        return runner.run(_run(plan, out, duration_s))


def _event_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        from uvloop import new_event_loop
    except ImportError:
        # Windows has no uvloop; a few hundred charge points do without.
        return asyncio.new_event_loop
    return new_event_loop


async def _run(plan: Plan, out: TextIO, duration_s: float | None) -> Statistics:
    fleet, enough = Fleet(plan), asyncio.Event()
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError, RuntimeError):
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, enough.set)
    if duration_s is not None:
        loop.call_later(duration_s, enough.set)
    fleet.start()
    try:
        await _show(fleet, out, enough)
    finally:
        last = fleet.statistics()
        await fleet.stop()
    return last


async def _show(fleet: Fleet, out: TextIO, enough: asyncio.Event) -> None:
    """One line that is written over on a terminal, a line now and then in a log."""
    live = out.isatty()
    while not enough.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINE_S if live else _LOG_LINE_S):
                await enough.wait()
        out.write(f"\r\x1b[K{_line(fleet)}" if live else f"{_line(fleet)}\n")
        out.flush()
    if live:
        out.write("\n")


def _line(fleet: Fleet) -> str:
    refusals = fleet.refusals().most_common(1)
    trouble = "".join(f"  {count} not connected: {reason}" for reason, count in refusals)
    return fleet.statistics().line() + trouble
