"""What a local list should hold, what it holds, and the difference in parts."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargeyard.domain import events, outcomes
from chargeyard.domain.authorization import AllowedAt, IdToken, ListEntry, Status, Verdict, key_of
from chargeyard.domain.commands import ReadLocalListVersion, SendLocalList
from chargeyard.domain.consequences import consequences
from chargeyard.domain.decision import Scene
from chargeyard.domain.local_lists import body_of, difference, entry_of, in_parts
from chargeyard.domain.outcomes import Outcome
from chargeyard.domain.records import ListedToken
from chargeyard.domain.results import LocalListTaken, LocalListTold
from tests.domain.made import NOW

SCENE = Scene("CP1", NOW)


def _entry(id_token: str, kind: str = "", status: Status = Status.ACCEPTED) -> ListEntry:
    return ListEntry(id_token=id_token, kind=kind, verdict=Verdict(status))


def _held(entry: ListEntry) -> ListedToken:
    return ListedToken(
        charge_point="CP1", id_token=entry.id_token, kind=entry.kind, body=msgspec.Raw(body_of(entry))
    )


@pytest.mark.parametrize(
    ("token", "status"),
    [
        (IdToken("A", cache_lifetime_s=60), Status.ACCEPTED),
        (IdToken("A", blocked=True), Status.BLOCKED),
        (IdToken("A", expires_at=NOW), Status.EXPIRED),
        (IdToken("A", refusal=Status.NO_CREDIT), Status.NO_CREDIT),
        (IdToken("A", master_pass=True, parent="M"), Status.ACCEPTED),
        (IdToken("A", allowed_at=(AllowedAt("CP1", (1,)),)), Status.ACCEPTED),
    ],
)
def test_what_a_list_says_of_a_token(token: IdToken, status: Status) -> None:
    entry = entry_of(token, "CP1", NOW)
    assert entry is not None
    assert entry.verdict is not None
    assert entry.verdict.status is status
    assert entry == entry_of(token, "CP1", NOW + timedelta(seconds=9)), "time alone changes nothing"


@pytest.mark.parametrize(
    "token",
    [
        IdToken("keycode:1", kind="KeyCode"),
        IdToken("", kind="NoAuthorization"),
        IdToken("A", max_transactions=0),
        IdToken("A", allowed_at=(AllowedAt("CP2"),)),
    ],
)
def test_what_no_list_says(token: IdToken) -> None:
    assert entry_of(token, "CP1", NOW) is None


names = st.sampled_from(("A", "a", "B", "C"))
entries = st.lists(
    st.builds(_entry, names, st.sampled_from(("", "Local")), st.sampled_from(list(Status)[:2])), max_size=5
).map(lambda found: {key_of(one.id_token): one for one in found})


@given(entries, entries)
def test_the_difference_makes_the_one_of_the_other(
    held: dict[str, ListEntry], wanted: dict[str, ListEntry]
) -> None:
    now = {(key_of(one.id_token), one.kind): one for one in held.values()}
    for entry in difference([_held(one) for one in held.values()], wanted):
        key = (key_of(entry.id_token), entry.kind)
        if entry.verdict is None:
            del now[key]
        else:
            now[key] = entry
    assert {key: body_of(one) for key, one in now.items()} == {
        (key, one.kind): body_of(one) for key, one in wanted.items()
    }


@given(st.integers(0, 30), st.none() | st.integers(0, 7), st.none() | st.integers(100, 3000))
def test_parts_hold_all_and_no_more_than_they_may(
    count: int, most: int | None, most_bytes: int | None
) -> None:
    wanted = [_entry(f"TAG{n}") for n in range(count)]
    parts = in_parts(wanted, most, most_bytes)
    assert [one for part in parts for one in part] == wanted
    assert len(parts) >= 1
    assert most is None or all(len(part) <= max(most, 1) for part in parts)
    assert len(parts) == 1 or all(parts)


def test_what_was_taken_is_there() -> None:
    command = SendLocalList(version=3, is_full=True, entries=(_entry("A"), _entry("LONG")))
    result = LocalListTaken(left_out=("LONG",))
    (sent,) = consequences(command, outcomes.Accepted(result=result), SCENE)
    assert isinstance(sent, events.LocalListSent)
    assert (sent.version, sent.is_full, sent.entries, sent.left_out) == (3, True, command.entries, ("LONG",))


@pytest.mark.parametrize(
    "outcome",
    [
        outcomes.Rejected(reason="VersionMismatch"),
        outcomes.Rejected(reason="Failed"),
        outcomes.TimedOut(after_s=1.0),
        outcomes.Failed(code="InternalError"),
    ],
)
def test_after_anything_else_nobody_knows_what_is_there(outcome: Outcome) -> None:
    (doubted,) = consequences(SendLocalList(version=3), outcome, SCENE)
    assert isinstance(doubted, events.LocalListDoubted)


@pytest.mark.parametrize("outcome", [outcomes.Offline(), outcomes.Invalid(detail="")])
def test_what_was_never_sent_changes_nothing(outcome: Outcome) -> None:
    assert consequences(SendLocalList(version=3), outcome, SCENE) == ()
    assert consequences(ReadLocalListVersion(), outcome, SCENE) == ()


def test_versions_are_told() -> None:
    for outcome in (
        outcomes.Accepted(result=LocalListTold(version=4)),
        outcomes.Unsupported(result=LocalListTold(version=4)),
    ):
        (told,) = consequences(ReadLocalListVersion(), outcome, SCENE)
        assert isinstance(told, events.LocalListVersionTold)
        assert told.version == 4
    (none,) = consequences(SendLocalList(version=3), outcomes.Unsupported(), SCENE)
    assert isinstance(none, events.LocalListVersionTold)
    assert none.version == -1
