"""Tables to download."""

import csv
import io

import httpx2
import pytest

from chargeyard.api import downloads
from tests.api.test_transactions import start, stop
from tests.api.yard import Open, Yard


@pytest.mark.parametrize("at_once", [1, 2, 1000])
async def test_transactions_come_as_a_table(
    client: httpx2.AsyncClient, yard: Yard, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "_AT_ONCE", at_once)
    for number, id_token in ((1, "=TAG"), (2, "TAG"), (3, "TAG")):
        await start(yard, number, id_token)
    await stop(yard, 1)
    answer = await client.get("/charge-transaction.csv")
    assert answer.headers["content-type"] == "text/csv; header=present; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="transactions.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [(row["transaction_id"], row["id_token"], row["energy_wh"]) for row in rows] == [
        ("3", "TAG", "0"),
        ("2", "TAG", "0"),
        ("1", "'=TAG", "5500"),
    ]


async def test_only_what_is_asked_for_is_there(client: httpx2.AsyncClient, yard: Yard) -> None:
    await start(yard, 1)
    await start(yard, 2, charge_point="CP2")
    rows = (await client.get("/charge-transaction.csv?cpId=CP2")).text.splitlines()
    assert [row.split(",")[0] for row in rows] == ["transaction_id", "2"]
    assert (await client.get("/charge-transaction.csv?cpId=CP3")).text.count("\r\n") == 1


async def test_a_download_needs_a_login(open_client: Open) -> None:
    assert (await open_client().get("/charge-transaction.csv")).status_code == 401


async def test_a_database_that_is_away_is_told_before_the_file_begins(
    client: httpx2.AsyncClient, yard: Yard
) -> None:
    await client.get("/charge-transaction.csv")
    await yard.database.aclose()
    answer = await client.get("/charge-transaction.csv")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
