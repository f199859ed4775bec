"""What we ask of a charge point: imperative, versionless. A dialect phrases them as its own messages."""

from typing import Literal

import msgspec
from msgspec import Struct


class Command(Struct, frozen=True, kw_only=True, tag=True, tag_field="command"):
    """The common ancestor; the tag is the class name."""


class Reset(Command, frozen=True, kw_only=True):
    """Restart. `hard` does not wait for running transactions to end."""

    hard: bool = False


class UnlockConnector(Command, frozen=True, kw_only=True):
    """Release the plug of an outlet."""

    evse: int
    connector: int = 1


class ChangeAvailability(Command, frozen=True, kw_only=True):
    """Put an outlet, or with EVSE 0 the charge point, into or out of service. Connector 0: all of the EVSE."""

    operative: bool
    evse: int = 0
    connector: int = 0


class StartTransaction(Command, frozen=True, kw_only=True):
    """Start charging for an id token; EVSE 0 leaves the choice of the outlet to the charge point.

    Where the version can say it, `remote_start_id` comes back with the transaction that results, and
    `token_kind` is the sort of token; empty: one that we know and no reader has read.
    """

    id_token: str
    evse: int = 0
    token_kind: str = ""
    remote_start_id: int = 0


class StopTransaction(Command, frozen=True, kw_only=True):
    """Stop a running transaction. `wire_id` is what the charge point calls it."""

    transaction: int
    wire_id: str


Topic = Literal[
    "BootNotification",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "LogStatusNotification",
    "MeterValues",
    "SignChargePointCertificate",
    "StatusNotification",
]
"""What a charge point can be asked to report now."""


class Trigger(Command, frozen=True, kw_only=True):
    """Report this now; EVSE None: for the charge point, or for every outlet."""

    topic: Topic
    evse: int | None = None


class SetVariable(Command, frozen=True, kw_only=True):
    """Change one configuration key."""

    key: str
    value: str


class GetVariables(Command, frozen=True, kw_only=True):
    """Read configuration keys; none named: all of them, which may follow in reports numbered `request_id`."""

    keys: tuple[str, ...] = ()
    request_id: int = 0


class RawCall(Command, frozen=True, kw_only=True):
    """Any message of the charge point's version by its wire name; validated before it is sent."""

    action: str
    payload: msgspec.Raw


AnyCommand = (
    Reset
    | UnlockConnector
    | ChangeAvailability
    | StartTransaction
    | StopTransaction
    | Trigger
    | SetVariable
    | GetVariables
    | RawCall
)
