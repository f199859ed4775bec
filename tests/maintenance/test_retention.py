"""Old rows go, in steps whose size follows the time that they take; new ones stay."""

from datetime import UTC, datetime, timedelta

import pytest

from chargeyard.maintenance.pace import FIRST, LEAST, MOST_HELD_S, PAUSE_S, READS, Clocks, Pace
from chargeyard.maintenance.retention import Retention, Rule
from chargeyard.services.ports import Frame, Paging, Step
from chargeyard.storage.memory import MemoryJournal, MemoryMessageSink, MemoryStore
from chargeyard.storage.memory.expiry import RULES, MemoryExpiry

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def test_rows_go_after_their_days_and_never_where_none_are_named() -> None:
    journal, sink = MemoryJournal(), MemoryMessageSink()
    ages = [0, 13, 15, 16, 17, 18, 400]
    await sink.write([Frame("CP1", NOW - timedelta(days=age), "in", str(age)) for age in ages])
    expiry = MemoryExpiry(journal, sink, RULES["message_log"])
    store = MemoryStore(journal, sink)
    for days, left in ((0, 7), (14, 2)):
        await Retention([Rule("message_log", days, expiry)], lambda: NOW).once()
        assert len((await store.list_messages("CP1", Paging())).items) == left


async def test_steps_are_as_large_as_they_may_take_time() -> None:
    """Of something that takes 50 µs a row; and upkeep leaves most of the time to others."""
    sizes: list[int] = []
    rests: list[float] = []

    async def step(limit: int, place: int | None) -> Step:
        assert place == (len(sizes) or None)
        sizes.append(limit)
        return Step(limit, is_last=len(sizes) == 20, held_s=limit * 50e-6, place=len(sizes))

    async def rest(seconds: float) -> None:
        rests.append(seconds)

    assert await Pace(rest).walk(step) == sum(sizes)
    assert sizes[0] == FIRST
    assert all(size * 50e-6 <= MOST_HELD_S for size in sizes[1:])
    assert all(pause >= max(PAUSE_S, size * 50e-6) for size, pause in zip(sizes, rests, strict=False))


@pytest.mark.parametrize(
    ("load", "share"), [(0.0, 1 / 2), (0.5, 1 / 4), (0.8, 1 / 10), (1.0, 1 / 10), (1.9, 1 / 10)]
)
async def test_upkeep_takes_half_of_what_the_server_leaves_and_a_tenth_at_least(
    load: float, share: float
) -> None:
    """`load` is how much of the time this process works while upkeep rests."""
    rests, share_then = await _rests([load] * 40)
    assert rests[0] == pytest.approx(9.0), "what goes on is not known yet"
    assert share_then == pytest.approx(share)


async def test_upkeep_gives_way_at_once_and_comes_back_by_and_by() -> None:
    calm, _ = await _rests([0.0] * 20)
    busy, _ = await _rests([0.0] * 20 + [1.0] + [0.0] * 3)
    assert busy[:20] == calm
    assert busy[20:] == pytest.approx([1.0, 9.0, 3.0, 5 / 3], rel=1e-4), "of each second of work"


async def _rests(loads: list[float]) -> tuple[list[float], float]:
    """The rests after steps of a second each, and which share of the time the last of them left to upkeep."""
    rests: list[float] = []
    passed_s = worked_s = 0.0

    async def step(limit: int, _place: int | None) -> Step:
        return Step(limit, is_last=len(rests) == len(loads), held_s=0.25, read_s=0.75)

    async def rest(seconds: float) -> None:
        nonlocal passed_s, worked_s
        passed_s += seconds
        worked_s += seconds * loads[len(rests)]
        rests.append(seconds)

    await Pace(rest, clocks=Clocks(lambda: passed_s, lambda: worked_s)).walk(step)
    return rests, 1 / (1 + rests[-1])


async def test_steps_that_read_for_long_become_smaller_too() -> None:
    sizes: list[int] = []

    async def step(limit: int, _place: int | None) -> Step:
        sizes.append(limit)
        return Step(limit, is_last=len(sizes) == 20, held_s=limit * 1e-6, read_s=limit * 50e-6)

    async def rest(_seconds: float) -> None:
        return

    await Pace(rest).walk(step)
    assert all(size * 50e-6 <= READS * MOST_HELD_S for size in sizes[1:])
    assert max(sizes) > FIRST / 2


async def test_steps_do_not_become_endlessly_small() -> None:
    steps = 0

    async def step(limit: int, _place: int | None) -> Step:
        nonlocal steps
        steps += 1
        assert limit >= LEAST
        return Step(limit, is_last=steps == 30, held_s=1.0)

    async def rest(_seconds: float) -> None:
        return

    await Pace(rest).walk(step)
    assert steps == 30
