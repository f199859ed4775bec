"""Figures for Prometheus."""

from litestar import Response, get

from chargeyard.api.services import Services

_TEXT = "text/plain; version=0.0.4"


@get("/metrics", summary="Figures for Prometheus", tags=["health"], media_type="text/plain")
async def show(services: Services) -> Response[bytes]:
    return Response(services.metrics(), media_type=_TEXT)
