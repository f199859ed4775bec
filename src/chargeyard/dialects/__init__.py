"""The translators: the only place where the wire and the domain meet. `SPOKEN` is what this program speaks."""

from chargeyard.dialects.dialect import Dialect
from chargeyard.dialects.v16 import V16

SPOKEN: tuple[Dialect, ...] = (V16,)

__all__ = ["SPOKEN", "Dialect"]
