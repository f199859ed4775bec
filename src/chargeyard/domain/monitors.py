"""Monitors of variables, what they notice, and the streams they send: the words for them (2.x block N)."""

from datetime import datetime

from msgspec import Struct

from chargeyard.domain.variables import Address


class Monitor(Struct, frozen=True, kw_only=True, gc=False, rename="camel"):
    """What watches a variable. `id` None: it has none yet. `type` tells when it speaks (UpperThreshold, Periodic …),
    `value` is the threshold, or the seconds between two words; severity 0 is the worst. `origin` is who made it,
    where that is told; `is_for_transactions`: it watches only while one runs."""

    variable: Address
    type: str
    value: float
    severity: int
    id: int | None = None
    is_for_transactions: bool = False
    origin: str = ""


class DeviceEvent(Struct, frozen=True, kw_only=True, gc=False, rename="camel"):
    """Something noticed of a variable. `trigger` is Alerting, Delta or Periodic, `origin` what kind of monitor it was;
    `cause` is the number of the event that led to it, `cleared` that it is over. `value` None: it may be a secret."""

    number: int
    at: datetime
    trigger: str
    variable: Address
    value: str | None
    origin: str = ""
    said: str = ""
    is_dated: bool = True
    cause: int | None = None
    tech_code: str = ""
    tech_info: str = ""
    cleared: bool | None = None
    transaction: str = ""
    monitor_id: int | None = None
    severity: int | None = None


class EventStream(Struct, frozen=True, kw_only=True, gc=False, rename="camel"):
    """A stream of a periodic monitor: a message every `interval_s` seconds, or when there are so many `values`."""

    id: int
    monitor_id: int
    interval_s: int | None = None
    values: int | None = None
