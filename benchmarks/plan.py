"""What the load shall do (`Plan`), and what it saw (`Sight`): JSON between the processes.

A message is a text with slots: `########` is a number that grows with every message of a connection, filled with
zeros to the slot's width; `@@@@@@@@@@` is the transaction id of the last answer that held one, filled with
spaces; `&&&&&` is the number of the connection. Slots keep the length of a message, so that a frame is made once and only patched.
"""

import json
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct


class Plan(Struct, frozen=True, kw_only=True):
    """A load: connect, boot, then send `messages` round and round, one outstanding on each connection."""

    port: int
    path: str
    pid: int
    """Of the server, whose processor time and memory are read."""
    connections: int
    messages: tuple[str, ...] = ()
    warmup_s: float = 1.0
    seconds: float = 10.0
    rate: float = 0.0
    """Messages per second over all connections; 0 is as many as are answered."""
    password: str = ""
    """Of every charge point, sent by HTTP Basic."""
    dials_at_once: int = 200
    settle_s: float = 0.0
    """How long to sit idle before the memory is read."""
    core: int = -1


class Sight(Struct, kw_only=True):
    """What the load saw; times in seconds unless said."""

    connected: int = 0
    failures: int = 0
    first_failure: str = ""
    connect_s: float = 0.0
    """From the first dial to the last answered boot."""
    connect_server_cpu_s: float = 0.0
    connect_load_share: float = 0.0
    rss_before_kb: int = 0
    rss_after_kb: int = 0
    messages: int = 0
    """Answered within the measured window."""
    window_s: float = 0.0
    server_cpu_s: float = 0.0
    load_share: float = 0.0
    """Of one core, in the window: far below 1, the load was not the bottleneck."""
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    acknowledged: dict[str, int] = {}
    """For each charge point, how many messages were answered, the boot not counted."""


BOOT = '[2,"boot0000","BootNotification",{"chargePointVendor":"Bench","chargePointModel":"B1"}]'
HEARTBEAT = '[2,"########","Heartbeat",{}]'

_MEASURED = (
    ("Energy.Active.Import.Register", "Wh", "########"),
    ("Power.Active.Import", "W", "11042.5"),
    ("SoC", "Percent", "47"),
    ("Temperature", "Celsius", "31.5"),
    *((measurand, unit, value) for measurand, unit, value in (("Voltage", "V", "230.4"), ("Current.Import", "A", "16.0"))
      for _ in range(3)),
)  # fmt: skip


def call(action: str, payload: dict[str, Any]) -> str:
    """A CALL with a slot for its message id."""
    return json.dumps([2, "########", action, payload], separators=(",", ":"))


def meter_values() -> str:
    """MeterValues with ten samples, as a charge point with three phases sends them; about 1.5 kB."""
    phases = iter(("L1", "L2", "L3", "L1", "L2", "L3"))
    samples = [
        _sample(*measured, next(phases) if measured[0][:3] in {"Vol", "Cur"} else None)
        for measured in _MEASURED
    ]
    return call(
        "MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": _instant(), "sampledValue": samples}]}
    )


def _sample(measurand: str, unit: str, value: str, phase: str | None) -> dict[str, str]:
    sample = {"value": value, "context": "Sample.Periodic", "format": "Raw", "measurand": measurand}
    return {**sample, **({"phase": phase} if phase else {}), "location": "Outlet", "unit": unit}


def transaction() -> tuple[str, str]:
    """StartTransaction and StopTransaction."""
    start = {"connectorId": 1, "idTag": "BENCH-&&&&&", "meterStart": 0, "timestamp": _instant()}
    stop = {"meterStop": 100, "timestamp": _instant(), "transactionId": "@"}
    return call("StartTransaction", start), call("StopTransaction", stop).replace('"@"', "@" * 10)


def _instant() -> str:
    """Now, with a slot for the microseconds: every message of a connection has an instant of its own."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.######Z")
