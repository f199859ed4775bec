"""What the dashboard hands over to the application: its routes, and how to end its streams."""

from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from chargeyard.services.ports import Bus, Clock, Store
from chargeyard.web import assets
from chargeyard.web.live import LiveView, Pace
from chargeyard.web.pages import login, yard
from chargeyard.web.rendering import Renderer


class Site(Struct, frozen=True):
    """All pages. `close` must be called when the server begins to stop, or open pages hold it up."""

    routes: list[HTTPRouteHandler]
    live: LiveView

    def close(self) -> None:
        """End the streams of all open pages; each connects to whatever serves this address next."""
        self.live.close()

    async def aclose(self) -> None:
        """`close`, and wait until nothing runs any more."""
        await self.live.aclose()


class Surroundings(Struct, frozen=True):
    """What the pages need of the rest. `too_many` is what a login raises after too many failures."""

    store: Store
    bus: Bus
    clock: Clock
    too_many: type[Exception]
    ocpp_path: str = "/ocpp"
    pace: Pace = Pace()


def build(around: Surroundings) -> Site:
    """Put the pages together. Reads the static files; raises `KeyError` at the first page if one is missing."""
    found = assets.Assets()
    renderer = Renderer(found, around.clock)
    live = LiveView(around.store, around.bus, around.clock, renderer, around.pace)
    routes = [
        assets.route(found),
        *login.routes(around.too_many, renderer),
        *yard.routes(live, renderer, around.ocpp_path),
    ]
    return Site(routes, live)
