"""Commands about payment at the charge point."""

from chargeyard.domain.commands.command import Command


class NotifyWebPaymentStarted(Command, frozen=True, kw_only=True):
    """Somebody pays on a web page for an EVSE: keep it for them so long (2.1 C25)."""

    evse: int
    timeout_s: int
