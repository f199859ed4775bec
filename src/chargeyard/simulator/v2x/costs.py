"""Tariffs of 2.1 and the cost that the charge point works out itself (I07–I12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.v21 import messages as m

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint
    from chargeyard.simulator.v2x.evses import Evse
    from chargeyard.simulator.v2x.transactions import Transaction

STATION = 0


class Tariffs:
    """Default tariffs by EVSE (0: all), and those of drivers by their tokens."""

    __slots__ = ("defaults", "drivers", "transactions")

    def __init__(self) -> None:
        self.defaults: dict[int, m.TariffType] = {}
        self.drivers: dict[str, m.TariffType] = {}
        # Tariffs that were changed while the transaction ran.
        self.transactions: dict[str, m.TariffType] = {}

    def of_driver(self, token: str, tariff: m.TariffType) -> None:
        """A tariff came with an authorization."""
        self.drivers[token] = tariff

    def find(self, evse_id: int, token: str | None) -> m.TariffType | None:
        """The tariff that holds: the driver's, the EVSE's, or that of all."""
        if token is not None and token in self.drivers:
            return self.drivers[token]
        return self.defaults.get(evse_id) or self.defaults.get(STATION)

    def id_for(self, evse_id: int, token: str | None) -> str | None:
        """The id of the tariff that holds, if there is one."""
        tariff = self.find(evse_id, token)
        return None if tariff is None else tariff.tariff_id

    def assignments(self) -> list[m.TariffAssignmentType]:
        """All tariffs and where they hold."""
        installed = [
            m.TariffAssignmentType(
                tariff_id=tariff.tariff_id, tariff_kind="DefaultTariff", evse_ids=[evse_id]
            )
            for evse_id, tariff in self.defaults.items()
        ]
        driven = [
            m.TariffAssignmentType(tariff_id=tariff.tariff_id, tariff_kind="DriverTariff", id_tokens=[token])
            for token, tariff in self.drivers.items()
        ]
        return [*installed, *driven]


def cost_details(cp: ChargePoint, evse: Evse, transaction: Transaction) -> m.CostDetailsType | None:
    """What a transaction costs by its tariff; None without a tariff. Conditions and taxes are left out of it."""
    token = None if transaction.token is None else transaction.token.id_token
    tariff = cp.tariffs.transactions.get(transaction.id) or cp.tariffs.find(evse.id, token)
    if tariff is None or transaction.tariff_id is None:
        return None
    energy_kwh = (evse.energy_wh - transaction.started_wh) / 1_000
    energy = _first_price(tariff.energy) * energy_kwh
    minutes = transaction.charged_s / 60
    charging = _first_minute(tariff.charging_time) * minutes
    fixed = 0.0 if isinstance(tariff.fixed_fee, msgspec.UnsetType) else tariff.fixed_fee.prices[0].price_fixed
    return m.CostDetailsType(
        total_cost=m.TotalCostType(
            currency=tariff.currency,
            type_of_cost="NormalCost",
            total=m.TotalPriceType(excl_tax=round(energy + charging + fixed, 4)),
            energy=m.PriceType(excl_tax=round(energy, 4)),
            charging_time=m.PriceType(excl_tax=round(charging, 4)),
            fixed=m.PriceType(excl_tax=fixed),
        ),
        total_usage=m.TotalUsageType(
            energy=round(energy_kwh, 3),
            charging_time=round(transaction.charged_s),
            idle_time=max(0, round((cp.clock - transaction.started_at) * cp.speed - transaction.charged_s)),
        ),
    )


def _first_price(energy: m.TariffEnergyType | msgspec.UnsetType) -> float:
    return 0.0 if isinstance(energy, msgspec.UnsetType) else energy.prices[0].price_kwh


def _first_minute(time: m.TariffTimeType | msgspec.UnsetType) -> float:
    return 0.0 if isinstance(time, msgspec.UnsetType) else time.prices[0].price_minute
