"""What every report is."""

from msgspec import Struct


class Report(Struct, frozen=True, kw_only=True, gc=False):
    """The common ancestor, so that `Report` can be named in a signature."""
