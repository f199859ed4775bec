"""Variables: the latest word of each, whatever order the words come in."""

import pytest

from chargeyard.domain import reports
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Context
from chargeyard.domain.records import VariableRecord
from chargeyard.domain.rules import decide
from chargeyard.errors import Conflict
from chargeyard.services.ports import Paging
from tests.contract.conftest import Backend
from tests.contract.happenings import NOON, after, registered, removed, variable, variables, written


async def _values(backend: Backend, charge_point: str = "CP1") -> dict[str, str | None]:
    page = await backend.store.list_variables(charge_point, None, Paging(100))
    return {one.name: one.value for one in page.items}


async def test_a_variable_is_kept_as_it_was_told(backend: Backend) -> None:
    told = variable(
        "ItemsPerMessage",
        "4",
        component="DeviceDataCtrlr",
        component_instance="main",
        instance="GetReport",
        place=(2, 1),
        attribute="MaxSet",
        mutability="ReadOnly",
        data_type="integer",
        unit="W",
    )
    await backend.journal.commit([variables(told)])
    (record,) = (await backend.store.list_variables("CP1", None, Paging())).items
    assert record == VariableRecord(
        charge_point="CP1",
        component="DeviceDataCtrlr",
        component_instance="main",
        evse=2,
        connector=1,
        name="ItemsPerMessage",
        instance="GetReport",
        attribute="MaxSet",
        value="4",
        mutability="ReadOnly",
        data_type="integer",
        unit="W",
        at=NOON,
    )


async def test_a_later_word_replaces_an_earlier_one_and_never_the_other_way(backend: Backend) -> None:
    await backend.journal.commit([variables(variable("a", "1"), variable("b", "1"), at=after(1))])
    await backend.journal.commit([variables(variable("a", "2", mutability="ReadOnly"), at=after(2))])
    await backend.journal.commit([variables(variable("a", "0"), variable("b", "0"), variable("c", "0"))])
    assert await _values(backend) == {"a": "2", "b": "1", "c": "0"}


async def test_the_last_word_of_one_instant_counts(backend: Backend) -> None:
    await backend.journal.commit([variables(variable("a", "1"), variable("a", "2"))])
    assert await _values(backend) == {"a": "2"}
    await backend.journal.commit([variables(variable("a", "3"))])
    assert await _values(backend) == {"a": "3"}


async def test_a_value_that_is_told_no_more_is_gone_but_type_and_unit_stay(backend: Backend) -> None:
    await backend.journal.commit([variables(variable("a", "1", data_type="decimal", unit="W"))])
    await backend.journal.commit([variables(variable("a", None), at=after(1))])
    (record,) = (await backend.store.list_variables("CP1", None, Paging())).items
    assert (record.value, record.data_type, record.unit, record.at) == (None, "decimal", "W", after(1))


@pytest.mark.parametrize(
    "other",
    [
        {"component": "Other"},
        {"component_instance": "x"},
        {"instance": "x"},
        {"place": (1, 0)},
        {"place": (0, 1)},
        {"attribute": "Target"},
    ],
    ids=str,
)
async def test_every_part_of_its_name_makes_another_variable(
    backend: Backend, other: dict[str, object]
) -> None:
    await backend.journal.commit([variables(variable("a", "1"), variable("a", "2", **other))])
    page = await backend.store.list_variables("CP1", None, Paging())
    assert sorted(str(one.value) for one in page.items) == ["1", "2"]


async def test_variables_are_listed_by_component_place_and_name(backend: Backend) -> None:
    told = [
        variable("a", component="EVSE", place=(2, 0)),
        variable("a", component="EVSE", place=(10, 0)),
        variable("b", component="Connector", place=(1, 1)),
        variable("a", component="Connector", place=(1, 1)),
        variable("a", component="Connector", component_instance="z", place=(0, 0)),
    ]
    await backend.journal.commit([variables(*told), variables(variable("a"), charge_point="CP2")])
    seen, cursor = [], None
    for _ in range(3):
        page = await backend.store.list_variables("CP1", None, Paging(2, cursor))
        seen += [(one.component, one.component_instance, one.evse, one.name) for one in page.items]
        cursor = page.next_cursor
    assert cursor is None
    assert seen == [
        ("Connector", "", 1, "a"),
        ("Connector", "", 1, "b"),
        ("Connector", "z", 0, "a"),
        ("EVSE", "", 2, "a"),
        ("EVSE", "", 10, "a"),
    ]
    only = await backend.store.list_variables("CP1", "EVSE", Paging())
    assert [one.evse for one in only.items] == [2, 10]
    assert (await backend.store.list_variables("CP1", "None", Paging())).items == []


