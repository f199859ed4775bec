"""Tariffs: what charging costs, in the elements that the protocol words (2.1 I07–I12).

Nothing here calculates by them. An id stands for one wording for ever (I08.FR.08): what has another content must
have another id, or a receipt would name a tariff that it was not made by.
"""

import msgspec
from msgspec import Struct


class Tariff(Struct, frozen=True, kw_only=True):
    """One tariff. `valid_from` is a timestamp, empty for at once; `elements` is JSON: what is charged for and under
    which conditions. Amounts stand in it as they were written."""

    tariff_id: str
    currency: str
    valid_from: str = ""
    elements: msgspec.Raw = msgspec.Raw(b"{}")


def is_same(one: Tariff, other: Tariff) -> bool:
    """Whether both say the same, however their JSON is spaced and ordered."""
    return _plain(one) == _plain(other)


def _plain(tariff: Tariff) -> object:
    elements = msgspec.json.decode(tariff.elements)
    return (tariff.tariff_id, tariff.currency, tariff.valid_from, elements)
