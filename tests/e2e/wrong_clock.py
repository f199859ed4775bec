"""Chargeyard with a clock that can be set: `python -m tests.e2e.wrong_clock FILE serve …`.

FILE holds by how many seconds the clock of this process is wrong; it is read at every look at the clock. Only the
clock that tells the date is touched: like a real one that somebody sets, it leaves timeouts alone.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chargeyard.bootstrap import node
from chargeyard.cli import main


def _wrong_by(file: Path) -> timedelta:
    return timedelta(seconds=float(file.read_text("ascii") or 0))


if __name__ == "__main__":
    file = Path(sys.argv.pop(1))
    node.now = lambda: datetime.now(UTC) + _wrong_by(file)
    main()
