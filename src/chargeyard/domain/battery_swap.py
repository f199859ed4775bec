"""Batteries that are swapped (2.1 block S): each is book-kept by its serial number, where it was last and when.

The book itself is that of `items`; a battery that was taken out stays in it, as what it is.
"""

import msgspec
from msgspec import Struct

from chargeyard.domain.items import Item


class Battery(Struct, frozen=True, kw_only=True, rename="camel"):
    """A battery as it went in or out. `slot` is the EVSE; `produced` is the charge point's text."""

    serial_number: str
    slot: int
    soc_percent: float | None = None
    soh_percent: float | None = None
    produced: str = ""
    info: str = ""


class BatteryBody(Struct, frozen=True, kw_only=True, rename="camel"):
    """The line of a battery in the book: what happened to it last, in which swap, and whose that was."""

    happened: str
    request_id: int
    id_token: str
    battery: Battery


def lines(happened: str, request_id: int, id_token: str, batteries: tuple[Battery, ...]) -> tuple[Item, ...]:
    """The lines that a report makes. At the charge point as a whole: a battery comes back in another slot."""
    return tuple(
        Item(key=one.serial_number, body=_body(happened, request_id, id_token, one))
        for one in batteries
        if one.serial_number
    )


def _body(happened: str, request_id: int, id_token: str, battery: Battery) -> msgspec.Raw:
    body = BatteryBody(happened=happened, request_id=request_id, id_token=id_token, battery=battery)
    return msgspec.Raw(msgspec.json.encode(body))
