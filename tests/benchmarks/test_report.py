"""The page: targets first, and what was not measured again stays."""

from __future__ import annotations

from benchmarks import targets
from benchmarks.report import Table, markdown, text

MEMORY = Table(
    title="Memory",
    columns=("server", "KB"),
    rows=[("Chargeyard", "8.3")],
    notes=["Idle.", "Plain."],
    verdicts=[targets.memory("plain", 8.3, 12)],
)
GROWTH = Table(
    title="Growth",
    columns=("connected", "µs"),
    rows=[("100", "90.0"), ("20,000", "120.0")],
    verdicts=[targets.growth("SQLite", 20_000, 33.3)],
)
ABOUT = ["a machine", "some versions"]
_MISSED = "| Cost per message on SQLite from 100 to 20,000 connected: grows by less than 20 % | +33 % at 20,000 | no |"


def test_targets_come_first() -> None:
    page = markdown([MEMORY, GROWTH], ABOUT)
    assert [line for line in page.splitlines() if line.startswith("#")] == [
        "# Benchmarks",
        "## Targets",
        "## Memory",
        "## Growth",
    ]
    assert "- a machine\n- some versions\n" in page
    assert "| An idle plain connection: at most 12 KB | 8.3 KB | yes |  |\n" in page
    assert _MISSED in page
    assert "| Chargeyard | 8.3 |\n\nIdle.\n\nPlain.\n" in page


def test_what_was_not_measured_again_stays() -> None:
    before = markdown([MEMORY, GROWTH], ABOUT)
    now = Table(
        title="Memory",
        columns=("server", "KB"),
        rows=[("Chargeyard", "13.0")],
        verdicts=[targets.memory("plain", 13.0, 12)],
    )
    page = markdown([now], ["another machine"], before)
    assert "| An idle plain connection: at most 12 KB | 13.0 KB | no |" in page
    assert "| Chargeyard | 13.0 |" in page
    assert "8.3" not in page
    assert _MISSED in page
    assert page.count("## Growth") == page.count("## Memory") == page.count("## Targets") == 1
    assert markdown([now], ["another machine"], page) == page


def test_the_terminal_tells_what_is_missed() -> None:
    assert "An idle plain connection: at most 12 KB: 8.3 KB, met" in text(MEMORY)
    assert "+33 % at 20,000, MISSED" in text(GROWTH)


def test_a_missed_target_says_what_stands_in_the_way() -> None:
    missed = targets.storm("SQLite", 10_000, [(3.8, 3.6), (15.4, 8.7)])
    met = targets.storm("MariaDB", 10_000, [(3.8, 3.6), (9.4, 8.7)])
    (no, yes) = targets.rows([missed, met])
    assert no[1:3] == ("10,000: 3.8 s (3.6 s of CPU), again 15.4 s (8.7 s of CPU)", "no")
    assert "somaxconn" in no[3]
    assert yes[2:] == ("yes", "")
