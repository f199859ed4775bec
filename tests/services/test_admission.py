"""Who may connect: policies for strangers, proofs in every form, limits that never lock out the real one."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from chargeyard.domain.answers import Registration
from chargeyard.domain.events import ChargePointRegistered, SecurityEventRecorded
from chargeyard.errors import Unavailable
from chargeyard.services.admission import (
    MOST_PAIRS,
    Admission,
    Admitted,
    Claim,
    Failures,
    Knock,
    Policy,
    Refusal,
    clean,
)
from chargeyard.services.credentials import Keys
from chargeyard.services.ports import Loaded
from chargeyard.storage.memory import MemoryJournal, MemoryMessageSink, MemoryStore

KEYS = Keys(b"k" * 32)
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOME = "192.0.2.1"
ABROAD = "198.51.100.7"
PASSWORD = "a long password!"
Policies = Literal["refuse", "pending", "accept"]


class Yard:
    """An admission over a memory store, with a clock that a test turns by hand."""

    def __init__(self, unknown: Policies = "refuse", limit: int = 5) -> None:
        self.now = START
        self.journal = MemoryJournal()
        self.store: MemoryStore = MemoryStore(self.journal, MemoryMessageSink())
        self.policy = Policy(unknown_charge_points=unknown, failed_logins_per_minute=limit)
        self.admission = Admission(self.store, self.journal, KEYS, lambda: self.now, self.policy)

    async def register(
        self,
        identity: str,
        *,
        password: str | None = None,
        token: str | None = None,
        registration: Registration = Registration.ACCEPTED,
    ) -> None:
        credential = KEYS.charge_point_password(password) if password else None
        await self.journal.commit(
            [
                ChargePointRegistered(
                    recorded_at=self.now,
                    charge_point=identity,
                    registration=registration,
                    credential=credential,
                    token=KEYS.token(token) if token else None,
                )
            ]
        )

    async def knock(
        self,
        *claims: Claim,
        basic: bytes | None = None,
        remote: str = HOME,
        secure: bool = False,
        objection: Refusal | None = None,
    ) -> Admitted | Refusal:
        return await self.admission.admit(
            Knock(claims=claims, basic=basic, remote=remote, secure=secure, objection=objection)
        )

    async def status(self, *claims: Claim, basic: bytes | None = None, remote: str = HOME) -> int:
        """The HTTP status a request would get."""
        verdict = await self.knock(*claims, basic=basic, remote=remote)
        return verdict.status if isinstance(verdict, Refusal) else 101

    def security_events(self) -> list[SecurityEventRecorded]:
        return [event for event in self.journal.events if isinstance(event, SecurityEventRecorded)]


# --- strangers ------------------------------------------------------------------------------------------------


async def test_a_stranger_is_refused_with_404() -> None:
    yard = Yard()
    verdict = await yard.knock(Claim("CP1"))
    assert isinstance(verdict, Refusal)
    assert verdict.status == 404
    assert yard.journal.events == []


@pytest.mark.parametrize(
    ("policy", "registration"), [("pending", Registration.PENDING), ("accept", Registration.ACCEPTED)]
)
async def test_a_stranger_is_registered_where_the_policy_says_so(
    policy: Policies, registration: Registration
) -> None:
    yard = Yard(policy)
    verdict = await yard.knock(Claim("CP1"), Claim(None, "CP1"))
    assert isinstance(verdict, Admitted)
    assert (verdict.identity, verdict.security_profile) == ("CP1", 0)
    assert verdict.loaded.state.registration is registration
    known = await yard.store.load("CP1")
    assert known is not None
    assert known.state.registration is registration
    assert isinstance(await yard.knock(Claim("CP1")), Admitted)
    assert len(yard.journal.events) == 1


@pytest.mark.parametrize("identity", ["CP/1", "CP<1>", "CP\u00e91", "x" * 256])
async def test_a_stranger_with_an_odd_name_is_never_registered_unasked(identity: str) -> None:
    yard = Yard("accept")
    assert await yard.status(Claim(identity)) == 404
    assert yard.journal.events == []


async def test_an_operator_may_register_an_odd_name() -> None:
    yard = Yard()
    await yard.register("Säule 1/2")
    assert await yard.status(Claim("Säule 1/2")) == 101


async def test_a_request_that_names_nobody_is_a_bad_request() -> None:
    assert await Yard("accept").status() == 400


# --- known charge points --------------------------------------------------------------------------------------


async def test_registered_without_a_secret_it_needs_none() -> None:
    yard = Yard()
    await yard.register("CP1")
    verdict = await yard.knock(Claim("CP1"), basic=b"whoever:whatever")
    assert isinstance(verdict, Admitted)
    assert verdict.security_profile == 0


@pytest.mark.parametrize(("secure", "profile"), [(False, 1), (True, 2)])
async def test_a_login_makes_profile_one_or_inside_tls_two(secure: bool, profile: int) -> None:
    yard = Yard()
    await yard.register("CP1", password=PASSWORD)
    verdict = await yard.knock(Claim("CP1"), basic=b"CP1:" + PASSWORD.encode(), secure=secure)
    assert isinstance(verdict, Admitted)
    assert verdict.security_profile == profile


@pytest.mark.parametrize(
    "basic",
    [
        None,
        b"",
        b"CP1",
        b"CP1:",
        b"CP1:wrong",
        b"CP2:a long password!",
        b"cp1:a long password!",
        b":a long password!",
        b"\xff\xfe",
    ],
)
async def test_a_missing_or_wrong_login_is_refused_with_a_challenge(basic: bytes | None) -> None:
    yard = Yard()
    await yard.register("CP1", password=PASSWORD)
    verdict = await yard.knock(Claim("CP1"), basic=basic)
    assert isinstance(verdict, Refusal)
    assert verdict.status == 401
    assert dict(verdict.headers)["WWW-Authenticate"] == 'Basic realm="ocpp", charset="UTF-8"'


async def test_an_identity_with_a_colon_is_split_after_the_identity() -> None:
    yard = Yard()
    await yard.register("DE:ABC:1", password="with:colons:in it")
    assert await yard.status(Claim("DE:ABC:1"), basic=b"DE:ABC:1:with:colons:in it") == 101


async def test_raw_key_bytes_are_a_password() -> None:
    yard = Yard()
    raw = bytes(range(0xF0, 0xFF)) + b":::::"
    await yard.register("CP1", password=raw.hex())
    assert await yard.status(Claim("CP1"), basic=b"CP1:" + raw) == 101
    assert await yard.status(Claim("CP1"), basic=b"CP1:" + raw.hex().upper().encode()) == 101


async def test_a_token_proves_in_the_address_and_as_a_password() -> None:
    yard = Yard()
    await yard.register("CP1", token="valid-token")
    assert await yard.status(Claim("CP1", "valid-token")) == 101
    assert await yard.status(Claim("CP1"), basic=b"CP1:valid-token") == 101
    assert await yard.status(Claim(None, "valid-token")) == 101
    assert await yard.status(Claim("CP1")) == 401
    assert await yard.status(Claim("CP1", "another")) == 401
    assert await yard.status(Claim("CP1", "valid-token"), basic=b"CP2:valid-token") == 401


async def test_a_token_names_its_charge_point() -> None:
    yard = Yard()
    await yard.register("CP1", token="one")
    await yard.register("CP2", token="two")
    verdict = await yard.knock(Claim(None, "two"))
    assert isinstance(verdict, Admitted)
    assert verdict.identity == "CP2"
    assert await yard.status(Claim("CP1", "two")) == 401
    assert await yard.status(Claim(None, "three")) == 401


async def test_a_password_is_no_token() -> None:
    yard = Yard()
    await yard.register("CP1", password=PASSWORD)
    assert await yard.status(Claim(None, PASSWORD)) == 401
    assert await yard.status(Claim("CP1", PASSWORD)) == 401


async def test_of_password_and_token_either_is_enough() -> None:
    yard = Yard()
    await yard.register("CP1", password=PASSWORD, token="tok")
    assert await yard.status(Claim("CP1", "tok")) == 101
    assert await yard.status(Claim("CP1"), basic=b"CP1:" + PASSWORD.encode()) == 101
    assert await yard.status(Claim("CP1", "prefix"), basic=b"CP1:" + PASSWORD.encode()) == 101


async def test_the_first_reading_that_holds_wins() -> None:
    yard = Yard()
    await yard.register("CP1", token="tok")
    # /CP1/tok as the gateway reads it
    verdict = await yard.knock(Claim("tok", "CP1"), Claim("CP1", "tok"), Claim(None, "tok"))
    assert isinstance(verdict, Admitted)
    assert verdict.identity == "CP1"


async def test_who_is_known_by_one_reading_but_proves_nothing_gets_401_and_not_404() -> None:
    yard = Yard()
    await yard.register("CP1", token="tok")
    assert await yard.status(Claim("bad", "CP1"), Claim("CP1", "bad"), Claim(None, "bad")) == 401


async def test_the_rejected_may_connect_to_hear_it_at_boot() -> None:
    yard = Yard()
    await yard.register("CP1", registration=Registration.REJECTED)
    verdict = await yard.knock(Claim("CP1"))
    assert isinstance(verdict, Admitted)
    assert verdict.loaded.state.registration is Registration.REJECTED


async def test_an_objection_is_told_only_after_the_proof() -> None:
    yard = Yard("accept")
    await yard.register("CP1", password=PASSWORD)
    objection = Refusal(400, "no common subprotocol")
    assert await yard.knock(Claim("CP1"), basic=b"CP1:" + PASSWORD.encode(), objection=objection) is objection
    unproven = await yard.knock(Claim("CP1"), objection=objection)
    assert isinstance(unproven, Refusal)
    assert unproven.status == 401
    assert await yard.knock(Claim("CP2"), objection=objection) is objection
    assert await yard.store.load("CP2") is None


# --- failed logins --------------------------------------------------------------------------------------------


async def test_too_many_failures_are_429_and_end_after_a_minute() -> None:
    yard = Yard(limit=5)
    await yard.register("CP1", password=PASSWORD)
    right = b"CP1:" + PASSWORD.encode()
    assert [await yard.status(Claim("CP1"), basic=b"CP1:bad") for _ in range(7)] == [401] * 5 + [429] * 2
    verdict = await yard.knock(Claim("CP1"), basic=right)
    assert isinstance(verdict, Refusal)
    assert (verdict.status, dict(verdict.headers)["Retry-After"]) == (429, "60")
    yard.now += timedelta(seconds=45)
    again = await yard.knock(Claim("CP1"), basic=right)
    assert isinstance(again, Refusal)
    assert dict(again.headers)["Retry-After"] == "15"
    yard.now += timedelta(seconds=15)
    assert await yard.status(Claim("CP1"), basic=right) == 101


async def test_a_stranger_never_locks_the_real_one_out() -> None:
    yard = Yard(limit=5)
    await yard.register("CP1", password=PASSWORD)
    await yard.register("CP2", password=PASSWORD)
    for _ in range(20):
        await yard.status(Claim("CP1"), basic=b"CP1:bad", remote=ABROAD)
    assert await yard.status(Claim("CP1"), basic=b"CP1:bad", remote=ABROAD) == 429
    assert await yard.status(Claim("CP1"), basic=b"CP1:" + PASSWORD.encode(), remote=HOME) == 101
    assert await yard.status(Claim("CP2"), basic=b"CP2:" + PASSWORD.encode(), remote=ABROAD) == 101


async def test_a_success_forgets_the_failures_before_it() -> None:
    yard = Yard(limit=3)
    await yard.register("CP1", password=PASSWORD)
    for _ in range(4):
        assert await yard.status(Claim("CP1"), basic=b"CP1:bad") == 401
        assert await yard.status(Claim("CP1"), basic=b"CP1:bad") == 401
        assert await yard.status(Claim("CP1"), basic=b"CP1:" + PASSWORD.encode()) == 101


async def test_guessing_tokens_without_an_identity_is_limited_by_address() -> None:
    yard = Yard(limit=5)
    await yard.register("CP1", token="tok")
    assert [await yard.status(Claim(None, str(n))) for n in range(6)] == [401] * 5 + [429]
    assert await yard.status(Claim(None, "tok")) == 429
    assert await yard.status(Claim(None, "tok"), remote=ABROAD) == 101
    assert await yard.status(Claim("CP1", "tok")) == 101


async def test_guessing_tokens_as_a_path_is_limited_and_always_looks_the_same() -> None:
    yard = Yard(limit=5)
    await yard.register("CP1", token="tok")
    for guess in map(str, range(10)):
        assert await yard.status(Claim(guess), Claim(None, guess)) == 404
    assert await yard.status(Claim("tok"), Claim(None, "tok")) == 404
    assert await yard.status(Claim("tok"), Claim(None, "tok"), remote=ABROAD) == 101
    yard.now += timedelta(seconds=60)
    assert await yard.status(Claim("tok"), Claim(None, "tok")) == 101


async def test_repeated_failures_are_a_security_event_once_a_minute() -> None:
    yard = Yard(limit=30)
    await yard.register("CP1", password=PASSWORD)
    await yard.status(Claim("CP1"))
    await yard.status(Claim("CP1"))
    assert yard.security_events() == []
    for _ in range(10):
        await yard.status(Claim("CP1"), basic=b"CP1:bad")
        await yard.status(Claim("CP1"), basic=b"CP1:bad", remote=ABROAD)
    (event,) = yard.security_events()
    assert (event.charge_point, event.source, event.kind) == ("CP1", "system", "RepeatedLoginFailures")
    assert HOME in event.tech_info
    yard.now += timedelta(minutes=1)
    for _ in range(3):
        await yard.status(Claim("CP1"))
    assert len(yard.security_events()) == 2


async def test_a_security_event_that_cannot_be_stored_changes_no_answer() -> None:
    yard = Yard()
    await yard.register("CP1", password=PASSWORD)
    await yard.journal.aclose()
    assert [await yard.status(Claim("CP1")) for _ in range(4)] == [401] * 4


def test_failures_are_remembered_within_bounds() -> None:
    failures = Failures(limit=1)
    for number in range(MOST_PAIRS + 10):
        failures.count((f"CP{number}", HOME), START)
        failures.noteworthy(f"CP{number}", 1, START)
    assert len(failures._pairs) == MOST_PAIRS
    assert len(failures._told) == MOST_PAIRS
    assert failures.wait_s(("CP0", HOME), START) == 0
    assert failures.wait_s((f"CP{MOST_PAIRS}", HOME), START) == 60


# --- the database is away -------------------------------------------------------------------------------------


class AwayStore(MemoryStore):
    """A database that does not answer."""

    async def load(self, charge_point: str) -> Loaded | None:
        raise Unavailable("away")

    async def load_by_token(self, token: bytes) -> Loaded | None:
        raise Unavailable("away")


@pytest.mark.parametrize("claim", [Claim("CP1"), Claim(None, "tok")])
async def test_without_a_database_everybody_is_asked_to_come_again(
    claim: Claim, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    journal = MemoryJournal()
    away = AwayStore(journal, MemoryMessageSink())
    verdict = await Admission(away, journal, KEYS, lambda: START, Policy()).admit(
        Knock(claims=[claim], remote=HOME)
    )
    assert isinstance(verdict, Refusal)
    assert verdict.status == 503
    assert int(dict(verdict.headers)["Retry-After"]) > 0
    assert "tok" not in caplog.text
    assert "CP1" not in caplog.text


async def test_a_stranger_cannot_be_registered_without_a_database() -> None:
    yard = Yard("accept")
    await yard.journal.aclose()
    assert await yard.status(Claim("CP1")) == 503


# --- the log --------------------------------------------------------------------------------------------------


async def test_refusals_are_logged_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    yard = Yard()
    await yard.register("CP1", password=PASSWORD, token="the-token")
    await yard.status(Claim("CP1", "guessed-token"), basic=b"CP1:guessed-password")
    await yard.status(Claim("unknown\r\nforged line"))
    await yard.status(Claim("a-secret-perhaps", "also-one-perhaps"), Claim("also-one-perhaps", "a-secret"))
    await yard.status(Claim(None, "guessed-token"))
    assert "'CP1' from 192.0.2.1 with 401: wrong password or token" in caplog.text
    assert len(caplog.records) == 4
    assert all("\n" not in record.getMessage() for record in caplog.records)
    for secret in ("guessed", "perhaps", "the-token", PASSWORD):
        assert secret not in caplog.text


async def test_the_log_says_what_was_wrong(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    yard = Yard()
    await yard.register("CP1", password=PASSWORD)
    await yard.status(Claim("CP1"))
    await yard.status(Claim("CP1"), basic=b"CP2:x")
    await yard.status(Claim("CP3"))
    reasons = [record.getMessage().rpartition(": ")[2] for record in caplog.records]
    assert reasons == [
        "no password and no token",
        "the user name is not the identity",
        "unknown charge point",
    ]


def test_clean_leaves_no_control_character_and_no_endless_line() -> None:
    assert clean("a\x00b\x1b[31m\u202ec") == "a\ufffdb\ufffd[31m\ufffdc"
    assert len(clean("x" * 10_000)) == 255
