"""What a browser or a script is told that asks for a charge point's address without wanting a WebSocket."""

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from chargeyard.api.access import OPEN

_TEXT = (
    "This is the address of an OCPP central system. A charge point connects to it by WebSocket (OCPP-J).\n"
)


def route(ocpp_path: str) -> HTTPRouteHandler:
    """The handler for `ocpp_path` and everything below it. Upgrades never get here: the gateway takes them."""
    root = "/" + ocpp_path.strip("/")

    @get([root, f"{root}/{{rest:path}}"], include_in_schema=False, opt=OPEN)
    async def upgrade_required() -> Response[str]:
        headers = {"Upgrade": "websocket", "Connection": "Upgrade"}
        return Response(_TEXT, status_code=426, media_type="text/plain", headers=headers)

    return upgrade_required
