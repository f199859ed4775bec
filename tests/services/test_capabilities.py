"""What a charge point can take is read from the variables that it told."""

import pytest

from chargeyard.domain import outcomes
from chargeyard.domain.commands import Reset
from chargeyard.services.capabilities import Capabilities
from chargeyard.services.outbound import Outbound, pack, subject_of, unpack
from chargeyard.services.recording import Recorder
from tests.contract.happenings import variable, variables
from tests.domain.made import reading
from tests.services.node import Node

ITEMS = ("DeviceDataCtrlr", "ItemsPerMessage", "GetVariables")


async def _told(value: str | None) -> Node:
    node = Node()
    component, name, instance = ITEMS
    await node.journal.commit([variables(variable(name, value, component=component, instance=instance))])
    return node


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("4", 4),
        (" 4 ", 4),
        ("0", 0),
        (None, None),
        ("", None),
        ("many", None),
        ("-1", None),
        ("9" * 30, None),
    ],
)
async def test_a_limit_is_a_number_that_was_told(value: str | None, number: int | None) -> None:
    node = await _told(value)
    assert await Capabilities(node.store).number("CP1", *ITEMS) == number


async def test_what_nobody_told_is_no_limit() -> None:
    node = await _told("4")
    capabilities = Capabilities(node.store)
    assert await capabilities.number("CP2", *ITEMS) is None
    assert await capabilities.number("CP1", "DeviceDataCtrlr", "ItemsPerMessage") is None
    assert await capabilities.text("CP1", *ITEMS) == "4"


@pytest.mark.parametrize(("value", "most"), [("4", 4), ("0", 0), (None, 0)])
async def test_a_command_carries_the_limit(value: str | None, most: int) -> None:
    capabilities = Capabilities((await _told(value)).store)
    asked = reading("a", "b")
    assert await capabilities.fitted("CP1", asked) == reading("a", "b", max_items=most)
    assert await capabilities.fitted("CP1", Reset()) == Reset()


async def test_every_command_passes_here_on_its_way() -> None:
    node, asked = await _told("4"), []

    async def answer(body: bytes) -> bytes:
        asked.append(unpack(body).command)
        return pack(outcomes.Accepted())

    node.bus.serve(subject_of("CP1"), answer)
    outbound = Outbound(Recorder(node.journal, node.bus, node.clock), node.store, lambda: "c1", 5.0)
    record = await outbound.submit("CP1", reading("a"), "admin")
    assert asked == [reading("a", max_items=4)]
    assert b'"max_items":0' in bytes(record.command)
