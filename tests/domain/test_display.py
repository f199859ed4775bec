"""Display messages: what is listed, shown and cleared."""

import msgspec
import pytest

from chargeyard.domain import commands, events, reports
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.display_messages import DisplayMessage, MessageContent, item_of
from chargeyard.domain.outcomes import Accepted, AnyOutcome, Rejected
from chargeyard.domain.results import NothingToList, PartsFollow
from tests.domain.made import NOW, apply, context
from tests.domain.scenes import ASKED, NO_NEWS, accepted, after, named

MESSAGE = DisplayMessage(id=3, priority="InFront", contents=(MessageContent(text="Hello"),))
UNKNOWN = Rejected(reason="Unknown")


def test_a_part_of_a_list_is_kept() -> None:
    part = reports.DisplayMessagesReported(request_id=7, is_last=True, messages=(MESSAGE,))
    told, advanced = apply(ChargePoint(id="CP1"), part, context()).events
    assert isinstance(told, events.ItemsInstalled)
    assert (told.kind, told.source, told.items) == ("DisplayMessage", "reported", (item_of(MESSAGE),))
    assert isinstance(advanced, events.ListingAdvanced)
    assert (advanced.request_id, advanced.sequence, advanced.is_last, advanced.items) == (7, None, True, 1)


def test_the_body_has_the_words_of_rest() -> None:
    assert msgspec.json.decode(item_of(MESSAGE).body) == {
        "id": 3,
        "priority": "InFront",
        "contents": [{"text": "Hello"}],
    }


def test_a_message_that_was_accepted_is_shown() -> None:
    [installed] = after(commands.SetDisplayMessage(message=MESSAGE), accepted())
    assert isinstance(installed, events.ItemsInstalled)
    assert (installed.source, installed.items, installed.recorded_at) == ("ours", (item_of(MESSAGE),), NOW)
    assert after(commands.SetDisplayMessage(message=MESSAGE), Rejected(reason="UnknownTransaction")) == ()


@pytest.mark.parametrize(
    ("command", "is_whole"),
    [
        (commands.ReadDisplayMessages(request_id=7), True),
        (commands.ReadDisplayMessages(request_id=7, ids=(1,)), False),
        (commands.ReadDisplayMessages(request_id=7, priority="InFront"), False),
        (commands.ReadDisplayMessages(request_id=7, state="Idle"), False),
    ],
)
def test_a_list_is_awaited_from_when_it_was_asked_for(
    command: commands.ReadDisplayMessages, is_whole: bool
) -> None:
    [asked] = after(command, Accepted(result=PartsFollow(request_id=7)))
    assert isinstance(asked, events.ListingAsked)
    assert (asked.request_id, asked.is_whole, asked.recorded_at) == (7, is_whole, ASKED)


@pytest.mark.parametrize(
    ("command", "gone"),
    [
        (commands.ReadDisplayMessages(request_id=7), [None]),
        (commands.ReadDisplayMessages(request_id=7, ids=(1, 2)), [((0, "1"), (0, "2"))]),
        (commands.ReadDisplayMessages(request_id=7, ids=(1,), state="Idle"), []),
        (commands.ReadDisplayMessages(request_id=7, priority="InFront"), []),
    ],
)
def test_what_was_not_found_is_not_there(command: commands.ReadDisplayMessages, gone: list[object]) -> None:
    happened = after(command, accepted(NothingToList()))
    assert [event.keys for event in happened if isinstance(event, events.ItemsRemoved)] == gone
    assert len(happened) == len(gone)


@pytest.mark.parametrize("outcome", [accepted(), UNKNOWN], ids=named)
def test_what_was_cleared_or_is_unknown_there_is_gone(outcome: AnyOutcome) -> None:
    [removed] = after(commands.ClearDisplayMessage(message_id=3), outcome)
    assert isinstance(removed, events.ItemsRemoved)
    assert removed.keys == ((0, "3"),)


@pytest.mark.parametrize("outcome", [*NO_NEWS, Rejected(reason="Rejected")], ids=named)
def test_nothing_is_concluded_from_anything_else(outcome: AnyOutcome) -> None:
    for command in (
        commands.SetDisplayMessage(message=MESSAGE),
        commands.ReadDisplayMessages(request_id=7),
        commands.ClearDisplayMessage(message_id=3),
    ):
        assert after(command, outcome) == ()
