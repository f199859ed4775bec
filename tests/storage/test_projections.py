"""However events are cut into batches, the tables come out as if they had been written one by one."""

import asyncio
from copy import deepcopy
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, select

from chargeyard.domain import events as e
from chargeyard.domain.accounts import Cost
from chargeyard.domain.events import Event
from chargeyard.domain.items import Item
from chargeyard.errors import Conflict
from chargeyard.services.ports import Fence
from chargeyard.storage.batches import Batch, Commit, Results, write_each, write_together
from chargeyard.storage.engine import translated
from chargeyard.storage.memory.evolutions import EVOLUTIONS, evolve
from chargeyard.storage.memory.tables import Tables
from chargeyard.storage.projections import PLACES
from chargeyard.storage.projections.order import in_steps
from chargeyard.storage.tables import metadata
from tests.contract import happenings as h

_LOOP = asyncio.new_event_loop()
"""Commits want futures, and futures a loop; nothing runs on it."""

charge_points = st.sampled_from(("A", "B", "C"))
epochs = st.integers(1, 3)
tokens = st.sampled_from((None, b"1", b"2"))
numbers = st.integers(1, 3)
times = st.integers(0, 3).map(h.after)


kinds: list[st.SearchStrategy[Event]] = [
    st.builds(lambda cp, token: h.registered(cp, token=token), charge_points, tokens),
    st.builds(lambda cp, token: h.changed(cp, token=token, name=f"{cp}{token!r}"), charge_points, tokens),
    st.builds(h.removed, charge_points),
    st.builds(lambda cp, epoch, at: h.connected(epoch, cp, recorded_at=at), charge_points, epochs, times),
    st.builds(lambda cp, epoch, at: h.disconnected(epoch, cp, at), charge_points, epochs, times),
    st.builds(lambda cp, at: e.ChargePointsSeen(seen={cp: at}, recorded_at=at), charge_points, times),
    st.builds(lambda at: e.NodeStarted(node="n", recorded_at=at), times),
    st.builds(lambda cp, at: h.booted(cp, recorded_at=at), charge_points, times),
    st.one_of(
        st.builds(
            lambda cp, word, at, number: e.FirmwareProgressed(
                charge_point=cp, status=word, recorded_at=at, request_id=number
            ),
            charge_points,
            st.sampled_from(("Downloading", "DownloadFailed", "Installed", "Idle")),
            times,
            st.sampled_from((None, 1, 2)),
        ),
        st.builds(
            lambda cp, at, number, ends_older: h.job_begun(
                number, at, charge_point=cp, ends_older=ends_older
            ),
            charge_points,
            times,
            numbers,
            st.booleans(),
        ),
    ),
    st.builds(
        lambda cp, word, at: h.status(word, at, charge_point=cp), charge_points, st.sampled_from("xyz"), times
    ),
    st.builds(
        lambda cp, at, name, value, unit: h.variables(
            h.variable(name, value, unit=unit), at=at, charge_point=cp
        ),
        charge_points,
        times,
        st.sampled_from("ab"),
        st.sampled_from((None, "1", "2")),
        st.sampled_from(("", "W")),
    ),
    st.builds(
        lambda cp, name, at, value: h.written(h.variable(name, value, mutability=""), at=at, charge_point=cp),
        charge_points,
        st.sampled_from("ab"),
        times,
        st.sampled_from((None, "1")),
    ),
    st.builds(
        lambda cp, key, at, source, kind: h.installed(
            Item(key=key), at=at, charge_point=cp, source=source, kind=kind
        ),
        charge_points,
        st.sampled_from("ab"),
        times,
        st.sampled_from(("ours", "reported", "external")),
        st.sampled_from(("DisplayMessage", "Monitor")),
    ),
    st.builds(
        lambda cp, keys, prefix: h.uninstalled(charge_point=cp, keys=keys, prefix=prefix),
        charge_points,
        st.sampled_from((None, ((0, "a"),))),
        st.sampled_from(("", "a")),
    ),
    st.builds(
        lambda cp, at, whole: h.listing_asked(1, at, charge_point=cp, is_whole=whole),
        charge_points,
        times,
        st.booleans(),
    ),
    st.builds(
        lambda cp, at, sequence, last: h.listing_advanced(sequence, at, charge_point=cp, is_last=last),
        charge_points,
        times,
        st.sampled_from((None, 0, 1, 2)),
        st.booleans(),
    ),
    st.builds(
        lambda cp, n, at, token: h.reservation_requested(n, at, charge_point=cp, id_token=token),
        charge_points,
        numbers,
        times,
        st.sampled_from("ab"),
    ),
    st.builds(
        lambda cp, n, at, held: h.reservation_answered(n, at, charge_point=cp, is_held=held),
        charge_points,
        numbers,
        times,
        st.booleans(),
    ),
    st.builds(
        lambda cp, n, at, end: h.reservation_ended(n, at, charge_point=cp, end=end),
        charge_points,
        numbers,
        times,
        st.sampled_from(("used", "expired")),
    ),
    st.builds(
        lambda cp, version, at: h.local_list_told(version, at, cp),
        charge_points,
        st.integers(-1, 2),
        times,
    ),
    st.builds(
        lambda cp, version, names, full: h.local_list_sent(
            version, *map(h.listed, names), is_full=full, charge_point=cp
        ),
        charge_points,
        numbers,
        st.sampled_from(("", "a", "Ab")),
        st.booleans(),
    ),
    st.builds(h.local_list_doubted, times, charge_points),
    st.builds(h.customer_told, numbers, st.sampled_from("xy"), times, charge_points),
    st.builds(h.customer_erased, charge_points),
    st.builds(h.token_saved, st.sampled_from("aAb"), times),
    st.builds(h.token_removed, st.sampled_from("aAb")),
    st.builds(lambda n, at, key: h.started(n, at, start_key=key), numbers, times, st.sampled_from("xyz")),
    st.builds(
        lambda n, at, how: h.stopped(n, at, completeness=how),
        numbers,
        times,
        st.sampled_from(("reported", "inferred")),
    ),
    st.builds(
        lambda n, sequence, state, payload: h.advanced(n, sequence, charging_state=state, payload=payload),
        numbers,
        st.integers(0, 3),
        st.sampled_from(("", "Charging", "Idle")),
        st.sampled_from(("{}", "[]")),
    ),
    st.builds(
        lambda n, fields: h.detailed(n, **fields),
        numbers,
        st.fixed_dictionaries(
            {},
            optional={
                "evse": numbers,
                "id_token": st.sampled_from("aA"),
                "started_at": times,
                "energy_wh": numbers,
            },
        ),
    ),
    st.builds(h.reopened, numbers),
    st.builds(h.worded, st.sampled_from("ab"), st.sampled_from(("EUR", "CHF"))),
    st.builds(
        lambda n, amount: h.accounted(n, cost=Cost(amount=Decimal(amount), currency="EUR", at=h.NOON)),
        numbers,
        numbers,
    ),
    st.builds(
        lambda n, at, wh: h.taken(n, h.measured(at, energy_wh=wh)),
        st.one_of(st.none(), numbers),
        times,
        numbers,
    ),
    st.builds(h.customer_cleared, st.sampled_from("ab")),
    st.builds(h.token_checked, st.sampled_from("ab")),
    st.builds(h.data_transferred, st.sampled_from("ab")),
    st.builds(lambda cp, source: h.limit_told(source, charge_point=cp), charge_points, st.sampled_from("ab")),
    st.builds(h.finding, st.sampled_from("ab")),
    st.builds(lambda n, key: h.submitted(f"c{n}", idempotency_key=key), numbers, st.sampled_from(("", "k"))),
    st.builds(lambda n, at: h.settled(f"c{n}", at=at), numbers, times),
    st.builds(lambda n, digest: h.api_key(f"k{n}", digest), numbers, st.sampled_from((b"1", b"2"))),
    st.builds(lambda n: e.ApiKeyRemoved(key_id=f"k{n}", recorded_at=h.NOON), numbers),
]
"""One for each type of event, in the order of their lanes; with few names, so that they meet."""


