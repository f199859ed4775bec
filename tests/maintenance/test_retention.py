"""Old rows go, in steps whose size follows the time that they take; new ones stay."""

from datetime import UTC, datetime, timedelta

from chargeyard.maintenance.pace import FIRST, LEAST, MOST_HELD_S, SHARE, Pace
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
    assert all(pause >= size * 50e-6 * (SHARE - 1) for size, pause in zip(sizes, rests, strict=False))


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
