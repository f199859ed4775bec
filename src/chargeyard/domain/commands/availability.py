"""Commands about outlets: in or out of service, plugs."""

from chargeyard.domain.commands.command import Command


class UnlockConnector(Command, frozen=True, kw_only=True):
    """Release the plug of an outlet."""

    evse: int
    connector: int = 1


class ChangeAvailability(Command, frozen=True, kw_only=True):
    """Put an outlet, or with EVSE 0 the charge point, into or out of service. Connector 0: all of the EVSE."""

    operative: bool
    evse: int = 0
    connector: int = 0
