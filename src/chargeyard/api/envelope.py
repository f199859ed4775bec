"""The one form in which a command answers, and how an outcome becomes an HTTP status.

A charge point that answered, whatever it said, is a 200: the caller reads `outcome`. Where nobody answered, or
nothing could be sent, the answer is a problem that carries the same members.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chargeyard.api import problems
from chargeyard.domain.commands import (
    AnyCommand,
    CustomerInformation,
    GetLog,
    PublishFirmware,
    RawCall,
    ReadChargingProfiles,
    ReadDerControls,
    ReadDisplayMessages,
    ReadInventory,
    ReadMonitors,
    ReadReport,
    RequestBatterySwap,
    ReserveNow,
    SetDerControl,
    SetDisplayMessage,
    SetVariables,
    StartTransaction,
    TransferData,
    UpdateFirmware,
)
from chargeyard.domain.outcomes import (
    Accepted,
    AnyOutcome,
    Failed,
    Invalid,
    Offline,
    Rejected,
    Scheduled,
    TimedOut,
    Unsupported,
)
from chargeyard.domain.records import CommandRecord
from chargeyard.domain.secrets import masked

UNDER_WAY = "Pending"
"""The outcome of a command that has none yet."""


_read_outcome = msgspec.json.Decoder(AnyOutcome).decode
_read_command = msgspec.json.Decoder(AnyCommand).decode


class CommandError(Struct, frozen=True):
    """Why there is no answer: the charge point's error code, or ours, and what it says."""

    code: str
    detail: str


class CommandAnswer(Struct, frozen=True, kw_only=True, rename="camel"):
    """A command and what became of it.

    `outcome` is one of Pending, Accepted, Scheduled, Rejected, Unsupported, Invalid, Offline, TimedOut, Failed.
    `status` is the charge point's own status word and `answer` its own answer, word for word; `result` is what
    the answer tells besides yes or no, in the same words whatever the version. All are null where there is none. `error` is set for Invalid, TimedOut and Failed.
    """

    command_id: str
    cp_id: str
    command: str
    outcome: str
    status: str | None
    answer: Any
    result: Any
    submitted_at: datetime
    settled_at: datetime | None
    duration_ms: int | None
    principal: str
    error: CommandError | None = None


def envelope(record: CommandRecord) -> CommandAnswer:
    """The record as readers get it."""
    outcome = outcome_of(record)
    said = getattr(outcome, "said", None)
    answer = msgspec.json.decode(said) if said is not None else None
    return CommandAnswer(
        command_id=record.id,
        cp_id=record.charge_point,
        command=_name(record),
        outcome=record.outcome or UNDER_WAY,
        status=_status_word(outcome, answer),
        answer=said if answer is not None else None,
        result=getattr(outcome, "result", None),
        submitted_at=record.submitted_at,
        settled_at=record.settled_at,
        duration_ms=_duration_ms(record),
        principal=record.principal,
        error=_error(outcome),
    )


def outcome_of(record: CommandRecord) -> AnyOutcome | None:
    """The outcome, or None while there is none."""
    if not record.outcome:
        return None
    try:
        outcome: AnyOutcome = _read_outcome(record.detail)
    except msgspec.MsgspecError:  # masked beyond recognition; its tag is still in the record
        return None
    return outcome


def problem_of(record: CommandRecord) -> problems.Problem | None:
    """What a settled command without an answer is as an error; None for one that the charge point answered."""
    outcome = outcome_of(record)
    kind = _PROBLEMS.get(type(outcome))
    if kind is None:
        return None
    told = envelope(record)
    members = msgspec.to_builtins(told)
    del members["status"], members["answer"], members["result"]
    return problems.Problem(kind, told.error.detail if told.error else "", members=members)


def same_request(record: CommandRecord, command: AnyCommand) -> bool:
    """Whether `record` is of a command like `command`; parts that may be masked in the record do not count."""
    stored = _command_of(record)
    return stored is None or _unmaskable(stored) == _unmaskable(_as_stored(command))


def _as_stored(command: AnyCommand) -> AnyCommand:
    """`command` with what is masked in every record of it."""
    try:
        stored: AnyCommand = _read_command(masked(msgspec.json.encode(command)))
    except msgspec.MsgspecError:
        return command
    return stored


def _command_of(record: CommandRecord) -> AnyCommand | None:
    """The command as stored; None for one that was masked as a whole."""
    try:
        command: AnyCommand = _read_command(record.command)
    except msgspec.MsgspecError:
        return None
    return command


_FILLED: Mapping[type[Any], tuple[str, ...]] = {
    CustomerInformation: ("request_id",),
    GetLog: ("request_id",),
    PublishFirmware: ("request_id",),
    ReadChargingProfiles: ("request_id",),
    ReadDerControls: ("request_id",),
    ReadDisplayMessages: ("request_id",),
    ReadInventory: ("request_id",),
    ReadMonitors: ("request_id",),
    ReadReport: ("request_id",),
    RequestBatterySwap: ("request_id",),
    ReserveNow: ("reservation",),
    StartTransaction: ("remote_start_id",),
    UpdateFirmware: ("request_id", "retrieve_at"),
}
"""The fields that we fill in anew for every request: the repeated one is the same all the same."""


def _unmaskable(command: AnyCommand) -> AnyCommand:
    if isinstance(command, RawCall):
        return RawCall(action=command.action, payload=msgspec.Raw(b""))
    if isinstance(command, TransferData):
        return replace(command, data=msgspec.Raw(b""))
    if isinstance(command, SetVariables):
        return replace(command, variables=tuple(replace(one, value="") for one in command.variables))
    if isinstance(command, SetDisplayMessage):
        return replace(command, message=replace(command.message, id=0))
    if isinstance(command, SetDerControl):
        return replace(command, control=replace(command.control, id=""))
    return replace(command, **dict.fromkeys(_FILLED.get(type(command), ())))


_PROBLEMS: Mapping[type[Any], problems.Kind] = {
    Offline: problems.CHARGE_POINT_OFFLINE,
    TimedOut: problems.NO_ANSWER,
    Invalid: problems.INVALID_COMMAND,
    Failed: problems.CHARGE_POINT_ERROR,
}


def _name(record: CommandRecord) -> str:
    """What was asked: for a message sent by name that name, else our word for it."""
    command = _command_of(record)
    return command.action if isinstance(command, RawCall) else record.kind


def _status_word(outcome: AnyOutcome | None, answer: Any) -> str | None:
    word = answer.get("status") if isinstance(answer, dict) else None
    if isinstance(word, str):
        return word
    return (outcome.reason or None) if isinstance(outcome, Rejected | Unsupported) else None


def _duration_ms(record: CommandRecord) -> int | None:
    if record.settled_at is None:
        return None
    return round((record.settled_at - record.submitted_at).total_seconds() * 1000)


def _error(outcome: AnyOutcome | None) -> CommandError | None:
    match outcome:
        case Failed(code=code, detail=detail):
            return CommandError(code, detail)
        case Invalid(detail=detail):
            return CommandError("Invalid", detail)
        case TimedOut(after_s=after_s):
            return CommandError("TimedOut", f"no answer within {after_s:g} s; whether it was done is unknown")
        case Accepted() | Scheduled() | Rejected() | Unsupported() | Offline() | None:
            return None
