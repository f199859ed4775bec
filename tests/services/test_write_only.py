"""What the inventory says can only be written is sent, and shown nowhere that we store."""

import json

from chargeyard.domain import outcomes
from chargeyard.domain.commands import AnyCommand, SetVariables, VariableGiven
from chargeyard.domain.results import VariablesAnswered, VariableWord
from chargeyard.domain.secrets import MASK
from chargeyard.domain.variables import Address
from chargeyard.services.outbound import Outbound, pack, subject_of, unpack
from chargeyard.services.recording import Recorder
from chargeyard.services.write_only import write_only
from tests.contract.happenings import variable, variables
from tests.services.node import Node

CODE = Address(component="Door", name="Opening")
PLAIN = Address(component="Door", name="Colour")


async def test_the_command_the_result_and_what_follows_are_without_the_value() -> None:
    node, asked = Node(), list[AnyCommand]()
    inventory = variables(
        variable("Opening", None, component="Door", mutability="WriteOnly"),
        variable("Colour", "red", component="Door", mutability="ReadWrite"),
    )
    await node.journal.commit([inventory])
    words = tuple(
        VariableWord(key=one.text, variable=one, status="Accepted", value=value)
        for one, value in ((CODE, "1234"), (PLAIN, "blue"))
    )

    async def answer(body: bytes) -> bytes:
        asked.append(unpack(body).command)
        return pack(outcomes.Accepted(result=VariablesAnswered(variables=words)))

    node.bus.serve(subject_of("CP1"), answer)
    outbound = Outbound(Recorder(node.journal, node.bus, node.clock), node.store, lambda: "c1", 5.0)
    command = SetVariables(
        variables=(
            VariableGiven(variable="Door.Opening", value="1234"),
            VariableGiven(variable=PLAIN, value="blue"),
        )
    )
    record = await outbound.submit("CP1", command, "admin")
    assert asked == [command]
    assert [one["value"] for one in json.loads(bytes(record.command))["variables"]] == [MASK, "blue"]
    result = json.loads(bytes(record.detail))["result"]
    assert [one["value"] for one in result["variables"]] == [None, "blue"]
    assert not any("1234" in str(event) for event in node.heard)


async def test_nothing_is_looked_up_or_hidden_without_an_inventory() -> None:
    command = SetVariables(variables=(VariableGiven(variable="HeartbeatInterval", value="60"),))
    assert await write_only(Node().store, "CP1", command) == frozenset()
