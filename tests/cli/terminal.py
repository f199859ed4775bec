"""A terminal: commands run as they are run by people, in a process of their own."""

import subprocess
import sys


def run(*words: object) -> subprocess.CompletedProcess[str]:
    """`chargeyard WORDS…`."""
    command = [sys.executable, "-m", "chargeyard", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
