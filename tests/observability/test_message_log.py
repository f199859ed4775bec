"""The message log: every frame once, secrets masked, never in the way."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from chargeyard.errors import Unavailable
from chargeyard.observability import message_log
from chargeyard.observability.message_log import LONGEST_TEXT, MessageLog
from chargeyard.services.ports import Frame

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Sink:
    """Keeps frames, or is away."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.longest = 0
        self.is_away = False

    async def write(self, frames: Sequence[Frame]) -> None:
        if self.is_away:
            raise Unavailable("locked")
        self.frames += frames
        self.longest = max(self.longest, len(frames))


def _log(sink: Sink, max_waiting: int = 100) -> MessageLog:
    return MessageLog(sink, lambda: NOW, max_waiting)


async def test_frames_come_in_order_with_their_direction() -> None:
    sink = Sink()
    log = _log(sink)
    log.note("CP1", "in", b'[2,"1","Heartbeat",{}]', False)
    log.note("CP2", "out", b'[3,"1",{}]', False)
    await log.flush()
    assert [(frame.charge_point, frame.direction, frame.text, frame.at) for frame in sink.frames] == [
        ("CP1", "in", '[2,"1","Heartbeat",{}]', NOW),
        ("CP2", "out", '[3,"1",{}]', NOW),
    ]


async def test_the_frames_of_a_charge_point_stand_together_in_their_order() -> None:
    sink = Sink()
    log = _log(sink)
    for number in range(6):
        log.note(f"CP{2 - number % 2}", "in", b"%d" % number, False)
    await log.flush()
    assert [(frame.charge_point, frame.text) for frame in sink.frames] == [
        *(("CP1", text) for text in "135"),
        *(("CP2", text) for text in "024"),
    ]


async def test_few_frames_are_written_at_the_next_look_and_many_are_gathered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(message_log, "LOOK_EVERY_S", 0.001)
    monkeypatch.setattr(message_log, "FEW", 2)
    monkeypatch.setattr(message_log, "BATCH", 3)
    sink = Sink()
    log = _log(sink, max_waiting=20)
    running = asyncio.create_task(log.run())
    for wave in (2, 10, 3):  # few; half of what may wait; neither, which waits for the last look
        for number in range(wave):
            log.note("CP1", "in", b"%d" % number, False)
        before = len(sink.frames)
        while len(sink.frames) < before + wave:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (log.dropped, sink.longest) == (0, 3)


async def test_secrets_are_masked_where_there_may_be_any() -> None:
    """A01.FR.09: a password that is set is not readable in the log afterwards."""
    sink = Sink()
    log = _log(sink)
    call = b'[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"0123456789abcdef"}]'
    log.note("CP1", "out", call, True)
    await log.flush()
    assert "0123456789abcdef" not in sink.frames[0].text
    assert "AuthorizationKey" in sink.frames[0].text


async def test_what_no_database_holds_is_shown_otherwise() -> None:
    """Bytes that are no UTF-8, NUL, and frames of a megabyte."""
    sink = Sink()
    log = _log(sink)
    log.note("CP1", "in", b"\xff\x00", False)
    log.note("CP1", "in", b"x" * (LONGEST_TEXT + 1), False)
    await log.flush()
    assert sink.frames[0].text == "\N{REPLACEMENT CHARACTER}" * 2
    assert sink.frames[1].text.startswith("x" * LONGEST_TEXT + "…")
    assert str(LONGEST_TEXT + 1) in sink.frames[1].text


async def test_beyond_the_bound_frames_are_dropped_and_counted() -> None:
    sink = Sink()
    log = _log(sink, max_waiting=2)
    for number in range(5):
        log.note("CP1", "in", b"%d" % number, False)
    await log.flush()
    assert [frame.text for frame in sink.frames] == ["0", "1"]
    assert log.dropped == 3


async def test_a_database_that_is_away_costs_frames_and_nothing_else() -> None:
    sink = Sink()
    log = _log(sink)
    sink.is_away = True
    log.note("CP1", "in", b"lost", False)
    await log.flush()
    sink.is_away = False
    log.note("CP1", "in", b"kept", False)
    await log.flush()
    assert [frame.text for frame in sink.frames] == ["kept"]
    assert log.dropped == 1


async def test_what_waits_at_the_end_is_written() -> None:
    """`run` is cancelled when the server stops; the last frames are not lost."""
    sink = Sink()
    log = _log(sink)
    running = asyncio.create_task(log.run())
    await asyncio.sleep(0)
    log.note("CP1", "in", b"last", False)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert [frame.text for frame in sink.frames] == ["last"]
