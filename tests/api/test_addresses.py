"""Segments of a path that hold anything."""

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargeyard.api.addresses import decode, encode, in_path
from tests.api.yard import Yard


@given(st.text())
def test_a_segment_comes_back(text: str) -> None:
    assert decode(encode(text)) == text
    assert "/" not in encode(text)


@pytest.mark.parametrize(
    "name",
    ["A/B", "//x/", "50%", "%2F", "%252F", "Säule 7", "a?b#c", "a+b", "CP:1*|@.", "é…", "command"],
)
async def test_odd_names_are_names(client: httpx2.AsyncClient, yard: Yard, name: str) -> None:
    made = await client.post("/charge-point", json={"cpId": name})
    assert made.status_code == 201, made.text
    for path in (made.headers["Location"], f"/charge-point/{in_path(name)}"):
        found = await client.get(path)
        assert (found.status_code, found.json().get("cpId")) == (200, name)
    assert (await client.get(f"/charge-point/{in_path(name)}/message")).json()["items"] == []
