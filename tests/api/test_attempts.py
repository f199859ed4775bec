"""Counting failed logins."""

from datetime import UTC, datetime, timedelta

import pytest

from chargeyard.api.attempts import FailedLogins, network_of

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("/run/socket", "/run/socket"),
        ("", ""),
    ],
)
def test_a_host_owns_its_whole_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_attempts_at_the_same_moment_count_before_they_fail() -> None:
    logins = FailedLogins(2)
    assert [logins.begin("a", NOW) for _ in range(3)] == [True, True, False]
    assert logins.begin("b", NOW)
    assert not logins.begin("a", NOW + timedelta(seconds=59))
    assert logins.begin("a", NOW + timedelta(seconds=60))


def test_a_success_takes_only_itself_back() -> None:
    logins = FailedLogins(2)
    logins.begin("a", NOW)
    logins.begin("a", NOW)
    logins.succeeded("a")
    assert logins.begin("a", NOW)
    assert not logins.begin("a", NOW)


def test_memory_is_bounded() -> None:
    logins = FailedLogins(1)
    for number in range(10_050):
        logins.begin(str(number), NOW)
    assert logins.begin("0", NOW)  # forgotten
    assert not logins.begin("10049", NOW)
