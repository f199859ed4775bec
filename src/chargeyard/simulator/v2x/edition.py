"""OCPP 2.0.1 and 2.1: one code, which thinks in the messages of 2.1, and a table of what differs.

What 2.0.1 sends is checked by its own schemas before it is read as 2.1, and what it is sent has none of the
fields that only 2.1 knows: those are in this table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chargeyard.ocpp import v21, v201
from chargeyard.ocpp.peer import Manners
from chargeyard.ocpp.v21 import messages as m
from chargeyard.ocpp.v201 import messages as m201
from chargeyard.ocpp.violations import Fault
from chargeyard.simulator.v2x.components import ADDED_IN_21, COMPONENTS, Component
from chargeyard.simulator.wire import Wire

SPELLING = {
    Fault.NOT_JSON: "FormatViolation",
    Fault.FRAME: "RpcFrameworkError",
    Fault.MESSAGE_ID: "RpcFrameworkError",
    Fault.MESSAGE_TYPE: "MessageTypeNotSupported",
    Fault.MISSING: "OccurrenceConstraintViolation",
    Fault.TYPE: "TypeConstraintViolation",
    Fault.VALUE: "PropertyConstraintViolation",
    Fault.EXTRA: "FormatViolation",
    Fault.DUPLICATE_KEY: "FormatViolation",
    Fault.UNKNOWN_ACTION: "NotImplemented",
    Fault.UNSUPPORTED: "NotSupported",
    Fault.SECURITY: "SecurityError",
    Fault.INTERNAL: "InternalError",
    Fault.GENERIC: "GenericError",
}


class Edition(msgspec.Struct, frozen=True):
    """What one of the two does differently.

    ``monitor``: makes a VariableMonitoringType. ``tells_availability_by_event``: a NotifyEvent may take the
    place of StatusNotification (2.1 B01.FR.05). ``numbers_signing_requests``: SignCertificate has a requestId
    (2.1 A02.FR.25). ``tells_limits``: what limits a transaction is told with it (2.1 E16).
    """

    wire: Wire
    components: Mapping[str, Component]
    monitor: Callable[..., Any]
    tells_availability_by_event: bool
    numbers_signing_requests: bool
    tells_limits: bool


def _monitor_201(**fields: Any) -> m201.VariableMonitoringType:
    """2.0.1 does not say where a monitor comes from."""
    del fields["event_notification_type"]
    return m201.VariableMonitoringType(**fields)


V201 = Edition(
    wire=Wire(
        subprotocol="ocpp2.0.1",
        catalogue=v201.CATALOGUE,
        vocabulary=v21.CATALOGUE,
        manners=Manners(
            spelling=SPELLING,
            answers_unreadable=True,
            answers_unknown_type=True,
            knows_send=False,
            knows_result_error=False,
            tolerant=False,
        ),
    ),
    components=COMPONENTS,
    monitor=_monitor_201,
    tells_availability_by_event=False,
    numbers_signing_requests=False,
    tells_limits=False,
)

V21 = Edition(
    wire=Wire(
        subprotocol="ocpp2.1",
        catalogue=v21.CATALOGUE,
        vocabulary=v21.CATALOGUE,
        manners=Manners(
            spelling=SPELLING,
            answers_unreadable=True,
            answers_unknown_type=False,
            knows_send=True,
            knows_result_error=True,
            tolerant=False,
        ),
    ),
    components={**COMPONENTS, **ADDED_IN_21},
    monitor=m.VariableMonitoringType,
    tells_availability_by_event=True,
    numbers_signing_requests=True,
    tells_limits=True,
)
