"""Write `docs/reference/settings.md` from the settings themselves: `python tools/settings_reference.py`."""

import sys
from pathlib import Path
from typing import Any

import msgspec

from chargeyard.settings import PREFIX, Listener, Section, Settings

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "settings.md"

HEAD = """# Settings

Made by `tools/settings_reference.py`; do not edit.

Defaults are overruled by a TOML file (`--config FILE` or `CHARGEYARD_CONFIG`), that by environment variables, those by
the command line. An unknown name or a value out of range stops the start with one line that names it.
"""

MEANINGS = {
    "data_dir": "where the SQLite database and `secret.key` are kept",
    "secret_key": "the key under which secrets are hashed, at least 32 characters; empty: made once, kept in `secret.key`",
    "admin_password": "the first operator's password; empty: a random one is printed at the first start",
    "http.host": "address to listen at; `0.0.0.0` for all",
    "http.port": "port of REST, pages and charge points",
    "http.backlog": "connections that may wait to be accepted; capped by `net.core.somaxconn`",
    "ocpp.path": "where charge points connect on the HTTP port",
    "ocpp.unknown_charge_points": "`refuse` them (404), let them in as `pending` until an operator accepts, or `accept`",
    "ocpp.reading": "`tolerant`: understand what can be understood and record a finding; `strict`: the error at once",
    "ocpp.heartbeat_interval_s": "told to accepted charge points",
    "ocpp.retry_interval_s": "told to pending and rejected ones: when to boot again",
    "ocpp.call_timeout_s": "how long a charge point may take to answer a command",
    "ocpp.handshake_timeout_s": "from the first byte to the end of the handshake, TLS included",
    "ocpp.ping_interval_s": "silence after which a charge point is pinged; any frame counts as life",
    "ocpp.ping_timeout_s": "silence after a ping until the connection is given up",
    "ocpp.max_message_bytes": "larger messages close the connection (1009)",
    "ocpp.max_waiting_calls": "messages of one charge point that wait to be stored; at the limit its socket is not read",
    "ocpp.max_queued_commands": "commands that wait for one charge point",
    "ocpp.compression": "speak permessage-deflate (RFC 7692) with those who offer it, as OCPP 2.x wants it",
    "ocpp.drain_timeout_s": "how long stopping may take",
    "ocpp.follow_ups": "ask charge points on our own for what is missing, such as the state of a transaction with gaps; `false`"
    " sends nothing that no operator has asked for, as some certification tools want it",
    "ocpp.certificate_requests": "charge points' requests for certificates are kept; `refuse`: and answered Rejected, `keep`:"
    " Accepted, because an operator has them signed and sends the chain (`send-signed-certificate`)",
    "ocpp.failed_logins_per_minute": "for each charge point and address, and for each operator's address",
    "ocpp.listeners": "further ports for charge points alone, see below",
    "database.url": "`sqlite:///file`, `postgresql://user:password@host/name`, `mariadb://…` or `mysql://…`; empty: `chargeyard.db` in the"
    " data directory",
    "database.migrate": "bring the schema up to date at the start",
    "database.max_waiting": "messages of all charge points that may wait to be stored; beyond, sockets are read no further"
    " and what would write over REST is put off (503), until half of them are stored",
    "database.max_waiting_bytes": "the same for the bytes of these messages",
    "bus.url": "must stay empty in this version: one process needs no broker",
    "message_log.enabled": "keep every frame, secrets masked",
    "message_log.retention_days": "how long, if `retention.message_log_days` says nothing else",
    "message_log.max_waiting": "frames that may wait to be written; beyond, they are dropped and counted",
    "retention.roll_up_after_days": "meter values of transactions that ended so long ago are rolled up",
    "retention.meter_values_days": "meter values in full detail, counted from the end of their transaction; at least 3."
    " 0, as everywhere in this section: for ever",
    "retention.intervals_days": "the energy of every 15 minutes",
    "retention.transactions_days": "transactions with everything of them, counted from their end",
    "retention.transaction_events_days": "the events of transactions that have ended",
    "retention.reports_days": "other reports: security events, vendor data, what could not be stored as what it is",
    "retention.findings_days": "departures from the specification",
    "retention.commands_days": "commands that are settled",
    "retention.jobs_days": "firmware and logs that charge points were asked for, counted from then",
    "retention.listings_days": "how far listings in parts have come; what they told stays",
    "retention.reservations_days": "reservations, counted from when they expire",
    "retention.message_log_days": "frames; null: `message_log.retention_days`",
    "retention.customer_information_days": "what charge points have told of customers; null: as long as the message log",
    "log.level": "of the server's log on standard error",
    "log.format": "`text` for people, `json` for machines",
    "listener.host": "address to listen at",
    "listener.port": "port",
    "listener.tls_certificate": "PEM file with the certificate and its chain; empty: no TLS",
    "listener.tls_key": "PEM file with the key; empty: it is in the certificate's file",
    "listener.path": "what comes before the identity in the address",
}
"""Every setting has its line; `tests/test_settings.py` sees to it."""


def page() -> str:
    """The whole page."""
    parts = [HEAD, "| TOML | environment | default | meaning |", "|---|---|---|---|"]
    parts += [_row(path, default) for path, default in paths(Settings)]
    parts += ["", "## Listeners", "", "Each `[[ocpp.listeners]]` in the TOML file is one port:", ""]
    parts += ["| key | default | meaning |", "|---|---|---|"]
    parts += [
        f"| `{path}` | {_shown(default)} | {MEANINGS[f'listener.{path}']} |"
        for path, default in paths(Listener)
    ]
    return "\n".join(parts) + "\n"


def paths(section: type[Section], prefix: str = "") -> list[tuple[str, Any]]:
    """(dotted path, default) of every setting in `section`."""
    found: list[tuple[str, Any]] = []
    for field in msgspec.structs.fields(section):
        path = prefix + field.name
        kind = field.type
        if isinstance(kind, type) and issubclass(kind, Section):
            found += paths(kind, path + ".")
        else:
            found.append((path, field.default))
    return found


def _row(path: str, default: Any) -> str:
    variable = PREFIX + path.upper().replace(".", "__")
    return f"| `{path}` | `{variable}` | {_shown(default)} | {MEANINGS[path]} |"


def _shown(default: Any) -> str:
    return f"`{msgspec.json.encode(default).decode()}`"


def main() -> int:
    """Write the page, or with --check tell whether it is as it should be."""
    if "--check" in sys.argv[1:]:
        if PAGE.read_text("utf-8") == page():
            return 0
        sys.stderr.write("docs/reference/settings.md is out of date: run tools/settings_reference.py\n")
        return 1
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
