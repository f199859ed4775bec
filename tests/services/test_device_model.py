"""Inventories that are asked for on our own, and streams that are adjusted."""

from typing import Any

import msgspec
import pytest

from chargeyard.domain import events, outcomes
from chargeyard.domain.commands import AdjustEventStream, AnyCommand, ReadInventory
from chargeyard.domain.items import Item
from chargeyard.domain.monitoring import StreamBody
from chargeyard.services.device_model import MOST_VALUES, SETTLE_S
from chargeyard.services.follow_ups import FollowUps, Hands
from chargeyard.services.numbers import REQUESTS, Numbers
from chargeyard.services.outbound import Outbound, pack, subject_of, unpack
from chargeyard.services.recording import Recorder
from tests.contract import happenings as h
from tests.services.node import NOW, Node


class Stage(Node):
    """A node with follow-ups, and a charge point that answers as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[AnyCommand] = []
        self.rested: list[float] = []
        self.outcome: outcomes.AnyOutcome = outcomes.Accepted()
        ids = iter(range(100))
        recorder = Recorder(self.journal, self.bus, self.clock)
        hands = Hands(
            outbound=Outbound(recorder, self.store, lambda: f"c{next(ids)}", 5.0),
            store=self.store,
            numbers=Numbers(self.sequences, b"key", REQUESTS),
            clock=self.clock,
            rest=self._rest,
        )
        self.follow_ups = FollowUps(hands, self.bus)
        self.follow_ups.begin()
        self.bus.serve(subject_of("CP1"), self._answer)

    async def _rest(self, seconds: float) -> None:
        self.rested.append(seconds)

    async def _answer(self, body: bytes) -> bytes:
        self.asked.append(unpack(body).command)
        return pack(self.outcome)

    async def happen(self, event: events.Event) -> None:
        self.bus.publish([event])
        await self.follow_ups.settled()


def _booted(needs_inventory: bool) -> events.ChargePointBooted:
    return msgspec.structs.replace(h.booted(), needs_inventory=needs_inventory)


async def test_a_full_inventory_is_asked_for_once_it_has_settled() -> None:
    stage = Stage()
    await stage.happen(_booted(False))
    assert (stage.asked, stage.rested) == ([], [])
    await stage.happen(_booted(True))
    (asked,) = stage.asked
    assert isinstance(asked, ReadInventory)
    assert (asked.scope, stage.rested) == ("Full", [SETTLE_S])
    assert asked.request_id > 0


async def test_where_there_is_none_what_can_be_set_is_asked_for() -> None:
    stage = Stage()
    stage.outcome = outcomes.Unsupported(reason="NotSupported")
    await stage.happen(_booted(True))
    scopes = [one.scope for one in stage.asked if isinstance(one, ReadInventory)]
    assert scopes == ["Full", "Configuration"]


@pytest.mark.parametrize(("values", "asked"), [(None, 2), (5, 10), (MOST_VALUES, None)])
async def test_a_stream_that_falls_behind_shall_hold_more_values(
    values: int | None, asked: int | None
) -> None:
    stage = Stage()
    body = msgspec.Raw(msgspec.json.encode(StreamBody(monitor_id=3, interval_s=10, values=values)))
    streams = [Item(key=key, body=body) for key in ("4", "5")]
    await stage.journal.commit([h.installed(*streams, kind="EventStream", source="reported")])
    where: dict[str, Any] = {"recorded_at": NOW, "charge_point": "CP1"}
    await stage.happen(events.StreamFellBehind(**where, stream_id=4, pending=9))
    expected = [] if asked is None else [
        AdjustEventStream(stream_id=4, interval_s=10, values=asked, monitor_id=3)
    ]  # fmt: skip
    assert stage.asked == expected
