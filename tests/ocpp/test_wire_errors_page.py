"""The page docs/reference/wire-errors.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chargeyard.dialects.v16 import V16
from chargeyard.ocpp import repairs, sins, tolerance
from chargeyard.ocpp.violations import Fault, Spelling
from tests.ocpp.spellings import SPELLING_2X

PAGE = (Path(__file__).parents[2] / "docs/reference/wire-errors.md").read_text()


def rows(width: int) -> list[list[str]]:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.splitlines()
        if line.startswith("| ")
    ]
    return [row for row in cells if len(row) == width]


@pytest.mark.parametrize(("column", "spelling"), [(2, V16.manners.spelling), (3, SPELLING_2X)])
def test_the_page_spells_every_fault(column: int, spelling: Spelling) -> None:
    codes = {row[1].strip("`"): row[column] for row in rows(4) if row[1].startswith("`")}
    assert set(codes) == {fault.name for fault in Fault}
    assert all(f"`{spelling[fault]}`" in codes[fault.name] for fault in Fault)


def test_the_page_names_every_rule_and_no_other() -> None:
    tables = (*sins.RULES.values(), *sins.LIMITS.values(), repairs.JSON_REPAIRS, repairs.FRAME_REPAIRS)
    named_in_calls = set(re.findall(r'(?:Finding|_found)\("([a-z_]+)"', source(repairs) + source(tolerance)))
    rules = {rule.__name__ for table in tables for rule in table} | {"escape_last_backslash"} | named_in_calls
    assert {row[0].strip("`") for row in rows(2) if row[0].startswith("`")} == rules


def source(module: object) -> str:
    return Path(str(getattr(module, "__file__", ""))).read_text()
