"""A database that cannot be had: one clear line without a secret, and a status that is not zero."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.conftest import RequireDatabase
from tests.databases import scratch_for_sync, server_url, statements, text_of

SECRET = "a-secret-of-ours"


def run(folder: Path, url: str, *words: str, without: str = "") -> subprocess.CompletedProcess[str]:
    """`chargeyard words` on the database at `url`; `without` names a driver that is not installed."""
    program = "import sys; from chargeyard.cli import main; "
    program += f"sys.modules[{without!r}] = None; " if without else ""
    return subprocess.run(
        [sys.executable, "-c", f"{program}main()", *words, "--data-dir", str(folder / "data")],
        env={**os.environ, "CHARGEYARD_DATABASE__URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def line_of(ended: subprocess.CompletedProcess[str]) -> str:
    """The one line that it said."""
    assert ended.returncode == 1, ended
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, ended.stderr
    assert SECRET not in ended.stdout + ended.stderr
    return lines[0]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"oracle://u:{SECRET}@host/x", "begins with none of sqlite, postgresql, mariadb, mysql"),
        (f"postgresql://u:{SECRET}@host", "names no database"),
        (f"postgresql://u:{SECRET}@host/x?sslmod={SECRET}", "has an option that is not known here"),
        (f"mariadb://u:{SECRET}@host/x?foo={SECRET}", "has an option that is not known here"),
        (f"mariadb://u:{SECRET}@host:port/x", "not a database URL"),
        (f"postgresql://u:{SECRET}@127.0.0.1:1/x", "PostgreSQL at 127.0.0.1:1/x: the database is away"),
        (f"mysql://u:{SECRET}@127.0.0.1:1/x", "MariaDB or MySQL at 127.0.0.1:1/x: the database is away"),
    ],
)
def test_an_address_of_no_use(tmp_path: Path, url: str, words: str) -> None:
    assert words in line_of(run(tmp_path, url, "serve", "--port", "0"))


@pytest.mark.parametrize("command", ["upgrade", "check"])
def test_every_command_names_the_database_that_does_not_answer(tmp_path: Path, command: str) -> None:
    said = line_of(run(tmp_path, f"postgresql://u:{SECRET}@127.0.0.1:1/x", "db", command))
    assert "PostgreSQL at 127.0.0.1:1/x: the database is away" in said


@pytest.mark.parametrize(
    ("url", "driver", "extra"),
    [
        (f"postgresql://u:{SECRET}@host/x", "asyncpg", "chargeyard[postgres]"),
        (f"mariadb://u:{SECRET}@host/x", "asyncmy", "chargeyard[mariadb]"),
        (f"mysql://u:{SECRET}@host/x", "asyncmy", "chargeyard[mariadb]"),
    ],
)
def test_a_driver_that_is_missing_is_named_with_its_extra(
    tmp_path: Path, url: str, driver: str, extra: str
) -> None:
    said = line_of(run(tmp_path, url, "serve", "--port", "0", without=driver))
    assert f"needs a driver that is not installed: pip install '{extra}'" in said


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_database_that_does_not_exist(tmp_path: Path, kind: str, database_server: RequireDatabase) -> None:
    database_server(kind)
    url = text_of(server_url(kind).set(database="chargeyard_test_of_nobody"))
    assert "there is no such database" in line_of(run(tmp_path, url, "serve", "--port", "0"))


def test_a_wrong_password(tmp_path: Path, database_server: RequireDatabase) -> None:
    """PostgreSQL here trusts everybody, so MariaDB tells."""
    database_server("mariadb")
    url = text_of(server_url("mariadb").set(username="nobody", password=SECRET))
    assert "wrong user or password" in line_of(run(tmp_path, url, "serve", "--port", "0"))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb"])
def test_a_database_of_a_newer_program(tmp_path: Path, kind: str, database_server: RequireDatabase) -> None:
    """It is left alone, and `db check` says why."""
    database_server(kind)
    if kind == "sqlite":
        _make_newer(tmp_path, f"sqlite:///{tmp_path}/x.db")
        return
    with scratch_for_sync(kind) as url:
        _make_newer(tmp_path, url)


def _make_newer(folder: Path, url: str) -> None:
    assert run(folder, url, "db", "upgrade").returncode == 0
    assert run(folder, url, "db", "check").returncode == 0
    _change_version(folder, url)
    for command in (("serve", "--port", "0"), ("db", "upgrade")):
        assert "it was made by a newer Chargeyard" in line_of(run(folder, url, *command))
    checked = run(folder, url, "db", "check")
    assert checked.returncode == 1
    assert "it was made by a newer Chargeyard" in checked.stderr


def _change_version(folder: Path, url: str) -> None:
    statement = "UPDATE alembic_version SET version_num = '9999'"
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(folder / "x.db")) as connection, connection:
            connection.execute(statement)
        return
    asyncio.run(statements(make_url(url), statement))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear reader, " * 1000)
    assert "SQLITE_NOTADB" in line_of(run(tmp_path, str(file), "serve", "--port", "0"))
    assert file.read_text().startswith("Dear reader, ")


def test_a_file_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    said = line_of(run(tmp_path, str(tmp_path / "none" / "x.db"), "serve", "--port", "0"))
    assert "No such file or directory" in said
