"""CSV that spreadsheets and programs read as it was meant."""

import csv
import io
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargeyard.domain.exports import Column, Kind
from chargeyard.domain.spreadsheets import FORMULA, cell, escaped, unescaped
from chargeyard.storage.exports.csv_file import CsvWriter

_COLUMNS = (Column("charge_point"), Column("energy_wh", Kind.INTEGER), Column("at", Kind.INSTANT))
_NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def _written(*rows: tuple[str | int | datetime | None, ...]) -> str:
    out = io.StringIO(newline="")
    CsvWriter(out, _COLUMNS).write(rows)
    return out.getvalue()


def test_a_table_has_a_header_and_lines_that_end_as_the_rfc_says() -> None:
    assert _written(("CP1", -5, _NOON), ('a "b", c', None, None)) == (
        "charge_point,energy_wh,at\r\n"
        "CP1,-5,2026-11-27T12:00:00Z\r\n"
        '"a ""b"", c",,\r\n'
    )  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+49", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_what_a_spreadsheet_would_calculate_is_text(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_numbers_stay_numbers() -> None:
    assert [cell(-5), cell(-0.5), cell(None)] == [-5, -0.5, ""]


def test_instants_are_utc() -> None:
    assert cell(_NOON.astimezone(timezone(timedelta(hours=2)))) == "2026-11-27T12:00:00Z"
    assert cell(_NOON.replace(microsecond=1000)) == "2026-11-27T12:00:00.001000Z"


@given(st.text(alphabet="'=+-@\t\ra", max_size=5))
def test_every_text_comes_back(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert not escaped(text).startswith(FORMULA)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")))
def test_every_text_survives_the_file(text: str) -> None:
    rows = list(csv.reader(io.StringIO(_written((text, 1, None)), newline="")))
    assert unescaped(rows[1][0]) == text
