"""Local authorization lists: what a charge point holds, what it should hold, and the difference in parts.

Versions are above 0 and only rise (D01.FR.18): a charge point refuses a change that does not raise its version.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace

from chargeyard.domain import events
from chargeyard.domain.authorization import (
    UNAUTHORIZED_KIND,
    IdToken,
    ListEntry,
    Occasion,
    Verdict,
    evses_at,
    is_key_code,
    judge,
    key_of,
)
from chargeyard.domain.commands import ReadLocalListVersion, SendLocalList
from chargeyard.domain.decision import Scene
from chargeyard.domain.outcomes import Accepted, Failed, Outcome, Rejected, TimedOut, Unsupported
from chargeyard.domain.records import ListedToken
from chargeyard.domain.results import LocalListTaken, LocalListTold

_read_verdict = msgspec.json.Decoder(Verdict).decode

NO_LIST = -1
"""The version that says there is no list."""


def entry_of(token: IdToken, charge_point: str, at: datetime) -> ListEntry | None:
    """What a list of `charge_point` says of `token`; None: nothing, since it can never charge there, or is secret.

    How long a verdict may be cached is no matter of the list, in which it stays until it is changed.
    """
    if is_key_code(token.kind) or token.kind == UNAUTHORIZED_KIND or token.max_transactions == 0:
        return None
    if evses_at(token, charge_point) is None:
        return None
    lasting = replace(token, cache_lifetime_s=None)
    verdict = judge(lasting, at, occasion=Occasion(kind=token.kind, charge_point=charge_point))
    return ListEntry(id_token=token.id_token, kind=token.kind, verdict=verdict)


def difference(held: Iterable[ListedToken], wanted: Mapping[str, ListEntry]) -> Iterator[ListEntry]:
    """What must be said so that a charge point that has `held` has what is `wanted`."""
    known = {key_of(one.id_token): one for one in held}
    for key, one in known.items():
        if key not in wanted or one.kind.casefold() != wanted[key].kind.casefold():
            yield ListEntry(id_token=one.id_token, kind=one.kind)
    for key, entry in wanted.items():
        if key not in known or body_of(entry) != bytes(known[key].body) or known[key].kind != entry.kind:
            yield entry


def body_of(entry: ListEntry) -> bytes:
    """What a list says of a token, to be compared."""
    return msgspec.json.encode(entry.verdict)


def verdict_in(listed: ListedToken) -> Verdict:
    """What a list says of a token."""
    return _read_verdict(listed.body)


def in_parts(
    entries: Iterable[ListEntry], most: int | None, most_bytes: int | None
) -> list[tuple[ListEntry, ...]]:
    """`entries` in parts of so many, and about so many bytes, at most; one part at least."""
    parts: list[list[ListEntry]] = [[]]
    size = 0
    for entry in entries:
        weight = len(body_of(entry)) + len(entry.id_token) + _ENVELOPE_BYTES
        is_full = (most is not None and len(parts[-1]) >= max(most, 1)) or (
            most_bytes is not None and size + weight > most_bytes
        )
        if is_full and parts[-1]:
            parts.append([])
            size = 0
        parts[-1].append(entry)
        size += weight
    return [tuple(part) for part in parts]


_ENVELOPE_BYTES = 120
"""What the names of the fields around a token take."""


# --- what follows from commands -------------------------------------------------------------------------------


def told(command: ReadLocalListVersion, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """The version, if it was told."""
    result = outcome.result if isinstance(outcome, Accepted | Unsupported) else None
    if not isinstance(result, LocalListTold):
        return ()
    return (
        events.LocalListVersionTold(
            recorded_at=scene.now, charge_point=scene.charge_point, version=result.version
        ),
    )


def sent(command: SendLocalList, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """The entries are there, or there is no list, or nobody knows what is there."""
    match outcome:
        case Accepted(result=result):
            left_out = result.left_out if isinstance(result, LocalListTaken) else ()
            taken = events.LocalListSent(
                recorded_at=scene.now,
                charge_point=scene.charge_point,
                version=command.version,
                is_full=command.is_full,
                entries=command.entries,
                left_out=left_out,
            )
            return (taken,)
        case Unsupported():
            none = events.LocalListVersionTold(
                recorded_at=scene.now, charge_point=scene.charge_point, version=NO_LIST
            )
            return (none,)
        case Rejected() | TimedOut() | Failed():
            return (events.LocalListDoubted(recorded_at=scene.now, charge_point=scene.charge_point),)
        case _:
            return ()
