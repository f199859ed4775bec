"""One server for one file; a claim ends with its release."""

from pathlib import Path

import pytest

from chargeyard.errors import SettingsError
from chargeyard.storage.claim import FileClaim


async def test_only_one_holds_it_at_a_time(tmp_path: Path) -> None:
    """A second one is refused, and let in once the first has gone; its own failure frees nothing."""
    file = tmp_path / "chargeyard.db"
    first, second = FileClaim(file), FileClaim(file)
    await first.take()
    for _ in range(2):
        with pytest.raises(SettingsError, match="another server"):
            await second.take()
    await first.release()
    await second.take()
    await second.release()


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """One line says which file cannot be had."""
    with pytest.raises(SettingsError, match="missing"):
        await FileClaim(tmp_path / "missing" / "chargeyard.db").take()
