"""How much is measured, and on which databases."""

from msgspec import Struct


class Scope(Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    databases: tuple[str, ...]
    """Kinds: sqlite, postgresql, mariadb."""
    quick: bool = False
    """Shorter and smaller, to see that it runs; leaves the running database servers on the cores they are on."""
    write: bool = False
    """Also write what belongs on a page of its own."""
