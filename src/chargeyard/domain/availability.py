"""The states of connectors."""

from datetime import timedelta

from chargeyard.domain import events, reports
from chargeyard.domain.answers import ACKNOWLEDGED
from chargeyard.domain.charge_point import ChargePoint, Connector
from chargeyard.domain.decision import Context, Decision

SKEW = timedelta(minutes=1)
"""A state from further ahead than this was stamped by a wrong clock; what comes after it is newer, whatever
its time (steve#136: local time labelled UTC until the first synchronisation)."""


def decide_status(state: ChargePoint, report: reports.ConnectorStatusChanged, context: Context) -> Decision:
    """The state now; one that is older than what we know changes nothing (field quirk 44)."""
    at = report.at or context.now
    known = state.connectors.get((report.evse, report.connector))
    if known is not None and known.at > at and known.at - context.now <= SKEW:
        return Decision((), ACKNOWLEDGED)
    changed = events.ConnectorStatusChanged(
        recorded_at=context.now,
        charge_point=state.id,
        evse=report.evse,
        connector=report.connector,
        status=report.status,
        error_code=report.error_code,
        at=at,
        info=report.info,
        vendor_id=report.vendor_id,
        vendor_error_code=report.vendor_error_code,
    )
    return Decision((changed,), ACKNOWLEDGED)


def evolve_status(state: ChargePoint, event: events.ConnectorStatusChanged) -> None:
    """Remember the state, and when it was said."""
    state.connectors[event.evse, event.connector] = Connector(event.status, event.error_code, event.at)
