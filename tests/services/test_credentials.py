"""Secrets: forms that count as the same, hashes that do not mix, a key file that is never half-written."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargeyard.errors import SettingsError
from chargeyard.services.credentials import KEY_FILE, Keys, canonical, load_or_create_key

KEYS = Keys(b"k" * 32)
RAW = bytes(range(0xE0, 0xF4))
assert len(RAW) == 20


@pytest.mark.parametrize("registered", [RAW.hex(), RAW.hex().upper()])
@pytest.mark.parametrize("presented", [RAW, RAW.hex().encode(), RAW.hex().upper().encode()])
def test_a_key_given_as_hexadecimal_digits_is_known_in_every_form(registered: str, presented: bytes) -> None:
    assert KEYS.verify_password(presented, KEYS.charge_point_password(registered))


@pytest.mark.parametrize("presented", [b"sixteen-letters!", b"sixteen-letters!".hex().encode()])
def test_a_key_given_as_text_is_known_as_text_and_as_its_digits(presented: bytes) -> None:
    assert KEYS.verify_password(presented, KEYS.charge_point_password("sixteen-letters!"))


@pytest.mark.parametrize(
    "presented", [b"", b"Sixteen-letters!", b"sixteen-letters", RAW, b"\xff\xfe", b"0" * 40]
)
def test_another_password_is_refused(presented: bytes) -> None:
    assert not KEYS.verify_password(presented, KEYS.charge_point_password("sixteen-letters!"))


def test_a_text_that_only_resembles_digits_keeps_its_case() -> None:
    assert not KEYS.verify_password(b"ABCDEF", KEYS.charge_point_password("abcdef"))
    assert not KEYS.verify_password(b"A" * 64, KEYS.charge_point_password("a" * 64))


@given(st.binary(max_size=64))
def test_a_canonical_key_of_raw_bytes_is_its_own_form(password: bytes) -> None:
    assert canonical(canonical(password)) == canonical(password)


@given(st.text(max_size=80))
def test_whatever_an_operator_writes_is_recognised_when_presented_the_same(text: str) -> None:
    assert KEYS.verify_password(text.encode(), KEYS.charge_point_password(text))


def test_purposes_and_installations_do_not_mix() -> None:
    hashes = {
        KEYS.token("secret"),
        KEYS.charge_point_password("secret"),
        KEYS.hash("api-key", b"secret"),
        Keys(b"l" * 32).token("secret"),
    }
    assert len(hashes) == 4
    assert KEYS.token("secret") == KEYS.hash("token", b"secret")


def test_matches_tells_the_right_secret_from_others() -> None:
    stored = KEYS.hash("api-key", b"right")
    assert KEYS.matches("api-key", b"right", stored)
    assert not KEYS.matches("api-key", b"wrong", stored)
    assert not KEYS.matches("token", b"right", stored)
    assert not KEYS.matches("api-key", b"right", b"")


def test_new_secrets_are_long_plain_and_never_the_same() -> None:
    made = {KEYS.new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(len(secret) == 40 and len(bytes.fromhex(secret)) == 20 for secret in made)


def test_a_weak_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 to 64 bytes"):
        Keys(b"short")


def test_the_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = load_or_create_key(tmp_path / "data", "")
    assert load_or_create_key(tmp_path / "data", "") == first
    assert len(first) == 32
    assert stat.S_IMODE((tmp_path / "data" / KEY_FILE).stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "data").iterdir()] == [KEY_FILE]


def test_a_configured_key_needs_no_file(tmp_path: Path) -> None:
    key = load_or_create_key(tmp_path, "from the environment")
    assert key == load_or_create_key(tmp_path, "from the environment")
    assert key != load_or_create_key(tmp_path, "another")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"abc", b"z" * 64, b"\xff" * 64])
def test_a_damaged_key_file_stops_the_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(SettingsError, match=KEY_FILE):
        load_or_create_key(tmp_path, "")


def test_a_readable_key_file_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    key = load_or_create_key(tmp_path, "")
    (tmp_path / KEY_FILE).chmod(0o644)
    assert load_or_create_key(tmp_path, "") == key
    assert "can be read by others" in caplog.text


def _load(folder: str) -> bytes:
    return load_or_create_key(Path(folder), "")


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(_load, [str(tmp_path)] * 16))) == 1
