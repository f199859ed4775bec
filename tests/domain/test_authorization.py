"""May this id token charge?"""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargeyard.domain.authorization import AllowedAt, IdToken, Occasion, Status, disguised, judge, key_of
from tests.domain.made import NOW

PAST, FUTURE = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("token", "running", "status"),
    [
        (None, 0, Status.UNKNOWN),
        (IdToken("A"), 0, Status.ACCEPTED),
        (IdToken("A"), 1, Status.CONCURRENT),
        (IdToken("A", max_transactions=2), 1, Status.ACCEPTED),
        (IdToken("A", max_transactions=None), 99, Status.ACCEPTED),
        (IdToken("A", max_transactions=0), 0, Status.CONCURRENT),
        (IdToken("A", expires_at=FUTURE), 0, Status.ACCEPTED),
        (IdToken("A", expires_at=NOW), 0, Status.EXPIRED),
        (IdToken("A", expires_at=PAST), 1, Status.EXPIRED),
        (IdToken("A", expires_at=PAST, blocked=True), 1, Status.BLOCKED),
        (IdToken("A", refusal=Status.NO_CREDIT), 1, Status.NO_CREDIT),
        (IdToken("A", refusal=Status.NO_CREDIT, expires_at=PAST), 0, Status.EXPIRED),
    ],
)
def test_verdicts(token: IdToken | None, running: int, status: Status) -> None:
    assert judge(token, NOW, running).status is status


HERE = Occasion(kind="eMAID", charge_point="CP1", evse=2, starts=True)


@pytest.mark.parametrize(
    ("token", "status"),
    [
        (IdToken("A", kind="eMAID"), Status.ACCEPTED),
        (IdToken("A", kind="EMAID"), Status.ACCEPTED),
        (IdToken("A", kind="ISO14443"), Status.UNKNOWN),
        (IdToken("A", allowed_at=(AllowedAt("CP1"),)), Status.ACCEPTED),
        (IdToken("A", allowed_at=(AllowedAt("CP1", (1, 2)),)), Status.ACCEPTED),
        (IdToken("A", allowed_at=(AllowedAt("CP1", (1,)), AllowedAt("CP2"))), Status.NOT_AT_THIS_LOCATION),
        (IdToken("A", allowed_at=(AllowedAt("CP2"),)), Status.NOT_AT_THIS_LOCATION),
        (IdToken("A", parent="MASTERS", master_pass=True), Status.INVALID),
    ],
)
def test_where_and_as_what_a_token_is_presented(token: IdToken, status: Status) -> None:
    assert judge(token, NOW, occasion=HERE).status is status


@pytest.mark.parametrize("kind", ["ISO14443", "KeyCode", ""])
def test_what_is_not_told_is_no_reason_to_refuse(kind: str) -> None:
    token = IdToken("A", kind=kind, allowed_at=(AllowedAt("CP1", (1,)),))
    assert judge(token, NOW).accepted
    assert judge(token, NOW, occasion=Occasion(charge_point="CP1")).evses == (1,)


def test_a_master_pass_may_stop_and_tells_its_group() -> None:
    verdict = judge(IdToken("A", parent="MASTERS", master_pass=True), NOW, occasion=Occasion(kind="Central"))
    assert (verdict.status, verdict.parent) == (Status.ACCEPTED, "MASTERS")


@pytest.mark.parametrize(
    ("token", "expires_at"),
    [
        (IdToken("A", cache_lifetime_s=60), NOW + timedelta(seconds=60)),
        (IdToken("A", cache_lifetime_s=60, expires_at=FUTURE), FUTURE),
        (IdToken("A", cache_lifetime_s=0, expires_at=FUTURE), NOW),
        (IdToken("A"), None),
    ],
)
def test_how_long_a_verdict_may_be_cached(token: IdToken, expires_at: datetime | None) -> None:
    assert judge(token, NOW).expires_at == expires_at


def test_a_key_code_is_stored_under_what_tells_nothing() -> None:
    stored = disguised(" 1234 ", lambda code: code.hex().encode())
    assert stored == disguised("1234", lambda code: code.hex().encode())
    assert "1234" not in stored
    assert len(stored) <= 36
    assert disguised(stored, bytes) == stored
    assert disguised("", bytes) == ""


def test_the_verdict_tells_what_may_be_cached() -> None:
    verdict = judge(IdToken("A", parent="FAMILY", expires_at=FUTURE), NOW)
    assert (verdict.parent, verdict.expires_at, verdict.accepted) == ("FAMILY", FUTURE, True)


@given(st.text(st.characters(codec="ascii"), max_size=20))
def test_case_and_blanks_do_not_make_another_token(tag: str) -> None:
    assert key_of(f" {tag.upper()} ") == key_of(tag.lower())
