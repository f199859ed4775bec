"""What an answer to a command tells besides yes or no, in the domain's words. A dialect reads it from the wire.

An outcome carries at most one. `AnyResult` is all of them, as they travel on the bus and stand in the store.
"""

from msgspec import Struct


class Result(Struct, frozen=True, kw_only=True, tag=True, tag_field="result", rename="camel"):
    """The common ancestor; the tag is the class name."""


class VariableWord(Struct, frozen=True, kw_only=True):
    """What became of one variable: `status` is the charge point's word; `value` None: none told, or a secret."""

    key: str
    status: str
    value: str | None = None
    attribute: str = "Actual"


class VariablesAnswered(Result, frozen=True, kw_only=True):
    """What was told of each variable that was read or written."""

    variables: tuple[VariableWord, ...]


class PartsFollow(Result, frozen=True, kw_only=True):
    """What was asked for will be told in parts, numbered `request_id`."""

    request_id: int


AnyResult = VariablesAnswered | PartsFollow
