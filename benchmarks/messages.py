"""The messages of the load, as texts with slots, so that a frame is made once and only patched.

`########` is a number that grows with every message of a connection, filled with zeros to the slot's width;
`@@@@@@@@@@` is the transaction id of the last answer that held one, filled with spaces; `&&&&&` is the number of
the connection; `~~~~~~~~` counts the rounds through the messages; 27 times `%` is now, to the microsecond. Slots keep
the length of a message.
"""

import json
from typing import Any

BOOTS = {
    "ocpp1.6": '[2,"boot0000","BootNotification",{"chargePointVendor":"Bench","chargePointModel":"B1"}]',
    "ocpp2.0.1": '[2,"boot0000","BootNotification",'
    '{"reason":"PowerUp","chargingStation":{"vendorName":"Bench","model":"B1"}}]',
}
_INSTANT = "%" * 27
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
        "MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": _INSTANT, "sampledValue": samples}]}
    )


def meter_values_of_transaction() -> str:
    """The same of the transaction that runs."""
    return meter_values().replace('"connectorId":1,', f'"connectorId":1,"transactionId":{"@" * 10},')


def _sample(measurand: str, unit: str, value: str, phase: str | None) -> dict[str, str]:
    sample = {"value": value, "context": "Sample.Periodic", "format": "Raw", "measurand": measurand}
    return {**sample, **({"phase": phase} if phase else {}), "location": "Outlet", "unit": unit}


def transaction() -> tuple[str, str]:
    """StartTransaction and StopTransaction."""
    start = {"connectorId": 1, "idTag": "BENCH-&&&&&", "meterStart": 0, "timestamp": _INSTANT}
    stop = {"meterStop": 100, "timestamp": _INSTANT, "transactionId": "@"}
    return call("StartTransaction", start), call("StopTransaction", stop).replace('"@"', "@" * 10)


UPDATES = 4
"""How often a charging session of the benchmark tells its meter between start and stop."""


def session() -> tuple[str, ...]:
    """A charging session of 1.6: a start, meter values of ten samples, a stop."""
    start, stop = transaction()
    return start, *[meter_values_of_transaction()] * UPDATES, stop


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
        "timestamp": _INSTANT,
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
    return {"meterValue": [{"timestamp": _INSTANT, "sampledValue": samples}]}
