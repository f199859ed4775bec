"""The book of installed profiles: what each set, clear, end and report leaves in it."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chargeyard.domain.charging_leads import Situation
from chargeyard.domain.charging_profiles import ChargingProfile, Period, Purpose
from chargeyard.domain.installed_profiles import (
    Book,
    Criteria,
    Installed,
    Replaces,
    Source,
    cleared,
    confirmed,
    conflicts,
    ended,
    expired,
    put,
    refreshed,
)
from chargeyard.domain.smart_charging import Horizon, composite_schedule
from tests.domain.made import NOW
from tests.domain.profiles import profile, schedule, second

SCHEDULE = schedule((0, 16))


def _entry(
    id_: int, evse: int = 1, stack_level: int = 0, purpose: Purpose = "TxDefault", **fields: Any
) -> Installed:
    made = profile(
        purpose, fields.pop("schedule", SCHEDULE), id=id_, evse=evse, stack_level=stack_level, **fields
    )
    return Installed(profile=made, source="ours", at=NOW)


def _ids(book: Book) -> list[int]:
    return [entry.profile.id for entry in book]


@pytest.mark.parametrize(
    ("new", "by_stack", "by_id"),
    [
        (_entry(9), [2, 3, 4, 9], [1, 2, 3, 4, 9]),
        (_entry(9, stack_level=1), [1, 3, 4, 9], [1, 2, 3, 4, 9]),
        (_entry(9, evse=2), [1, 2, 4, 9], [1, 2, 3, 4, 9]),
        (_entry(9, purpose="Tx"), [1, 2, 3, 4, 9], [1, 2, 3, 4, 9]),
        (_entry(2, evse=3), [1, 3, 4, 2], [1, 3, 4, 2]),
        # A limit from outside with a number of ours is another thing.
        (_entry(4), [2, 3, 4, 4], [1, 2, 3, 4, 4]),
    ],
)
def test_what_a_new_profile_replaces(new: Installed, by_stack: list[int], by_id: list[int]) -> None:
    book = (_entry(1), _entry(2, stack_level=1), _entry(3, evse=2), _entry(4, purpose="ExternalConstraints"))
    assert _ids(put(book, new, "stack")) == by_stack
    assert _ids(put(book, new, "id")) == by_id


@pytest.mark.parametrize(
    ("criteria", "kept"),
    [
        (Criteria(), [5]),
        (Criteria(id=1), [2, 3, 4, 5]),
        # With an id the rest is ignored (1.6 errata 3.25).
        (Criteria(id=1, evse=2, stack_level=7, purpose="Tx"), [2, 3, 4, 5]),
        (Criteria(id=8), [1, 2, 3, 4, 5]),
        (Criteria(evse=0), [1, 2, 3, 5]),
        (Criteria(evse=1), [3, 4, 5]),
        (Criteria(purpose="TxDefault"), [2, 4, 5]),
        (Criteria(stack_level=1), [1, 3, 4, 5]),
        (Criteria(evse=2, purpose="TxDefault", stack_level=0), [1, 2, 4, 5]),
        (Criteria(evse=1, stack_level=9), [1, 2, 3, 4, 5]),
        # Not ours to clear.
        (Criteria(purpose="ExternalConstraints"), [1, 2, 3, 4, 5]),
        (Criteria(id=5), [1, 2, 3, 4, 5]),
    ],
)
def test_what_a_clear_removes(criteria: Criteria, kept: list[int]) -> None:
    book = (
        _entry(1),
        _entry(2, stack_level=1, purpose="Tx"),
        _entry(3, evse=2),
        _entry(4, evse=0, purpose="ChargePointMax"),
        _entry(5, evse=0, purpose="ExternalConstraints"),
    )
    assert _ids(cleared(book, criteria)) == kept


def test_the_end_of_a_transaction_takes_its_profiles_along() -> None:
    book = (
        _entry(1),
        _entry(2, purpose="Tx"),
        _entry(3, purpose="Tx", transaction=8, evse=2),
        _entry(4, purpose="Tx", transaction=None),
        _entry(5, purpose="Tx", transaction=None, evse=2),
        _entry(6, purpose="Tx", transaction=None, wire_id="unknown to us"),
    )
    assert _ids(ended(book, 1, 7)) == [1, 3, 5, 6]


def test_validity_runs_out() -> None:
    book = (_entry(1), _entry(2, valid_to=second(60)), _entry(3, valid_to=second(61)))
    assert _ids(expired(book, second(59))) == [1, 2, 3]
    assert _ids(expired(book, second(60))) == [1, 3]


def test_a_dynamic_profile_is_refreshed() -> None:
    dynamic = _entry(1, kind="Dynamic", schedule=schedule((0, 16), phases=1, begins=None))
    (installed,) = put((), dynamic, "id")
    assert installed.profile.updated_at == NOW
    book = (installed, _entry(2))
    after = refreshed(book, 1, Period(start_s=0, limit=Decimal(9), setpoint=Decimal(3)), second(30))
    assert after is not None
    assert after[1] == book[1]
    assert after[0].profile.updated_at == second(30)
    (period,) = after[0].profile.schedules[0].periods
    assert period == Period(start_s=0, limit=Decimal(9), setpoint=Decimal(3), phases=1)


def test_only_a_dynamic_profile_is_refreshed() -> None:
    assert refreshed((_entry(1),), 1, Period(start_s=0, limit=Decimal(9)), NOW) is None
    assert refreshed((), 1, Period(start_s=0, limit=Decimal(9)), NOW) is None


@pytest.mark.parametrize(
    ("installed", "new", "words"),
    [
        (_entry(1), _entry(2), ["Duplicate"]),
        (_entry(1), _entry(1), []),
        (_entry(1), _entry(2, stack_level=1), []),
        (_entry(1, evse=2), _entry(2), []),
        (_entry(1, purpose="Tx"), _entry(2), []),
        (_entry(1, valid_to=second(9)), _entry(2, valid_from=second(9)), []),
        (_entry(1, valid_to=second(9)), _entry(2, valid_from=second(8)), ["Duplicate"]),
        (_entry(1, valid_from=second(9)), _entry(2, valid_to=second(9)), []),
        # 2.0.1 K01.FR.52, FR.53
        (_entry(1, evse=0), _entry(2), ["Duplicate"]),
        (_entry(1), _entry(2, evse=0), ["Duplicate"]),
        (_entry(1, purpose="LocalGeneration", evse=0), _entry(2, purpose="LocalGeneration"), []),
        (_entry(1, purpose="Tx", transaction=8), _entry(2, purpose="Tx"), []),
    ],
)
def test_doubles_under_another_id(installed: Installed, new: Installed, words: list[str]) -> None:
    assert [fault.word for fault in conflicts((installed,), new.profile, "id")] == words


def test_where_the_stack_replaces_there_is_no_double() -> None:
    assert conflicts((_entry(1),), _entry(2).profile, "stack") == ()


@pytest.mark.parametrize(("id_", "room", "words"), [(3, 3, []), (3, 2, ["Full"]), (2, 2, [])])
def test_a_charge_point_can_be_full(id_: int, room: int, words: list[str]) -> None:
    book = (_entry(1), _entry(2, stack_level=1))
    new = _entry(id_, stack_level=2).profile
    assert [fault.word for fault in conflicts(book, new, "id", room)] == words


# ---------------------------------------------------------------- reports

OURS = _entry(1, purpose="Tx", valid_from=second(0.4))


@pytest.mark.parametrize(
    "same",
    [
        OURS.profile,
        replace(OURS.profile, valid_from=NOW),
        replace(OURS.profile, wire_id="abc", recurrency="Daily", updated_at=NOW),
        replace(OURS.profile, schedules=(schedule((0, "16.0"), phases=3, id=1),)),
        replace(OURS.profile, schedules=(schedule((0, 16), begins=0.9),)),
    ],
)
def test_spelling_is_no_difference(same: ChargingProfile) -> None:
    assert confirmed(OURS, _reported(replace(OURS, profile=same))) == OURS


@pytest.mark.parametrize(
    "other",
    [
        replace(OURS.profile, evse=2),
        replace(OURS.profile, stack_level=3),
        replace(OURS.profile, transaction=8),
        replace(OURS.profile, valid_to=NOW),
        replace(OURS.profile, schedules=(schedule((0, 15)),)),
        replace(OURS.profile, schedules=(schedule((0, 16), phases=1),)),
        replace(OURS.profile, schedules=(schedule((0, 16), unit="W"),)),
        replace(OURS.profile, schedules=(schedule((0, 16), begins=60),)),
        replace(OURS.profile, schedules=(schedule((0, 16), duration_s=60),)),
    ],
)
def test_what_limits_otherwise_is_a_difference(other: ChargingProfile) -> None:
    reported = _reported(replace(OURS, profile=other))
    assert confirmed(OURS, reported) == reported


def test_the_start_of_a_relative_profile_is_no_difference() -> None:
    relative = _entry(1, kind="Relative", schedule=schedule((0, 16), begins=None))
    with_start = replace(relative.profile, schedules=(SCHEDULE,))
    assert confirmed(relative, _reported(replace(relative, profile=with_start))) == relative


def test_what_a_report_names_anew_is_believed_and_who_set_it_is_learnt() -> None:
    foreign = _reported(_entry(1))
    assert confirmed(None, foreign) == foreign
    told = confirmed(OURS, _reported(OURS, limit_source="CSO"))
    assert told == replace(OURS, limit_source="CSO")


def _reported(entry: Installed, source: Source = "reported", **fields: Any) -> Installed:
    return replace(entry, source=source, at=second(60), **fields)


# ---------------------------------------------------------------- whatever hypothesis can draw

entries = st.builds(
    _entry,
    st.integers(1, 6),
    evse=st.integers(0, 2),
    stack_level=st.integers(0, 2),
    purpose=st.sampled_from(["ChargePointMax", "TxDefault", "Tx", "PriorityCharging", "LocalGeneration"]),
)
rules = st.sampled_from(["stack", "id"])


def _filled(entries_: list[Installed], replaces: Replaces) -> Book:
    book: Book = ()
    for entry in entries_:
        book = put(book, entry, replaces)
    return book


@given(st.lists(entries, max_size=12), rules)
def test_no_book_holds_two_with_one_claim(entries_: list[Installed], replaces: Replaces) -> None:
    book = _filled(entries_, replaces)
    assert len(set(_ids(book))) == len(book)
    places = {(e.profile.evse, e.profile.purpose, e.profile.stack_level) for e in book}
    assert replaces == "id" or len(places) == len(book)
    assert all(book[-1] == entry for entry in entries_[-1:])
    assert _filled(list(book), replaces) == book


@given(st.lists(entries, max_size=12), rules)
def test_clearing_everything_leaves_no_limit(entries_: list[Installed], replaces: Replaces) -> None:
    left = cleared(_filled(entries_, replaces), Criteria())
    situation = Situation(transaction=7, charging_since=NOW, priority=True)
    composite = composite_schedule([e.profile for e in left], 1, Horizon(NOW, 60, "A"), situation)
    assert composite.periods == (Period(start_s=0),)
