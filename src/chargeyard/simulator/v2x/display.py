"""The messages on a charge point's screen (O)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from chargeyard.ocpp.v21 import messages as m

_MOST = 20
_FORMATS = ("ASCII", "UTF8")


class Display:
    """What the screen has to show, by the id of the message."""

    __slots__ = ("_messages",)

    def __init__(self) -> None:
        self._messages: dict[int, m.MessageInfoType] = {}

    def __len__(self) -> int:
        return len(self._messages)

    def show(self, message: m.MessageInfoType) -> m.DisplayMessageStatusEnumType:
        """Take a message; one with the same id is replaced. Of AlwaysFront there is one (O01.FR.11)."""
        if message.message.format not in _FORMATS:
            return "NotSupportedMessageFormat"
        if message.id not in self._messages and len(self._messages) >= _MOST:
            return "Rejected"
        if message.priority == "AlwaysFront":
            for number, shown in tuple(self._messages.items()):
                if shown.priority == "AlwaysFront":
                    del self._messages[number]
        self._messages[message.id] = message
        return "Accepted"

    def clear(self, number: int) -> bool:
        """Take a message down; False if it was not there."""
        return self._messages.pop(number, None) is not None

    def end_transaction(self, transaction_id: str) -> None:
        """A message for a transaction goes with it (O02)."""
        for number, shown in tuple(self._messages.items()):
            if shown.transaction_id == transaction_id:
                del self._messages[number]

    def find(
        self,
        numbers: Sequence[int] | msgspec.UnsetType,
        priority: str | msgspec.UnsetType,
        state: str | msgspec.UnsetType,
    ) -> list[m.MessageInfoType]:
        """The messages that fit."""
        return [
            shown
            for shown in self._messages.values()
            if (isinstance(numbers, msgspec.UnsetType) or shown.id in numbers)
            and priority in (msgspec.UNSET, shown.priority)
            and state in (msgspec.UNSET, shown.state)
        ]
