"""Bounded, and forgotten by itself."""

from datetime import UTC, datetime, timedelta

from chargeyard.api.remembered import Remembered

NOW = datetime(2026, 11, 27, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_value_is_found_for_a_while_from_when_it_was_last_kept() -> None:
    remembered = Remembered[str](MINUTE)
    remembered.keep(b"digest", "admin", NOW)
    assert remembered.find(b"digest", NOW + MINUTE / 2) == "admin"
    assert remembered.find(b"digest", NOW + MINUTE) is None
    assert remembered.find(b"another", NOW) is None
    remembered.keep(b"digest", "admin", NOW + MINUTE / 2)
    assert remembered.find(b"digest", NOW + MINUTE) == "admin"


def test_what_is_forgotten_is_not_found() -> None:
    remembered = Remembered[str](MINUTE)
    for digest in (b"1", b"2", b"3"):
        remembered.keep(digest, "admin", NOW)
    remembered.forget(b"1")
    assert [remembered.find(digest, NOW) for digest in (b"1", b"2", b"3")] == [None, "admin", "admin"]
    remembered.clear()
    assert remembered.find(b"2", NOW) is None


def test_beyond_a_thousand_the_one_that_was_kept_longest_ago_goes() -> None:
    remembered = Remembered[int](MINUTE)
    for number in range(1000):
        remembered.keep(b"%d" % number, number, NOW)
    remembered.keep(b"0", 0, NOW)
    remembered.keep(b"new", -1, NOW)
    assert remembered.find(b"0", NOW) == 0
    assert remembered.find(b"1", NOW) is None
    assert remembered.find(b"new", NOW) == -1
