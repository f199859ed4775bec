"""Display messages in the words of 2.x."""

from datetime import UTC, datetime

import pytest

from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.display_messages import DisplayMessage, DisplayUnit, MessageContent
from chargeyard.domain.results import DisplayMessageSet, NothingToList, PartsFollow
from tests.dialects.v201.saying import outcome_of, refusal, said
from tests.dialects.v201.wire import BOTH, OF_21, OF_201, Payload, Version, named

AT = datetime(2030, 1, 1, tzinfo=UTC)
STAMP = "2030-01-01T00:00:00Z"
HELLO = MessageContent(text="Hello", language="en")
FULL = DisplayMessage(
    id=3,
    priority="InFront",
    contents=(HELLO,),
    state="Charging",
    starts_at=AT,
    ends_at=AT,
    transaction_ocpp_id="tx-1",
    display=DisplayUnit(component="Display", instance="left", evse=2, connector=1),
)
ON_THE_WIRE: Payload = {
    "id": 3,
    "priority": "InFront",
    "state": "Charging",
    "startDateTime": STAMP,
    "endDateTime": STAMP,
    "transactionId": "tx-1",
    "message": {"format": "UTF8", "content": "Hello", "language": "en"},
    "display": {"name": "Display", "instance": "left", "evse": {"id": 2, "connectorId": 1}},
}
READ = commands.ReadDisplayMessages(request_id=7)


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_what_is_said(version: Version) -> None:
    least = DisplayMessage(id=1, priority="NormalCycle", contents=(MessageContent(text="Hi"),))
    message = {"id": 1, "priority": "NormalCycle", "message": {"format": "UTF8", "content": "Hi"}}
    for one, wire in ((FULL, ON_THE_WIRE), (least, message)):
        assert said(version, commands.SetDisplayMessage(message=one)) == (
            "SetDisplayMessage",
            {"message": wire},
        )
    assert said(version, READ) == ("GetDisplayMessages", {"requestId": 7})
    some = commands.ReadDisplayMessages(request_id=7, ids=(1, 2), priority="InFront", state="Idle")
    assert said(version, some) == (
        "GetDisplayMessages",
        {"requestId": 7, "id": [1, 2], "priority": "InFront", "state": "Idle"},
    )
    clear = commands.ClearDisplayMessage(message_id=4)
    assert said(version, clear) == ("ClearDisplayMessage", {"id": 4})


def test_several_languages_and_new_states_are_for_the_next_version() -> None:
    hallo = MessageContent(text="Hallo", language="de")
    both = DisplayMessage(id=1, priority="InFront", contents=(HELLO, hallo))
    assert refusal(OF_201, commands.SetDisplayMessage(message=both)).detail
    message = said(OF_21, commands.SetDisplayMessage(message=both))[1]["message"]
    assert message["messageExtra"] == [{"format": "UTF8", "content": "Hallo", "language": "de"}]
    resting = DisplayMessage(id=1, priority="InFront", contents=(HELLO,), state="Suspended")
    assert refusal(OF_201, commands.SetDisplayMessage(message=resting)).detail
    assert said(OF_21, commands.SetDisplayMessage(message=resting))[1]["message"]["state"] == "Suspended"


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_what_becomes_of_it(version: Version) -> None:
    shown = outcome_of(version, commands.SetDisplayMessage(message=FULL), {"status": "Accepted"})
    assert isinstance(shown, outcomes.Accepted)
    assert shown.result == DisplayMessageSet(message_id=3)
    unknown = outcome_of(version, commands.SetDisplayMessage(message=FULL), {"status": "UnknownTransaction"})
    assert isinstance(unknown, outcomes.Rejected)
    assert unknown.reason == "UnknownTransaction"
    follow = outcome_of(version, READ, {"status": "Accepted"})
    assert isinstance(follow, outcomes.Accepted)
    assert follow.result == PartsFollow(request_id=7)
    none = outcome_of(version, READ, {"status": "Unknown"})
    assert isinstance(none, outcomes.Accepted)
    assert none.result == NothingToList()


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_what_is_listed(version: Version) -> None:
    told = {"requestId": 7, "tbc": True, "messageInfo": [ON_THE_WIRE]}
    assert version.hear("NotifyDisplayMessages", told, strict=True).report == reports.DisplayMessagesReported(
        request_id=7, is_last=False, messages=(FULL,)
    )
    assert version.hear("NotifyDisplayMessages", {"requestId": 7}).report == reports.DisplayMessagesReported(
        request_id=7, is_last=True, messages=()
    )


def test_languages_are_heard() -> None:
    extra = [{"format": "UTF8", "content": "Hallo", "language": "de"}]
    told = {"requestId": 7, "messageInfo": [{**ON_THE_WIRE, "messageExtra": extra}]}
    report = OF_21.hear("NotifyDisplayMessages", told).report
    assert isinstance(report, reports.DisplayMessagesReported)
    assert [one.language for one in report.messages[0].contents] == ["en", "de"]


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_odd_words_are_kept_and_what_has_no_number_is_left_out(version: Version) -> None:
    odd = {
        "id": 1,
        "priority": "Urgent",
        "state": "Dreaming",
        "startDateTime": "soon",
        "message": {"format": "RTF", "content": "x"},
    }
    heard = version.hear(
        "NotifyDisplayMessages", {"requestId": 7, "messageInfo": [odd, {"priority": "InFront"}]}
    )
    assert isinstance(heard.report, reports.DisplayMessagesReported)
    [message] = heard.report.messages
    assert (message.priority, message.state, message.starts_at) == ("Urgent", "Dreaming", None)
    assert message.contents == (MessageContent(text="x", format="RTF"),)
    assert heard.findings


@pytest.mark.parametrize("version", BOTH, ids=named)
@pytest.mark.parametrize("payload", [{}, {"requestId": "x", "messageInfo": [1]}], ids=str)
def test_a_list_of_no_use_is_kept_and_acknowledged(version: Version, payload: Payload) -> None:
    heard = version.hear("NotifyDisplayMessages", payload)
    assert isinstance(heard.report, reports.Reported)
    assert "keep_unread" in {finding.rule for finding in heard.findings}
    assert version.answer("NotifyDisplayMessages", payload) == {}
