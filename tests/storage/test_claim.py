"""One server for one file; a claim ends with its release."""

from pathlib import Path

import pytest

from chargeyard.errors import SettingsError
from chargeyard.storage.claim import Claim


def test_only_one_holds_it_at_a_time(tmp_path: Path) -> None:
    """A second one is refused, and let in once the first has gone; its own failure frees nothing."""
    file = tmp_path / "chargeyard.db"
    first, second = Claim(file), Claim(file)
    first.take()
    for _ in range(2):
        with pytest.raises(SettingsError, match="another server"):
            second.take()
    first.release()
    second.take()
    second.release()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """One line says which file cannot be had."""
    with pytest.raises(SettingsError, match="missing"):
        Claim(tmp_path / "missing" / "chargeyard.db").take()
