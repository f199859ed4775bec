"""What a charge point may be called."""

import pytest

from chargeyard.domain.identity import LONGEST, is_identity


@pytest.mark.parametrize(
    "text", ["CP1", "0815", "Garage 3", "A/B", "a:b|c@d+e=f", "Säule-7", "充电桩", "x" * LONGEST, "..."]
)
def test_what_the_field_uses_is_one(text: str) -> None:
    assert is_identity(text)


@pytest.mark.parametrize(
    "text", ["", " CP1", "CP1 ", ".", "..", "a\x00b", "a\nb", "Q\u202e", "x" * (LONGEST + 1)]
)
def test_what_nobody_could_read_is_none(text: str) -> None:
    assert not is_identity(text)
