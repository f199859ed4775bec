"""How 1.6 and 2.x spell the faults; the tables that matter live in the dialects."""

from __future__ import annotations

from chargeyard.ocpp.violations import Fault, Spelling

SPELLING_16: Spelling = {
    Fault.NOT_JSON: "FormationViolation",
    Fault.FRAME: "ProtocolError",
    Fault.MESSAGE_ID: "ProtocolError",
    Fault.MESSAGE_TYPE: "ProtocolError",
    Fault.MISSING: "OccurenceConstraintViolation",
    Fault.TYPE: "TypeConstraintViolation",
    Fault.VALUE: "PropertyConstraintViolation",
    Fault.EXTRA: "FormationViolation",
    Fault.DUPLICATE_KEY: "FormationViolation",
    Fault.UNKNOWN_ACTION: "NotImplemented",
    Fault.UNSUPPORTED: "NotSupported",
    Fault.SECURITY: "SecurityError",
    Fault.INTERNAL: "InternalError",
    Fault.GENERIC: "GenericError",
}

SPELLING_2X: Spelling = {
    **SPELLING_16,
    Fault.NOT_JSON: "FormatViolation",
    Fault.FRAME: "RpcFrameworkError",
    Fault.MESSAGE_ID: "RpcFrameworkError",
    Fault.MESSAGE_TYPE: "MessageTypeNotSupported",
    Fault.MISSING: "OccurrenceConstraintViolation",
    Fault.EXTRA: "FormatViolation",
    Fault.DUPLICATE_KEY: "FormatViolation",
}
