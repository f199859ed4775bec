"""Rows of tables: what is good is understood, what is bad is told by its line, and never repeated."""

from datetime import UTC, datetime

import pytest

from chargeyard.domain.answers import Registration
from chargeyard.domain.authorization import IdToken, Status
from chargeyard.domain.imports import ImportedChargePoint, ImportedTransaction, Nameplate
from chargeyard.errors import SettingsError
from chargeyard.services.imports.csv_rows import Bad, Good, read
from chargeyard.services.imports.tables import TABLES

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def _read(kind: str, text: str) -> list[Good | Bad]:
    return list(read(text.splitlines(keepends=True), TABLES[kind]))


def _bad(kind: str, text: str) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in _read(kind, text) if isinstance(row, Bad)]


def _one(kind: str, text: str) -> object:
    (row,) = _read(kind, text)
    assert isinstance(row, Good), row
    return row.one


def test_a_charge_point() -> None:
    one = _one(
        "charge-points",
        "charge_point,name,registration,password,vendor\nCP 1,North,Pending,0123456789abcdef,Acme\n",
    )
    assert one == ImportedChargePoint(
        id="CP 1",
        name="North",
        registration=Registration.PENDING,
        password="0123456789abcdef",
        nameplate=Nameplate(vendor="Acme"),
    )


def test_a_charge_point_that_is_open_has_to_be_wanted() -> None:
    ((line, reason),) = _bad("charge-points", "charge_point\nCP1\n")
    assert (line, "neither password nor token" in reason) == (2, True)
    assert _one("charge-points", "charge_point,generate\nCP1,none\n") == ImportedChargePoint(id="CP1")


def test_an_id_token() -> None:
    assert _one(
        "id-tokens",
        "id_token;parent;expires_at;blocked;max_transactions;refusal\n04AB;FLEET;2027-01-01;yes;unlimited;NoCredit\n",
    ) == IdToken(
        "04AB",
        parent="FLEET",
        expires_at=datetime(2027, 1, 1, tzinfo=UTC),
        blocked=True,
        max_transactions=None,
        refusal=Status.NO_CREDIT,
    )
    assert _one("id-tokens", "id_token\n04AB\n") == IdToken("04AB")


def test_a_transaction() -> None:
    assert _one(
        "transactions",
        "charge_point,ocpp_transaction_id,evse,id_token,started_at,meter_start_wh,stopped_at,meter_stop_wh,reason\r\n"
        "CP1,17,2,'+49,2026-11-27T13:00:00+01:00,-5,2026-11-27T13:00:00Z,1000,Local\r\n",
    ) == ImportedTransaction(
        charge_point="CP1",
        wire_id="17",
        evse=2,
        id_token="+49",
        started_at=NOON,
        meter_start_wh=-5,
        stopped_at=NOON.replace(hour=13),
        meter_stop_wh=1000,
        reason="Local",
    )


def test_a_transaction_that_runs_keeps_no_energy_of_the_moment() -> None:
    text = "charge_point,evse,started_at,energy_wh,quality\nCP1,1,2026-11-27T12:00:00Z,5,ok\n"
    assert _one("transactions", text) == ImportedTransaction(charge_point="CP1", evse=1, started_at=NOON)


@pytest.mark.parametrize(
    ("kind", "header", "row", "reason"),
    [
        ("transactions", "charge_point,evse,started_at", "CP1,1,yesterday", "started_at is no instant in ISO 8601"),
        ("transactions", "charge_point,evse,started_at", "CP1,1,0001-01-01T00:00:00+14:00", "started_at is no instant in ISO 8601"),
        ("transactions", "charge_point,evse,started_at", "CP1,one,2026-11-27", "evse is no whole number"),
        ("transactions", "charge_point,evse,started_at", "CP1,-1,2026-11-27", "evse is not between 0 and 2147483647"),
        ("transactions", "charge_point,evse,started_at", "CP1,1", "has 2 cells, the header 3"),
        ("transactions", "charge_point,evse,started_at", "CP1,,2026-11-27", "evse is empty"),
        ("transactions", "charge_point,evse,started_at", "..,1,2026-11-27", "charge_point is no identity of a charge point"),
        ("transactions", "charge_point,evse,started_at,reason", "CP1,1,2026-11-27,Local", "has reason, but no stopped_at"),
        ("transactions", "charge_point,evse,started_at,stopped_at", "CP1,1,2026-11-27,2026-11-26", "has a stopped_at before its started_at"),
        ("transactions", "charge_point,evse,started_at", 'CP1,1,"2026-11-27', "is no CSV: unexpected end of data"),
        ("id-tokens", "id_token,blocked", "AB,perhaps", "blocked is neither true nor false"),
        ("id-tokens", "id_token", " AB", "id_token is no id token: it has blanks at its ends"),
        ("id-tokens", "id_token,max_transactions", "AB,many", "max_transactions is no whole number"),
        ("charge-points", "charge_point,password", f"CP1,{'x' * 65}", "password is longer than 64 characters"),
        ("charge-points", "charge_point,password", "CP1,a\tb", "password has control characters"),
        ("charge-points", "charge_point,token,registration", "CP1,t,Perhaps", "registration is none of Accepted, Pending, Rejected"),
    ],
)  # fmt: skip
def test_a_bad_row_is_told_by_its_line(kind: str, header: str, row: str, reason: str) -> None:
    assert _bad(kind, f"{header}\n{row}\n") == [(2, reason)]


def test_good_rows_beside_bad_ones_are_read() -> None:
    text = 'id_token,personal_message\nA,x\n\nB,"two\nlines"\nC,"a"b\nD,y\n'
    assert _bad("id-tokens", text) == [
        (5, "personal_message has control characters"),
        (6, "is no CSV: ',' expected after '\"'"),
    ]
    assert [row.one for row in _read("id-tokens", text) if isinstance(row, Good)] == [
        IdToken("A", personal_message="x"),
        IdToken("D", personal_message="y"),
    ]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("id-tokens", "id_token\nab\nAB\n"),
        ("charge-points", "charge_point,token\nCP1,s1\nCP2,s1\n"),
        ("charge-points", "charge_point,token\nCP1,s1\nCP1,s2\n"),
        ("transactions", "charge_point,evse,started_at\nCP1,1,2026-11-27\nCP1,1,2026-11-27T00:00:00Z\n"),
        (
            "transactions",
            "charge_point,evse,started_at,ocpp_transaction_id\nCP1,1,2026-11-27,5\nCP1,2,2026-11-27,5\n",
        ),
    ],
)
def test_a_row_that_repeats_another_is_bad(kind: str, text: str) -> None:
    assert _bad(kind, text) == [(3, "repeats line 2")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no header"),
        ("id_token,colour\n", "unknown column 'colour'"),
        ("id_token,id_token\n", "'id_token' is there twice"),
        ("kind\n", "'id_token' is missing"),
    ],
)
def test_a_header_has_to_be_right(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        _read("id-tokens", text)
