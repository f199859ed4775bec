"""The book of profiles as items: what commands, reports and the end of a transaction change in it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from chargeyard.domain import commands, events, reports
from chargeyard.domain.answers import DynamicValuesTold
from chargeyard.domain.authorization import Status
from chargeyard.domain.charge_point import ChargePoint, Transaction
from chargeyard.domain.charging_profiles import ChargingProfile, Period
from chargeyard.domain.consequences import consequences
from chargeyard.domain.decision import Scene
from chargeyard.domain.events import Event
from chargeyard.domain.installed_profiles import Criteria, Replaces
from chargeyard.domain.outcomes import Accepted, Outcome, Rejected, TimedOut
from chargeyard.domain.profile_book import after_end, book_of, has_priority, limits_of
from chargeyard.domain.records import ItemRecord
from chargeyard.domain.results import NothingToList, ProfileInstalled, ProfilesCleared
from chargeyard.domain.rules import decide
from tests.domain.made import NOW, at, context
from tests.domain.profiles import profile, schedule

SCHEDULE = schedule((0, 16))


class Shelf:
    """What the store would hold."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, int, str], ItemRecord] = {}
        self.state = ChargePoint(id="CP1")
        self.others: list[Event] = []

    @property
    def records(self) -> tuple[ItemRecord, ...]:
        return tuple(self.items.values())

    def store(self, happened: Sequence[Event]) -> None:
        self.others = []
        for event in happened:
            if isinstance(event, events.ItemsInstalled):
                for one in event.items:
                    self._put(event, one)
            elif isinstance(event, events.ItemsRemoved):
                for evse, key in event.keys or ():
                    del self.items[event.kind, evse, key]
            else:
                self.others.append(event)

    def _put(self, event: events.ItemsInstalled, one: Any) -> None:
        known = self.items.get((event.kind, one.evse, one.key))
        is_repeated = event.source == "reported" and known is not None and known.body == one.body
        self.items[event.kind, one.evse, one.key] = ItemRecord(
            charge_point="CP1",
            kind=event.kind,
            evse=one.evse,
            key=one.key,
            body=one.body,
            source=known.source if known is not None and is_repeated else event.source,
            at=event.recorded_at,
        )

    def command(self, command: commands.Command, outcome: Outcome) -> None:
        self.store(consequences(command, outcome, Scene("CP1", NOW, book=self.records)))

    def set(self, given: ChargingProfile, replaces: Replaces = "id") -> None:
        result = ProfileInstalled(replaces=replaces)
        self.command(commands.SetChargingProfile(profile=given), Accepted(result=result))

    def report(self, report: reports.Report, **fields: Any) -> Any:
        decision = decide(self.state, report, context(book=self.records, **fields))
        self.store(decision.events)
        return decision.answer

    @property
    def keys(self) -> list[tuple[int, str, str]]:
        return [(one.evse, one.key, one.source) for one in self.items.values()]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def _transaction(number: int, wire_id: str, evse: int = 1) -> Transaction:
    return Transaction(
        number=number, wire_id=wire_id, start_key=wire_id, evse=evse, connector=1, id_token="CARD1",
        authorization=Status.ACCEPTED, started_at=NOW, meter_start_wh=0,
    )  # fmt: skip


def test_what_is_set_is_in_the_book_as_it_was(shelf: Shelf) -> None:
    given = profile("Tx", schedule((0, "16.5"), (60, 8), phases=3), wire_id="tx-1", valid_to=at(60))
    shelf.set(given)
    [entry] = book_of(shelf.records)
    assert (entry.profile, entry.source, entry.at) == (given, "ours", NOW)


@pytest.mark.parametrize(
    ("replaces", "left"),
    [("stack", [(1, "2", "ours")]), ("id", [(1, "1", "ours"), (1, "2", "ours")])],
)
def test_a_profile_takes_the_place_of_another_as_the_version_wants_it(
    shelf: Shelf, replaces: Replaces, left: Any
) -> None:
    shelf.set(profile("TxDefault", SCHEDULE, id=1))
    shelf.set(profile("TxDefault", SCHEDULE, id=2), replaces)
    assert shelf.keys == left


def test_a_profile_that_moves_to_another_evse_is_not_left_at_the_old_one(shelf: Shelf) -> None:
    shelf.set(profile("TxDefault", SCHEDULE, evse=1))
    shelf.set(profile("TxDefault", SCHEDULE, evse=2))
    assert shelf.keys == [(2, "1", "ours")]


COMMANDS: list[commands.Command] = [
    commands.SetChargingProfile(profile=profile("TxDefault", SCHEDULE, id=9)),
    commands.StartTransaction(id_token="CARD1", evse=1, profile=profile("Tx", SCHEDULE, transaction=None)),
    commands.ClearChargingProfiles(),
    commands.ReadChargingProfiles(request_id=1),
    commands.UpdateDynamicSchedule(profile_id=1, values=Period(start_s=0)),
    commands.UsePriorityCharging(evse=1, transaction=7, wire_id="7"),
]


