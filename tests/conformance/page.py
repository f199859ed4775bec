"""`docs/reference/conformance.md`: made from the cases and from what a test run showed."""

import re
from collections.abc import Iterable, Mapping

from tests.conformance.cases import FOLDER, FOLDERS, Case, cases_of, functions_of, transcripts_of

FILE = FOLDER.parents[1] / "docs" / "reference" / "conformance.md"

Results = Mapping[tuple[str, str], str]
"""(version, case) to the outcome of its test: "passed", "failed" or "xfailed"."""

PASSES, FAILS = "passes", "fails"
_ORDER = (PASSES, FAILS, "not driven", "not applicable")

_TEST = re.compile(
    r"conformance/(?P<folder>v\d+)/test_cases\.py::test_(?:case\w*\[(?P<file>\w+)\]|(?P<function>tc_\w+))$"
)

HEAD = """# Conformance

What the certification cases of a central system show here. Each case is a transcript that is played against a
running server: the charge point says legal messages, what it hears is compared whole and checked against the
published schemas, and what must be kept is asked for over REST. This page is written by the test run
(`make conformance`) and the tests fail when it is not what they show; a case passes only if its transcript ran.

The cases of 1.6 and 2.0.1 are those of the Open Charge Alliance's certification, by their ids; for 2.1, which has none
yet, the main use cases of what it adds, by theirs. This is our own test, and no certificate.
"""


def case_of(node_id: str) -> tuple[str, str] | None:
    """(version, case) that a test drives."""
    found = _TEST.search(node_id)
    if found is None:
        return None
    version = next(version for version, folder in FOLDERS.items() if folder == found["folder"])
    return version, found["file"] or found["function"].upper()


def implied() -> dict[tuple[str, str], str]:
    """The outcomes of a run in which every test does what it should."""
    return {
        (version, case.id): "xfailed" if case.state == "fails" else "passed"
        for version in FOLDERS
        for case in cases_of(version)
        if case.is_driven
    }


def rendered(results: Results) -> str:
    """The page."""
    parts = [HEAD, *_summary(results)]
    for version in FOLDERS:
        parts += ["", f"## OCPP {version}"]
        for block in dict.fromkeys(case.block for case in cases_of(version)):
            parts += ["", f"### {block}", "", *_table(version, block, results)]
    return "\n".join(parts) + "\n"


def _summary(results: Results) -> Iterable[str]:
    yield "| | cases | " + " | ".join(_ORDER) + " |"
    yield "|---|---|" + "---|" * len(_ORDER)
    for version in FOLDERS:
        cases = cases_of(version)
        yield _counted(f"OCPP {version}", version, cases, results)
        core = [case for case in cases if case.core]
        if core:
            yield _counted("of these Core and Advanced Security", version, core, results)


def _counted(name: str, version: str, cases: list[Case], results: Results) -> str:
    found = [result_of(version, case, results) for case in cases]
    counts = " | ".join(str(found.count(result)) for result in _ORDER)
    return f"| {name} | {len(cases)} | {counts} |"


def _table(version: str, block: str, results: Results) -> Iterable[str]:
    yield "| case | title | result | note |"
    yield "|---|---|---|---|"
    for case in cases_of(version):
        if case.block == block:
            found = result_of(version, case, results)
            yield f"| {_linked(version, case)} | {case.title} | {found} | {case.note} |"


def result_of(version: str, case: Case, results: Results) -> str:
    """The word of the page for a case. One that should have been driven, and was not, fails."""
    if not case.is_driven:
        return case.state
    return PASSES if results.get((version, case.id)) == "passed" else FAILS


def _linked(version: str, case: Case) -> str:
    folder = FOLDER / FOLDERS[version]
    files = {file.stem: file for file in transcripts_of(version)}
    if case.id in functions_of(version):
        files[case.id] = folder / "test_cases.py"
    if case.id not in files:
        return case.id
    return f"[{case.id}](../../{files[case.id].relative_to(FOLDER.parents[1]).as_posix()})"
