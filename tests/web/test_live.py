"""The stream: `live.py` and `channel.py`, through the handler that serves it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta

import pytest

from chargeyard.domain import events
from chargeyard.errors import Unavailable
from chargeyard.web.channel import BEAT, Pane, Viewer
from chargeyard.web.live import Pace
from chargeyard.web.site import Site
from chargeyard.web.yard import Query, Show
from tests.web.stage import NOW, Stage, charge_point, transaction
from tests.web.test_yard import connected, disconnected, metered, registered, started, status, stopped

EVIL = "<script>alert(1)</script>\r\n\ndata: x"


def changes(message: bytes) -> dict[str, str]:
    """What a message changes: target → new HTML."""
    assert message.endswith(b"\n\n")
    lines = message.decode().removesuffix("\n\n").split("\n")
    assert all(line.startswith("data: ") for line in lines)
    text = "\n".join(line.removeprefix("data: ") for line in lines)
    found = re.findall(r'<hx-partial hx-target="#([\w-]+)" hx-swap="\w+">(.*?)</hx-partial>', text, re.DOTALL)
    return dict(found)


async def news(stream: AsyncIterator[bytes]) -> dict[str, str]:
    """The next message that is no beat."""
    async for message in stream:
        if message != BEAT:
            return changes(message)
    raise AssertionError("the stream has ended")


async def test_begins_with_everything_and_goes_on_with_what_changes(stage: Stage, site: Site) -> None:
    stage.put(charge_point(1), charge_point(2))
    stage.run(transaction(5))
    async with aclosing(site.live.stream(Query())) as stream:
        first = await news(stream)
        assert set(first) == {
            "summary", "charge-points", "charge-points-footing", "transactions", "transactions-footing",
        }  # fmt: skip
        assert first["charge-points"].count("<tr") == 2
        stage.tell(status("CP002", 1, "Preparing"))
        changed = await news(stream)
        assert set(changed) == {"cp-" + b"CP002".hex()}
        assert "Preparing" in changed["cp-" + b"CP002".hex()]


async def test_many_changes_become_one_message(stage: Stage, site: Site) -> None:
    stage.put(charge_point(1), charge_point(2))
    async with aclosing(site.live.stream(Query())) as stream:
        await news(stream)
        stage.tell(
            *(
                status("CP001", 1, said, at)
                for at, said in enumerate(["Preparing", "Charging", "Finishing"], 1)
            )
        )
        stage.tell(started("CP002", 9))
        changed = await news(stream)
        assert "Finishing" in changed["cp-" + b"CP001".hex()]
        assert "Preparing" not in changed["cp-" + b"CP001".hex()]
        assert 'id="tx-9"' in changed["transactions"]
        assert ">1</div>" in changed["summary"].replace("\n", "")


async def test_charge_points_and_transactions_come_and_go(stage: Stage, site: Site) -> None:
    stage.put(charge_point(2))
    async with aclosing(site.live.stream(Query())) as stream:
        await news(stream)
        stage.tell(registered("CP001"), connected("CP001", 1), started("CP001", 7))
        came = await news(stream)
        assert re.findall(r'cy-id">(CP\d+)', came["charge-points"]) == ["CP001", "CP002"]
        assert 'id="tx-7"' in came["transactions"]
        stage.tell(metered("CP001", 7, 3, energy=2234, power=7360))
        grew = await news(stream)
        assert "1.23\u202fkWh" in grew["tx-7"]
        assert "7.4\u202fkW" in grew["summary"]
        stage.tell(stopped("CP001", 7, 4, 1500), disconnected("CP001", 1, 5))
        went = await news(stream)
        assert "tx-7" not in went["transactions"]
        assert "Nobody is charging" in went["transactions-footing"]
        assert "Offline" in went["cp-" + b"CP001".hex()]
        stage.tell(events.ChargePointRemoved(recorded_at=NOW, charge_point="CP001"))
        assert re.findall(r'cy-id">(CP\d+)', (await news(stream))["charge-points"]) == ["CP002"]


async def test_a_filtered_page_hears_only_of_its_rows(stage: Stage, site: Site) -> None:
    stage.put(charge_point(1), charge_point(2, online=False))
    async with aclosing(site.live.stream(Query(show=Show.ONLINE))) as stream:
        assert re.findall(r'cy-id">(CP\d+)', (await news(stream))["charge-points"]) == ["CP001"]
        stage.tell(status("CP002", 1, "Preparing"))
        stage.tell(status("CP001", 1, "Reserved"))
        changed = await news(stream)
        assert "cp-" + b"CP002".hex() not in changed
        assert "Reserved" in changed["cp-" + b"CP001".hex()]
        stage.tell(connected("CP002", 2))
        assert re.findall(r'cy-id">(CP\d+)', (await news(stream))["charge-points"]) == ["CP001", "CP002"]


async def test_of_thousands_only_the_visible_are_sent(stage: Stage, site: Site) -> None:
    stage.put(*(charge_point(number) for number in range(1000)))
    async with aclosing(site.live.stream(Query())) as stream:
        assert (await news(stream))["charge-points"].count("<tr") == 50
        stage.tell(*(status(f"CP{number:03d}", 1, "Preparing") for number in range(40, 1000)))
        assert len([target for target in await news(stream) if target.startswith("cp-")]) == 10


async def test_pages_alike_get_the_same_bytes_and_the_store_is_read_once(stage: Stage, site: Site) -> None:
    stage.put(charge_point(1))
    streams = [site.live.stream(Query()) for _ in range(20)]
    assert len({await anext(stream) for stream in streams}) == 1
    reads = stage.records.reads
    stage.tell(status("CP001", 1, "Preparing"))
    sent = [await anext(stream) for stream in streams]
    assert all(message is sent[0] for message in sent)
    assert stage.records.reads == reads
    for stream in streams:
        await stream.aclose()


async def test_strangers_words_cannot_leave_their_place(stage: Stage, site: Site) -> None:
    stage.put(charge_point(1))
    async with aclosing(site.live.stream(Query())) as stream:
        await news(stream)
        stage.tell(
            events.ChargePointBooted(
                recorded_at=NOW, charge_point="CP001", registration=charge_point(1).registration, vendor=EVIL,
                model="</hx-partial><hx-partial hx-target='body'>",
            )
        )  # fmt: skip
        changed = await news(stream)  # `changes` refuses a line that is not data
        assert set(changed) == {"cp-" + b"CP001".hex()}
        assert "<script" not in changed["cp-" + b"CP001".hex()]


async def test_an_idle_stream_gives_signs_of_life(stage: Stage, site: Site) -> None:
    async with aclosing(site.live.stream(Query())) as stream:
        await news(stream)
        assert await anext(stream) == BEAT


async def test_a_started_node_has_the_store_read_anew(stage: Stage, site: Site) -> None:
    stage.put(charge_point(1))
    async with aclosing(site.live.stream(Query())) as stream:
        await news(stream)
        stage.put(charge_point(1, online=False), charge_point(2))
        stage.tell(events.NodeStarted(recorded_at=NOW, node="n1"))
        changed = await news(stream)
        assert re.findall(r'cy-id">(CP\d+)', changed["charge-points"]) == ["CP001", "CP002"]
        assert "Offline" in changed["charge-points"]


async def test_a_new_day_begins_at_nought(stage: Stage, site: Site) -> None:
    stage.put(charge_point(1))
    stage.run(transaction(5, stopped_at=NOW))
    async with aclosing(site.live.stream(Query())) as stream:
        assert "5.23\u202fkWh" in (await news(stream))["summary"]
        stage.now = NOW + timedelta(hours=13)
        stage.tell(status("CP001", 1, "Available"))
        while "summary" not in (changed := await news(stream)):
            pass
        assert "0.00\u202fkWh" in changed["summary"]


async def test_while_the_database_is_away_pages_keep_what_they_have(stage: Stage, site: Site) -> None:
    stage.put(charge_point(1))
    async with aclosing(site.live.stream(Query())) as stream:
        await news(stream)
        stage.records.away = True
        stage.tell(events.NodeStarted(recorded_at=NOW, node="n1"), status("CP001", 1, "Preparing"))
        assert "Preparing" in (await news(stream))["cp-" + b"CP001".hex()]
        stage.put(charge_point(2))
        stage.records.away = False
        assert "CP002" in (await news(stream))["charge-points"]


async def test_what_is_told_while_loading_is_not_lost(stage: Stage, site: Site) -> None:
    stage.put(charge_point(1))
    reading = stage.records.list_transactions

    async def told_meanwhile(*arguments: object) -> object:
        stage.tell(status("CP001", 1, "Reserved"))
        return await reading(*arguments)  # type: ignore[arg-type]

    stage.records.list_transactions = told_meanwhile  # type: ignore[method-assign, assignment]
    async with aclosing(site.live.stream(Query())) as stream:
        assert "Reserved" in (await news(stream))["charge-points"]


async def test_closing_ends_all_streams(stage: Stage, site: Site) -> None:
    stream = site.live.stream(Query())
    await anext(stream)
    waiting = asyncio.ensure_future(anext(stream, b"end"))
    await asyncio.sleep(0)
    site.close()
    assert await waiting in (BEAT, b"end")
    assert await anext(stream, b"end") == b"end"
    await site.aclose()
    with pytest.raises(Unavailable):
        await anext(site.live.stream(Query()))
    assert not stage.bus._listeners


async def test_a_stream_has_an_end_so_that_the_session_is_checked_again(stage: Stage) -> None:
    stage.pace = Pace(change_s=0.01, beat_s=0.01, linger_s=0.1, stream_s=0.05)
    site = stage.site()
    messages = [message async for message in site.live.stream(Query())]
    assert messages[-1] == BEAT
    await site.aclose()


async def test_nobody_looks_nobody_listens(stage: Stage, site: Site) -> None:
    async with aclosing(site.live.stream(Query())) as stream:
        await news(stream)
        assert stage.bus._listeners
    assert site.live._task
    await asyncio.wait([site.live._task])
    assert not stage.bus._listeners
    reads = stage.records.reads
    async with aclosing(site.live.stream(Query())) as stream:
        await news(stream)
    assert stage.records.reads > reads


async def test_a_page_that_falls_behind_gets_everything_anew() -> None:
    viewer = Viewer(lambda: b"everything")
    assert await viewer.next(1) == b"everything"
    viewer.put(b"a")
    assert await viewer.next(1) == b"a"
    for number in range(20):
        viewer.put(b"%d" % number)
    assert await viewer.next(1) == b"everything"
    assert await viewer.next(0.01) == BEAT


def test_a_pane_renders_only_what_changed() -> None:
    rendered: list[str] = []

    def row(key: str) -> str:
        rendered.append(key)
        return f"<tr>{key}{len(rendered)}</tr>"

    pane = Pane("rows")
    rows = {key: (lambda key=key: row(key)) for key in "abc"}
    assert pane.show(rows, None) == [pane.whole()]
    assert pane.show(rows, {"b", "z"}) == [
        '<hx-partial hx-target="#b" hx-swap="outerMorph"><tr>b4</tr></hx-partial>'
    ]
    assert rendered == ["a", "b", "c", "b"]
    fewer = {key: rows[key] for key in "ac"}
    assert pane.show(fewer, set()) == [pane.whole()]
    assert rendered == ["a", "b", "c", "b"]
