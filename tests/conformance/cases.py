"""The certification cases: what there is, what of it is driven here, and why the rest is not.

`<version>/cases.csv` has one row for each case. `state` is empty for a case that is driven: by the transcript of
its name, or by a function `test_<case>` of `test_cases.py` where a transcript cannot say it. Else it is a reason's
first half, and `note` the second: "fails" (driven, and known to fail), "not applicable" or "not driven".
"""

import csv
from collections.abc import Collection
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import pytest

FOLDER = Path(__file__).parent
FOLDERS = {"1.6": "v16", "2.0.1": "v201", "2.1": "v21"}

State = Literal["", "fails", "not applicable", "not driven"]
STATES = frozenset(get_args(State))


class Case(NamedTuple):
    """One row. `core` is "C" for a case of Core and Advanced Security."""

    id: str
    block: str
    core: str
    title: str
    state: str
    note: str

    @property
    def is_driven(self) -> bool:
        """A test of it must run."""
        return self.state in {"", "fails"}


def cases_of(version: str) -> list[Case]:
    """All cases of a version, in the order of their ids."""
    with (FOLDER / FOLDERS[version] / "cases.csv").open(encoding="utf-8", newline="") as file:
        return [Case(**row) for row in csv.DictReader(file)]


def transcripts_of(version: str) -> list[Path]:
    """The transcripts of a version. Those in `asking` want a server that asks on its own."""
    return sorted((FOLDER / FOLDERS[version]).rglob("*.wire"))


def functions_of(version: str) -> list[str]:
    """The cases that functions drive, as the functions are named: test_tc_085 is TC_085."""
    text = (FOLDER / FOLDERS[version] / "test_cases.py").read_text("utf-8")
    names = (line.split("(")[0] for line in text.splitlines() if line.startswith("async def test_tc_"))
    return [name.removeprefix("async def test_").upper() for name in names]


def parameters(version: str, *, asking: bool = False) -> list[object]:
    """The transcripts of a version for a test to be run with, those of cases known to fail marked so.

    `asking`: those that want a server that asks on its own, else the others.
    """
    known = {case.id: case for case in cases_of(version)}
    return [
        pytest.param(file, id=file.stem, marks=_marks(known.get(file.stem)))
        for file in transcripts_of(version)
        if (file.parent.name == "asking") is asking
    ]


def _marks(case: Case | None) -> Collection[pytest.MarkDecorator]:
    return [pytest.mark.xfail(reason=case.note, strict=True)] if case and case.state == "fails" else []
