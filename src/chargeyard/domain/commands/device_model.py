"""Commands about variables."""

from chargeyard.domain.commands.command import Command


class SetVariable(Command, frozen=True, kw_only=True):
    """Change one configuration key."""

    key: str
    value: str


class GetVariables(Command, frozen=True, kw_only=True):
    """Read configuration keys; none named: all of them, which may follow in reports numbered `request_id`.

    At most `max_items` are asked for in one message; 0: no limit is known.
    """

    keys: tuple[str, ...] = ()
    request_id: int = 0
    max_items: int = 0
