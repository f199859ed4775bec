"""One server for one SQLite file.

A second one would book the charge points of the first as offline, and both would write the state of one.
"""

import os
import sys
from pathlib import Path

from chargeyard.errors import SettingsError


class Claim:
    """Held from `take` to `release`, or to the end of the process, however it ends."""

    def __init__(self, file: Path) -> None:
        self._file = file.with_name(f"{file.name}.lock")
        self._descriptor: int | None = None

    def take(self) -> None:
        """Raises `SettingsError` if another server holds it, or it cannot be written."""
        try:
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
            _lock(self._descriptor)
        except BlockingIOError:
            self.release()
            raise SettingsError(f"another server is running on this database ({self._file})") from None
        except OSError as error:
            self.release()
            raise SettingsError(f"{self._file}: {error.strerror}") from None

    def release(self) -> None:
        """Another server may take it. The file stays: to remove it would let two servers in at once."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _lock(descriptor: int) -> None:
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