@pytest.mark.parametrize("outcome", [Rejected(reason="Rejected"), TimedOut(after_s=1)], ids=["no", "late"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_of_what_was_not_done_nothing_follows(
    shelf: Shelf, command: commands.Command, outcome: Outcome
) -> None:
    shelf.set(profile("TxDefault", SCHEDULE))
    before = shelf.records
    shelf.command(command, outcome)
    assert (shelf.records, shelf.others) == (before, [])


def test_what_is_cleared_is_gone_and_what_comes_from_outside_stays(shelf: Shelf) -> None:
    for number in (1, 2):
        shelf.set(profile("TxDefault", SCHEDULE, id=number, stack_level=number))
    _list(shelf, "EMS", profile("ExternalConstraints", SCHEDULE, id=1))
    shelf.command(
        commands.ClearChargingProfiles(criteria=Criteria(stack_level=1)),
        Accepted(result=ProfilesCleared(any_found=True)),
    )
    assert shelf.keys == [(1, "2", "ours"), (1, "external-1", "external")]
    # What the charge point does not know is not there, whatever we believed.
    unknown = Rejected(reason="Unknown", result=ProfilesCleared(any_found=False))
    shelf.command(commands.ClearChargingProfiles(), unknown)
    assert shelf.keys == [(1, "external-1", "external")]


def test_a_charge_point_without_profiles_empties_the_book(shelf: Shelf) -> None:
    shelf.set(profile("TxDefault", SCHEDULE))
    nothing = Rejected(reason="NoProfiles", result=NothingToList())
    shelf.command(commands.ReadChargingProfiles(request_id=3, evse=2), nothing)
    assert len(shelf.keys) == 1
    shelf.command(commands.ReadChargingProfiles(request_id=3), nothing)
    assert shelf.keys == []


def test_a_listing_is_whole_only_if_everything_was_asked_for(shelf: Shelf) -> None:
    for command, is_whole in (
        (commands.ReadChargingProfiles(request_id=3), True),
        (commands.ReadChargingProfiles(request_id=3, evse=0), False),
        (commands.ReadChargingProfiles(request_id=3, ids=(1,)), False),
        (commands.ReadChargingProfiles(request_id=3, sources=("CSO",)), False),
    ):
        shelf.command(command, Accepted())
        [asked] = shelf.others
        assert isinstance(asked, events.ListingAsked)
        assert (asked.is_whole, asked.request_id, asked.kind) == (is_whole, 3, "ChargingProfile")


def _list(shelf: Shelf, source: str, *profiles: ChargingProfile, evse: int = 1) -> None:
    shelf.report(
        reports.ChargingProfilesListed(
            request_id=3, is_last=True, evse=evse, limit_source=source, profiles=profiles
        )
    )


def test_what_the_charge_point_repeats_stays_ours(shelf: Shelf) -> None:
    given = profile("Tx", schedule((0, 16)), wire_id="tx-1")
    shelf.set(given)
    shelf.state.transactions[7] = _transaction(7, "tx-1")
    # It numbers the schedule anew and says how many phases: that limits the same.
    listed = replace(given, transaction=None, schedules=(replace(schedule((0, 16), phases=3), id=1),), evse=0)
    _list(shelf, "CSO", listed)
    assert shelf.keys == [(1, "1", "ours")]
    assert book_of(shelf.records)[0].profile == given
    [advanced] = shelf.others
    assert isinstance(advanced, events.ListingAdvanced)
    assert (advanced.items, advanced.is_last, advanced.sequence) == (1, True, None)


def test_what_it_holds_in_another_form_is_what_holds(shelf: Shelf) -> None:
    shelf.set(profile("TxDefault", SCHEDULE))
    _list(shelf, "CSO", profile("TxDefault", schedule((0, 10))))
    assert shelf.keys == [(1, "1", "reported")]


def test_who_else_has_set_a_profile_is_known(shelf: Shelf) -> None:
    _list(shelf, "EMS", profile("TxDefault", SCHEDULE, id=3), profile("ExternalConstraints", SCHEDULE, id=4))
    assert shelf.keys == [(1, "3", "external"), (1, "external-4", "external")]
    assert [entry.limit_source for entry in book_of(shelf.records)] == ["EMS", "EMS"]


def test_a_listed_profile_is_of_the_transaction_that_we_know(shelf: Shelf) -> None:
    shelf.state.transactions[7] = _transaction(7, "tx-1")
    listed = profile("Tx", SCHEDULE, transaction=None, wire_id="tx-1")
    _list(shelf, "CSO", listed, replace(listed, id=2, wire_id="tx-0"))
    assert [entry.profile.transaction for entry in book_of(shelf.records)] == [7, None]


def test_the_profiles_of_a_transaction_end_with_it(shelf: Shelf) -> None:
    shelf.set(profile("TxDefault", SCHEDULE, id=1))
    shelf.set(profile("Tx", SCHEDULE, id=2, wire_id="tx-1"))
    shelf.set(profile("Tx", SCHEDULE, id=3, transaction=8, wire_id="tx-2", evse=2))
    start = commands.StartTransaction(
        id_token="CARD1", evse=1, profile=profile("Tx", SCHEDULE, id=4, transaction=None)
    )
    shelf.command(start, Accepted())
    assert [key for _, key, _ in shelf.keys] == ["1", "2", "3", "4"]
    stopped = events.TransactionStopped(
        recorded_at=NOW, charge_point="CP1", transaction=7, evse=1, stopped_at=NOW, meter_stop_wh=0,
        energy_wh=0, quality="ok", reason="Local",
    )  # fmt: skip
    shelf.store(after_end(shelf.records, stopped))
    assert [key for _, key, _ in shelf.keys] == ["1", "3"]
    assert after_end(shelf.records, stopped) == ()


def test_a_limit_from_outside_holds_until_it_is_cleared(shelf: Shelf) -> None:
    for evse in (0, 1):
        shelf.report(reports.ChargingLimitTold(evse=evse, limit_source="EMS", schedules=(SCHEDULE,)))
    shelf.report(reports.ChargingLimitTold(evse=1, limit_source="SO", is_grid_critical=True))
    _list(shelf, "EMS", profile("ExternalConstraints", SCHEDULE, id=1))
    # One that tells no schedule limits nothing that we could count with.
    assert [(one.purpose, one.evse) for one in limits_of(shelf.records)] == [
        ("ExternalConstraints", 0),
        ("ExternalConstraints", 1),
    ]
    shelf.report(reports.ChargingLimitCleared(evse=1, limit_source="EMS"))
    assert [key[:2] for key in shelf.keys] == [(0, "EMS"), (1, "SO")]
    shelf.report(reports.ChargingLimitCleared(evse=None, limit_source="EMS"))
    assert [key[:2] for key in shelf.keys] == [(1, "SO")]
    shelf.report(reports.ChargingLimitCleared(evse=3, limit_source="EMS"))
    assert [type(event) for event in shelf.others] == [events.ChargingLimitCleared]


def test_local_generation_adds(shelf: Shelf) -> None:
    told = reports.ChargingLimitTold(
        evse=1, limit_source="roof", is_local_generation=True, schedules=(SCHEDULE,)
    )
    shelf.report(told)
    assert [one.purpose for one in limits_of(shelf.records)] == ["LocalGeneration"]


DYNAMIC = profile("TxDefault", schedule((0, 16)), id=4, kind="Dynamic")


def test_new_values_of_a_dynamic_profile_count_from_now(shelf: Shelf) -> None:
    shelf.set(DYNAMIC)
    values = Period(start_s=0, limit=Decimal(10))
    shelf.command(commands.UpdateDynamicSchedule(profile_id=4, values=values), Accepted())
    [entry] = book_of(shelf.records)
    assert entry.profile.updated_at == NOW
    assert entry.profile.schedules[0].periods[0].limit == 10
    # Of a profile that the book does not have, nothing follows.
    shelf.command(commands.UpdateDynamicSchedule(profile_id=9, values=values), Accepted())
    assert len(shelf.keys) == 1


def test_values_are_pulled_of_a_dynamic_profile_of_ours_alone(shelf: Shelf) -> None:
    shelf.set(DYNAMIC)
    shelf.set(profile("TxDefault", SCHEDULE, id=5, stack_level=1))
    _list(shelf, "EMS", replace(DYNAMIC, id=6, stack_level=2))
    told = shelf.report(reports.DynamicValuesAsked(profile_id=4), now=at(5))
    assert told == DynamicValuesTold(DYNAMIC.schedules[0].periods[0])
    assert book_of(shelf.records)[0].profile.updated_at == at(5)
    for other in (5, 6, 7):
        assert shelf.report(reports.DynamicValuesAsked(profile_id=other)) == DynamicValuesTold(None)


def test_priority_is_known_of_the_transaction_that_has_it(shelf: Shelf) -> None:
    shelf.state.transactions[7] = _transaction(7, "tx-1")
    shelf.report(reports.PriorityChargingTold(wire_id="tx-1", activated=True))
    assert has_priority(shelf.records, 7)
    assert not has_priority(shelf.records, 8)
    off = commands.UsePriorityCharging(evse=1, transaction=7, wire_id="tx-1", activate=False)
    shelf.command(off, Accepted())
    assert not has_priority(shelf.records, 7)


def test_priority_of_a_transaction_that_nobody_knows_is_history_alone(shelf: Shelf) -> None:
    shelf.report(reports.PriorityChargingTold(wire_id="tx-9", activated=True))
    assert shelf.keys == []
    assert shelf.others == [
        events.PriorityChargingTold(recorded_at=NOW, charge_point="CP1", wire_id="tx-9", activated=True)
    ]
