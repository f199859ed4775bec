"""What a session keeps in memory."""

from hypothesis import given
from hypothesis import strategies as st

from chargeyard.domain.authorization import Status
from chargeyard.domain.charge_point import REMEMBERED, ChargePoint, Transaction
from chargeyard.domain.items import Item
from chargeyard.domain.rules import evolve
from tests.contract.happenings import installed, reservation_requested
from tests.domain.made import NOW


def _transaction(number: int, is_open: bool) -> Transaction:
    return Transaction(
        number=number,
        wire_id=str(number),
        start_key=f"s:{number}",
        evse=1,
        connector=1,
        id_token="CARD1",
        authorization=Status.ACCEPTED,
        started_at=NOW,
        meter_start_wh=0,
        stopped_at=None if is_open else NOW,
    )


@given(st.lists(st.booleans(), max_size=40))
def test_all_open_ones_and_the_last_closed_ones_are_remembered(kinds: list[bool]) -> None:
    state = ChargePoint(id="CP1")
    for number, is_open in enumerate(kinds):
        state.remember(_transaction(number, is_open))
    closed = [number for number, is_open in enumerate(kinds) if not is_open]
    opened = [number for number, is_open in enumerate(kinds) if is_open]
    assert [one.number for one in state.open_transactions()] == opened
    assert sorted(state.transactions) == sorted(opened + closed[-REMEMBERED:])


def test_what_is_put_there_is_looked_for_from_then_on() -> None:
    state = ChargePoint(id="CP1", may_hold_profiles=False, may_hold_reservations=False)
    evolve(state, installed(Item(key="1"), kind="Monitor"))
    assert (state.may_hold_profiles, state.may_hold_reservations) == (False, False)
    evolve(state, installed(Item(key="1"), kind="ChargingProfile"))
    evolve(state, reservation_requested(7))
    assert (state.may_hold_profiles, state.may_hold_reservations) == (True, True)
