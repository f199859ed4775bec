"""A connection to a database server that breaks without a sign: nothing comes any more, not even an error."""

import pytest
from sqlalchemy import Connection, literal, select
from sqlalchemy.engine import make_url

from chargeyard.errors import Unavailable
from chargeyard.storage.engine import connect, server
from tests import databases
from tests.conftest import RequireDatabase
from tests.databases import scratch
from tests.e2e.cable import cable


def one(connection: Connection) -> int | None:
    return connection.execute(select(literal(1))).scalar()


@pytest.mark.parametrize("kind", databases.SERVERS)
async def test_silence_ends_after_a_while_and_the_next_connection_works(
    kind: str, database_server: RequireDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    database_server(kind)
    monkeypatch.setattr(server, "ANSWERS_WITHIN_S", 0.5)
    async with scratch(kind) as url:
        parsed = make_url(url)
        async with cable(parsed.host or "", databases.port_of(parsed)) as broken:
            through = parsed.set(host="127.0.0.1", port=broken.port)
            database = connect(databases.text_of(through))
            assert (await database.write(one), await database.read(one)) == (1, 1)
            broken.stall()
            with pytest.raises(Unavailable):
                await database.write(one)
            with pytest.raises(Unavailable):
                await database.read(one)
            broken.reset()
            await broken.mend()
            assert (await database.write(one), await database.read(one)) == (1, 1)
            await database.aclose()
