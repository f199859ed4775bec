"""Figures for Prometheus."""

from litestar import Response, get

from chargeyard.api.access import WHILE_AWAY
from chargeyard.api.services import Services

_TEXT = "text/plain; version=0.0.4"


@get("/metrics", opt=WHILE_AWAY, summary="Figures for Prometheus", tags=["health"], media_type="text/plain")
async def show(services: Services) -> Response[bytes]:
    """Also while the database is away, to those who were let in shortly before."""
    return Response(services.metrics(), media_type=_TEXT)
