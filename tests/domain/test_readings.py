"""A start that told no register: the first reading stands in for it, and nothing is billed on a guess."""

from chargeyard.domain import events, reports
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.energy import metered_in
from tests.domain.made import apply, context, register, start, stop, values

OLD_METER_WH = 1_234_567


def _booked(*told: reports.Report) -> tuple[int, str]:
    """Energy and quality of a transaction whose start said nothing of the register."""
    state = ChargePoint(id="CP1")
    apply(state, start(meter_start_wh=None), context(number=7))
    happened = [event for report in told for event in apply(state, report, context()).events]
    (stopped,) = (event for event in happened if isinstance(event, events.TransactionStopped))
    return stopped.energy_wh, stopped.quality


def test_the_first_reading_stands_in_for_a_start_without_a_register() -> None:
    """Energy counts from there; a later reading changes nothing."""
    first, later = values(1, 1_234_000, transaction=7), values(2, 1_234_300, transaction=7)
    assert _booked(first, later, stop(7, meter_stop_wh=OLD_METER_WH)) == (567, "ok")


def test_the_data_of_the_stop_stands_in_as_well() -> None:
    """StopTransaction may bring the samples of the whole transaction, in any order."""
    data = (register(30, 1_234_400), register(1, 1_234_000))
    assert _booked(stop(7, meter_stop_wh=OLD_METER_WH, readings=data)) == (567, "ok")


def test_without_any_reading_nothing_is_booked() -> None:
    """The register of an old meter is no energy of this transaction."""
    assert _booked(stop(7, meter_stop_wh=OLD_METER_WH)) == (0, "suspect")


def test_a_stray_low_register_is_no_reading_of_the_transaction() -> None:
    """A lost stop is booked with the last register that can be one; the samples stay as they were told."""
    state = ChargePoint(id="CP1")
    apply(state, start(meter_start_wh=1000), context(number=7))
    apply(state, values(1, 2000, transaction=7), context())
    (stray,) = apply(state, values(2, 3, transaction=7), context()).events
    assert isinstance(stray, events.MeterValuesTaken)
    assert stray.readings[0].summary.energy_wh == 3
    read = metered_in((register(1, 2000), register(2, 3)))
    ended, _ = apply(state, start(30, meter_start_wh=2500), context(number=8, metered={7: read})).events
    assert isinstance(ended, events.TransactionStopped)
    assert (ended.meter_stop_wh, ended.energy_wh) == (2000, 1000)


def test_starts_at_no_outlet_end_nothing() -> None:
    """Outlet 0 stands for a number that cannot be one: two such starts are two transactions."""
    state = ChargePoint(id="CP1")
    apply(state, start(evse=0), context(number=7))
    apply(state, start(30, evse=0, meter_start_wh=5000), context(number=8))
    assert [one.number for one in state.open_transactions()] == [7, 8]
