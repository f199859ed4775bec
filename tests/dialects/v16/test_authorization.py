"""What is told of a token on the wire of 1.6."""

import pytest

from chargeyard.dialects.v16.authorization import STATUS, id_tag_info
from chargeyard.domain.authorization import Status, Verdict


@pytest.mark.parametrize("status", Status)
def test_every_verdict_has_a_word(status: Status) -> None:
    assert STATUS[status] in {"Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"}
    assert (STATUS[status] == "Accepted") is (status is Status.ACCEPTED)


def test_what_1_6_cannot_say_is_left_out() -> None:
    info = id_tag_info(Verdict(Status.UNKNOWN, evses=(1,), language="en", personal_message="No"))
    assert (info.status, info.parent_id_tag or None, info.expiry_date or None) == ("Invalid", None, None)
