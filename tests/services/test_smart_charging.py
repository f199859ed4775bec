"""What profiles leave to EVSEs by our own reckoning, and the schedules that vehicles are promised."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.authorization import IdToken
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.charging_needs import ChargingNeeds, VehicleSchedule
from chargeyard.domain.charging_profiles import ChargingProfile
from chargeyard.domain.decision import Policy
from chargeyard.domain.items import ItemKind
from chargeyard.domain.records import ItemRecord
from chargeyard.domain.results import ProfileInstalled
from chargeyard.domain.smart_charging import Horizon
from chargeyard.errors import Unavailable
from chargeyard.services.follow_ups import FollowUps
from chargeyard.services.outbound import Outbound, pack, subject_of, unpack
from chargeyard.services.recording import Recorder
from chargeyard.services.smart_charging import OFFERS, SmartCharging
from chargeyard.storage.memory import MemoryMessageSink, MemoryStore
from tests.contract import happenings as h
from tests.domain.made import start, stop
from tests.domain.profiles import profile, schedule
from tests.services.node import NOW, Node
from tests.services.test_follow_ups import hands_of

CAR = ChargingNeeds(
    transfer="AC_three_phase",
    phases=3,
    energy_wh=Decimal(10_000),
    max_current_a=Decimal(16),
    departure=NOW + timedelta(hours=2),
    discharges=False,
)


class Yard(Node):
    """A node, and a charge point that takes profiles; what is asked on our own goes there too."""

    def __init__(self) -> None:
        super().__init__()
        self.state = ChargePoint(id="CP1")
        self.asked: list[Any] = []
        self.outcome: outcomes.AnyOutcome = outcomes.Accepted(result=ProfileInstalled(replaces="id"))
        self.bus.serve(subject_of("CP1"), self._answer)
        self.hands = hands_of(self)
        self.rules = FollowUps(self.hands, self.bus)
        self.smart_charging = SmartCharging(self.store, self.clock)

    async def _answer(self, body: bytes) -> bytes:
        self.asked.append(unpack(body).command)
        return pack(self.outcome)

    async def hear(self, report: reports.Report, **policy: Any) -> Any:
        answer = await self.inbound.take(self.state, report, Policy(**policy))
        await self.rules.settled()
        return answer

    async def set(self, given: ChargingProfile) -> str:
        record = await self.hands.ask("CP1", commands.SetChargingProfile(profile=given))
        return record.outcome

    @property
    def profiles(self) -> list[ChargingProfile]:
        return [one.profile for one in self.asked if isinstance(one, commands.SetChargingProfile)]

    async def limits(self, evse: int, unit: Any = "A") -> list[tuple[int, Any]]:
        composite = await self.smart_charging.composite("CP1", evse, Horizon(self.now, 7200, unit))
        return [(one.start_s, one.limit) for one in composite.periods]


@pytest.fixture
async def yard() -> Yard:
    yard = Yard()
    await yard.register("CP1")
    await yard.admit(IdToken("CARD1"))
    yard.rules.begin()
    return yard


async def test_profiles_and_limits_from_outside_count_together(yard: Yard) -> None:
    assert await yard.limits(1) == [(0, None)]
    await yard.set(profile("TxDefault", schedule((0, 16))))
    await yard.hear(reports.ChargingLimitTold(evse=0, limit_source="EMS", schedules=(schedule((60, 10)),)))
    assert await yard.limits(1) == [(0, 16), (60, 10)]
    await yard.hear(reports.ChargingLimitCleared(evse=None, limit_source="EMS"))
    assert await yard.limits(1) == [(0, 16)]
    yard.later(24 * 60)
    await yard.set(profile("TxDefault", schedule((0, 20)), id=2, stack_level=1, valid_to=NOW))
    assert await yard.limits(1) == [(0, 16)]


async def test_the_charge_point_has_the_sum_of_its_evses(yard: Yard) -> None:
    await yard.set(profile("TxDefault", schedule((0, 3000), unit="W"), evse=0))
    assert await yard.limits(0, "W") == [(0, None)]
    await yard.journal.commit([h.status("Available"), h.status("Available", evse=2)])
    assert await yard.limits(0, "W") == [(0, 6000)]


async def test_an_evse_that_tells_its_phases_is_counted_with_them(yard: Yard) -> None:
    await yard.set(profile("TxDefault", schedule((0, 16))))
    await yard.journal.commit([h.variables(h.variable("SupplyPhases", "1", component="EVSE", place=(1, 0)))])
    assert await yard.limits(1, "W") == [(0, 3680)]


async def test_the_limits_that_a_charge_point_has_told_are_kept(yard: Yard) -> None:
    told = {"ProfileStackLevel": "2", "PeriodsPerSchedule": "1", "RateUnit": "A"}
    variables = [h.variable(name, value, component="SmartChargingCtrlr") for name, value in told.items()]
    await yard.journal.commit([h.variables(*variables)])
    await yard.set(profile("TxDefault", schedule((0, 16))))
    limits = yard.asked[-1].limits
    assert (limits.max_stack_level, limits.max_periods, limits.units) == (2, 1, ("A",))


async def test_doubles_are_found_before_they_are_sent(yard: Yard) -> None:
    await yard.set(profile("TxDefault", schedule((0, 16))))
    await yard.set(profile("TxDefault", schedule((0, 16)), id=2))
    assert yard.asked[-1].doubles == ("profile 1 has this purpose and stack level at the same time",)


async def test_a_vehicle_gets_the_schedule_it_was_promised(yard: Yard) -> None:
    await yard.hear(start())
    await yard.set(profile("ChargePointMax", schedule((0, 12), begins=-60), id=5))
    answer = await yard.hear(reports.ChargingNeedsTold(evse=1, needs=CAR))
    assert answer.is_promised
    [_, sent] = yard.profiles
    (number,) = yard.state.transactions
    assert (sent.id, sent.purpose, sent.evse, sent.transaction, sent.wire_id) == (
        number, "Tx", 1, number, str(number)
    )  # fmt: skip
    # 11 kWh in two hours over three phases.
    assert [(one.start_s, one.limit) for one in sent.schedules[0].periods] == [
        (0, Decimal("7.9")),
        (7200, Decimal("12.0")),
    ]
    assert sent.schedules[0].start == NOW
    await yard.hear(stop(number))
    assert [item.key for item in await yard.store.find_items("CP1", "ChargingProfile")] == ["5"]


async def test_what_an_operator_has_set_for_the_transaction_stays_the_bound(yard: Yard) -> None:
    await yard.hear(start())
    (number,) = yard.state.transactions
    mine = profile("Tx", schedule((0, 6), begins=-60), id=9, transaction=number, wire_id=str(number))
    await yard.set(replace(mine, stack_level=3))
    await yard.hear(reports.ChargingNeedsTold(evse=1, needs=CAR))
    assert yard.profiles[-1].stack_level == 4
    assert [one.limit for one in yard.profiles[-1].schedules[0].periods] == [Decimal("6.0")]


async def test_nothing_is_sent_where_nothing_was_promised(yard: Yard) -> None:
    await yard.hear(reports.ChargingNeedsTold(evse=1, needs=CAR))
    await yard.hear(start())
    answer = await yard.hear(reports.ChargingNeedsTold(evse=1, needs=CAR), follows_up=False)
    assert not answer.is_promised
    assert yard.asked == []


async def test_a_vehicle_that_takes_too_much_is_offered_again_but_not_for_ever(yard: Yard) -> None:
    await yard.hear(start())
    await yard.hear(reports.ChargingNeedsTold(evse=1, needs=CAR))
    for _ in range(OFFERS + 2):
        plan = VehicleSchedule(schedule=schedule((0, 16)), chosen=len(yard.profiles))
        await yard.hear(reports.VehicleScheduleTold(evse=1, plan=plan))
    assert [one.schedules[0].id for one in yard.profiles] == [1, 2, 3]
    assert len({one.id for one in yard.profiles}) == 1


async def test_a_plan_within_the_limits_is_left_alone(yard: Yard) -> None:
    await yard.hear(start())
    await yard.hear(reports.ChargingNeedsTold(evse=1, needs=CAR))
    plan = VehicleSchedule(schedule=schedule((0, "7.9")), chosen=1)
    await yard.hear(reports.VehicleScheduleTold(evse=1, plan=plan))
    assert len(yard.profiles) == 1


async def test_a_refused_schedule_is_only_logged(yard: Yard, caplog: pytest.LogCaptureFixture) -> None:
    yard.outcome = outcomes.Rejected(reason="Rejected")
    await yard.hear(start())
    await yard.hear(reports.ChargingNeedsTold(evse=1, needs=CAR))
    assert "got no schedule" in caplog.text
    assert await yard.store.find_items("CP1", "ChargingProfile") == []


async def test_a_vehicle_that_only_charges_is_known_to(yard: Yard) -> None:
    await yard.hear(start())
    (number,) = yard.state.transactions
    await yard.hear(reports.ChargingNeedsTold(evse=1, needs=CAR), follows_up=False)
    await yard.set(profile("Tx", schedule((0, 6)), transaction=number))
    assert yard.asked[-1].limits.charging_only
    await yard.set(profile("TxDefault", schedule((0, 6)), id=2))
    assert not yard.asked[-1].limits.charging_only


async def test_commands_that_change_the_book_take_turns(yard: Yard) -> None:
    yard.outcome = outcomes.Accepted(result=ProfileInstalled(replaces="stack"))
    for number in range(1, 6):
        await yard.set(profile("TxDefault", schedule((0, 16)), id=number))
    assert [item.key for item in await yard.store.find_items("CP1", "ChargingProfile")] == ["5"]


class Away(MemoryStore):
    """A store whose database is away when somebody looks for what is installed."""

    async def find_items(self, charge_point: str, kind: ItemKind) -> list[ItemRecord]:
        raise Unavailable("the database is away")


async def test_without_a_look_at_the_book_nothing_is_sent(yard: Yard) -> None:
    away = Away(yard.journal, MemoryMessageSink())
    outbound = Outbound(Recorder(yard.journal, yard.bus, yard.clock), away, lambda: "c", 5.0)
    command = commands.SetChargingProfile(profile=profile("TxDefault", schedule((0, 16))))
    assert (await outbound.submit("CP1", command, "admin")).outcome == "Failed"
    assert yard.asked == []
