"""What processes and cores cost, read from /proc: Linux only."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Processor time of a process with all its threads, in seconds; exact to 10 ms."""
    user, system, *_ = _times(pid)
    return (user + system) / _TICKS


def family_cpu_s(pid: int) -> float:
    """Processor time of a process and its children, also of those that have ended; 0 for no process (0)."""
    if not pid:
        return 0.0
    return sum(sum(_times(member)) for member in _family(pid)) / _TICKS


def _times(pid: int) -> tuple[int, ...]:
    """Ticks of a process: user, system, and the same of the children that it has waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile: its parent counts it now
        return (0, 0, 0, 0)
    return tuple(map(int, fields[11:15]))


def _family(pid: int) -> list[int]:
    """The process and its children."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [
        pid, *(int(child) for thread in threads for child in (thread / "children").read_text("ascii").split())
    ]  # fmt: skip


def parent_of(pid: int) -> int:
    """Who started the process. Raises OSError if there is none of that number on this machine."""
    return int(Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[1])


def command_of(pid: int) -> str:
    """The name of its program, at most 15 letters. Raises OSError."""
    return Path(f"/proc/{pid}/comm").read_text("utf-8").strip()


def rss_kb(pid: int) -> int:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() // 1024


def busy_s(core: int) -> float:
    """How long a core has been busy since the machine started, with whatever."""
    lines = Path("/proc/stat").read_text("ascii").splitlines()
    fields = next(line.split()[1:] for line in lines if line.startswith(f"cpu{core} "))
    user, nice, system, _idle, _waiting, *interrupts = map(int, fields[:7])
    return (user + nice + system + sum(interrupts)) / _TICKS


def overflows() -> int:
    """How many connects of this machine have found a full accept queue, ever; the kernel makes them try again."""
    lines = [line.split() for line in Path("/proc/net/netstat").read_text("ascii").splitlines()]
    counted = next(
        dict(zip(names, values, strict=True))
        for names, values in zip(lines[::2], lines[1::2], strict=True)
        if "ListenOverflows" in names
    )
    return int(counted["ListenOverflows"])


def raise_file_limit() -> int:
    """As many open files as allowed, here and in every process started from here; how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


@contextmanager
def held_on(pid: int, cores: set[int]) -> Iterator[bool]:
    """Keep a running process, its children and all their threads on `cores`; afterwards where they were before.

    What they start meanwhile inherits it. Tells whether it could be done: not without being root or their user.
    """
    before = {thread: os.sched_getaffinity(thread) for thread in _threads(pid)} if pid else {}
    try:
        for thread in before:
            with suppress(ProcessLookupError):
                os.sched_setaffinity(thread, cores)
        held = bool(before)
    except PermissionError:
        held = False
    try:
        yield held
    finally:
        home = set().union(*before.values())
        for thread in _threads(pid) if held else ():
            with suppress(ProcessLookupError):
                os.sched_setaffinity(thread, before.get(thread, home))


def _threads(pid: int) -> list[int]:
    found: list[int] = []
    for member in _family(pid):
        with suppress(FileNotFoundError):
            found += (int(thread.name) for thread in Path(f"/proc/{member}/task").iterdir())
    return found
