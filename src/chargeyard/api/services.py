"""What the interface is given: everything that its handlers and the pages use, made by the composition root."""

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.plugins import PluginProtocol
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from chargeyard.services.authorization import IdTokens
from chargeyard.services.local_list import LocalLists
from chargeyard.services.numbers import Numbers
from chargeyard.services.ports import Bus, Clock, Keys, Menu, Outbound, PasswordHasher, Store
from chargeyard.services.provisioning import Provisioning
from chargeyard.services.recording import Recorder
from chargeyard.services.smart_charging import SmartCharging


class ApiServices(Struct, frozen=True, kw_only=True):
    """Ports, a few settings, and what other folders add to the application.

    `numbers` are for what charge points report later. `waiting` tells how many events wait for their commit,
    `is_away` whether it is the database they wait for, `is_crowded` whether nothing more may wait; `metrics` is the
    page of figures. `login_path` is where a browser is sent that nobody has logged in with, empty where there is no such page;
    `pages` are further handlers, `plugins` what they need.
    """

    recorder: Recorder
    store: Store
    bus: Bus
    clock: Clock
    keys: Keys
    passwords: PasswordHasher
    outbound: Outbound
    numbers: Numbers
    menu: Menu
    version: str
    waiting: Callable[[], int]
    is_away: Callable[[], bool] = lambda: False
    is_crowded: Callable[[], bool] = lambda: False
    metrics: Callable[[], bytes] = lambda: b""
    failed_logins_per_minute: int = 30
    login_path: str = ""
    pages: Sequence[ControllerRouterHandler] = ()
    plugins: Sequence[PluginProtocol] = ()

    @property
    def provisioning(self) -> Provisioning:
        """The register of charge points."""
        return Provisioning(self.store, self.recorder, self.keys)

    @property
    def local_lists(self) -> LocalLists:
        """The local authorization lists of charge points."""
        return LocalLists(self.store, self.clock)

    @property
    def smart_charging(self) -> SmartCharging:
        """What charging profiles leave, by our own reckoning."""
        return SmartCharging(self.store, self.clock)

    @property
    def id_tokens(self) -> IdTokens:
        """The register of id tokens."""
        return IdTokens(self.store, self.recorder, self.keys)


T = TypeVar("T")
Given: TypeAlias = NamedDependency[SkipValidation[T]]
"""What a provider hands to a handler: made by us, so that nothing is checked or converted."""

Services: TypeAlias = Given[ApiServices]
"""As a handler asks for them."""
