"""What 2.1 asks about payment, and nobody here can tell yet."""

from chargeyard.ocpp.v21 import messages as m


def unknown_vat_number(request: m.VatNumberValidationRequest) -> m.VatNumberValidationResponse:
    """VatNumberValidationResponse: not valid as far as we know; the EVSE is repeated (C18.FR.10)."""
    return m.VatNumberValidationResponse(
        vat_number=request.vat_number, status="Rejected", evse_id=request.evse_id
    )
