"""What stations tell that swap batteries."""

from chargeyard.domain.battery_swap import Battery
from chargeyard.domain.events.event import ChargePointEvent


class BatteriesSwapped(ChargePointEvent, frozen=True, kw_only=True):
    """Batteries were put in, taken out, or not taken in time (`happened`), under the number of one swap."""

    happened: str
    request_id: int
    id_token: str
    token_kind: str
    batteries: tuple[Battery, ...]
