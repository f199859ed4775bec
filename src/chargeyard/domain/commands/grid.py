"""Commands about grid controls (distributed energy resources)."""

from chargeyard.domain.commands.command import Command
from chargeyard.domain.der_controls import DerControl, DerKind


class SetDerControl(Command, frozen=True, kw_only=True):
    """Do this for the grid; a control of the same id is replaced."""

    control: DerControl


class ReadDerControls(Command, frozen=True, kw_only=True):
    """List controls, in parts numbered `request_id`; those that fit all that is given, or all there are."""

    request_id: int
    is_default: bool | None = None
    kind: DerKind | None = None
    control_id: str = ""


class ClearDerControls(Command, frozen=True, kw_only=True):
    """Take controls away: default or scheduled ones, of one kind or of all, or the one of that id."""

    is_default: bool
    kind: DerKind | None = None
    control_id: str = ""