def _commit(happened: list[Event], fence: Fence | None = None) -> Commit:
    """One that nobody waits for."""
    return Commit(tuple(happened), fence, asyncio.Future(loop=_LOOP), 0.0)


def _without_conflicts(happened: list[Event]) -> list[Event]:
    """Those that can be stored: a batch with a conflict is written one by one, which would prove nothing."""
    tables, kept = Tables(), []
    for event in happened:
        before = deepcopy(tables)
        try:
            evolve(tables, event)
        except Conflict:
            tables = before
        else:
            kept.append(event)
    return kept


_CUTS = ((0, 24), (3, 5), (9, 24), (24, 26), (26, 33), (33, 39), (39, 41), (41, 43), (0, len(kinds)))
lanes = [st.lists(st.one_of(kinds[start:end]), min_size=10, max_size=30) for start, end in _CUTS]
known = [h.registered(name) for name in "ABC"]
peaceful = st.one_of(lanes).map(
    lambda happened: [_commit([event]) for event in _without_conflicts([*known, *happened])]
)
fences = st.one_of(st.none(), st.builds(Fence, charge_points, epochs))
fences = st.one_of(st.none(), st.builds(Fence, charge_points, epochs))
commits = st.builds(_commit, st.lists(st.one_of(kinds), min_size=1, max_size=3), fences)
of_sessions = st.builds(_commit, st.lists(st.one_of(kinds[3:10]), min_size=1, max_size=2), fences)
conflicting = st.one_of(
    st.lists(commits, max_size=25),
    st.lists(of_sessions, max_size=25).map(lambda made: [*(_commit([one]) for one in known), *made]),
)


