"""The translators: the only place where the wire and the domain meet. `SPOKEN` is what this program speaks."""

from chargeyard.dialects.dialect import Dialect
from chargeyard.dialects.v16 import V16
from chargeyard.dialects.v21 import V21
from chargeyard.dialects.v201 import V201

SPOKEN: tuple[Dialect, ...] = (V21, V201, V16)

__all__ = ["SPOKEN", "Dialect"]
