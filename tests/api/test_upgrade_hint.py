"""Asking for a charge point's address without a WebSocket."""

import pytest

from chargeyard.api import upgrade_hint
from tests.api.yard import Open


@pytest.mark.parametrize("path", ["/ocpp", "/ocpp/", "/ocpp/CP-1", "/ocpp/CP-1/more"])
async def test_a_plain_get_is_told_what_lives_here(open_client: Open, path: str) -> None:
    """426 with the way to do it right (RFC 9110 §15.5.22); no login is asked for."""
    client = open_client(pages=[upgrade_hint.route("/ocpp")])
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")
    assert "OCPP" in answer.text
