"""What a presented token is answered, and how many wrong key codes may be tried."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chargeyard.domain import events, reports
from chargeyard.domain.answers import TokenJudged, TransactionHeard
from chargeyard.domain.authorization import IdToken, Status
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.presented_tokens import LONGEST_PAUSE, MOST_WRONG_CODES, PAUSE, pause_after
from tests.domain.made import NOW, apply, context, told

CODE = reports.TokenPresented(id_token="keycode:1", token_kind="KeyCode")
RIGHT = IdToken("keycode:1", kind="KeyCode")


@pytest.fixture
def state() -> ChargePoint:
    return ChargePoint(id="CP1", booted=True)


def _status(state: ChargePoint, token: IdToken | None, later: timedelta = timedelta(0)) -> Status:
    answer = apply(state, CODE, replace(context(token=token), now=NOW + later)).answer
    assert isinstance(answer, TokenJudged)
    return answer.verdict.status


def test_wrong_codes_in_a_row_shut_out_all_codes_for_a_while(state: ChargePoint) -> None:
    for _ in range(MOST_WRONG_CODES):
        assert _status(state, None) is Status.UNKNOWN
    assert _status(state, RIGHT) is Status.INVALID
    assert _status(state, RIGHT, PAUSE - timedelta(seconds=1)) is Status.INVALID
    assert _status(state, None, PAUSE) is Status.UNKNOWN
    assert _status(state, RIGHT, PAUSE * 3 - timedelta(seconds=1)) is Status.INVALID
    assert _status(state, RIGHT, PAUSE * 3) is Status.ACCEPTED
    assert (state.wrong_codes, _status(state, None, PAUSE * 3)) == (0, Status.UNKNOWN)


def test_when_codes_are_shut_out_the_operator_is_told(state: ChargePoint) -> None:
    for _ in range(MOST_WRONG_CODES - 1):
        assert len(apply(state, CODE, context(token=None)).events) == 1
    _, alarm = apply(state, CODE, context(token=None)).events
    assert isinstance(alarm, events.SecurityEventRecorded)
    assert (alarm.kind, alarm.source) == ("WrongKeyCodes", "system")


def test_other_kinds_are_not_shut_out(state: ChargePoint) -> None:
    for _ in range(MOST_WRONG_CODES):
        _status(state, None)
    card = reports.TokenPresented(id_token="CARD1", token_kind="ISO14443")
    assert apply(state, card, context()).answer == apply(ChargePoint(id="CP2"), card, context()).answer


def test_codes_tried_within_a_transaction_count(state: ChargePoint) -> None:
    for sequence in range(MOST_WRONG_CODES):
        tried = told(sequence, id_token="keycode:1", token_kind="KeyCode")
        apply(state, tried, context(7, token=None))
    answer = apply(state, told(9, id_token="keycode:1", token_kind="KeyCode"), context(7, token=RIGHT)).answer
    assert isinstance(answer, TransactionHeard)
    assert answer.verdict is not None
    assert answer.verdict.status is Status.INVALID


def test_the_pause_grows_up_to_an_hour() -> None:
    assert pause_after(MOST_WRONG_CODES - 1) == timedelta(0)
    assert pause_after(MOST_WRONG_CODES + 1) == 2 * PAUSE
    assert pause_after(10**6) == LONGEST_PAUSE


@pytest.mark.parametrize(
    ("token", "status"),
    [
        (IdToken("DE-ABC-1", kind="eMAID"), Status.INVALID),
        (IdToken("DE-ABC-1", blocked=True), Status.BLOCKED),
        (None, Status.UNKNOWN),
    ],
)
def test_no_contract_is_accepted_on_a_certificate_that_nobody_verified(
    state: ChargePoint, token: IdToken | None, status: Status
) -> None:
    contract = reports.TokenPresented(id_token="DE-ABC-1", token_kind="eMAID", has_certificate=True)
    answer = apply(state, contract, context(token=token)).answer
    assert isinstance(answer, TokenJudged)
    assert (answer.verdict.status, answer.certificate) == (status, "CertChainError")


def test_another_token_of_the_group_stops_what_the_first_one_started(state: ChargePoint) -> None:
    first, second = (IdToken(name, parent="FLEET") for name in ("CARD1", "CARD2"))
    apply(state, told(0, id_token="CARD1"), context(7, token=first))
    stop = told(1, id_token="CARD2", phase="Ended", trigger="StopAuthorized")
    answer = apply(state, stop, context(token=second, running=5)).answer
    assert isinstance(answer, TransactionHeard)
    assert answer.verdict is not None
    assert (answer.verdict.status, answer.verdict.parent) == (Status.ACCEPTED, "FLEET")
    assert state.transactions[7].id_token == "CARD1"


def test_a_master_pass_ends_a_transaction_and_begins_none(state: ChargePoint) -> None:
    master = IdToken("MASTER", parent="MASTERS", master_pass=True)
    verdicts = []
    for report in (
        told(0, id_token="MASTER"),
        told(1, id_token="MASTER", trigger="StopAuthorized"),
        told(2, id_token="MASTER", phase="Ended"),
    ):
        answer = apply(state, report, context(7, token=master)).answer
        assert isinstance(answer, TransactionHeard)
        assert answer.verdict is not None
        verdicts.append((answer.verdict.status, answer.verdict.parent))
    assert verdicts == [
        (Status.INVALID, "MASTERS"),
        (Status.ACCEPTED, "MASTERS"),
        (Status.ACCEPTED, "MASTERS"),
    ]
