"""Commands about what charging costs."""

from decimal import Decimal

from chargeyard.domain.commands.command import Command
from chargeyard.domain.tariffs import Tariff


class UpdateCost(Command, frozen=True, kw_only=True):
    """Show the driver what a running transaction costs so far, in the currency of its tariff (2.0.1 I02)."""

    transaction: int
    wire_id: str
    amount: Decimal
    currency: str


class SetDefaultTariff(Command, frozen=True, kw_only=True):
    """Charge by this tariff whoever has none of their own, at an EVSE or with 0 at all of them (2.1 I08)."""

    tariff: Tariff
    evse: int = 0


class ReadTariffs(Command, frozen=True, kw_only=True):
    """Tell the tariffs at an EVSE, or with 0 at all of them (2.1 I09)."""

    evse: int = 0


class ClearTariffs(Command, frozen=True, kw_only=True):
    """Forget tariffs at an EVSE, or with None everywhere: those named; none named are all (2.1 I10)."""

    tariff_ids: tuple[str, ...] = ()
    evse: int | None = None


class ChangeTransactionTariff(Command, frozen=True, kw_only=True):
    """Charge a running transaction by this tariff from now on; the currency must stay the same (2.1 I11)."""

    transaction: int
    wire_id: str
    tariff: Tariff
