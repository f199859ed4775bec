"""The look into the database that fault tests rely on: it finds what is lost and what is there twice."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.e2e.promises import broken_promises, lost_promises
from tests.e2e.server import serving
from tests.e2e.witnesses import a_crowd, introduce, living, under_load

DAMAGE = {
    "DELETE FROM meter_value WHERE id = (SELECT max(id) FROM meter_value)": ["meter value lost"],
    "INSERT INTO meter_value (charge_point, evse, at, digest, transaction_id, energy_wh, samples, said)"
    " SELECT charge_point, evse, at, digest + 1, transaction_id, energy_wh, samples, said FROM meter_value"
    " LIMIT 1": ["meter value too many"],
    "DELETE FROM transaction_event WHERE id = (SELECT min(id) FROM transaction_event)": ["event lost"],
    "UPDATE charging_transaction SET stopped_at = NULL, meter_stop_wh = NULL WHERE id ="
    " (SELECT min(id) FROM charging_transaction)": ["transaction lost", "transaction too many"],
    "INSERT INTO kept_report (charge_point, at, kind, body) VALUES ('CP-00', 0, 'x', '{}')": ["parked"],
}


async def test_whatever_is_lost_doubled_or_parked_is_found(tmp_path: Path) -> None:
    witnesses = a_crowd(4, seed=3)
    async with serving(tmp_path, ocpp__unknown_charge_points="accept") as server:
        await introduce(server)
        async with living(server, witnesses):
            for _ in range(10):
                await under_load(witnesses)
        await server.terminate()
        assert await broken_promises(server.database_url, witnesses) == []
        for damage, wanted in DAMAGE.items():
            copy = tmp_path / "copy.sqlite"
            copy.write_bytes(server.database.read_bytes())
            with closing(sqlite3.connect(copy)) as connection, connection:
                connection.execute(damage)
            found = await broken_promises(f"sqlite:///{copy}", witnesses)
            assert [line.split(":")[0] for line in found] == wanted
            lost = await lost_promises(f"sqlite:///{copy}", witnesses)
            assert [line.split(":")[0] for line in lost] == [line for line in wanted if "lost" in line]
