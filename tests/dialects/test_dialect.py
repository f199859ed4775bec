"""What is common to all dialects: the choice of one, refusals of calls, capabilities that a version lacks."""

import msgspec
import pytest

from chargeyard.dialects import SPOKEN
from chargeyard.dialects.dialect import choose
from chargeyard.dialects.v16 import V16
from chargeyard.domain import commands, outcomes, reports
from chargeyard.ocpp.violations import Fault, Violated
from tests.dialects.v16.wire import NOW


@pytest.mark.parametrize(
    ("offered", "token"),
    [
        (["ocpp1.6"], "ocpp1.6"),
        (["ocpp1.5", "ocpp1.6"], "ocpp1.6"),
        (["OCPP1.6"], "OCPP1.6"),
        (["ocpp1.6j"], "ocpp1.6j"),
        ([" ocpp1.6 "], "ocpp1.6"),
        (["ocpp1.6J", "ocpp1.6"], "ocpp1.6J"),
        (["ocpp0.1"], None),
        (["mqtt", ""], None),
        ([], None),
        (["ocpp2.0.1"], "ocpp2.0.1"),
        (["ocpp2.1", "ocpp2.0.1", "ocpp1.6"], "ocpp2.1"),
        (["ocpp2.0.1", "ocpp2.1"], "ocpp2.0.1"),
        (["ocpp2.0", "ocpp1.6"], "ocpp1.6"),
        (["ocpp0.1", "ocpp2.0.1"], "ocpp2.0.1"),
    ],
)
def test_the_first_that_is_spoken_is_chosen_as_it_was_offered(offered: list[str], token: str | None) -> None:
    chosen = choose(offered, SPOKEN)
    assert (chosen and chosen[1]) == token
    if chosen is not None:
        assert chosen[1].strip().lower().startswith(chosen[0].subprotocol)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    ("action", "fault"),
    [
        ("Nonsense", Fault.UNKNOWN_ACTION),
        ("heartbeat", Fault.UNKNOWN_ACTION),
        ("TransactionEvent", Fault.UNKNOWN_ACTION),
        ("", Fault.UNKNOWN_ACTION),
        ("RemoteStartTransaction", Fault.UNSUPPORTED),
    ],
)
def test_actions_that_nobody_may_send(action: str, fault: Fault, strict: bool) -> None:
    with pytest.raises(Violated) as caught:
        V16.read(action, msgspec.Raw(b"{}"), NOW, strict=strict)
    assert caught.value.violation.fault is fault


def test_a_message_without_a_reader_is_kept_as_it_is() -> None:
    deaf = msgspec.structs.replace(V16, hears={})
    heard = deaf.read("StatusNotification", msgspec.Raw(_STATUS), NOW, strict=True)
    assert heard.report == reports.Reported(action="StatusNotification", payload=msgspec.Raw(_STATUS))
    assert deaf.answer(heard, None) == b"{}"  # type: ignore[arg-type]  # parks ask for no answer


_STATUS = b'{"connectorId":1,"errorCode":"NoError","status":"Available"}'


def test_a_command_that_the_version_lacks_is_unsupported() -> None:
    mute = msgspec.structs.replace(V16, phrases={})
    with pytest.raises(StopIteration) as end:
        next(mute.phrase(commands.Reset()))
    assert end.value.value == outcomes.Unsupported(reason="Reset does not exist in this version")