async def test_a_cursor_of_another_list_is_refused(backend: Backend) -> None:
    await backend.journal.commit([variables(variable("a"), variable("b"))])
    with pytest.raises(Conflict):
        await backend.store.list_variables("CP1", None, Paging(1, "WzEsMl0"))


async def test_a_removed_charge_point_has_no_variables(backend: Backend) -> None:
    await backend.journal.commit([registered("CP1"), registered("CP2"), variables(variable("a"))])
    await backend.journal.commit([variables(variable("a"), charge_point="CP2"), removed("CP1")])
    assert await _values(backend) == {}
    assert await _values(backend, "CP2") == {"a": "1"}


async def test_a_large_inventory_is_kept_whole(backend: Backend) -> None:
    await backend.journal.commit(
        [variables(*(variable(f"v{n:05}", str(n)) for n in range(5000))), variables()]
    )
    page = await backend.store.list_variables("CP1", None, Paging(5000))
    assert [one.value for one in page.items] == [str(n) for n in range(5000)]


async def test_a_variable_of_the_charge_point_itself_is_found_by_name(backend: Backend) -> None:
    told = [
        variable("Items", "4", instance="Get"),
        variable("Items", "5", instance="Get", attribute="MaxSet"),
        variable("Items", "6", instance="Get", place=(1, 0)),
        variable("Items", "7"),
    ]
    await backend.journal.commit([variables(*told)])
    found = await backend.store.find_variable("CP1", "OCPPCommCtrlr", "Items", "Get")
    assert found is not None
    assert (found.value, found.instance) == ("4", "Get")
    found = await backend.store.find_variable("CP1", "OCPPCommCtrlr", "Items")
    assert found is not None
    assert found.value == "7"
    assert await backend.store.find_variable("CP2", "OCPPCommCtrlr", "Items") is None


async def test_what_was_written_stands_beside_what_was_told(backend: Backend) -> None:
    await backend.journal.commit([variables(variable("a", "1", mutability="ReadWrite", unit="s"))])
    await backend.journal.commit([written(variable("a", "2", mutability=""), at=after(1))])
    (record,) = (await backend.store.list_variables("CP1", None, Paging())).items
    assert (record.value, record.at, record.mutability) == ("1", NOON, "ReadWrite")
    assert (record.written_value, record.written_at) == ("2", after(1))
    await backend.journal.commit([variables(variable("a", "2", mutability=""), at=after(2))])
    (record,) = (await backend.store.list_variables("CP1", None, Paging())).items
    assert (record.value, record.at, record.written_at, record.unit) == ("2", after(2), after(1), "s")


async def test_what_was_only_written_was_never_told_and_takes_any_word(backend: Backend) -> None:
    await backend.journal.commit([written(variable("a", "2", mutability=""), at=after(5))])
    (record,) = (await backend.store.list_variables("CP1", None, Paging())).items
    assert (record.value, record.at, record.written_value, record.mutability) == (None, None, "2", "")
    await backend.journal.commit([variables(variable("a", "1", mutability="ReadOnly"))])
    (record,) = (await backend.store.list_variables("CP1", None, Paging())).items
    assert (record.value, record.at, record.mutability) == ("1", NOON, "ReadOnly")
    assert (record.written_value, record.written_at) == ("2", after(5))


async def test_what_can_only_be_written_keeps_no_value_once_that_is_known(backend: Backend) -> None:
    await backend.journal.commit([written(variable("a", "hush", mutability=""))])
    await backend.journal.commit([variables(variable("a", None, mutability="WriteOnly"))])
    await backend.journal.commit([variables(variable("a", "hush", mutability=""))])
    await backend.journal.commit([written(variable("a", "hush", mutability=""), at=after(1))])
    (record,) = (await backend.store.list_variables("CP1", None, Paging())).items
    assert (record.value, record.written_value, record.mutability) == (None, None, "WriteOnly")
    assert record.written_at == after(1)


async def test_a_hundred_thousand_variables_come_in_parts(backend: Backend) -> None:
    """As a charge point tells them: parts of a hundred, each committed before the next is answered."""
    state, context = ChargePoint(id="CP1", booted=True), Context(now=NOON)
    for number in range(1000):
        told = tuple(variable(f"v{number:04}-{one:03}", str(one)) for one in range(100))
        report = reports.VariablesReported(
            request_id=7, sequence=number, is_last=number == 999, at=NOON, variables=told
        )
        await backend.journal.commit(decide(state, report, context).events)
    found = await backend.store.find_listing("CP1", 7)
    assert found is not None
    assert (found.listing.is_complete, found.listing.items) == (True, 100_000)
    assert found.listing.parts.spans == ((0, 999),)
    page = await backend.store.list_variables("CP1", None, Paging(2))
    assert [one.name for one in page.items] == ["v0000-000", "v0000-001"]
