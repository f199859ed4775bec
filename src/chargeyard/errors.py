"""Everything Chargeyard raises on purpose, in one tree.

    ChargeyardError
    ├── SettingsError        a setting is unknown, of the wrong type or out of range
    ├── Unavailable          the database cannot take or give anything now; try again later, nothing was stored
    │   └── Contended        somebody else holds a lock: try again at once
    ├── Fenced               a newer session of the charge point has taken over; nothing was stored
    ├── Poisoned             one event can never be stored as it is (its batch mates were); holds the reason
    ├── Conflict             what was asked contradicts what is stored (already exists, wrong state)
    └── NotFound             the thing named does not exist

What a charge point or a caller did wrong is mostly not an exception: a refusal that the domain
knows is a value (an `Answer`, an `Outcome`, a `Refusal`).
"""


class ChargeyardError(Exception):
    """The root of the tree; catch it only where the whole program ends."""


class SettingsError(ChargeyardError):
    """A setting cannot be used; the message names its path and never its value."""


class Unavailable(ChargeyardError):
    """The database is away, locked or full. Nothing was stored; the same call may be made again."""


class Contended(Unavailable):
    """A deadlock, a lock that was waited for too long, a serialization failure. The same call may be made at once."""


class Fenced(ChargeyardError):
    """The writer is a session whose charge point has a newer one. Nothing was stored, and nothing ever will be."""


class Poisoned(ChargeyardError):
    """The database refuses this one event for good. The rest of its batch is stored."""


class Conflict(ChargeyardError):
    """What was asked contradicts what is stored."""


class NotFound(ChargeyardError):
    """The thing named does not exist."""
