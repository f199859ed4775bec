"""Transactions told event by event: late, twice, out of order, or not at all."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chargeyard.domain import events, reports
from chargeyard.domain.answers import TransactionHeard
from chargeyard.domain.authorization import UNAUTHORIZED_KIND, IdToken, Status, Verdict
from chargeyard.domain.charge_point import ChargePoint, Transaction
from chargeyard.domain.decision import Decision
from chargeyard.domain.rules import decide
from chargeyard.domain.transaction_events import REUSED_AFTER
from tests.domain.made import NOW, apply, at, context, only, register, snapshot, told

ACCEPTED = Verdict(Status.ACCEPTED)
HOURS = REUSED_AFTER.total_seconds() / 60


@pytest.fixture
def state() -> ChargePoint:
    return ChargePoint(id="CP1", booted=True)


def ended(sequence: int, minutes: float | None = None, **fields: Any) -> reports.TransactionReported:
    return told(sequence, minutes, **{"phase": "Ended", "trigger": "EVDeparted", **fields})


def measured(sequence: int, energy_wh: int, **fields: Any) -> reports.TransactionReported:
    return told(sequence, readings=(register(sequence, energy_wh),), **fields)


def of(decision: Decision, kind: type[events.Event]) -> list[Any]:
    return [event for event in decision.events if isinstance(event, kind)]


def energy_of(happened: Sequence[events.Event]) -> tuple[int, str] | None:
    """The energy as a store has it after these events: told by the end, corrected by what came late."""
    found: tuple[int, str] | None = None
    for event in happened:
        if isinstance(event, events.TransactionStopped):
            found = event.energy_wh, event.quality
        elif isinstance(event, events.TransactionDetailed) and isinstance(event.energy_wh, int):
            found = event.energy_wh, str(event.quality)
    return found


def heard(
    state: ChargePoint, arriving: Sequence[reports.TransactionReported], first_number: int = 7
) -> list[events.Event]:
    """All that happens when these reports are taken one after the other."""
    return [
        event
        for number, report in enumerate(arriving, first_number)
        for event in apply(state, report, context(number)).events
    ]


# --- one after the other


def test_a_session_in_its_order(state: ChargePoint) -> None:
    opening = apply(
        state, measured(0, 1000, id_token="CARD1", evse=2, connector=1, reservation_id=5), context(7)
    )
    assert opening.answer == TransactionHeard(ACCEPTED)
    (started,) = of(opening, events.TransactionStarted)
    assert (started.transaction, started.wire_id, started.start_key) == (7, "TX", "e:TX")
    assert (started.evse, started.connector, started.id_token, started.reservation_id) == (2, 1, "CARD1", 5)
    assert (started.meter_start_wh, started.started_at) == (1000, at(0))
    going = apply(state, measured(1, 1500, charging_state="Charging"), context())
    assert [type(event) for event in going.events] == [events.TransactionAdvanced, events.MeterValuesTaken]
    assert going.answer == TransactionHeard(None)
    (taken,) = of(going, events.MeterValuesTaken)
    assert (taken.evse, taken.transaction) == (2, 7)
    ending = apply(state, replace(measured(2, 1800), phase="Ended", reason="EVDisconnected"), context())
    (stopped,) = of(ending, events.TransactionStopped)
    assert (stopped.transaction, stopped.evse, stopped.stopped_at) == (7, 2, at(2))
    assert (stopped.meter_stop_wh, stopped.energy_wh, stopped.quality) == (1800, 800, "ok")
    assert (stopped.reason, stopped.completeness) == ("EVDisconnected", "reported")
    assert not only(state).is_open


def test_every_event_is_kept_as_it_was_told(state: ChargePoint) -> None:
    report = told(
        3,
        trigger="SoCLimitReached",
        is_offline=True,
        charging_state="Idle",
        payload=msgspec.Raw(b'{"seqNo":3,"customData":{"vendorId":"x","password":"s3cret"}}'),
    )
    (kept,) = of(apply(state, report, context(7)), events.TransactionAdvanced)
    assert (kept.transaction, kept.sequence, kept.phase, kept.trigger) == (7, 3, "Updated", "SoCLimitReached")
    assert (kept.at, kept.said, kept.is_offline, kept.charging_state) == (
        report.at,
        report.said,
        True,
        "Idle",
    )
    assert msgspec.json.decode(kept.payload)["customData"] == {"vendorId": "x", "password": "***"}


def test_the_reason_that_is_not_told_is_local(state: ChargePoint) -> None:
    (stopped,) = of(apply(state, ended(1), context(7)), events.TransactionStopped)
    assert stopped.reason == "Local"


def test_parking_needs_no_token_no_evse_and_no_energy(state: ChargePoint) -> None:
    happened = heard(state, [told(0, trigger="EVDetected"), ended(1)])
    (started,) = [event for event in happened if isinstance(event, events.TransactionStarted)]
    assert (started.evse, started.id_token, started.meter_start_wh) == (0, "", None)
    assert started.authorization is Status.ACCEPTED
    assert energy_of(happened) == (0, "ok")


def test_what_is_told_later_is_learnt(state: ChargePoint) -> None:
    heard(state, [told(0)])
    found = apply(state, told(1, evse=2, connector=1, id_token="CARD1", reservation_id=4), context())
    (detailed,) = of(found, events.TransactionDetailed)
    assert (detailed.evse, detailed.connector, detailed.id_token) == (2, 1, "CARD1")
    assert detailed.reservation_id == 4
    assert (detailed.authorization, detailed.started_at) == (msgspec.UNSET, msgspec.UNSET)
    assert only(state).evse == 2
    again = apply(state, told(2, evse=3, connector=2, id_token="CARD2"), context())
    assert of(again, events.TransactionDetailed) == []
    assert (only(state).evse, only(state).id_token) == (2, "CARD1")


# --- tokens


@pytest.mark.parametrize("report", [told(0), told(1), ended(2)], ids=["Started", "Updated", "Ended"])
@pytest.mark.parametrize(
    ("presented", "token", "verdict"),
    [
        ((None, ""), None, None),
        (("CARD1", "ISO14443"), IdToken("CARD1"), ACCEPTED),
        (("CARD1", "ISO14443"), IdToken("CARD1", blocked=True), Verdict(Status.BLOCKED)),
        (("CARD1", "ISO14443"), None, Verdict(Status.UNKNOWN)),
        (("", UNAUTHORIZED_KIND), None, ACCEPTED),
        (("", "Central"), None, Verdict(Status.UNKNOWN)),
    ],
)
def test_a_verdict_is_given_if_and_only_if_a_token_is(
    report: reports.TransactionReported,
    presented: tuple[str | None, str],
    token: IdToken | None,
    verdict: Verdict | None,
) -> None:
    state = ChargePoint(id="CP1", booted=True)
    report = replace(report, id_token=presented[0], token_kind=presented[1])
    assert apply(state, report, context(7, token=token)).answer == TransactionHeard(verdict)
    assert apply(state, report, context(8, token=token)).answer == TransactionHeard(verdict)


@pytest.mark.parametrize("stopping", [ended(2), told(2, trigger="StopAuthorized")], ids=["Ended", "Updated"])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (2, 0, 1)])
def test_whoever_starts_pays_and_not_whoever_stops(
    state: ChargePoint, stopping: reports.TransactionReported, order: tuple[int, ...]
) -> None:
    session = [told(0), told(1, id_token="CARD1"), replace(stopping, id_token="MASTER")]
    happened = heard(state, [session[index] for index in order])
    assert only(state).id_token == "CARD1"
    stops = [event for event in happened if isinstance(event, events.TransactionStopped)]
    assert [event.id_token for event in stops] == (["MASTER"] if stopping.phase == "Ended" else [])


def test_a_refused_token_is_kept_with_its_verdict(state: ChargePoint) -> None:
    apply(state, told(0), context(7))
    apply(state, told(1, id_token="CARD1"), context(token=IdToken("CARD1", blocked=True)))
    assert only(state).authorization is Status.BLOCKED


@pytest.mark.parametrize(
    "opening", [None, told(0, trigger="CablePluggedIn")], ids=["at once", "after plugging"]
)
def test_a_token_that_charges_elsewhere_is_one_too_many(
    state: ChargePoint, opening: reports.TransactionReported | None
) -> None:
    if opening is not None:
        apply(state, opening, context(7))
    report = told(1, id_token="CARD1")
    concurrent = TransactionHeard(Verdict(Status.CONCURRENT))
    assert apply(state, report, context(7, running=1)).answer == concurrent
    # The same again, after the other one has ended: what was answered stays answered.
    assert apply(state, report, context(8, running=0)).answer == concurrent


def test_a_transaction_is_not_one_too_many_beside_itself(state: ChargePoint) -> None:
    report = told(0, id_token="CARD1")
    apply(state, report, context(7))
    assert apply(state, report, context(8, running=1)).answer == TransactionHeard(ACCEPTED)
    assert apply(state, told(1, id_token="card1"), context(8, running=1)).answer == TransactionHeard(ACCEPTED)


def test_another_card_is_judged_for_itself(state: ChargePoint) -> None:
    apply(state, told(0, id_token="CARD1"), context(7, running=1))
    other = apply(state, told(1, id_token="CARD2"), context(token=IdToken("CARD2"))).answer
    assert other == TransactionHeard(ACCEPTED)


def test_a_card_that_is_told_after_the_end_takes_nobodys_place(state: ChargePoint) -> None:
    heard(state, [told(0), ended(2)])
    late = apply(state, told(1, id_token="CARD1"), context(running=1))
    assert late.answer == TransactionHeard(ACCEPTED)
    assert only(state).id_token == "CARD1"


@pytest.mark.parametrize(
    "report",
    [
        told(0, id_token="CARD1", is_offline=True),
        told(0, -60, id_token="CARD1"),
        ended(3, id_token="CARD1"),
        told(3, id_token="CARD1", trigger="StopAuthorized"),
    ],
    ids=["offline", "old", "ended", "stopped"],
)
def test_history_is_never_one_too_many(state: ChargePoint, report: reports.TransactionReported) -> None:
    assert apply(state, report, context(7, running=5)).answer == TransactionHeard(ACCEPTED)


# --- out of order


@pytest.mark.parametrize("first", [told(1), ended(2)], ids=["Updated", "Ended"])
def test_what_comes_before_its_start_opens_the_transaction(
    state: ChargePoint, first: reports.TransactionReported
) -> None:
    heard(state, [first])
    assert (only(state).started_at, only(state).is_open) == (first.at, first.phase != "Ended")
    (detailed,) = of(apply(state, told(0, evse=1), context(8)), events.TransactionDetailed)
    assert (detailed.transaction, detailed.started_at, detailed.evse) == (7, at(0), 1)
    assert only(state).started_at == at(0)


def test_what_comes_after_the_end_adds_readings_and_opens_nothing(state: ChargePoint) -> None:
    heard(state, [measured(0, 1000), ended(3)])
    late = apply(state, measured(2, 4000), context(9))
    assert [event.transaction for event in of(late, events.MeterValuesTaken)] == [7]
    assert (of(late, events.TransactionStarted), of(late, events.TransactionStopped)) == ([], [])
    assert energy_of(late.events) == (3000, "estimated")
    assert not only(state).is_open


def test_an_end_told_twice_stays_the_first(state: ChargePoint) -> None:
    heard(state, [measured(0, 1000), replace(measured(2, 2000), phase="Ended")])
    again = apply(state, replace(measured(3, 9000), phase="Ended"), context(8))
    assert len(of(again, events.TransactionAdvanced)) == 1
    assert (of(again, events.TransactionStopped), energy_of(again.events)) == ([], None)
    assert (only(state).stopped_at, only(state).meter_stop_wh) == (at(2), 2000)


def test_an_earlier_register_that_comes_late_is_the_start(state: ChargePoint) -> None:
    heard(state, [told(0), measured(3, 5000), measured(2, 4000)])
    assert (only(state).meter_start_wh, only(state).meter_start_at) == (4000, at(2))


def test_a_lost_register_in_between_changes_no_energy(state: ChargePoint) -> None:
    session = [measured(0, 100_000), measured(1, 0), replace(measured(2, 103_000), phase="Ended")]
    assert energy_of(heard(state, [session[index] for index in (2, 1, 0)])) == (3000, "ok")


def test_one_register_tells_no_energy(state: ChargePoint) -> None:
    assert energy_of(heard(state, [replace(measured(2, 103_000), phase="Ended")])) == (0, "suspect")


def test_a_transaction_that_only_the_store_knows_is_not_begun_again(state: ChargePoint) -> None:
    known = Transaction(
        number=7,
        wire_id="TX",
        start_key="e:TX",
        evse=1,
        connector=1,
        id_token="CARD1",
        authorization=Status.ACCEPTED,
        started_at=at(0),
        meter_start_wh=1000,
        last_reading_at=at(2),
        last_energy_wh=3000,
        stopped_at=at(2),
        meter_stop_wh=3000,
        completeness="reported",
        energy_wh=2000,
    )
    found = apply(state, measured(1, 2000), context(known=known))
    assert {event.transaction for event in list[Any](found.events)} == {7}
    assert [type(event) for event in found.events] == [events.TransactionAdvanced, events.MeterValuesTaken]


# --- one EVSE, one transaction


@pytest.mark.parametrize(
    "next_one",
    [told(0, 9, wire_id="NEXT", evse=1), told(4, 9, wire_id="NEXT", evse=1)],
    ids=["Started", "Updated"],
)
def test_the_next_transaction_of_an_evse_ends_the_one_before(
    state: ChargePoint, next_one: reports.TransactionReported
) -> None:
    heard(state, [measured(0, 1000, evse=1), measured(4, 4000)])
    (stopped,) = of(apply(state, next_one, context(8)), events.TransactionStopped)
    assert (stopped.transaction, stopped.completeness, stopped.stopped_at) == (7, "inferred", at(4))
    assert (stopped.energy_wh, stopped.quality) == (3000, "estimated")
    assert [one.wire_id for one in state.open_transactions()] == ["NEXT"]


def test_a_transaction_whose_evse_is_told_late_ends_the_one_before(state: ChargePoint) -> None:
    heard(state, [told(0, evse=1)])
    apply(state, told(0, 5, wire_id="NEXT"), context(8))
    assert len(state.open_transactions()) == 2
    apply(state, told(1, 6, wire_id="NEXT", evse=1), context())
    assert [one.wire_id for one in state.open_transactions()] == ["NEXT"]


@pytest.mark.parametrize(
    "other",
    [
        told(0, 5, wire_id="NEXT", evse=2),
        told(0, 5, wire_id="NEXT"),
        told(0, -5, wire_id="PAST", evse=1),
        ended(4, 5, wire_id="PAST", evse=1),
    ],
    ids=["elsewhere", "nowhere", "earlier", "ended"],
)
def test_others_end_nothing(state: ChargePoint, other: reports.TransactionReported) -> None:
    heard(state, [told(0, evse=1)])
    apply(state, other, context(8))
    assert "TX" in [one.wire_id for one in state.open_transactions()]


def test_an_inferred_end_gives_way_to_the_one_that_is_told(state: ChargePoint) -> None:
    heard(state, [measured(0, 1000, evse=1), told(0, 9, wire_id="NEXT", evse=1)])
    late = apply(state, measured(4, 4000), context())
    assert energy_of(late.events) == (3000, "estimated")
    assert [event.meter_stop_wh for event in of(late, events.TransactionDetailed)] == [4000]
    (stopped,) = of(
        apply(state, replace(measured(6, 6000), phase="Ended"), context()), events.TransactionStopped
    )
    assert (stopped.energy_wh, stopped.quality, stopped.completeness) == (5000, "ok", "reported")


# --- ids used again


def test_an_id_used_again_long_after_is_another_transaction(state: ChargePoint) -> None:
    heard(state, [measured(0, 1000, id_token="CARD1"), replace(measured(1, 2000), phase="Ended")])
    again = told(0, 2 + HOURS, id_token="CARD2")
    (started,) = of(apply(state, again, context(9)), events.TransactionStarted)
    assert (started.transaction, started.id_token, started.wire_id) == (9, "CARD2", "TX")
    assert started.start_key.startswith("e:TX@")
    assert [one.number for one in state.open_transactions()] == [9]
    repeated = apply(state, again, context(10))
    assert of(repeated, events.TransactionStarted) == []
    happened = heard(state, [told(1, 3 + HOURS), ended(2, 4 + HOURS)])
    assert {event.transaction for event in list[Any](happened)} == {9}
    assert state.open_transactions() == []


@pytest.mark.parametrize("late", [told(0, 30), told(5, 500), ended(5, 500)], ids=["soon", "Updated", "Ended"])
def test_only_a_start_long_after_uses_an_id_again(
    state: ChargePoint, late: reports.TransactionReported
) -> None:
    heard(state, [told(0), ended(1)])
    assert of(apply(state, late, context(9)), events.TransactionStarted) == []
    assert only(state).number == 7


def test_an_id_that_is_still_running_is_not_used_again(state: ChargePoint) -> None:
    heard(state, [told(0)])
    apply(state, told(0, 2 * HOURS), context(9))
    assert only(state).number == 7


# --- any order at all


@st.composite
def sessions(draw: st.DrawFn) -> list[reports.TransactionReported]:
    """A session as a charge point lives it: everything told at most once, the register never falling."""
    last = draw(st.integers(1, 6))
    token, evse = draw(st.integers(0, last)), draw(st.integers(0, last - 1))
    found, energy_wh = [], draw(st.integers(0, 10**6))
    for sequence in range(last + 1):
        fields: dict[str, Any] = {"is_offline": draw(st.booleans())}
        energy_wh += draw(st.integers(0, 5000))
        if draw(st.booleans()):
            fields["readings"] = (register(sequence, energy_wh),)
        if sequence == token:
            fields["id_token"] = "CARD1"
        if sequence == evse:
            fields |= {"evse": 1, "connector": 1}
        found.append(ended(sequence, **fields) if sequence == last else told(sequence, **fields))
    return found


arrivals = sessions().flatmap(
    lambda session: st.tuples(
        st.just(session),
        st.permutations(range(len(session))),
        st.lists(st.sampled_from(range(len(session))), min_size=1, max_size=12),
    )
)
Arrival = tuple[list[reports.TransactionReported], list[int], list[int]]


@given(arrivals)
def test_when_all_has_come_the_order_is_forgotten(arrival: Arrival) -> None:
    session, order, again = arrival
    straight, mixed = ChargePoint(id="CP1", booted=True), ChargePoint(id="CP1", booted=True)
    expected = heard(straight, session)
    happened = heard(mixed, [session[index] for index in (*order, *again)])
    assert only(mixed) == only(straight)
    assert energy_of(happened) == energy_of(expected)


@given(arrivals)
def test_whatever_comes_there_is_one_transaction_with_the_energy_that_was_told(arrival: Arrival) -> None:
    session, _, arriving = arrival
    state = ChargePoint(id="CP1", booted=True)
    happened = heard(state, [session[index] for index in arriving])
    transaction = only(state)
    came = {index: session[index] for index in sorted(set(arriving))}
    has_ended = len(session) - 1 in came
    assert transaction.is_open is not has_ended
    registers = [one.summary.energy_wh or 0 for report in came.values() for one in report.readings]
    energy = energy_of(happened)
    assert (energy is None) is not has_ended
    if energy is not None:
        assert energy[0] == (registers[-1] - registers[0] if registers else 0)
    kept = [event for event in happened if isinstance(event, events.TransactionAdvanced)]
    assert len(kept) == len(arriving)
    assert {event.transaction for event in kept} == {7}


@given(
    st.lists(
        st.builds(
            told,
            st.integers(0, 4),
            st.integers(-300, 300),
            wire_id=st.sampled_from("AB"),
            phase=st.sampled_from(("Started", "Updated", "Ended")),
            evse=st.sampled_from((None, 0, 1, 2)),
            id_token=st.sampled_from((None, "", "CARD1", "CARD2")),
            token_kind=st.sampled_from(("", UNAUTHORIZED_KIND)),
            trigger=st.sampled_from(("Authorized", "StopAuthorized", "SomethingNew")),
            is_offline=st.booleans(),
            readings=st.lists(
                st.builds(register, st.integers(-300, 300), st.sampled_from((0, 5, 9000, 10**9))), max_size=3
            ).map(tuple),
        ),
        max_size=15,
    )
)
def test_nonsense_is_answered_and_makes_no_nonsense(arriving: list[reports.TransactionReported]) -> None:
    state = ChargePoint(id="CP1", booted=True)
    for number, report in enumerate(arriving, 1):
        before = snapshot(state)
        given = context(number, running=1)
        decision = decide(state, report, given)
        assert snapshot(state) == before
        assert decide(state, report, given) == decision
        assert isinstance(decision.answer, TransactionHeard)
        assert (decision.answer.verdict is None) is (report.id_token is None)
        apply(state, report, given)
        energy = energy_of(decision.events)
        assert energy is None or energy[0] >= 0
        names = [one.wire_id for one in state.open_transactions()]
        assert len(names) == len(set(names))


def test_of_two_under_one_id_the_open_one_is_meant(state: ChargePoint) -> None:
    """Also after an event has moved its start before that of the one that has ended."""
    for number, report in enumerate(
        (told(1, -24, phase="Ended"), told(0, 37), told(0, -24), told(0, 37)), start=1
    ):
        apply(state, report, context(number))
    assert [one.number for one in state.open_transactions()] == [2]


def test_an_hour_is_enough_for_a_clock_that_is_set(state: ChargePoint) -> None:
    """A start that was stamped ahead, and comes after the end, is still the start of that transaction."""
    heard(state, [ended(1)])
    ahead = told(0, at=NOW + timedelta(minutes=1) + REUSED_AFTER)
    assert of(apply(state, ahead, context(9)), events.TransactionStarted) == []


# --- what only 2.1 and audits ask for


def test_an_id_that_is_used_again_is_noted(state: ChargePoint) -> None:
    heard(state, [told(0, id_token="CARD1"), ended(1)])
    (noted,) = of(apply(state, told(0, HOURS + 5), context(9)), events.FindingRecorded)
    assert noted.rule == "transaction_id_reused"
    assert "transaction 7" in noted.detail


@pytest.mark.parametrize("last", [ended(3), ended(3, id_token="CARD2")])
def test_whoever_stops_is_kept_for_audit(state: ChargePoint, last: reports.TransactionReported) -> None:
    heard(state, [told(0, id_token="CARD1")])
    found = apply(state, told(2, trigger="StopAuthorized", id_token="CARD2"), context())
    (detailed,) = of(found, events.TransactionDetailed)
    assert (detailed.stop_id_token, detailed.id_token) == ("CARD2", msgspec.UNSET)
    (stopped,) = of(apply(state, last, context()), events.TransactionStopped)
    assert stopped.id_token == "CARD2"
    assert only(state).id_token == "CARD1"


def test_who_stopped_may_be_told_before_all_else(state: ChargePoint) -> None:
    heard(state, [told(2, trigger="StopAuthorized", id_token="CARD2")])
    (stopped,) = of(apply(state, ended(3), context()), events.TransactionStopped)
    assert (stopped.id_token, only(state).id_token) == ("CARD2", "")


def test_who_stopped_may_be_told_after_the_end(state: ChargePoint) -> None:
    heard(state, [told(0, id_token="CARD1"), ended(3)])
    found = apply(state, told(2, trigger="StopAuthorized", id_token="CARD2"), context())
    (detailed,) = of(found, events.TransactionDetailed)
    assert detailed.stop_id_token == "CARD2"


def test_the_number_of_a_remote_start_is_told_once(state: ChargePoint) -> None:
    (started,) = of(apply(state, told(0, remote_start_id=5), context(7)), events.TransactionStarted)
    assert started.remote_start_id == 5
    other = ChargePoint(id="CP1", booted=True)
    heard(other, [told(0)])
    (detailed,) = of(apply(other, told(1, remote_start_id=5), context()), events.TransactionDetailed)
    assert detailed.remote_start_id == 5


def resumed(sequence: int, minutes: float | None = None, **fields: Any) -> reports.TransactionReported:
    return told(sequence, minutes, trigger="TxResumed", **fields)


def test_what_resumes_goes_on_though_we_had_concluded_its_end(state: ChargePoint) -> None:
    heard(state, [told(0, evse=1)])
    heard(state, [told(0, 5, wire_id="OTHER", evse=1)], 8)
    assert not state.transactions[7].is_open
    found = apply(state, resumed(1, 9), context())
    assert [type(event) for event in found.events] == [
        events.TransactionReopened,
        events.TransactionStopped,
        events.TransactionAdvanced,
    ]
    assert [one.number for one in state.open_transactions()] == [7], "one at a time at an EVSE"
    assert state.transactions[7].completeness == ""


@pytest.mark.parametrize("report", [resumed(1, 3), told(1, 9), resumed(1, 9, phase="Ended")])
def test_what_does_not_say_so_does_not_resume(
    state: ChargePoint, report: reports.TransactionReported
) -> None:
    """Before what began there since, for another reason, or by ending."""
    heard(state, [told(0, evse=1)])
    heard(state, [told(0, 5, wire_id="OTHER", evse=1)], 8)
    assert of(apply(state, report, context()), events.TransactionReopened) == []
    assert state.transactions[8].is_open


def test_a_reported_end_is_final(state: ChargePoint) -> None:
    heard(state, [told(0, evse=1), ended(1)])
    assert of(apply(state, resumed(2), context()), events.TransactionReopened) == []
    assert not only(state).is_open
