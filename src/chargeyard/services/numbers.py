"""Numbers that we give: positive, below 2³¹, never given twice, and not to be guessed from one another.

A node reserves blocks of a durable sequence; each sequence number is sent through a keyed permutation of
31 bits (a four-round Feistel network over 32 bits would leave the range, so it walks until it is inside), so
that two numbers given one after the other look unrelated (steve#1296) and still never collide.
"""

import asyncio
from hashlib import blake2b

from chargeyard.services.ports import Sequences

TRANSACTIONS = "transaction"
REQUESTS = "request"
BLOCK = 64
LARGEST_BLOCK = 4096
"""Numbers reserved at a time, at first and at most: each block is twice as large as the one before, so that a busy
node seldom waits for one. A crash wastes at most one block of two thousand million numbers."""

_HALF = 16
_MASK = (1 << _HALF) - 1
_TOP = 2**31


class Numbers:
    """The numbers of one node. `key` must stay the same for as long as the database lives.

    Each `sequence` counts for itself: transactions, and the requests that charge points' later reports name.
    """

    def __init__(self, sequences: Sequences, key: bytes, sequence: str = TRANSACTIONS) -> None:
        self._sequences = sequences
        self._sequence = sequence
        self._key = key if sequence == TRANSACTIONS else blake2b(sequence.encode(), key=key[:64]).digest()
        self._next = 0
        self._end = 0
        self._block = BLOCK
        self._reserving = asyncio.Lock()

    async def next(self) -> int:
        """A fresh number. Raises `Unavailable` when a new block cannot be reserved."""
        while True:
            if self._next == self._end:
                async with self._reserving:
                    # Others may have reserved while we waited for our turn.
                    if self._next == self._end:
                        self._next = await self._sequences.reserve(self._sequence, self._block)
                        self._end = self._next + self._block
                        self._block = min(self._block * 2, LARGEST_BLOCK)
                continue
            number = permuted(self._next, self._key)
            self._next += 1
            if number:
                return number


def permuted(number: int, key: bytes) -> int:
    """`number` (0 ≤ number < 2³¹) under a permutation of that range which `key` chooses."""
    while True:
        number = _feistel(number, key)
        if number < _TOP:
            return number


def _feistel(number: int, key: bytes) -> int:
    left, right = number >> _HALF, number & _MASK
    for turn in range(4):
        digest = blake2b(bytes((turn,)) + right.to_bytes(2, "big"), key=key[:64], digest_size=2).digest()
        left, right = right, left ^ int.from_bytes(digest, "big")
    return left << _HALF | right
