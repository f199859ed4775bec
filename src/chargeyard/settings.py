"""All settings: one frozen tree of structs, validated once, passed down.

Defaults < TOML file < environment. Environment names are `CHARGEYARD_<SECTION>__<KEY>`, with double
underscores between the levels (`CHARGEYARD_DATABASE__URL`). Unknown keys and values out of range are refused
by path; a value never stands in the message, since it may be a secret.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from chargeyard.errors import SettingsError

PREFIX = "CHARGEYARD_"
_NOT_OURS = ("CHARGEYARD_TEST_", "CHARGEYARD_CONFIG")
"""Names with these beginnings steer the test suite, or say where the settings are; they are none."""

Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]
Reading = Literal["strict", "tolerant"]


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A level of the tree."""


class Http(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The one port that serves REST, pages and, under `ocpp.path`, charge points."""

    host: str = "127.0.0.1"
    port: Port = 8080
    backlog: Count = 4096


class Listener(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A further port for charge points alone. With `tls_certificate` and `tls_key` (PEM files) it speaks wss."""

    host: str = "0.0.0.0"  # noqa: S104 - a listener is named by the operator on purpose
    port: Port = 9000
    tls_certificate: str = ""
    tls_key: str = ""
    path: str = ""


class Ocpp(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The conversation with charge points."""

    path: Annotated[str, Meta(pattern=r"^/*[^/]")] = "/ocpp"
    unknown_charge_points: Literal["refuse", "pending", "accept"] = "refuse"
    reading: Reading = "tolerant"
    heartbeat_interval_s: Annotated[int, Meta(ge=1, le=86400)] = 300
    retry_interval_s: Annotated[int, Meta(ge=1, le=86400)] = 60
    call_timeout_s: Seconds = 30.0
    handshake_timeout_s: Seconds = 10.0
    ping_interval_s: Seconds = 60.0
    ping_timeout_s: Seconds = 60.0
    max_message_bytes: Annotated[int, Meta(ge=1024)] = 524288
    max_waiting_calls: Count = 64
    max_queued_commands: Count = 64
    compression: bool = True
    drain_timeout_s: Seconds = 10.0
    failed_logins_per_minute: Count = 30
    follow_ups: bool = True
    certificate_requests: Literal["refuse", "keep"] = "refuse"
    listeners: tuple[Listener, ...] = ()


class Database(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where everything is kept. Empty `url`: a SQLite file in the data directory."""

    url: str = ""
    migrate: bool = True
    max_waiting: Count = 20000
    max_waiting_bytes: Count = 67108864


class Bus(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Between nodes. Empty `url`: one process, no broker."""

    url: str = ""


class MessageLog(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Raw frames, secrets masked, for the operator who wonders what was said."""

    enabled: bool = True
    retention_days: Count = 14
    max_waiting: Count = 20000


Days = Annotated[int, Meta(ge=0)]
"""0: for ever."""


class Retention(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many days things are kept, 0: for ever. `message_log_days` and `customer_information_days` left out: as
    long as `message_log.retention_days` says."""

    roll_up_after_days: Count = 1
    meter_values_days: Days = 0
    intervals_days: Days = 0
    transactions_days: Days = 0
    transaction_events_days: Days = 0
    reports_days: Days = 0
    findings_days: Days = 90
    commands_days: Days = 400
    jobs_days: Days = 400
    listings_days: Days = 90
    reservations_days: Days = 0
    message_log_days: Days | None = None
    customer_information_days: Days | None = None


class Log(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The server's own log, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Settings(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole tree."""

    data_dir: str = "./chargeyard-data"
    secret_key: Annotated[str, Meta(pattern=r"^(.{32,})?$")] = ""
    admin_password: str = ""
    http: Http = Http()
    ocpp: Ocpp = Ocpp()
    database: Database = Database()
    bus: Bus = Bus()
    message_log: MessageLog = MessageLog()
    retention: Retention = Retention()
    log: Log = Log()


def load(file: Path | None, environment: Mapping[str, str], overrides: Mapping[str, Any]) -> Settings:
    """The settings of this run: `overrides` (from the command line, nested) win over environment over `file`.

    Raises `SettingsError` naming the file or the path of the setting that cannot be used.
    """
    tree = _read(file) if file else {}
    _merge(tree, _from_environment(environment))
    _merge(tree, overrides)
    try:
        return msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        # msgspec repeats the word that is none of the allowed ones.
        said = re.sub(r"Invalid enum value '.*'", "not one of the allowed words", str(error), flags=re.DOTALL)
        raise SettingsError(f"setting not usable: {said}") from None


def load_from_process(file: Path | None, overrides: Mapping[str, Any]) -> Settings:
    """`load` with this process's environment."""
    return load(file, os.environ, overrides)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"settings file {file}: {error}") from None


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in environment.items():
        if name.startswith(PREFIX) and not name.startswith(_NOT_OURS):
            path = name.removeprefix(PREFIX).lower().split("__")
            upper: Any = value
            for part in reversed(path):
                upper = {part: upper}
            _merge(tree, upper)
    return tree


def _merge(tree: dict[str, Any], upper: Mapping[str, Any]) -> None:
    """Lay `upper` over `tree`; None in `upper` says nothing."""
    for key, value in upper.items():
        if isinstance(value, Mapping):
            branch = tree.setdefault(key, {})
            if not isinstance(branch, dict):
                raise SettingsError(f"setting {key}: it is a section, and cannot have a value")
            _merge(branch, value)
        elif isinstance(tree.get(key), dict):
            raise SettingsError(f"setting {key}: it is a section, and cannot have a value")
        elif value is not None:
            tree[key] = value
