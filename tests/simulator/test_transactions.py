"""Transactions on the bench: the session, the offline queue, retries, and what the meter says."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from chargeyard.simulator.v16.connectors import Connector
from chargeyard.simulator.vehicle import MODELS, Vehicle
from tests.simulator.bench import Bench, Payload, Refuse

NewCar = Callable[[], Vehicle]


def test_whole_session_in_order(bench: Bench, car: NewCar) -> None:
    """Available, Preparing, Charging, SuspendedEV, Finishing, Available; energy adds up."""
    connector = begin(bench, car())
    bench.run(8 * 3_600.0)
    assert bench.statuses(1) == ["Preparing", "Charging", "SuspendedEV"]
    bench.cp.charging.show_token(connector, "tag")  # the same token in other letters
    bench.run(1.0)
    bench.cp.charging.unplug(connector)
    bench.run(1.0)
    assert bench.statuses(1) == ["Preparing", "Charging", "SuspendedEV", "Finishing", "Available"]
    told = list(dict.fromkeys(bench.actions("StatusNotification", "Heartbeat")))
    assert told == ["Authorize", "StartTransaction", "MeterValues", "StopTransaction"]
    (start,), (stop,) = bench.payloads("StartTransaction"), bench.payloads("StopTransaction")
    assert stop["transactionId"] == 501
    assert stop["reason"] == "Local"
    # 70 % of 52 kWh, and a tenth lost on the way.
    assert stop["meterStop"] - start["meterStart"] == pytest.approx(0.7 * 52_000 / 0.9, rel=0.01)


def test_samples_say_what_a_real_meter_says(bench: Bench, car: NewCar) -> None:
    """About ten samples: register, power, three currents, three voltages, state of charge, offer."""
    connector = begin(bench, car())
    bench.run(179.0)
    bench.cp.charging.stop(connector, "Local")
    bench.run(1.0)
    values = [payload["meterValue"][0] for payload in bench.payloads("MeterValues")]
    contexts = [value["sampledValue"][0]["context"] for value in values]
    assert contexts == ["Transaction.Begin", "Sample.Periodic", "Sample.Periodic", "Transaction.End"]
    samples = {(s["measurand"], s.get("phase")): float(s["value"]) for s in values[2]["sampledValue"]}
    assert len(samples) == 10
    amperes = sum(samples["Current.Import", phase] for phase in ("L1", "L2", "L3"))
    assert amperes * 230 == pytest.approx(samples["Power.Active.Import", None], rel=0.02)
    assert samples["SoC", None] in {30, 31, 32}
    registers = [int(value["sampledValue"][0]["value"]) for value in values]
    assert registers == sorted(registers)
    assert {payload["transactionId"] for payload in bench.payloads("MeterValues")} == {501}


def test_outage_loses_nothing_and_keeps_the_order(bench: Bench, car: NewCar) -> None:
    """What happened offline is told in its order with its own times and the right number."""
    bench.cp.configuration.set_own("AllowOfflineTxForUnknownId", "true")
    bench.lose_connection()
    connector = begin(bench, car())
    bench.run(600.0)
    bench.cp.charging.stop(connector, "Local")
    bench.run(3_600.0)
    assert bench.heard == []
    bench.restore_connection()
    bench.run(1.0)
    transactional = bench.actions("StatusNotification", "Heartbeat")
    assert transactional == ["StartTransaction", *["MeterValues"] * 12, "StopTransaction"]
    times = [_time(payload) for action, payload in bench.heard if action in transactional]
    assert times == sorted(times)
    assert times[0] < times[-1]
    assert {payload["transactionId"] for payload in bench.payloads("MeterValues")} == {501}
    assert bench.payloads("StopTransaction")[0]["transactionId"] == 501
    assert bench.cp.conversation.undelivered == 0


def test_running_transaction_survives_a_reconnect(bench: Bench, car: NewCar) -> None:
    connector = begin(bench, car())
    bench.run(60.0)
    bench.lose_connection()
    bench.run(600.0)
    bench.restore_connection()
    bench.run(60.0)
    assert connector.transaction is not None
    assert bench.actions().count("StartTransaction") == 1
    assert bench.actions().count("MeterValues") == 13


def test_answer_that_got_lost_brings_the_same_start_again(bench: Bench, car: NewCar) -> None:
    """The same StartTransaction, to the letter, comes on the next connection."""
    bench.answers["StartTransaction"] = lambda _: None
    begin(bench, car())
    bench.lose_connection()
    del bench.answers["StartTransaction"]
    bench.restore_connection()
    bench.run(1.0)
    first, again = bench.payloads("StartTransaction")
    assert first == again


def test_refused_message_is_tried_again_and_then_discarded(bench: Bench, car: NewCar) -> None:
    """TransactionMessageAttempts tries, after the interval times the number of sends. (1.6 §3.7.1)"""
    seconds: list[float] = []

    def refuse(_: Payload) -> Payload:
        seconds.append(bench.now)
        raise Refuse

    bench.answers["StartTransaction"] = refuse
    connector = begin(bench, car())
    began = bench.now
    bench.run(1_000.0)
    assert [second - began for second in seconds] == pytest.approx([-1.0, 59.0, 179.0], abs=1.0)
    bench.cp.charging.stop(connector, "Local")
    bench.run(1.0)
    # No number was ever given: errata 3.18 wants −1.
    assert {payload["transactionId"] for payload in bench.payloads("MeterValues")} == {-1}
    assert bench.payloads("StopTransaction")[0]["transactionId"] == -1
    assert bench.cp.tally.discarded == 1


def test_unanswered_message_is_never_discarded(bench: Bench, car: NewCar) -> None:
    bench.answers["StartTransaction"] = lambda _: None
    begin(bench, car())
    bench.run(6 * 3_600.0)
    assert len(bench.payloads("StartTransaction")) > 5
    del bench.answers["StartTransaction"]
    bench.run(3_600.0)
    assert bench.cp.conversation.undelivered == 0
    assert bench.payloads("MeterValues")[0]["transactionId"] == 501


def test_refused_token_ends_the_transaction(bench: Bench, car: NewCar) -> None:
    """StopTransactionOnInvalidId: the transaction ends with DeAuthorized."""
    bench.answers["StartTransaction"] = lambda _: {"transactionId": 9, "idTagInfo": {"status": "Blocked"}}
    begin(bench, car())
    assert bench.payloads("StopTransaction")[0]["reason"] == "DeAuthorized"
    assert bench.statuses(1)[-1] == "Finishing"


def test_refused_token_only_suspends_if_configured(bench: Bench, car: NewCar) -> None:
    bench.cp.configuration.set_own("StopTransactionOnInvalidId", "false")
    bench.answers["StartTransaction"] = lambda _: {"transactionId": 9, "idTagInfo": {"status": "Blocked"}}
    connector = begin(bench, car())
    energy_wh = connector.energy_wh
    bench.run(600.0)
    assert bench.payloads("StopTransaction") == []
    assert bench.statuses(1)[-1] == "SuspendedEVSE"
    assert connector.energy_wh == energy_wh


def test_unknown_token_does_not_start(bench: Bench, car: NewCar) -> None:
    bench.answers["Authorize"] = lambda _: {"idTagInfo": {"status": "Invalid"}}
    begin(bench, car())
    assert bench.payloads("StartTransaction") == []
    assert bench.statuses(1) == ["Preparing"]


def test_pulled_plug_ends_the_transaction(bench: Bench, car: NewCar) -> None:
    connector = begin(bench, car())
    bench.cp.charging.unplug(connector)
    bench.run(1.0)
    assert bench.payloads("StopTransaction")[0]["reason"] == "EVDisconnected"
    assert bench.statuses(1)[-1] == "Available"


def test_transaction_data_is_sent_if_configured(bench: Bench, car: NewCar) -> None:
    bench.cp.configuration.set_own("StopTxnSampledData", "Energy.Active.Import.Register")
    connector = begin(bench, car())
    bench.run(120.0)
    bench.cp.charging.stop(connector, "Local")
    bench.run(1.0)
    data = bench.payloads("StopTransaction")[0]["transactionData"]
    contexts = [value["sampledValue"][0]["context"] for value in data]
    assert contexts == ["Transaction.Begin", "Sample.Periodic", "Sample.Periodic", "Transaction.End"]


def test_clock_aligned_values_come_at_the_mark(bench: Bench) -> None:
    bench.call("ChangeConfiguration", {"key": "ClockAlignedDataInterval", "value": "900"})
    bench.run(3_600.0)
    values = bench.payloads("MeterValues")
    assert len(values) == 8
    assert all(value["meterValue"][0]["timestamp"][14:16] in {"00", "15", "30", "45"} for value in values)


def test_speed_makes_life_faster_not_the_wire() -> None:
    """Sixty times faster: an hour of charging in a minute, with heartbeats as promised."""
    bench = Bench(speed=60.0)
    bench.run(1.0)
    connector = begin(bench, _compact())
    before_wh = connector.energy_wh
    bench.run(60.0)
    assert connector.energy_wh - before_wh == pytest.approx(11_000, rel=0.05)
    assert len(bench.payloads("MeterValues")) >= 60
    bench.run(240.0)
    assert len(bench.payloads("Heartbeat")) == 1


def test_fault_ends_the_transaction_and_is_cleared(bench: Bench, car: NewCar) -> None:
    connector = begin(bench, car())
    bench.cp.charging.fault(connector, "GroundFailure")
    bench.run(1.0)
    last = bench.payloads("StatusNotification")[-1]
    assert (last["status"], last["errorCode"]) == ("Faulted", "GroundFailure")
    bench.cp.charging.fault(connector, "NoError")
    bench.cp.charging.unplug(connector)
    bench.run(1.0)
    last = bench.payloads("StatusNotification")[-1]
    assert (last["status"], last["errorCode"]) == ("Available", "NoError")


def begin(bench: Bench, car: Vehicle) -> Connector:
    connector = bench.cp.connectors[0]
    bench.cp.charging.plug_in(connector, car)
    bench.cp.charging.show_token(connector, "TAG")
    bench.run(1.0)
    return connector


def _compact() -> Vehicle:
    return Vehicle(MODELS[1], random.Random(7), soc=0.1)


def _time(payload: Any) -> str:
    time = payload["timestamp"] if "timestamp" in payload else payload["meterValue"][0]["timestamp"]
    assert isinstance(time, str)
    return time
