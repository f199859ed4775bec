"""The page of conformance: it says what the tests say, and nothing passes that is not driven."""

import pytest

from tests.conformance import page
from tests.conformance.cases import FOLDERS, STATES, Case, cases_of, functions_of, transcripts_of


@pytest.mark.parametrize("version", FOLDERS)
def test_each_case_is_driven_or_says_why_not(version: str) -> None:
    cases = cases_of(version)
    driven = [*(file.stem for file in transcripts_of(version)), *functions_of(version)]
    assert len(driven) == len(set(driven))
    assert [case.id for case in cases if case.is_driven] == [one.id for one in cases if one.id in driven]
    assert set(driven) <= {case.id for case in cases}
    assert {case.state for case in cases} <= STATES
    assert [case.id for case in cases if case.state and not case.note] == []


def test_all_cases_of_the_certifications_are_listed() -> None:
    assert [len(cases_of(version)) for version in ("1.6", "2.0.1")] == [77, 252]
    assert len([case for case in cases_of("2.0.1") if case.core]) == 131


def test_the_page_in_the_tree_is_the_one_that_this_run_implies() -> None:
    """Every driven case is a test of this suite, which fails if the case does not do what the page says."""
    assert page.FILE.read_text("utf-8") == page.rendered(page.implied()), "run `make conformance`"


CASE = Case("TC_1", "A", "", "title", "", "")


@pytest.mark.parametrize(
    ("state", "outcomes", "result"),
    [
        ("", {("1.6", "TC_1"): "passed"}, "passes"),
        ("", {("1.6", "TC_1"): "failed"}, "fails"),
        ("", {("1.6", "TC_1"): "skipped"}, "fails"),
        ("", {("2.1", "TC_1"): "passed"}, "fails"),
        ("", {}, "fails"),
        ("fails", {("1.6", "TC_1"): "xfailed"}, "fails"),
        ("not driven", {("1.6", "TC_1"): "passed"}, "not driven"),
    ],
)
def test_only_a_run_makes_a_case_pass(state: str, outcomes: page.Results, result: str) -> None:
    assert page.result_of("1.6", CASE._replace(state=state), outcomes) == result


@pytest.mark.parametrize(
    ("node_id", "case"),
    [
        ("tests/conformance/v201/test_cases.py::test_case[TC_B_01]", ("2.0.1", "TC_B_01")),
        ("tests/conformance/v201/test_cases.py::test_case_that_is_followed_up[TC_B]", ("2.0.1", "TC_B")),
        ("tests/conformance/v16/test_cases.py::test_tc_085", ("1.6", "TC_085")),
        ("tests/conformance/v16/test_cases.py::test_a_transcript_that_fails[another id]", None),
        ("tests/e2e/test_drain.py::test_case[TC_B_01]", None),
    ],
)
def test_a_test_is_known_by_its_name(node_id: str, case: tuple[str, str] | None) -> None:
    assert page.case_of(node_id) == case
