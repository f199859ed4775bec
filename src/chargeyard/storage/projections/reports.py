"""What was told and is kept as it was → `kept_report`, `finding`."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, insert

from chargeyard.domain.events import ChargePointEvent, FindingRecorded
from chargeyard.domain.secrets import masked
from chargeyard.storage.tables import finding, kept_report

_ENCODER = msgspec.json.Encoder()


def kept(connection: Connection, events: Sequence[ChargePointEvent]) -> None:
    rows = [
        {
            "charge_point": event.charge_point,
            "at": event.recorded_at,
            "kind": type(event).__name__,
            # Vendors put passwords into DataTransfer (field quirk 80); this is read over REST, as the message log is.
            "body": masked(_ENCODER.encode(event)).decode(),
        }
        for event in events
    ]
    connection.execute(insert(kept_report), rows)


def found(connection: Connection, events: Sequence[FindingRecorded]) -> None:
    rows = [
        {
            "charge_point": event.charge_point,
            "at": event.recorded_at,
            "action": event.action,
            "rule": event.rule,
            "path": event.path,
            "detail": event.detail,
        }
        for event in events
    ]
    connection.execute(insert(finding), rows)
