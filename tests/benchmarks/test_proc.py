"""What processes cost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from benchmarks.proc import busy_s, command_of, cpu_s, family_cpu_s, held_on, parent_of, rss_kb

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SPIN = "import time\nend = time.process_time() + 0.1\nwhile time.process_time() < end: sum(range(1000))\n"
PARENT = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {SPIN!r}])
child = subprocess.Popen([sys.executable, "-c", {SPIN!r} + "print('ready', flush=True); input()"])
input()
child.kill()
"""


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    """A process that hardly works, one child of which has worked and ended, and another that waits after its work."""
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.communicate("\n")


def test_a_family_counts_its_children_also_the_ended(parent: subprocess.Popen[str]) -> None:
    assert family_cpu_s(parent.pid) >= cpu_s(parent.pid) + 0.19
    assert family_cpu_s(0) == 0


def test_held_and_let_go(parent: subprocess.Popen[str]) -> None:
    before = os.sched_getaffinity(parent.pid)
    core = min(before)
    with held_on(parent.pid, {core}) as held:
        assert held
        assert os.sched_getaffinity(parent.pid) == {core}
    assert os.sched_getaffinity(parent.pid) == before
    with held_on(0, {core}) as held:
        assert not held


def test_a_process_is_known(parent: subprocess.Popen[str]) -> None:
    assert parent_of(parent.pid) == os.getpid()
    assert "python" in command_of(parent.pid)
    assert rss_kb(parent.pid) > 1000


def test_a_core_is_busy_at_most_all_the_time() -> None:
    core = min(os.sched_getaffinity(0))
    assert 0 < busy_s(core) <= time.clock_gettime(time.CLOCK_BOOTTIME) + 1
