"""What is installed at a charge point, over REST."""

import httpx2
import msgspec

from chargeyard.domain.items import Item
from tests.api.yard import Yard
from tests.contract import happenings as h


async def test_items_and_listings_can_be_read(yard: Yard, client: httpx2.AsyncClient) -> None:
    await yard.record(
        h.registered(),
        h.installed(Item(key="7", evse=2, body=msgspec.Raw(b'{"text":"hello"}'))),
        h.listing_asked(5),
        h.listing_advanced(0, request_id=5),
        h.listing_advanced(2, request_id=5, is_last=True),
    )
    answer = await client.get("/charge-point/CP1/installed/display-message")
    assert answer.json()["items"] == [
        {
            "cpId": "CP1",
            "kind": "DisplayMessage",
            "connectorId": 2,
            "key": "7",
            "source": "ours",
            "at": "2026-11-21T12:00:00Z",
            "body": {"text": "hello"},
        }
    ]
    listing = (await client.get("/charge-point/CP1/listing/5")).json()
    assert (listing["parts"], listing["missing"], listing["isComplete"]) == (2, [[1, 1]], False)
    assert (listing["items"], listing["isWhole"]) == (2, True)


async def test_what_is_not_there_is_not_found(yard: Yard, client: httpx2.AsyncClient) -> None:
    await yard.record(h.registered())
    assert (await client.get("/charge-point/CP1/installed/monitor")).json()["items"] == []
    assert (await client.get("/charge-point/CP1/installed/umbrella")).status_code == 400
    assert (await client.get("/charge-point/CP1/listing/5")).status_code == 404
    assert (await client.get("/charge-point/CP1/listing/99999999999999999999")).status_code in {400, 404}
