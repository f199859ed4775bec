"""May this id token charge?"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargeyard.domain.authorization import IdToken, Status, judge, key_of
from tests.domain.made import NOW

PAST, FUTURE = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("token", "running", "status"),
    [
        (None, 0, Status.INVALID),
        (IdToken("A"), 0, Status.ACCEPTED),
        (IdToken("A"), 1, Status.CONCURRENT),
        (IdToken("A", max_transactions=2), 1, Status.ACCEPTED),
        (IdToken("A", max_transactions=None), 99, Status.ACCEPTED),
        (IdToken("A", max_transactions=0), 0, Status.CONCURRENT),
        (IdToken("A", expires_at=FUTURE), 0, Status.ACCEPTED),
        (IdToken("A", expires_at=NOW), 0, Status.EXPIRED),
        (IdToken("A", expires_at=PAST), 1, Status.EXPIRED),
        (IdToken("A", expires_at=PAST, blocked=True), 1, Status.BLOCKED),
    ],
)
def test_verdicts(token: IdToken | None, running: int, status: Status) -> None:
    assert judge(token, NOW, running).status is status


def test_the_verdict_tells_what_may_be_cached() -> None:
    verdict = judge(IdToken("A", parent="FAMILY", expires_at=FUTURE), NOW)
    assert (verdict.parent, verdict.expires_at, verdict.accepted) == ("FAMILY", FUTURE, True)


@given(st.text(st.characters(codec="ascii"), max_size=20))
def test_case_and_blanks_do_not_make_another_token(tag: str) -> None:
    assert key_of(f" {tag.upper()} ") == key_of(tag.lower())
