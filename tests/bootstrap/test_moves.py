"""Backups and copies, and what is said of them."""

from pathlib import Path

import pytest

from chargeyard.bootstrap.imports import CsvOrder, import_csv
from chargeyard.bootstrap.moves import back_up_database, copy_database
from chargeyard.errors import SettingsError, Unavailable
from chargeyard.settings import Database, Settings
from tests.conftest import RequireDatabase
from tests.databases import scratch

SECRET = "a-password-in-an-address"
AWAY = f"postgresql://nobody:{SECRET}@127.0.0.1:1/x"


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    """Those of a database with an id token."""
    settings = Settings(data_dir=str(tmp_path / "data"))
    (tmp_path / "tokens.csv").write_text("id_token\n04AB\n")
    await import_csv(settings, CsvOrder(kind="id-tokens", file=tmp_path / "tokens.csv"), lambda _: None)
    return settings


async def test_a_backup_and_its_way_back(settings: Settings, tmp_path: Path) -> None:
    said: list[str] = []
    await back_up_database(settings, tmp_path / "backup.db", said.append)
    assert said == [
        f"{tmp_path}/data/chargeyard.db has been backed up to {tmp_path}/backup.db",
        f"Keep {tmp_path}/data/secret.key with it: without it all secrets have to be given anew.",
    ]
    said.clear()
    await copy_database(str(tmp_path / "backup.db"), f"sqlite:///{tmp_path}/restored.db", said.append)
    assert said[0] == "id_token: 1 rows"
    assert said[-2].startswith("1 rows of ")
    assert (tmp_path / "restored.db").stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"backup.db", "data", "restored.db", "tokens.csv"}


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
async def test_a_backup_of_a_server(
    settings: Settings, tmp_path: Path, database_server: RequireDatabase, kind: str
) -> None:
    database_server(kind)
    said: list[str] = []
    async with scratch(kind) as url:
        await copy_database(f"{tmp_path}/data/chargeyard.db", url, said.append)
        there = Settings(data_dir=str(tmp_path / "data"), database=Database(url=url))
        with pytest.raises(SettingsError, match="has rows, and a copy needs an empty database"):
            await copy_database(f"{tmp_path}/data/chargeyard.db", url, said.append)
        said.clear()
        await back_up_database(there, tmp_path / "backup.db", said.append)
    assert said[0] == "id_token: 1 rows"


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("{tmp}/no.db", "{tmp}/to.db", "there is no Chargeyard database"),
        ("oracle://x", "{tmp}/to.db", "FROM: begins with none of"),
        ("{tmp}/data/chargeyard.db", "{tmp}/no/to.db", "No such file"),
        ("{tmp}/data/chargeyard.db", AWAY, "^PostgreSQL at 127.0.0.1:1/x: the database is away"),
        (AWAY, "{tmp}/to.db", "^PostgreSQL at 127.0.0.1:1/x: the database is away"),
        ("{tmp}/data/chargeyard.db", "{tmp}/data/chargeyard.db", "the same database"),
    ],
)
@pytest.mark.usefixtures("settings")
async def test_what_cannot_be_is_told(tmp_path: Path, source: str, target: str, said: str) -> None:
    with pytest.raises((SettingsError, Unavailable), match=said) as raised:
        await copy_database(source.format(tmp=tmp_path), target.format(tmp=tmp_path), lambda _: None)
    assert SECRET not in str(raised.value)
