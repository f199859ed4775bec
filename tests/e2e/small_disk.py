"""A file system of a few megabytes, to fill up.

    with small_disk(tmp_path / "data", megabytes=8) as disk:
        ...
        disk.fill()
        disk.empty()

It is a tmpfs, which only root can mount; `may_mount()` says whether that works here.
"""

import errno
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STEP = 1 << 16


class Disk:
    """What is mounted at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self) -> None:
        """Leave no byte free. Call it again for what was freed meanwhile."""
        with self._filler.open("ab", buffering=0) as filler:
            for step in (_STEP, 1):
                try:
                    while filler.write(bytes(step)) == step:
                        pass
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def empty(self) -> None:
        """Give back what `fill` took."""
        self._filler.unlink()


def may_mount() -> bool:
    """Whether this user of this machine may mount a file system."""
    if os.name != "posix" or os.getuid() != 0 or shutil.which("mount") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder) / "disk", megabytes=1):
                return True
        except subprocess.CalledProcessError:
            return False


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[Disk]:
    """An empty disk of that size at `path`; gone afterwards with what is on it, even if somebody has it open still."""
    path.mkdir()
    options = f"size={megabytes}m,mode=0755"
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)], check=True, capture_output=True
    )
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True, capture_output=True)
        path.rmdir()
