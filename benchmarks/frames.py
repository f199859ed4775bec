"""Frames of the load: made once from the texts of `messages`, patched for each sending."""

import re
import time
from functools import lru_cache

_SLOTS = re.compile(rb"#{6,}|@{10}|&{5}|~{8}|%{27}")


class Message:
    """A frame with slots, masked with zeros, which is the same work for the server and none for us."""

    __slots__ = ("_frame", "_instants", "_names", "_numbers", "_rounds", "_transactions")

    def __init__(self, text: str) -> None:
        payload = text.encode()
        size = len(payload)
        length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        head = b"\x81" + length + bytes(4)
        self._frame = bytearray(head + payload)
        slots = [(len(head) + slot.start(), len(head) + slot.end()) for slot in _SLOTS.finditer(payload)]
        self._numbers = [
            (at, end, b"%%0%dd" % (end - at)) for at, end in slots if self._frame[at] == ord("#")
        ]
        self._transactions = [(at, end) for at, end in slots if self._frame[at] == ord("@")]
        self._names = [(at, end) for at, end in slots if self._frame[at] == ord("&")]
        self._rounds = [(at, end) for at, end in slots if self._frame[at] == ord("~")]
        self._instants = [(at, end) for at, end in slots if self._frame[at] == ord("%")]

    def filled(self, number: int, transaction: bytes, name: bytes, turn: int = 0) -> bytes:
        """The frame, ready to send."""
        frame = self._frame
        for at, end, form in self._numbers:
            frame[at:end] = form % number
        for at, end in self._transactions:
            frame[at:end] = transaction.ljust(end - at)
        for at, end in self._names:
            frame[at:end] = name
        for at, end in self._rounds:
            frame[at:end] = b"%08d" % turn
        for at, end in self._instants:
            frame[at:end] = _now()
        return bytes(frame)


def _now() -> bytes:
    second, microsecond = divmod(time.time_ns() // 1000, 1_000_000)
    return b"%b%06dZ" % (_written(second), microsecond)


@lru_cache(maxsize=1)
def _written(second: int) -> bytes:
    return time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second)).encode()
