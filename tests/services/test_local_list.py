"""Local lists are brought into step with the register, by a charge point that keeps one."""

import itertools
from typing import Any

import pytest

from chargeyard.domain import outcomes
from chargeyard.domain.authorization import IdToken, key_of
from chargeyard.domain.commands import AnyCommand, ReadLocalListVersion, SendLocalList
from chargeyard.domain.events import CustomerCleared, IdTokenRemoved
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.domain.records import CommandRecord
from chargeyard.domain.results import LocalListTaken, LocalListTold
from chargeyard.errors import Conflict
from chargeyard.services.follow_ups import FOLLOW_UPS, FollowUps, Hands
from chargeyard.services.local_list import LocalLists, Sent, Wish
from chargeyard.services.numbers import REQUESTS, Numbers
from chargeyard.services.outbound import Outbound, pack, subject_of, unpack
from tests.contract import happenings as h
from tests.services.node import Node


class Station:
    """A charge point with a local list."""

    def __init__(self, version: int = 0) -> None:
        self.version = version
        self.tokens: dict[str, str] = {}
        self.asked: list[AnyCommand] = []
        self.refuses: list[str] = []

    async def answer(self, body: bytes) -> bytes:
        return pack(self._outcome(unpack(body).command))

    def _outcome(self, command: AnyCommand) -> AnyOutcome:
        self.asked.append(command)
        if isinstance(command, ReadLocalListVersion):
            return outcomes.Accepted(result=LocalListTold(version=self.version))
        assert isinstance(command, SendLocalList)
        if self.refuses:
            return outcomes.Rejected(reason=self.refuses.pop())
        if not command.is_full and command.version <= self.version:
            return outcomes.Rejected(reason="VersionMismatch")
        if command.is_full:
            self.tokens = {}
        for entry in command.entries:
            self.tokens.pop(key_of(entry.id_token), None)
            if entry.verdict is not None:
                self.tokens[key_of(entry.id_token)] = entry.verdict.status
        self.version = command.version
        return outcomes.Accepted(result=LocalListTaken())

    @property
    def sent(self) -> list[SendLocalList]:
        return [command for command in self.asked if isinstance(command, SendLocalList)]


class Bench:
    """A node, a station, and the lists."""

    def __init__(self, station: Station) -> None:
        self.node = Node()
        self.station = station
        self.node.bus.serve(subject_of("CP1"), station.answer)
        ids = itertools.count()
        self.outbound = Outbound(self.node.recorder, self.node.store, lambda: f"c{next(ids)}", 5.0)
        self.lists = LocalLists(self.node.store, self.node.clock)

    async def ask(self, charge_point: str, command: AnyCommand) -> CommandRecord:
        return await self.outbound.submit(charge_point, command, "tester")

    async def bring(self, **wish: Any) -> Sent:
        return await self.lists.bring_up_to_date("CP1", Wish(**wish), self.ask)

    async def differences(self) -> int | None:
        return (await self.lists.standing("CP1")).differences


@pytest.fixture
async def bench() -> Bench:
    bench = Bench(Station())
    await bench.node.register("CP1")
    await bench.node.admit(IdToken("A"), IdToken("B", kind="eMAID"), IdToken("C", blocked=True))
    return bench


async def test_an_unknown_list_is_replaced_and_a_known_one_changed(bench: Bench) -> None:
    assert await bench.differences() is None
    await bench.bring()
    assert bench.station.tokens == {"a": "Accepted", "b": "Accepted", "c": "Blocked"}
    assert [(one.version, one.is_full) for one in bench.station.sent] == [(1, True)]
    assert await bench.differences() == 0
    await bench.node.admit(IdToken("D"), IdToken("C"))
    await bench.node.journal.commit([IdTokenRemoved(recorded_at=h.NOON, id_token="A")])
    assert await bench.differences() == 3
    await bench.bring()
    assert bench.station.tokens == {"b": "Accepted", "c": "Accepted", "d": "Accepted"}
    assert (bench.station.sent[-1].version, bench.station.sent[-1].is_full) == (2, False)
    assert len(bench.station.sent[-1].entries) == 3
    assert (await bench.bring()).commands == ()
    await bench.bring(is_full=True)
    assert (bench.station.sent[-1].version, bench.station.sent[-1].is_full) == (3, True)


