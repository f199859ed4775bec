"""Instants as charge points write them, and as we write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargeyard.dialects.timestamps import is_believable, parse, parse_loosely, spell

NOW = datetime(2026, 11, 21, 8, 15, tzinfo=UTC)
instants = st.integers(-62_135_500_000, 253_402_200_000).map(
    lambda second: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-21T08:15:00Z", NOW),
        ("2026-11-21T08:15:00.000Z", NOW),
        ("2026-11-21T08:15:00.5Z", NOW + timedelta(milliseconds=500)),
        ("2026-11-21T08:15:00.123456789Z", NOW + timedelta(microseconds=123456)),
        ("2026-11-21T08:15:00+00:00", NOW),
        ("2026-11-21T10:15:00+02:00", NOW),
        ("2026-11-21T02:45:00-05:30", NOW),
    ],
)
def test_decent_forms(text: str, instant: datetime) -> None:
    assert parse(text) == instant
    assert parse_loosely(text, NOW) == instant


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-21T10:15:00+02", NOW),
        ("2026-11-21T10:15:00+0200", NOW),
        ("2026-11-21 08:15:00Z", NOW),
        ("2026-11-21t08:15:00z", NOW),
        (" 2026-11-21T08:15:00Z ", NOW),
        ("2026-11-21T08:15:00,5Z", NOW + timedelta(milliseconds=500)),
        ("2026-11-21T08:15Z", NOW),
        ("2026-11-20T24:00:00Z", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-12-31T23:59:60Z", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-11-21T08:15:00 +00:00", NOW),
        # Without a zone: ours, if it is about now there; else UTC.
        ("2026-11-21T08:15:00", NOW),
        ("2026-11-21T10:15:00", NOW),
        ("2026-11-21T10:16:30", NOW + timedelta(seconds=90)),
        ("2026-11-21T03:15:00", NOW),
        ("2026-11-21T13:45:00", NOW),
        ("2026-11-21T14:00:00", NOW),
        ("2026-11-21T10:25:00", datetime(2026, 11, 21, 10, 25, tzinfo=UTC)),
        ("2026-11-20T08:15:00", datetime(2026, 11, 20, 8, 15, tzinfo=UTC)),
    ],
)
def test_sloppy_forms(text: str, instant: datetime) -> None:
    assert parse_loosely(text, NOW) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "now",
        "1795248900",
        "2026-11-21",
        "2026-13-21T08:15:00Z",
        "2026-02-30T08:15:00Z",
        "2026-11-21T25:00:00Z",
        "2026-11-21T24:01:00Z",
        "2026-11-21T08:61:00Z",
        "2026-11-21T08:15:61Z",
        "2026-11-21T08:15:00+99:00",
        "2026-11-21T08:15:00Z; DROP TABLE",
        "0000-00-00T00:00:00Z",
        "9999-12-31T24:00:00Z",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_what_means_nothing(text: str) -> None:
    assert parse(text) is None
    assert parse_loosely(text, NOW) is None


@pytest.mark.parametrize(
    "text", ["2026-11-21T08:15:00", "2026-11-21", "", "20261121", "2026-11-21t08:15:00Zulu"]
)
def test_a_zone_is_required_of_decent_forms(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("instant", "believable"),
    [
        (NOW, True),
        (NOW - timedelta(days=3650), True),
        (datetime(1970, 1, 1, 0, 0, 12, tzinfo=UTC), False),
        (datetime(2014, 12, 31, tzinfo=UTC), False),
        (NOW + timedelta(hours=14), True),
        (NOW + timedelta(days=2), False),
        (datetime(9999, 12, 31, tzinfo=UTC), False),
    ],
)
def test_clocks_that_were_not_set(instant: datetime, believable: bool) -> None:
    assert is_believable(instant, NOW) is believable


def test_we_write_whole_seconds_and_z() -> None:
    """Nothing else is safe (lbbrhzn/ocpp#512)."""
    zone = timezone(timedelta(hours=2))
    assert spell(datetime(2026, 11, 21, 10, 15, 0, 999999, zone)) == "2026-11-21T08:15:00Z"


@given(instants)
def test_what_we_write_is_read_again(instant: datetime) -> None:
    whole = instant.replace(microsecond=0)
    assert parse(spell(instant)) == whole
    assert parse_loosely(spell(instant), NOW) == whole


@given(st.text() | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,+Zz-]{0,20}"), instants)
def test_no_text_is_too_odd(text: str, now: datetime) -> None:
    for instant in (parse(text), parse_loosely(text, now)):
        assert instant is None or instant.tzinfo is UTC


@pytest.mark.parametrize("ours", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC)])
def test_a_clock_of_ours_that_is_not_set_refutes_nobody(ours: datetime) -> None:
    assert is_believable(datetime(2027, 1, 1, tzinfo=UTC), ours)
    assert not is_believable(datetime(1970, 1, 1, tzinfo=UTC), ours)
