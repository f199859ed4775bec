"""Charging profiles as hypothesis draws them, and a slow second opinion on what they say.

Everything happens within minutes around `NOW`, recurrences too, so that every second can be asked.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

from hypothesis import strategies as st
from msgspec.structs import replace

from chargeyard.domain.charging_leads import Situation
from chargeyard.domain.charging_profiles import ChargingProfile, ChargingSchedule, Period, Unit
from chargeyard.domain.smart_charging import Horizon
from tests.domain.profiles import DAY_S, WEEK_S, profile, second

SPAN_S = 30
seconds = st.integers(-SPAN_S, SPAN_S * 2)
instants = st.builds(lambda at, half: second(at + half / 2), seconds, st.integers(0, 1))
amounts = st.integers(0, 400).map(lambda tenths: Decimal(tenths) / 10)
situations = st.builds(
    Situation,
    transaction=st.sampled_from([None, 7]),
    charging_since=st.none() | instants,
    priority=st.booleans(),
    phases=st.integers(0, 3),
    voltage_v=st.sampled_from([Decimal(230), Decimal(120), Decimal("231.7")]),
)


@st.composite
def schedules(draw: st.DrawFn) -> ChargingSchedule:
    unit: Unit = draw(st.sampled_from(["A", "W"]))
    starts = sorted(draw(st.sets(st.integers(1, SPAN_S), max_size=3)) | {draw(st.sampled_from([0, 0, 0, 5]))})
    factor = 1 if unit == "A" else 500
    phases = draw(st.none() | st.integers(1, 3))
    return ChargingSchedule(
        unit=unit,
        periods=tuple(Period(start_s=s, limit=draw(amounts) * factor, phases=phases) for s in starts),
        start=draw(st.none() | instants),
        duration_s=draw(st.none() | st.integers(1, SPAN_S)),
    )


@st.composite
def recurring(draw: st.DrawFn) -> ChargingProfile:
    """Recurrences whose seam may lie within the minute."""
    recurrency = draw(st.sampled_from(["Daily", "Weekly"]))
    drawn_schedule = draw(schedules())
    back_s = draw(st.integers(0, 5)) * (DAY_S if recurrency == "Daily" else WEEK_S)
    start = draw(instants) - timedelta(seconds=back_s)
    return profile("TxDefault", replace(drawn_schedule, start=start), kind="Recurring", recurrency=recurrency)


@st.composite
def any_profiles(draw: st.DrawFn) -> ChargingProfile:
    drawn_profile = draw(
        recurring()
        | st.builds(
            lambda kind, each, updated_at: profile("TxDefault", each, kind=kind, updated_at=updated_at),
            st.sampled_from(["Absolute", "Relative", "Dynamic"]),
            schedules(),
            st.none() | instants,
        )
    )
    purpose = draw(
        st.sampled_from(
            [
                "ChargePointMax",
                "ExternalConstraints",
                "TxDefault",
                "Tx",
                "PriorityCharging",
                "LocalGeneration",
            ]
        )
    )
    return replace(
        drawn_profile,
        purpose=purpose,
        evse=draw(st.integers(0, 2)),
        stack_level=draw(st.integers(0, 3)),
        transaction=draw(st.sampled_from([None, 7, 7, 8])) if purpose == "Tx" else None,
        valid_from=draw(st.none() | instants),
        valid_to=draw(st.none() | instants),
    )


books = st.lists(any_profiles(), max_size=6).map(
    lambda drawn_profiles: [replace(each, id=number) for number, each in enumerate(drawn_profiles)]
)
horizons = st.builds(Horizon, instants, st.integers(0, SPAN_S), st.sampled_from(["A", "W"]))


def speaks(each: ChargingProfile, now: datetime, begins: datetime, situation: Situation) -> Period | None:
    """The second opinion on one profile: plain dates, no offsets, no search."""
    (only,) = each.schedules
    since = {
        "Relative": situation.charging_since,
        "Dynamic": each.updated_at or only.start or begins,
    }.get(each.kind, only.start or situation.charging_since)
    if since is None or now < since:
        return None
    if (each.valid_from and now < each.valid_from) or (each.valid_to and now >= each.valid_to):
        return None
    elapsed = now - since
    if each.kind == "Recurring":
        elapsed %= timedelta(days=1) if each.recurrency == "Daily" else timedelta(weeks=1)
    if only.duration_s is not None and elapsed >= timedelta(seconds=only.duration_s):
        return None
    begun = [period for period in only.periods if timedelta(seconds=period.start_s) <= elapsed]
    return begun[-1] if begun else None


Spoken = tuple[str, Period]


class SecondOpinion:
    """The algorithm asked anew for each second, straight from the text of the rules."""

    def __init__(self, profiles: Sequence[ChargingProfile], situation: Situation, begins: datetime) -> None:
        self.profiles, self.situation, self.begins = profiles, situation, begins

    def lead(self, purpose: str, evse: int, now: datetime) -> Spoken | None:
        best: tuple[tuple[int, int], Spoken] | None = None
        for each in self.profiles:
            if (each.purpose, each.evse) != (purpose, evse):
                continue
            if purpose == "Tx" and not (self.situation.transaction == 7 and each.transaction in (None, 7)):
                continue
            period = speaks(each, now, self.begins, self.situation)
            if period is not None and (best is None or (each.stack_level, each.id) > best[0]):
                best = (each.stack_level, each.id), (each.schedules[0].unit, period)
        return best and best[1]

    def first(self, places: list[tuple[str, int]], now: datetime) -> Spoken | None:
        return next((found for place in places if (found := self.lead(*place, now))), None)

    def bounds(self, evse: int, now: datetime) -> list[Spoken]:
        caps = [
            self.lead(purpose, place, now)
            for purpose in ("ChargePointMax", "ExternalConstraints")
            for place in {0, evse}
        ]
        places = [("Tx", evse), ("TxDefault", evse), ("TxDefault", 0)]
        if self.situation.priority:
            places = [("PriorityCharging", evse), ("PriorityCharging", 0), *places]
        return [found for found in (*caps, self.first(places, now)) if found]

    def phases(self, bounds: list[Spoken]) -> int:
        return min([self.situation.phases, *(period.phases for _, period in bounds if period.phases)])

    def watts(self, spoken: Spoken, phases: int) -> Fraction:
        unit, period = spoken
        assert period.limit is not None
        factor = Fraction(self.situation.voltage_v) * max(1, phases) if unit == "A" else Fraction(1)
        return Fraction(period.limit) * factor

    def limit(self, evse: int, now: datetime, unit: str) -> Decimal | None:
        bounds = self.bounds(evse, now)
        if not bounds:
            return None
        phases = self.phases(bounds)
        total = min(self.watts(bound, phases) for bound in bounds)
        generation = self.first([("LocalGeneration", evse), ("LocalGeneration", 0)], now)
        if generation:
            total += self.watts(generation, min(phases, generation[1].phases or phases))
        said = total if unit == "W" else total / (Fraction(self.situation.voltage_v) * max(1, phases))
        return Decimal(floor(said * 1000)) / 1000
