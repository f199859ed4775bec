"""Tables on their way in: once, and nothing half."""

from pathlib import Path

import pytest

from chargeyard.bootstrap.exports import Order, export
from chargeyard.bootstrap.imports import CsvOrder, import_csv
from chargeyard.errors import Conflict, SettingsError
from chargeyard.services.ports import Paging, TransactionFilter
from chargeyard.settings import Settings
from chargeyard.storage.engine import connect
from chargeyard.storage.store import SqlStore

SECRET = "very-secret-password"


class Desk:
    """Takes tables into a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(data_dir=str(folder / "data"))
        self.said: list[str] = []

    async def take(self, kind: str, text: str | bytes | None, **how: bool) -> list[str]:
        file = self.folder / f"{kind}.csv"
        if text is not None:
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.said = []
        await import_csv(self.settings, CsvOrder(kind=kind, file=file, **how), self.said.append)
        return self.said

    async def transactions(self) -> int:
        database = connect(str(self.folder / "data" / "chargeyard.db"))
        page = await SqlStore(database).list_transactions(TransactionFilter(), Paging())
        await database.aclose()
        return len(page.items)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_a_table_is_taken_once(desk: Desk) -> None:
    text = f"charge_point,name,password\nCP1,North,{SECRET}\nCP2,South,{SECRET}\n"
    first = await desk.take("charge-points", text)
    second = await desk.take("charge-points", text)
    assert first == ["charge-points: 2 taken, 0 known already and left as they are, 0 refused"]
    assert second == [
        "charge-points: 0 taken, 2 known already and left as they are, 0 refused",
        "Nothing has changed.",
    ]


_ONE_IS_BAD = "charge_point,evse,started_at\nCP1,1,2026-11-27\nCP1,1,soon\n"


async def test_nothing_is_taken_where_a_row_is_bad(desk: Desk) -> None:
    with pytest.raises(Conflict, match="--skip-bad"):
        await desk.take("transactions", _ONE_IS_BAD)
    assert desk.said == [
        "line 3: started_at is no instant in ISO 8601",
        "transactions: 1 to be taken, 0 known already and left as they are, 1 refused",
        "Nothing has been stored.",
    ]
    assert await desk.transactions() == 0


async def test_bad_rows_are_left_out_on_demand(desk: Desk) -> None:
    await desk.take("transactions", _ONE_IS_BAD, skips_bad=True)
    assert await desk.transactions() == 1


async def test_only_the_first_bad_rows_are_told_one_by_one(desk: Desk) -> None:
    said = await desk.take("id-tokens", "id_token\n" + " x\n" * 25, skips_bad=True)
    assert len(said) == 20 + 1 + 2
    assert said[20] == "… and 5 more"


async def test_a_token_of_a_charge_point_that_is_there_keeps_the_whole_table_out(desk: Desk) -> None:
    await desk.take("charge-points", "charge_point,token\nCP1,secret\n")
    with pytest.raises(Conflict):
        await desk.take("charge-points", "charge_point,token\nCP2,other\nCP3,secret\n")
    assert desk.said[0] == "line 3: its token is that of another charge point"
    assert (await desk.take("charge-points", "charge_point,token\nCP2,other\n"))[0].startswith(
        "charge-points: 1 taken"
    )


async def test_a_dry_run_stores_nothing(desk: Desk) -> None:
    said = await desk.take("id-tokens", "id_token\nA\n", is_dry=True)
    assert said[0].startswith("id-tokens: 1 to be taken")
    assert (await desk.take("id-tokens", "id_token\nA\n"))[0].startswith("id-tokens: 1 taken")


async def test_what_was_exported_is_known(desk: Desk, tmp_path: Path) -> None:
    await desk.take(
        "transactions", "charge_point,evse,started_at,id_token\nCP1,1,2026-11-27,'=1\nCP1,2,2026-11-27,B\n"
    )
    file = tmp_path / "out.csv"
    await export(desk.settings, Order(what="transactions", output=file), desk.said.append)
    assert (await desk.take("transactions", file.read_bytes()))[0].startswith(
        "transactions: 0 taken, 2 known"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"\xff\xfe", "is not in UTF-8"),
        (b"id_token\n\xff\n", "is not in UTF-8"),
        (b"colour\n", "unknown column 'colour'"),
    ],
)
async def test_a_file_that_cannot_be_read_is_told(desk: Desk, content: bytes | None, said: str) -> None:
    with pytest.raises(SettingsError, match=f"id-tokens.csv: .*{said}"):
        await desk.take("id-tokens", content)


async def test_a_mark_at_the_beginning_is_no_part_of_a_name(desk: Desk) -> None:
    assert (await desk.take("id-tokens", "\ufeffid_token\nA\n"))[0].startswith("id-tokens: 1 taken")
