"""Commands about messages on the display."""

from chargeyard.domain.commands.command import Command
from chargeyard.domain.display_messages import DisplayMessage


class SetDisplayMessage(Command, frozen=True, kw_only=True):
    """Show a message; one of the same number is replaced."""

    message: DisplayMessage


class ReadDisplayMessages(Command, frozen=True, kw_only=True):
    """List the messages, in parts numbered `request_id`; those that fit all that is given, or all there are."""

    request_id: int
    ids: tuple[int, ...] = ()
    priority: str = ""
    state: str = ""


class ClearDisplayMessage(Command, frozen=True, kw_only=True):
    """Take a message away."""

    message_id: int
