"""The order of a transaction's events is that of their numbers, whatever the clock of the charge point says.

A clock that is set back while a car charges gives later events earlier times (field quirk 16). The readings between
them can then not be put in order by their times: they are taken in the order in which they arrived.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from chargeyard.domain.energy import Course, Metered, assess
from chargeyard.domain.metering import Energy
from chargeyard.domain.registers import SLACK_S

FIRST_EVENTS = 32
"""Where the first register of a transaction is looked for: one of its first events tells it."""

SLACK = timedelta(seconds=SLACK_S)
"""Steps that are no larger leave no doubt behind."""

NO_TIME = timedelta()
A_MOMENT = timedelta(seconds=1)
NEVER = datetime.min.replace(tzinfo=UTC)


class Place(Struct, frozen=True, gc=False):
    """Where an event stands: its number (negative: it came without one), its time and its place in the order of
    arrival."""

    sequence: int
    at: datetime
    arrival: int


class Told(Struct, frozen=True, gc=False):
    """An event of a transaction, beside the one `before` it in the order of the numbers (None: it is the first)."""

    here: Place
    phase: str
    before: Place | None = None

    @property
    def stepped_back(self) -> timedelta:
        """How far the clock went back between the two; nothing where it went on."""
        return _step_back(self.before, self.here) if self.before is not None else NO_TIME

    @property
    def overtook(self) -> bool:
        """Whether it arrived before the one with the lower number."""
        one = self.before
        return one is not None and one.sequence < self.here.sequence and self.here.arrival < one.arrival


def _step_back(one: Place, other: Place) -> timedelta:
    """Those that share a number, or came without one, have no order that the clock could break."""
    is_later = 0 <= one.sequence < other.sequence
    return max(one.at - other.at, NO_TIME) if is_later else NO_TIME


def step_back(told: Sequence[Told], sequence: int = -1, at: datetime = NEVER) -> timedelta:
    """The largest step that the clock was set back between events that are stored, or beside the one just told with
    `sequence` at `at`; nothing where it always went on."""
    steps = [one.stepped_back for one in told]
    if not any(one.here.sequence == sequence for one in told):
        here = Place(sequence, at, 0)
        before = max((one.here for one in told if one.here.sequence < sequence), key=_number, default=here)
        after = min((one.here for one in told if one.here.sequence > sequence), key=_number, default=here)
        steps += (_step_back(before, here), _step_back(here, after))
    return max(steps, default=NO_TIME)


def has_order_of_arrival(told: Sequence[Told], sequence: int = -1, at: datetime = NEVER) -> bool:
    """Whether readings are to be put in the order of arrival, because times run backwards.

    Steps within `SLACK` are believed to be such only where events arrived in the order of their numbers.
    """
    step = step_back(told, sequence, at)
    return step > SLACK or (step > NO_TIME and not is_mixed(told, sequence))


def is_mixed(told: Sequence[Told], sequence: int = -1) -> bool:
    """Whether events arrived in another order than that of their numbers; `sequence` is the one just told, if any."""
    is_news = sequence >= 0 and all(one.here.sequence != sequence for one in told)
    return any(one.overtook or (is_news and sequence < one.here.sequence) for one in told)


def _number(place: Place) -> int:
    return place.sequence


def energy_in_order(readings: Iterable[Metered], stop_wh: int | None = None) -> Energy:
    """The energy of a transaction during which the clock was set back, from readings in the order in which they
    were taken; `stop_wh` is the register that the last event told.

    No more than the registers are apart is ever booked: readings that are told again at the end look like a register
    that was reset.
    """
    told = redated(dict.fromkeys(readings))
    stop = Metered(told[-1].at, stop_wh) if told and stop_wh is not None else None
    found = assess(Course(readings=tuple(told), stop=stop))
    registers = [one.energy_wh for one in told if one.energy_wh is not None and one.energy_wh >= 0]
    apart_wh = max(registers) - min(registers) if registers else found.energy_wh
    if found.energy_wh > apart_wh:
        return Energy(apart_wh, "suspect", found.last_wh)
    return found


def redated(readings: Iterable[Metered]) -> list[Metered]:
    """The same by a clock that never goes back: where theirs did, as much time passed as between the two before, a
    moment where it only went back a little."""
    found: list[Metered] = []
    said: datetime | None = None
    usual = SLACK
    for one in readings:
        passed = one.at - said if said is not None else NO_TIME
        if passed > NO_TIME:
            usual = passed
        elif passed < NO_TIME:
            passed = usual if passed < -SLACK else A_MOMENT
        said, since = one.at, found[-1].at if found else one.at
        found.append(replace(one, at=since + passed))
    return found
