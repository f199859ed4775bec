"""What the load shall do (`Plan`), and what it saw (`Sight`): JSON between the processes.

A message is a text with slots: `########` is a number that grows with every message of a connection, filled with
zeros to the slot's width; `@@@@@@@@@@` is the transaction id of the last answer that held one, filled with
spaces; `&&&&&` is the number of the connection; `~~~~~~~~` counts the rounds through the messages. Slots keep the length of a message, so that a frame is made once and only patched.
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
    subprotocol: str = "ocpp1.6"
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


BOOTS = {
    "ocpp1.6": '[2,"boot0000","BootNotification",{"chargePointVendor":"Bench","chargePointModel":"B1"}]',
    "ocpp2.0.1": '[2,"boot0000","BootNotification",'
    '{"reason":"PowerUp","chargingStation":{"vendorName":"Bench","model":"B1"}}]',
}
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


UPDATES = 4
"""How often a charging session of the benchmark tells its meter between start and stop."""


def session() -> tuple[str, ...]:
    """A charging session of 1.6: a start, meter values of ten samples, a stop."""
    start, stop = transaction()
    measured = meter_values().replace('"connectorId":1,', f'"connectorId":1,"transactionId":{"@" * 10},')
    return start, *[measured] * UPDATES, stop


def session_in_events() -> tuple[str, ...]:
    """The same charging session as TransactionEvents of 2.0.1."""
    started = _event("Started", 0, "Authorized", _TOKEN, chargingState="Charging")
    updates = (_event("Updated", n, "MeterValuePeriodic", _measured_event()) for n in range(1, UPDATES + 1))
    ended = _event("Ended", UPDATES + 1, "StopAuthorized", _TOKEN, stoppedReason="Local")
    return started, *updates, ended


_TOKEN = {"idToken": {"idToken": "BENCH-&&&&&", "type": "Central"}, "evse": {"id": 1, "connectorId": 1}}


def _event(kind: str, sequence: int, trigger: str, more: dict[str, Any], **told: str) -> str:
    about = {"transactionId": "BENCH-&&&&&-~~~~~~~~", **told}
    event = {
        "eventType": kind,
        "timestamp": _instant(),
        "triggerReason": trigger,
        "seqNo": sequence,
        "transactionInfo": about,
    }
    # Its numbers have no leading zeros: a 1 stands before each slot.
    return call("TransactionEvent", event | more).replace('"1########"', "1########")


def _measured_event() -> dict[str, Any]:
    """The ten samples of `meter_values`, as 2.0.1 writes them; it knows no temperature."""
    phases = iter(("L1", "L2", "L3", "L1", "L2", "L3"))
    samples = []
    for measurand, unit, value in (*_MEASURED[:3], ("Frequency", "Hz", "50.0"), *_MEASURED[4:]):
        shown: str | float = "1########" if "#" in value else float(value)
        phase = {"phase": next(phases)} if measurand[:3] in {"Vol", "Cur"} else {}
        sample = {"value": shown, "context": "Sample.Periodic", "measurand": measurand, **phase}
        samples.append({**sample, "location": "Outlet", "unitOfMeasure": {"unit": unit}})
    return {"meterValue": [{"timestamp": _instant(), "sampledValue": samples}]}


def _instant() -> str:
    """Now, with a slot for the microseconds: every message of a connection has an instant of its own."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.######Z")
