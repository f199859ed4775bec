"""The accounts of transactions, as operators and billing systems write them."""

from decimal import Decimal

from msgspec import Struct

from chargeyard.domain.accounts import Cost, Limits
from chargeyard.domain.events import TransactionAccounted
from chargeyard.domain.records import TransactionRecord
from chargeyard.services.capabilities import Capabilities
from chargeyard.services.ports import Store
from chargeyard.services.recording import Recorder

KINDS_OF_LIMIT = {
    # Field of `Limits`: the word for it in TxCtrlr.SupportedLimits.
    "max_cost": "MaxCost",
    "max_energy_wh": "MaxEnergy",
    "max_time_s": "MaxTime",
    "max_soc_percent": "MaxSoC",
}


class Accounts(Struct, frozen=True):
    """Writes them."""

    store: Store
    recorder: Recorder

    async def set_cost(
        self, transaction: TransactionRecord, amount: Decimal, currency: str, is_final: bool
    ) -> Cost:
        """What it costs from now on: told with the next answer that may tell it. Raises `Unavailable`."""
        cost = Cost(amount=amount, currency=currency, at=self.recorder.now(), is_final=is_final)
        await self.recorder.record(
            TransactionAccounted(
                recorded_at=cost.at,
                charge_point=transaction.charge_point,
                transaction=transaction.id,
                cost=cost,
            )
        )
        return cost

    async def unsupported(self, charge_point: str, limits: Limits) -> list[str]:
        """The kinds of `limits` that the charge point has said it does not support (2.1 E16.FR.12).

        None if it has not said which it does.
        """
        told = await Capabilities(self.store).text(charge_point, "TxCtrlr", "SupportedLimits")
        if told is None:
            return []
        supported = {word.strip().casefold() for word in told.split(",")}
        asked = [word for name, word in KINDS_OF_LIMIT.items() if getattr(limits, name) is not None]
        return [word for word in asked if word.casefold() not in supported]
