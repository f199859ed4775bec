"""`pytest tests/conformance/v… --conformance-page` writes the page of what the run showed."""

import pytest

from tests.conformance import page

OPTION = "--conformance-page"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        OPTION, action="store_true", dest="conformance_page", help=f"write {page.FILE.name} from this run"
    )


def pytest_configure(config: pytest.Config) -> None:
    # Workers of pytest-xdist report to the process that started them; that one writes.
    if config.getoption("conformance_page", False) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Scribe(), "conformance-page")


class Scribe:
    """Notes what became of each case, and writes it down at the end."""

    def __init__(self) -> None:
        self._results: dict[tuple[str, str], str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        case = page.case_of(report.nodeid)
        if case is None or (report.when != "call" and not report.failed):
            return
        outcome = "xfailed" if hasattr(report, "wasxfail") else report.outcome
        if self._results.get(case) != "failed":
            self._results[case] = outcome

    def pytest_sessionfinish(self) -> None:
        page.FILE.write_text(page.rendered(self._results), "utf-8")