def _tables_after(batches: list[list[Commit]]) -> tuple[dict[str, list[Any]], list[type]]:
    """The rows of all tables, and what each commit was told, when written in these batches."""
    engine = create_engine("sqlite://", connect_args={"isolation_level": None})
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN")
        metadata.create_all(connection)
        told = [type(result) for batch in batches for result in _written(connection, batch)]
        rows = {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return rows, told


def _written(connection: Connection, batch: list[Commit]) -> Results:
    """As the journal does it: together, or where that fails one by one."""
    try:
        with translated(), connection.begin_nested():
            return write_together(connection, Batch(batch))
    except Exception:  # noqa: BLE001 - as the journal does
        return write_each(connection, Batch(batch))


@given(peaceful)
def test_one_batch_is_as_good_as_many(commits: list[Commit]) -> None:
    assert _tables_after([commits]) == _tables_after([[commit] for commit in commits])


@given(conflicting, st.lists(st.integers(0, 25), max_size=6))
def test_any_cut_tells_each_commit_the_same(commits: list[Commit], cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(commits)) for cut in cuts), len(commits)]
    batches = [commits[start:end] for start, end in pairwise(edges)]
    assert _tables_after(batches) == _tables_after([[commit] for commit in commits])


def _all_events(kind: type[Event]) -> list[type[Event]]:
    found = [deeper for direct in kind.__subclasses__() for deeper in _all_events(direct)]
    return found or [kind]


@pytest.mark.parametrize("table", [PLACES, EVOLUTIONS], ids=["sql", "memory"])
def test_every_event_has_its_place(table: dict[type[Event], object]) -> None:
    assert set(table) == set(_all_events(Event))


def test_a_thousand_events_of_a_few_types_are_a_few_steps() -> None:
    happened: list[Event] = []
    for n in range(1000):
        cp = f"CP{n}"
        happened += [h.connected(1, cp), h.booted(cp), h.status("Available", charge_point=cp)]
        happened += [
            h.started(n, charge_point=cp),
            h.taken(n, charge_point=cp),
            h.stopped(n, charge_point=cp),
        ]
    steps = list(in_steps(PLACES, happened))
    assert len(steps) == 6
    assert sum(len(events) for _, events in steps) == len(happened)


def test_events_of_one_charge_point_stay_in_order() -> None:
    happened = [
        h.connected(1),
        h.disconnected(1),
        h.connected(2),
        h.disconnected(1, "CP2"),
        h.connected(2, "CP2"),
    ]
    steps = [
        [(event.charge_point, type(event)) for event in list[Any](events)]
        for _, events in in_steps(PLACES, happened)
    ]
    up, down = e.ChargePointConnected, e.ChargePointDisconnected
    assert steps == [[("CP1", up)], [("CP1", down), ("CP2", down)], [("CP1", up), ("CP2", up)]]
