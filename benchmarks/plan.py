"""What the load shall do (`Plan`), and what it saw (`Sight`): JSON between the processes."""

import msgspec
from msgspec import Struct


class Plan(Struct, frozen=True, kw_only=True):
    """A load: connect, boot, then send `messages` round and round, one outstanding on each connection."""

    port: int
    path: str
    pid: int
    """Of the server, whose processor time and memory are read."""
    database_pid: int = 0
    """Of the database server, whose processor time is read with that of its children; 0 is none to be read."""
    connections: int
    tls: bool = False
    subprotocol: str = "ocpp1.6"
    prelude: tuple[str, ...] = ()
    """What each sends after its boot, once; it counts as a part of connecting."""
    messages: tuple[str, ...] = ()
    warmup_s: float = 1.0
    seconds: float = 10.0
    rate: float = 0.0
    """Messages per second over all connections; 0 is as many as are answered."""
    half_load_s: float = 0.0
    """How long to send afterwards at half of the rate that was measured."""
    password: str = ""
    """Of every charge point, sent by HTTP Basic."""
    dials_at_once: int = 200
    settle_s: float = 0.0
    """How long to sit idle before the memory is read."""
    core: int = -1


class Window(Struct, kw_only=True):
    """A stretch of time under load, in seconds unless said."""

    seconds: float = 0.0
    messages: int = 0
    """Answered within it."""
    server_cpu_s: float = 0.0
    database_cpu_s: float = 0.0
    load_share: float = 0.0
    """Of one core, by the load itself."""
    core_share: float = 0.0
    """Of the load's core, by whatever ran there: far below 1, neither load nor database was the bottleneck."""
    p50_ms: float = 0.0
    p99_ms: float = 0.0

    @property
    def rate(self) -> float:
        """Messages per second."""
        return self.messages / self.seconds

    @property
    def cost_us(self) -> float:
        """Processor time of the server for a message, in µs."""
        return self.server_cpu_s / self.messages * 1e6

    @property
    def database_cost_us(self) -> float:
        """Processor time of the database server for a message, in µs."""
        return self.database_cpu_s / self.messages * 1e6


class Sight(Struct, kw_only=True):
    """What the load saw; times in seconds unless said."""

    connected: int = 0
    failures: int = 0
    first_failure: str = ""
    connect_s: float = 0.0
    """From the first dial to the last answered boot."""
    connect_server_cpu_s: float = 0.0
    connect_database_cpu_s: float = 0.0
    connect_load_share: float = 0.0
    rss_before_kb: int = 0
    rss_after_kb: int = 0
    rss_active_kb: int = 0
    """At the end of the measured window, while messages are under way."""
    window: Window = msgspec.field(default_factory=Window)
    half_load: Window = msgspec.field(default_factory=Window)
    acknowledged: dict[str, int] = {}
    """For each charge point, how many messages were answered, the boot not counted."""
