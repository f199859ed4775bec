"""What a transcript may look like; that a wrong one fails is shown where there is a server (`v16/test_cases.py`)."""

from pathlib import Path

import pytest

from tests.conformance.transcript import Step, steps_of


def test_comments_are_left_out_and_lines_are_joined(tmp_path: Path) -> None:
    file = tmp_path / "case.wire"
    file.write_text('# what\n\n> [2, "1",\n  "Heartbeat", {}]\n~ hang up\n')
    assert steps_of(file) == [Step(">", '[2, "1", "Heartbeat", {}]', 3), Step("~", "hang up", 5)]


def test_a_line_without_a_sign_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "wrong.wire"
    file.write_text("# a comment\n\nBootNotification\n")
    with pytest.raises(ValueError, match=r"wrong.wire:3"):
        steps_of(file)
