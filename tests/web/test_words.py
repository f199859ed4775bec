"""How the pages write things down: `words.py`."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from chargeyard.web import words


def plain(text: str) -> str:
    return text.replace("\u202f", " ")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3900, "1 h 05 min"),
        (86399, "23 h 59 min"),
        (90000, "1 d 1 h"),
    ],
)
def test_spans(seconds: float, said: str) -> None:
    assert plain(words.span(timedelta(seconds=seconds))) == said


def test_quantities_are_exact_and_carry_their_unit() -> None:
    assert plain(words.kw(11_040)) == "11.0 kW"
    assert plain(words.kw(1_234_560)) == "1 234.6 kW"
    assert plain(words.kwh(5)) == "0.01 kWh"
    assert plain(words.kwh(0)) == "0.00 kWh"
    assert plain(words.percent(54.4)) == "54 %"
    assert plain(words.count(12_345)) == "12 345"


def test_what_is_not_known_is_not_nought() -> None:
    assert words.kw(None) == words.kwh(None) == words.percent(None) == words.NONE


def test_instants_are_written_in_utc() -> None:
    at = datetime(2026, 11, 21, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert words.iso(at) == "2026-11-20T23:30:00Z"
    assert words.stamp(at) == "2026-11-20 23:30:00 UTC"


def test_no_two_connector_states_look_the_same_without_colour() -> None:
    assert len({look.words for look in words.CONNECTOR.values()}) == len(words.CONNECTOR)
    assert words.connector_look("Wobbling").words == "Wobbling"
    assert words.connector_look("").words == "Unknown"


@pytest.mark.parametrize(
    ("evse", "connector", "said"), [(0, 0, "all"), (2, 1, "2"), (2, 0, "2"), (2, 3, "2.3")]
)
def test_outlets(evse: int, connector: int, said: str) -> None:
    assert words.outlet(evse, connector) == said
