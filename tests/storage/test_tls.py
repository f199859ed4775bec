"""How an address asks for TLS, and what comes of it."""

import shutil
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, text

from chargeyard.errors import SettingsError, Unavailable
from chargeyard.storage.engine import connect, read_address
from tests.conftest import RequireDatabase, RequireService
from tests.databases import SERVERS, scratch
from tests.e2e.private_servers import private_server, programs_of


def tls_of(url: str) -> ssl.SSLContext | str | None:
    return read_address(url).tls


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require"])
def test_what_the_driver_of_postgresql_knows_is_passed_on(mode: str) -> None:
    assert tls_of(f"postgresql://u@host/x?sslmode={mode}") == mode


@pytest.mark.parametrize("kind", SERVERS)
def test_without_a_word_each_driver_does_as_it_pleases(kind: str) -> None:
    assert tls_of(f"{kind}://u@host/x") is None


def test_mariadb_is_asked_for_tls_by_the_same_words() -> None:
    assert tls_of("mariadb://u@host/x?sslmode=disable") is None
    believing = tls_of("mysql://u@host/x?sslmode=require")
    assert isinstance(believing, ssl.SSLContext)
    assert (believing.verify_mode, believing.check_hostname) == (ssl.CERT_NONE, False)


@pytest.mark.parametrize("kind", SERVERS)
def test_without_a_file_the_authorities_of_the_system_are_trusted(kind: str) -> None:
    verifying = tls_of(f"{kind}://u@host/x?sslmode=verify-full")
    assert isinstance(verifying, ssl.SSLContext)
    assert (verifying.verify_mode, verifying.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mariadb://u@host/x?ssl=true", "there are `sslmode` and `sslrootcert`"),
        ("mariadb://u@host/x?sslmode=require&charset=latin1", "there are `sslmode` and `sslrootcert`"),
        (
            "mariadb://u@host/x?sslmode=prefer",
            "sslmode is one of disable, require, verify-ca, verify-full$",
        ),
        ("postgresql://u@host/x?sslmode=s3cret", "sslmode is one of disable, allow, prefer, require, "),
        ("postgresql://u@host/x?sslmode=require&sslmode=disable", "sslmode is one of"),
        ("mariadb://u@host/x?sslmode=require&sslrootcert={file}", "goes with sslmode=verify-ca"),
        ("mariadb://u@host/x?sslrootcert={file}", "goes with sslmode=verify-ca"),
        ("mariadb://u@host/x?sslmode=verify-ca", "sslmode=verify-ca needs sslrootcert"),
        ("mariadb://u@host/x?sslmode=verify-ca&sslrootcert={file}.no", "sslrootcert: No such file"),
        ("mariadb://u@host/x?sslmode=verify-ca&sslrootcert={file}", "there is no certificate in it"),
        ("mariadb://u@host/x?sslmode=verify-ca&sslrootcert=%00", "sslrootcert: not the name of a file"),
        ("postgresql://u:a?b=@host/x?sslmode=", "has an option without a value"),
        ("postgresql://u@host/x?sslmode=verify-full&sslrootcert=", "has an option without a value"),
        ("sqlite:///x.db?sslmode=require", "a file has no options"),
        ("sqlite:///x.db?y", "a file has no options"),
    ],
)
def test_what_cannot_be_asked_for_is_told(tmp_path: Path, url: str, said: str) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    with pytest.raises(SettingsError, match=said) as refused:
        read_address(url.format(file=file))
    assert str(refused.value).startswith("database.url: ")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize("mode", ["require", "verify-full"])
async def test_nothing_is_said_in_the_clear_to_a_server_without_tls(
    database_server: RequireDatabase, kind: str, mode: str
) -> None:
    """Which those are that the tests share."""
    database_server(kind)
    async with scratch(kind) as url:
        database = connect(f"{url}?sslmode={mode}")
        with pytest.raises(Unavailable, match="it speaks no TLS"):
            await database.read(is_encrypted)
        await database.aclose()


# --- with a server --------------------------------------------------------------------------------------------


class Certified(NamedTuple):
    """The address of a database of a server with a self-signed certificate for 127.0.0.1, and that certificate."""

    url: str
    certificate: Path


@pytest.fixture(params=SERVERS)
async def certified(
    request: pytest.FixtureRequest, require_service: RequireService
) -> AsyncIterator[Certified]:
    require_service(programs_of(request.param), f"{request.param} is not installed on this machine")
    require_service(shutil.which("openssl"), "openssl is not installed on this machine")
    async with private_server(request.param) as server:
        await server.stop()
        server.certify()
        await server.start()
        yield Certified(server.url.render_as_string(hide_password=False), server.certificate)


def is_encrypted(connection: Connection) -> bool:
    if connection.dialect.name == "postgresql":
        query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        return connection.execute(text(query)).scalar_one()
    return bool(connection.execute(text("SHOW SESSION STATUS LIKE 'Ssl_cipher'")).one()[1])


async def encrypted(url: str) -> bool:
    """Whether all ways to talk to the database are."""
    database = connect(url)
    try:
        async with database.snapshot() as snapshot:
            answers = {
                await database.read(is_encrypted),
                await database.write(is_encrypted),
                await database.alone(is_encrypted),
                await snapshot.read(is_encrypted),
            }
    finally:
        await database.aclose()
    [answer] = answers
    return answer


async def test_a_connection_is_encrypted_as_the_address_says(certified: Certified) -> None:
    url, certificate = certified
    assert await encrypted(f"{url}?sslmode=require")
    assert not await encrypted(f"{url}?sslmode=disable")
    assert await encrypted(f"{url}?sslmode=verify-full&sslrootcert={certificate}")
    by_name = url.replace("127.0.0.1", "localhost")
    assert await encrypted(f"{by_name}?sslmode=verify-ca&sslrootcert={certificate}")
    with pytest.raises(Unavailable, match=r"certificate is not trusted: .*not valid for 'localhost'"):
        await encrypted(f"{by_name}?sslmode=verify-full&sslrootcert={certificate}")
    with pytest.raises(Unavailable, match="certificate is not trusted: self-signed certificate"):
        await encrypted(f"{url}?sslmode=verify-full")
