"""Tables to download: all of a list at once, for a spreadsheet."""

import csv
import io
from collections.abc import AsyncIterator, Iterable

from litestar import get
from litestar.response import Stream

from chargeyard.api.services import Given, Services
from chargeyard.domain.exports import TRANSACTIONS, Row, taker
from chargeyard.domain.records import Page, TransactionRecord
from chargeyard.domain.spreadsheets import cell
from chargeyard.services.ports import Paging, Store, TransactionFilter

_AT_ONCE = 1000
"""Rows of a page: any number of them takes the memory of one."""

_CSV = "text/csv; header=present"


@get(
    "/charge-transaction.csv",
    summary="Transactions as CSV, newest first",
    description="All that are asked for, in one file; a text that a spreadsheet would take for a formula has an"
    " apostrophe before it.",
    tags=["transactions"],
    media_type=_CSV,
)
async def download_transactions(services: Services, wanted_transactions: Given[TransactionFilter]) -> Stream:
    # Before the answer begins: a database that is away is still an answer of its own.
    first = await services.store.list_transactions(wanted_transactions, Paging(_AT_ONCE))
    return Stream(
        _pieces(services.store, wanted_transactions, first),
        media_type=_CSV,
        headers={"Content-Disposition": 'attachment; filename="transactions.csv"'},
    )


async def _pieces(
    store: Store, wanted: TransactionFilter, page: Page[TransactionRecord]
) -> AsyncIterator[str]:
    take = taker(TRANSACTIONS)
    yield _text([tuple(column.name for column in TRANSACTIONS)])
    while True:
        yield _text(take(record) for record in page.items)
        if page.next_cursor is None:
            return
        page = await store.list_transactions(wanted, Paging(_AT_ONCE, page.next_cursor))


def _text(rows: Iterable[Row]) -> str:
    """Lines as RFC 4180 has them."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([[cell(value) for value in row] for row in rows])
    return out.getvalue()
