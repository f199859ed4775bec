"""Commands and what became of them."""

from chargeyard.domain.events.event import ChargePointEvent


class CommandSubmitted(ChargePointEvent, frozen=True, kw_only=True):
    """Somebody asked something of a charge point. `command` is the command as JSON, secrets masked."""

    command_id: str
    kind: str
    command: str
    principal: str
    idempotency_key: str = ""


class CommandSettled(ChargePointEvent, frozen=True, kw_only=True):
    """What became of a command. `outcome` is the tag of the outcome, `detail` its JSON."""

    command_id: str
    outcome: str
    detail: str
