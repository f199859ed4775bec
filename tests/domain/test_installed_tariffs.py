"""What the book says of tariffs after commands were answered, and what a tariff is."""

from typing import Any

import msgspec
import pytest

from chargeyard.domain import commands, events, outcomes
from chargeyard.domain.consequences import BOOKS, consequences
from chargeyard.domain.decision import Scene
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.domain.records import ItemRecord
from chargeyard.domain.results import TariffAssignment, TariffsAnswered, TariffsListed, TariffWord
from chargeyard.domain.tariffs import Tariff, is_same
from tests.domain.made import NOW

T1 = Tariff(
    tariff_id="T1", currency="EUR", elements=msgspec.Raw(b'{"energy":{"prices":[{"priceKwh":0.30}]}}')
)
LATER = msgspec.structs.replace(T1, tariff_id="LATER", valid_from="2027-01-01T00:00:00Z")

Keys = list[tuple[int, str]]


def _record(evse: int, key: str) -> ItemRecord:
    tariff = msgspec.structs.replace(LATER if key == "LATER" else T1, tariff_id=key)
    return ItemRecord(
        charge_point="CP1",
        kind="Tariff",
        evse=evse,
        key=key,
        body=msgspec.Raw(msgspec.json.encode(tariff)),
        source="ours",
        at=NOW,
    )


def _after(command: commands.Command, outcome: AnyOutcome, *book: tuple[int, str]) -> list[events.Event]:
    scene = Scene("CP1", NOW, book=tuple(_record(evse, key) for evse, key in book))
    return list(consequences(command, outcome, scene))


def _removed(happened: list[events.Event]) -> list[tuple[int, str]]:
    return [key for one in happened if isinstance(one, events.ItemsRemoved) for key in one.keys or ()]


def _installed(happened: list[events.Event]) -> list[Any]:
    return [item for one in happened if isinstance(one, events.ItemsInstalled) for item in one.items]


def test_these_commands_look_into_the_book() -> None:
    for command in (commands.SetDefaultTariff, commands.ReadTariffs, commands.ClearTariffs):
        assert BOOKS[command] == "Tariff"


@pytest.mark.parametrize(
    ("evse", "gone"), [(0, [(0, "OLD"), (1, "OLD")]), (1, [(1, "OLD")]), (2, [])], ids=str
)
def test_a_default_takes_the_place_of_the_one_that_applied(evse: int, gone: Keys) -> None:
    book = ((0, "OLD"), (1, "OLD"), (1, "LATER"))
    found = _after(commands.SetDefaultTariff(tariff=T1, evse=evse), outcomes.Accepted(), *book)
    assert _removed(found) == gone
    (item,) = _installed(found)
    assert (item.key, item.evse, msgspec.json.decode(item.body, type=Tariff)) == ("T1", evse, T1)
    assert isinstance(found[-1], events.TariffWorded)
    assert found[-1].tariff == T1


def test_a_default_for_later_stands_beside_others() -> None:
    found = _after(commands.SetDefaultTariff(tariff=LATER), outcomes.Accepted(), (0, "OLD"))
    assert [type(one) for one in found] == [events.ItemsInstalled, events.TariffWorded]


@pytest.mark.parametrize("valid_from", ["", "soon", "2020-01-01T00:00:00", "2020-01-01T00:00:00Z"])
def test_what_is_no_later_instant_applies_at_once(valid_from: str) -> None:
    tariff = msgspec.structs.replace(T1, valid_from=valid_from)
    found = _after(commands.SetDefaultTariff(tariff=tariff), outcomes.Accepted(), (0, "OLD"))
    assert _removed(found) == [(0, "OLD")]


def test_what_was_not_taken_changes_nothing() -> None:
    refused = outcomes.Rejected(reason="ConditionNotSupported")
    assert _after(commands.SetDefaultTariff(tariff=T1), refused, (0, "OLD")) == []
    change = commands.ChangeTransactionTariff(transaction=7, wire_id="TX", tariff=T1)
    assert _after(change, refused) == []
    assert [type(one) for one in _after(change, outcomes.Accepted())] == [events.TariffWorded]


@pytest.mark.parametrize(
    ("ids", "evse", "words", "gone"),
    [
        (("T1", "T2"), None, [("T1", "Accepted"), ("T2", "Rejected")], [(0, "T1"), (2, "T1")]),
        (("T1",), 2, [("T1", "NoTariff")], [(2, "T1")]),
        (("T1",), 2, [("", "Accepted")], [(2, "T1")]),
        ((), None, [("T1", "Accepted"), ("T2", "Accepted")], [(0, "T1"), (2, "T1"), (2, "T2")]),
        ((), 2, [("", "Accepted")], [(2, "T1"), (2, "T2")]),
        ((), None, [("T1", "Rejected")], []),
    ],
)
def test_what_was_cleared_is_gone(
    ids: tuple[str, ...], evse: int | None, words: list[tuple[str, str]], gone: Keys
) -> None:
    result = TariffsAnswered(tariffs=tuple(TariffWord(tariff_id=one, status=word) for one, word in words))
    command = commands.ClearTariffs(tariff_ids=ids, evse=evse)
    book = ((0, "T1"), (2, "T1"), (2, "T2"))
    assert _removed(_after(command, outcomes.Rejected(reason="", result=result), *book)) == gone
    assert _after(command, outcomes.Offline(), *book) == []


def test_a_list_says_what_is_there() -> None:
    book = ((0, "T0"), (1, "T1"), (2, "T2"))
    none = outcomes.Accepted(result=TariffsListed(tariffs=()))
    assert _removed(_after(commands.ReadTariffs(evse=2), none, *book)) == [(2, "T2")]
    assert _removed(_after(commands.ReadTariffs(), none, *book)) == list(book)
    some = TariffsListed(
        tariffs=(
            TariffAssignment(tariff_id="T0", kind="DefaultTariff", evses=(1, 2)),
            TariffAssignment(tariff_id="T1", kind="DefaultTariff", evses=(1,)),
            TariffAssignment(tariff_id="NEW", kind="DefaultTariff", evses=(1, 2)),
            TariffAssignment(tariff_id="DRIVERS", kind="DriverTariff", id_tokens=("CARD1",)),
        )
    )
    found = _after(commands.ReadTariffs(), outcomes.Accepted(result=some), *book)
    assert _removed(found) == [(2, "T2")]
    assert [(one.evse, one.key) for one in _installed(found)] == [(1, "NEW"), (2, "NEW")]


def test_a_wording_is_the_same_however_it_is_spaced() -> None:
    spaced = msgspec.structs.replace(
        T1, elements=msgspec.Raw(b'{ "energy": {"prices": [ {"priceKwh": 0.3} ]} }')
    )
    assert is_same(T1, spaced)
    assert not is_same(T1, LATER)
    assert not is_same(T1, msgspec.structs.replace(T1, currency="CHF"))
