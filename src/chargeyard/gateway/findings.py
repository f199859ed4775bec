"""What a session notices of its charge point's manners: each thing once, and not without end."""

from collections.abc import Iterator, Sequence

from chargeyard.domain.events import FindingRecorded
from chargeyard.ocpp.repairs import Finding
from chargeyard.ocpp.violations import Violation
from chargeyard.services.ports import Clock

MOST_FINDINGS = 64
"""How many different findings of one session are stored; a charge point that sins in ever new ways is known."""


class Findings:
    """The findings of one session. Made with the first of them, since most charge points give no cause."""

    __slots__ = ("_charge_point", "_clock", "_known")

    def __init__(self, charge_point: str, clock: Clock) -> None:
        self._charge_point = charge_point
        self._clock = clock
        self._known: set[tuple[str, str, str]] = set()

    def new(self, action: str, findings: Sequence[Finding]) -> tuple[FindingRecorded, ...]:
        """Events for those of `findings`, about a message of this `action`, that are new in this session."""
        return tuple(self._new(action[:50], findings))

    def _new(self, action: str, findings: Sequence[Finding]) -> Iterator[FindingRecorded]:
        for finding in findings:
            known = (action, finding.rule, finding.path)
            if known in self._known or len(self._known) >= MOST_FINDINGS:
                continue
            self._known.add(known)
            yield FindingRecorded(
                recorded_at=self._clock(),
                charge_point=self._charge_point,
                action=action,
                rule=finding.rule,
                path=finding.path,
                detail=finding.detail,
            )


def refusal(violation: Violation) -> Finding:
    """What is kept of a message that was refused."""
    return Finding(f"refused:{violation.fault.value}", violation.path, violation.detail)
