"""Transaction numbers: in range, never twice, not to be guessed."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargeyard.services.numbers import BLOCK, LARGEST_BLOCK, REQUESTS, Numbers, permuted
from chargeyard.storage.memory import MemorySequences

keys = st.binary(min_size=1, max_size=64)
sequence_numbers = st.integers(0, 2**31 - 1)


@given(sequence_numbers, sequence_numbers, keys)
def test_the_permutation_stays_in_range_and_never_meets_itself(one: int, other: int, key: bytes) -> None:
    assert 0 <= permuted(one, key) < 2**31
    assert (permuted(one, key) == permuted(other, key)) == (one == other)


def test_neighbours_look_unrelated() -> None:
    numbers = [permuted(number, b"key") for number in range(1, 1001)]
    near = sum(abs(one - other) < 2**20 for one, other in pairwise(numbers))
    assert near < 20


def test_another_key_is_another_permutation() -> None:
    assert [permuted(n, b"a") for n in range(8)] != [permuted(n, b"b") for n in range(8)]


async def test_nodes_that_share_a_sequence_never_give_a_number_twice() -> None:
    sequences = MemorySequences()
    nodes = [Numbers(sequences, b"key") for _ in range(3)]
    given_out = [await node.next() for _ in range(10 * BLOCK) for node in nodes]
    assert len(set(given_out)) == len(given_out)
    assert all(0 < number < 2**31 for number in given_out)


async def test_a_node_that_starts_again_goes_on_with_new_numbers() -> None:
    sequences = MemorySequences()
    before = {await Numbers(sequences, b"key").next() for _ in range(5)}
    assert len(before) == 5


class _Slow(MemorySequences):
    """A database takes its time: others ask meanwhile."""

    async def reserve(self, name: str, count: int) -> int:
        await asyncio.sleep(0)
        return await super().reserve(name, count)


async def test_a_busy_node_asks_for_ever_larger_blocks_up_to_a_limit() -> None:
    asked: list[int] = []

    class Told(MemorySequences):
        async def reserve(self, name: str, count: int) -> int:
            asked.append(count)
            return await super().reserve(name, count)

    numbers = Numbers(Told(), b"key")
    for _ in range(3 * LARGEST_BLOCK):
        await numbers.next()
    assert asked == [64, 128, 256, 512, 1024, 2048, 4096, 4096, 4096]


@pytest.mark.parametrize("waiting", [2, BLOCK, 3 * BLOCK + 1])
async def test_those_who_ask_together_get_different_numbers(waiting: int) -> None:
    numbers = Numbers(_Slow(), b"key")
    given_out = await asyncio.gather(*(numbers.next() for _ in range(waiting)))
    assert len(set(given_out)) == waiting


async def test_each_sequence_counts_for_itself() -> None:
    sequences = MemorySequences()
    transactions, requests = Numbers(sequences, b"key"), Numbers(sequences, b"key", REQUESTS)
    ours, theirs = [await transactions.next() for _ in range(5)], [await requests.next() for _ in range(5)]
    again = Numbers(sequences, b"key", REQUESTS)
    assert ours != theirs
    assert not {*theirs} & {await again.next() for _ in range(200)}
