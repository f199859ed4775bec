"""ReservationStatusUpdate, on the wire of 2.x."""

from typing import Any

import pytest

from chargeyard.domain import reports
from tests.dialects.v201.wire import BOTH, Version, named


@pytest.mark.parametrize("version", BOTH, ids=named)
@pytest.mark.parametrize(
    ("payload", "number", "word"),
    [
        ({"reservationId": 7, "reservationUpdateStatus": "Expired"}, 7, "Expired"),
        ({"reservationId": 7, "reservationUpdateStatus": "Removed"}, 7, "Removed"),
        ({"reservationId": 7, "reservationUpdateStatus": "NoTransaction"}, 7, "NoTransaction"),
        ({"reservationId": 2**70, "reservationUpdateStatus": "Expired"}, 0, "Expired"),
        ({"reservationId": 7}, 7, "Removed"),
        ({}, 0, "Removed"),
    ],
    ids=str,
)
def test_a_reservation_is_gone(version: Version, payload: Any, number: int, word: str) -> None:
    report = version.hear("ReservationStatusUpdate", payload).report
    assert isinstance(report, reports.ReservationGone)
    assert (report.reservation, report.word) == (number, word)
    assert version.answer("ReservationStatusUpdate", payload) == {}
