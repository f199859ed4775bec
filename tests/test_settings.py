"""Settings: defaults, TOML, environment, command line; what is wrong is named by its path, never by its value."""

from pathlib import Path

import pytest

from chargeyard.errors import SettingsError
from chargeyard.settings import Listener, Settings, load
from tools import settings_reference


def test_defaults_alone() -> None:
    """Without anything said the defaults count."""
    assert load(None, {}, {}) == Settings()


def test_environment_wins_over_file_and_command_line_over_both(tmp_path: Path) -> None:
    """Defaults < TOML < environment < command line."""
    file = tmp_path / "settings.toml"
    file.write_text('[http]\nhost = "10.0.0.1"\nport = 1\n[ocpp]\nheartbeat_interval_s = 60\n')
    settings = load(
        file,
        {"CHARGEYARD_HTTP__PORT": "2", "CHARGEYARD_OCPP__HEARTBEAT_INTERVAL_S": "90"},
        {"http": {"port": 3, "host": None}},
    )
    assert (settings.http.host, settings.http.port, settings.ocpp.heartbeat_interval_s) == ("10.0.0.1", 3, 90)


def test_names_that_scripts_rely_on() -> None:
    """The environment variables that the issue promises."""
    settings = load(
        None,
        {
            "CHARGEYARD_DATABASE__URL": "sqlite:///x.db",
            "CHARGEYARD_OCPP__UNKNOWN_CHARGE_POINTS": "accept",
            "CHARGEYARD_BUS__URL": "nats://localhost",
            "CHARGEYARD_ADMIN_PASSWORD": "secret",
        },
        {},
    )
    assert (settings.database.url, settings.ocpp.unknown_charge_points) == ("sqlite:///x.db", "accept")
    assert (settings.bus.url, settings.admin_password) == ("nats://localhost", "secret")


def test_listeners_from_toml(tmp_path: Path) -> None:
    """Further ports are tables of the file."""
    file = tmp_path / "settings.toml"
    file.write_text('[[ocpp.listeners]]\nport = 9001\ntls_certificate = "c.pem"\n')
    assert load(file, {}, {}).ocpp.listeners == (Listener(port=9001, tls_certificate="c.pem"),)


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ({"CHARGEYARD_HTTP__PORT": "99999"}, "$.http.port"),
        ({"CHARGEYARD_HTTP__PROT": "1"}, "`prot`"),
        ({"CHARGEYARD_NONSENSE": "1"}, "`nonsense`"),
        ({"CHARGEYARD_OCPP__READING": "sloppy"}, "$.ocpp.reading"),
        ({"CHARGEYARD_OCPP__CALL_TIMEOUT_S": "0"}, "$.ocpp.call_timeout_s"),
        ({"CHARGEYARD_OCPP__PATH": "/"}, "$.ocpp.path"),
        ({"CHARGEYARD_SECRET_KEY": "x" * 31}, "$.secret_key"),
    ],
)
def test_what_cannot_be_used_is_named(environment: dict[str, str], path: str) -> None:
    """One line with the path of the setting."""
    with pytest.raises(SettingsError) as raised:
        load(None, environment, {})
    assert path in str(raised.value)
    assert "sloppy" not in str(raised.value)


def test_a_setting_and_a_section_of_one_name_collide() -> None:
    """CHARGEYARD_HTTP=x would hide the section; it is refused, whatever the order of the environment."""
    for names in (("CHARGEYARD_HTTP", "CHARGEYARD_HTTP__PORT"), ("CHARGEYARD_HTTP__PORT", "CHARGEYARD_HTTP")):
        with pytest.raises(SettingsError):
            load(None, dict.fromkeys(names, "1"), {})


def test_variables_of_the_test_suite_are_not_settings() -> None:
    """CHARGEYARD_TEST_… steers the tests, also those that start a server."""
    assert load(None, {"CHARGEYARD_TEST_REQUIRE_SERVICES": "1"}, {}) == Settings()


def test_the_name_of_the_file_is_not_a_setting(tmp_path: Path) -> None:
    """CHARGEYARD_CONFIG says where the settings are; it must not be refused as an unknown one of them."""
    file = tmp_path / "settings.toml"
    file.write_text("[http]\nport = 1\n")
    assert load(file, {"CHARGEYARD_CONFIG": str(file)}, {}).http.port == 1


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    """A missing file and one that is not TOML end in a SettingsError with the file's name."""
    broken = tmp_path / "broken.toml"
    broken.write_text("[http\n")
    for file in (broken, tmp_path / "missing.toml"):
        with pytest.raises(SettingsError, match=file.name):
            load(file, {}, {})


def test_every_setting_is_documented() -> None:
    """The reference page is made from the settings and is up to date."""
    assert settings_reference.PAGE.read_text("utf-8") == settings_reference.page()
