"""A key code is seen by nobody behind the door (2.0.1 C04.FR.04)."""

import msgspec
import pytest

from chargeyard.domain import reports
from chargeyard.domain.answers import TokenJudged, TransactionHeard
from chargeyard.domain.authorization import IdToken, Status, disguised
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Policy
from tests.domain.made import told
from tests.services.node import Node, digest_of_code

CODE = "471147114711"


async def _node() -> Node:
    node = Node()
    await node.register("CP1")
    await node.admit(IdToken(disguised(CODE, digest_of_code), kind="KeyCode"))
    return node


@pytest.mark.parametrize(("code", "status"), [(CODE, Status.ACCEPTED), ("0000", Status.UNKNOWN)])
async def test_a_code_is_known_and_never_stored(code: str, status: Status) -> None:
    node = await _node()
    state = ChargePoint(id="CP1", booted=True)
    presented = reports.TokenPresented(id_token=code, token_kind="KeyCode")
    answer = await node.inbound.take(state, presented, Policy())
    assert isinstance(answer, TokenJudged)
    assert answer.verdict.status is status
    payload = msgspec.json.encode({"idToken": {"idToken": code, "type": "KeyCode"}})
    event = told(0, id_token=code, token_kind="KeyCode", payload=msgspec.Raw(payload))
    heard = await node.inbound.take(state, event, Policy())
    assert isinstance(heard, TransactionHeard)
    assert heard.verdict is not None
    assert heard.verdict.status is status
    stored = msgspec.json.encode(list(node.journal.events))
    assert code.encode() not in stored
    assert b"keycode:" in stored