async def test_a_list_of_somebody_else_is_replaced_under_a_higher_version(bench: Bench) -> None:
    bench.station.version, bench.station.tokens = 9, {"x": "Accepted"}
    await bench.bring()
    assert (bench.station.version, "x" in bench.station.tokens) == (10, False)


async def test_a_version_that_does_not_match_is_read_again_and_all_is_sent(bench: Bench) -> None:
    await bench.bring()
    bench.station.version, bench.station.tokens = 40, {"x": "Accepted"}
    await bench.node.admit(IdToken("D"))
    sent = await bench.bring()
    assert [record.outcome for record in sent.commands] == ["Rejected", "Accepted", "Accepted"]
    assert (bench.station.version, len(bench.station.tokens)) == (41, 4)
    assert await bench.differences() == 0


async def test_a_change_that_fails_is_followed_by_all_of_it_once(bench: Bench) -> None:
    await bench.bring()
    await bench.node.admit(IdToken("D"))
    bench.station.refuses = ["Failed", "Failed"]
    sent = await bench.bring()
    assert [record.outcome for record in sent.commands] == ["Rejected", "Accepted", "Rejected"]
    assert await bench.differences() is None


async def test_long_lists_go_in_parts_of_rising_versions(bench: Bench) -> None:
    limit = h.variable("ItemsPerMessage", "2", component="LocalAuthListCtrlr")
    await bench.node.journal.commit([h.variables(limit)])
    await bench.node.admit(*(IdToken(f"T{n}") for n in range(4)))
    await bench.bring()
    assert [(one.version, one.is_full, len(one.entries)) for one in bench.station.sent] == [
        (1, True, 2),
        (2, False, 2),
        (3, False, 2),
        (4, False, 1),
    ]
    assert len(bench.station.tokens) == 7
    assert await bench.differences() == 0


async def test_a_list_without_room_is_not_begun(bench: Bench) -> None:
    room = h.variable("LocalAuthListMaxLength", "2", component="Configuration")
    await bench.node.journal.commit([h.variables(room)])
    with pytest.raises(Conflict, match="room for 2"):
        await bench.bring()
    assert bench.station.sent == []
    await bench.bring(named=("A", "B"))
    assert set(bench.station.tokens) == {"a", "b"}


async def test_those_that_are_named_alone_are_changed(bench: Bench) -> None:
    await bench.bring()
    await bench.node.admit(IdToken("D"), IdToken("A", blocked=True))
    await bench.bring(named=("D", "nobody"))
    assert bench.station.tokens == {"a": "Accepted", "b": "Accepted", "c": "Blocked", "d": "Accepted"}
    assert await bench.differences() == 1


@pytest.mark.parametrize("version", [0, 7])
async def test_an_empty_register_makes_an_empty_list(version: int) -> None:
    bench = Bench(Station(version))
    await bench.node.register("CP1")
    await bench.bring()
    assert [(one.is_full, one.entries) for one in bench.station.sent] == [(True, ())]


async def test_who_has_no_list_is_sent_none(bench: Bench) -> None:
    bench.station.version = -1
    await bench.bring()
    assert bench.station.sent == []


async def test_who_is_not_there_changes_nothing() -> None:
    bench = Bench(Station())
    sent = await bench.lists.bring_up_to_date("CP2", Wish(), bench.ask)
    assert [record.outcome for record in sent.commands] == ["Offline"]


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_customer_who_is_forgotten_leaves_the_list(bench: Bench, is_known: bool) -> None:
    await bench.bring()
    if not is_known:
        await bench.node.journal.commit([h.local_list_doubted()])
    hands = Hands(
        outbound=bench.outbound,
        store=bench.node.store,
        numbers=Numbers(bench.node.sequences, b"key", REQUESTS),
        clock=bench.node.clock,
    )
    rules = FollowUps(hands, bench.node.bus, {CustomerCleared: FOLLOW_UPS[CustomerCleared]})
    rules.begin()
    bench.node.bus.publish([h.customer_cleared("b"), h.customer_cleared("")])
    await rules.settled()
    assert set(bench.station.tokens) == {"a", "c"}
    assert bench.station.sent[-1].is_full is not is_known
    await rules.aclose()
