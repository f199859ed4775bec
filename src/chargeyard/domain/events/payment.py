"""What charge points tell of payments, which is kept as history, and how tariffs are worded."""

from datetime import datetime
from decimal import Decimal

from chargeyard.domain.events.event import ChargePointEvent
from chargeyard.domain.tariffs import Tariff


class PaymentSettled(ChargePointEvent, frozen=True, kw_only=True):
    """A payment came to its end. `transaction` is our number of the one it was for, None where we know none."""

    payment: str
    status: str
    amount: Decimal | None
    at: datetime
    wire_id: str = ""
    transaction: int | None = None
    info: str = ""
    receipt_id: str = ""
    receipt_url: str = ""
    vat_number: str = ""


class VatNumberAsked(ChargePointEvent, frozen=True, kw_only=True):
    """A VAT number was to be checked, and whether we could say that it is valid."""

    vat_number: str
    evse: int | None
    accepted: bool


class TariffWorded(ChargePointEvent, frozen=True, kw_only=True):
    """A tariff was taken by a charge point: from now on its id stands for this wording, everywhere."""

    tariff: Tariff
