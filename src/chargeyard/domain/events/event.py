"""What every event is."""

from datetime import datetime

from msgspec import Struct


class Event(Struct, frozen=True, kw_only=True, gc=False, tag=True, tag_field="event"):
    """The common ancestor; the tag is the class name."""

    recorded_at: datetime


class ChargePointEvent(Event, frozen=True, kw_only=True, gc=False):
    """An event of one charge point."""

    charge_point: str
