"""Old rows go away, in small steps that no charge point notices."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import NamedTuple

import structlog

from chargeyard.maintenance.pace import Pace
from chargeyard.services.ports import Clock, Expiring

log = structlog.get_logger()


class Rule(NamedTuple):
    """What goes after so many days; 0: never."""

    name: str
    days: int
    rows: Expiring


class Retention:
    """Keeps each kind of row to its days."""

    def __init__(self, rules: Sequence[Rule], clock: Clock, pace: Callable[[], Pace] = Pace) -> None:
        self._rules = [rule for rule in rules if rule.days]
        self._clock = clock
        self._pace = pace

    async def once(self) -> None:
        """Delete all that is too old."""
        for rule in self._rules:
            before = self._clock() - timedelta(days=rule.days)
            rows = await self._pace().walk(partial(rule.rows.expire, before))
            if rows:
                log.info("old rows deleted", what=rule.name, rows=rows)
