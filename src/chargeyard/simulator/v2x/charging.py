"""What happens at the EVSEs: cars come and go, tokens are shown, transactions run and are metered.

Everything that happens ends in `Charging.advance`: it compares what holds now with the points where
transactions start and stop (TxStartPoint, TxStopPoint), and tells the event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.connectors import Trouble
from chargeyard.simulator.deliveries import Delivery
from chargeyard.simulator.progress import ClockMarks, Looks
from chargeyard.simulator.v2x.authorizing import Authorizing, key, verdict
from chargeyard.simulator.v2x.costs import cost_details
from chargeyard.simulator.v2x.evses import Evse
from chargeyard.simulator.v2x.metering import meter_value
from chargeyard.simulator.v2x.transactions import Occurrence, Transaction, tell
from chargeyard.simulator.vehicle import Vehicle

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint

TOKEN_TYPE = "ISO14443"  # noqa: S105 - a kind of token, no secret
"""What a token held to the reader is."""

_REASONS: Mapping[m.TriggerReasonEnumType, m.ReasonEnumType] = {
    "StopAuthorized": "Local",
    "RemoteStop": "Remote",
    "EVCommunicationLost": "EVDisconnected",
    "EVDeparted": "EVDisconnected",
    "Deauthorized": "DeAuthorized",
    "EVConnectTimeout": "Timeout",
    "ResetCommand": "ImmediateReset",
    "ChargingStateChanged": "StoppedByEV",
    "EnergyLimitReached": "EnergyLimitReached",
    "TimeLimitReached": "TimeLimitReached",
    "SoCLimitReached": "SOCLimitReached",
    "CostLimitReached": "LocalOutOfCredit",
}
"""Why a transaction stops, by what made it stop; anything else is Other."""


class Charging:
    """The EVSEs of one charge point at work."""

    __slots__ = ("_aligned", "_authorizing", "_cp", "_looks")

    def __init__(self, charge_point: ChargePoint) -> None:
        self._cp = charge_point
        self._authorizing = Authorizing(charge_point, self.welcome)
        model = charge_point.model
        self._looks = Looks(
            charge_point, lambda: model.whole("SampledDataCtrlr.TxUpdatedInterval"), self._look
        )
        self._aligned = ClockMarks(
            charge_point, lambda: model.whole("AlignedDataCtrlr.Interval"), self._align
        )

    # -------------------------------------------------------------- what drivers do

    def plug_in(self, evse: Evse, vehicle: Vehicle, connector_id: int = 1) -> None:
        """A car is plugged in; whoever was authorized before may charge."""
        evse.vehicle = vehicle
        evse.plugged = connector_id
        evse.is_finishing = False
        evse.end_patience()
        self.advance(evse, "CablePluggedIn")

    def unplug(self, evse: Evse) -> None:
        """The car is unplugged, which ends its authorization unless the device model says otherwise (E09, E10)."""
        self._cp.settle(evse)
        evse.vehicle = None
        evse.is_finishing = False
        if evse.authorization is not None and self._cp.model.flag("TxCtrlr.StopTxOnEVSideDisconnect"):
            self._release(evse, "EVDisconnected")
        self.advance(evse, "EVCommunicationLost")

    def show_token(self, evse: Evse, token: str) -> None:
        """A token is held to the reader: it ends what it or its group began, or asks to start."""
        shown = m.IdTokenType(id_token=token, type=TOKEN_TYPE)
        if evse.authorization is not None:
            if self._authorizing.may_stop(evse, shown):
                self.stop(evse, "StopAuthorized", shown)
            return
        if evse.error == "NoError" and evse.is_operative and not self.is_kept_from(evse, shown):
            self.authorize(evse, shown)

    def fault(self, evse: Evse, trouble: Trouble) -> None:
        """Something breaks (or, with NoError, is mended); a running transaction ends."""
        if trouble != "NoError":
            self.end(evse, "AbnormalCondition", "Other")
        evse.error = trouble
        self._cp.monitoring.hard_wired(evse, trouble)
        self._cp.report_status()

    # -------------------------------------------------------------- authorization

    def is_kept_from(self, evse: Evse, token: m.IdTokenType) -> bool:
        """The EVSE is reserved for somebody else."""
        return self._authorizing.is_kept_from(evse, token)

    def authorize(
        self, evse: Evse, token: m.IdTokenType, trigger: m.TriggerReasonEnumType = "Authorized"
    ) -> None:
        """Let the driver start if the token is accepted."""
        self._authorizing.authorize(evse, token, trigger)

    def welcome(self, evse: Evse, token: m.IdTokenType, trigger: m.TriggerReasonEnumType) -> None:
        """The token may charge here, at once or when a car is plugged in within EVConnectionTimeOut."""
        known = self._cp.tokens.group(key(token))
        evse.authorization, evse.group, evse.is_refused = token, known, False
        evse.stop_reason, evse.is_finishing = None, False
        evse.settled_at = self._cp.now
        evse.reservation_id = self._cp.reservations.usable(evse.id, key(token), known)
        if evse.reservation_id is not None:
            self._cp.reservations.release(evse.reservation_id)
        if evse.vehicle is None:
            self._wait_for_car(evse)
        if evse.transaction is not None:
            self._name_driver(evse, evse.transaction)
        self.advance(evse, trigger)

    def _wait_for_car(self, evse: Evse) -> None:
        evse.end_patience()
        wait_s = self._cp.model.whole("TxCtrlr.EVConnectionTimeOut")
        if wait_s:
            evse.patience = self._cp.agenda.at(self._cp.now + wait_s, lambda: self._nobody_came(evse))

    def _nobody_came(self, evse: Evse) -> None:
        evse.patience = None
        self._release(evse, "Timeout")
        self.advance(evse, "EVConnectTimeout")

    def judged_late(
        self, evse: Evse, transaction: Transaction, token: m.IdTokenType, info: m.IdTokenInfoType
    ) -> None:
        """The answer to an event judges its token (C12, E05): what is not accepted gets no more energy."""
        self._authorizing.remember(token, info)
        if info.status == "Accepted":
            evse.group = verdict(info).group if evse.transaction is transaction else evse.group
            return
        # It may have ended long ago, offline; then the verdict comes too late.
        if evse.transaction is not transaction or evse.authorization is None:
            return
        grace_wh = self._cp.model.whole("TxCtrlr.MaxEnergyOnInvalidId")
        if grace_wh:
            transaction.grace_ends_wh = evse.energy_wh + grace_wh
        else:
            self._refuse(evse)

    def _refuse(self, evse: Evse) -> None:
        self._cp.settle(evse)
        evse.is_refused = True
        if self._cp.model.flag("TxCtrlr.StopTxOnInvalidId"):
            self._release(evse, "DeAuthorized")
        self.advance(evse, "Deauthorized")

    def _release(self, evse: Evse, reason: m.ReasonEnumType) -> None:
        """Nobody is authorized any more."""
        self._cp.settle(evse)
        evse.authorization, evse.group, evse.is_refused = None, None, False
        evse.stop_reason = evse.stop_reason or reason
        evse.is_finishing = evse.vehicle is not None
        evse.end_patience()

    # -------------------------------------------------------------- transactions

    def advance(self, evse: Evse, trigger: m.TriggerReasonEnumType) -> None:
        """Something has happened: begin, end or go on with the transaction, and tell."""
        self._cp.settle(evse)
        self._cp.refresh_limits()
        facts, news = evse.facts(), evse.facts() - evse.facts_known
        evse.facts_known = facts
        stops = frozenset(self._cp.model.words("TxCtrlr.TxStopPoint"))
        if evse.transaction is None:
            self._cp.reset_if_idle()
            if news & frozenset(self._cp.model.words("TxCtrlr.TxStartPoint")):
                self._begin(evse, trigger)
        elif evse.transaction.reached - facts:
            self.end(evse, trigger)
        else:
            tell(self._cp, evse, evse.transaction, Occurrence("Updated", trigger))
        if evse.transaction is not None:
            evse.transaction.reached |= facts & stops
        self._cp.report_status()

    def _begin(self, evse: Evse, trigger: m.TriggerReasonEnumType) -> None:
        transaction = Transaction(self._cp.new_id(), self._cp.clock, evse.energy_wh)
        evse.transaction = transaction
        self._cp.tally.started += 1
        self._cp.tally.charging += 1
        connector = evse.plugged if evse.vehicle is not None else 1
        transaction.untold.evse = m.EVSEType(id=evse.id, connector_id=connector)
        transaction.tariff_id = transaction.untold.tariff_id = self._cp.tariffs.id_for(evse.id, evse.token)
        if evse.authorization is not None:
            self._name_driver(evse, transaction)
        self._cp.refresh_limits()
        self._keep(evse, "Transaction.Begin")
        values = self._measure(evse, "SampledDataCtrlr.TxStartedMeasurands", "Transaction.Begin")
        tell(self._cp, evse, transaction, Occurrence("Started", trigger, values))
        self._looks.begin(evse)

    def _name_driver(self, evse: Evse, transaction: Transaction) -> None:
        transaction.token = transaction.untold.token = evse.authorization
        transaction.remote_start_id = transaction.untold.remote_start_id = evse.remote_start_id
        transaction.untold.reservation_id = evse.reservation_id
        evse.remote_start_id = evse.reservation_id = None

    def stop(self, evse: Evse, trigger: m.TriggerReasonEnumType, token: m.IdTokenType | None = None) -> None:
        """Take the authorization back; ``token`` is the one that was shown for it. The stop point decides the rest."""
        if evse.transaction is not None:
            evse.transaction.untold.token = token
        self._release(evse, _REASONS.get(trigger, "Other"))
        self.advance(evse, trigger)

    def end(
        self, evse: Evse, trigger: m.TriggerReasonEnumType, reason: m.ReasonEnumType | None = None
    ) -> None:
        """End the transaction, if there is one, whatever the stop points say."""
        transaction = evse.transaction
        if transaction is None:
            return
        self._cp.settle(evse)
        self._keep(evse, "Transaction.End")
        why = reason or evse.stop_reason or _REASONS.get(trigger, "Other")
        cost = cost_details(self._cp, evse, transaction)
        tell(self._cp, evse, transaction, Occurrence("Ended", trigger, transaction.kept, why, cost))
        self._forget(evse)
        self._cp.refresh_limits()
        self._cp.report_status()
        self._cp.ended(transaction.id)

    def _forget(self, evse: Evse) -> None:
        self._cp.tally.stopped += 1
        self._cp.tally.charging -= 1
        if evse.next_sample is not None:
            evse.next_sample.cancel()
        evse.transaction = evse.authorization = evse.group = evse.stop_reason = None
        evse.is_refused = evse.has_priority = False
        evse.is_finishing = evse.vehicle is not None
        evse.facts_known = evse.facts()
        evse.end_patience()
        self._cp.profiles.end_transaction(evse.id)
        if evse.wants_inoperative:
            evse.is_operative = evse.wants_inoperative = False

    def update(
        self,
        evse: Evse,
        trigger: m.TriggerReasonEnumType,
        context: m.ReadingContextEnumType | None = None,
    ) -> None:
        """Tell an Updated event, with meter values if there is a context for them."""
        if evse.transaction is None:
            return
        self._cp.settle(evse)
        values = (
            None if context is None else self._measure(evse, "SampledDataCtrlr.TxUpdatedMeasurands", context)
        )
        tell(self._cp, evse, evse.transaction, Occurrence("Updated", trigger, values))

    # -------------------------------------------------------------- samples and limits

    def _look(self, evse: Evse, is_due: bool) -> None:
        self.apply_limits()
        transaction = evse.transaction
        if transaction is None:
            return
        self._notice_change(evse, transaction)
        if is_due:
            self.update(evse, "MeterValuePeriodic", "Sample.Periodic")
        ended_s = self._cp.model.whole("SampledDataCtrlr.TxEndedInterval")
        if ended_s and (self._cp.clock - transaction.kept_at) * self._cp.speed >= ended_s:
            self._keep(evse, "Sample.Periodic")
        self._cp.monitoring.look()
        self._cp.report_status()

    def _notice_change(self, evse: Evse, transaction: Transaction) -> None:
        """The car has had enough, or is held back: a new charging state, or a limit that is reached."""
        if transaction.grace_ends_wh is not None and evse.energy_wh >= transaction.grace_ends_wh:
            transaction.grace_ends_wh = None
            self._refuse(evse)
            return
        reached = self._limit_reached(evse, transaction)
        if reached is not None:
            self.stop(evse, reached)
        elif evse.charging_state() != transaction.state_told:
            self.advance(evse, "ChargingStateChanged")

    def _limit_reached(self, evse: Evse, transaction: Transaction) -> m.TriggerReasonEnumType | None:
        limit = transaction.limit
        if limit is None or evse.authorization is None:
            return None
        charged_wh = evse.energy_wh - transaction.started_wh
        seconds = (self._cp.clock - transaction.started_at) * self._cp.speed
        soc = None if evse.vehicle is None else evse.vehicle.soc * 100
        if not isinstance(limit.max_energy, msgspec.UnsetType) and charged_wh >= limit.max_energy:
            return "EnergyLimitReached"
        if not isinstance(limit.max_time, msgspec.UnsetType) and seconds >= limit.max_time:
            return "TimeLimitReached"
        if not isinstance(limit.max_soc, msgspec.UnsetType) and soc is not None and soc >= limit.max_soc:
            return "SoCLimitReached"
        cost = self._cp.costs.get(transaction.id, 0.0)
        if not isinstance(limit.max_cost, msgspec.UnsetType) and cost >= limit.max_cost:
            return "CostLimitReached"
        return None

    def limit(self, evse: Evse, transaction: Transaction, limit: m.TransactionLimitType) -> None:
        """The central system limits a transaction (2.1 E16); it is told once, with LimitSet."""
        if evse.transaction is transaction and transaction.limit != limit:
            transaction.limit = transaction.untold.limit = limit
            self.update(evse, "LimitSet")

    def apply_limits(self) -> None:
        """Let the limits of profiles hold; what has changed by more than LimitChangeSignificance is told."""
        self._cp.refresh_limits()
        percent = self._cp.model.number("SmartChargingCtrlr.LimitChangeSignificance")
        for evse in self._cp.connectors:
            transaction, before_w = evse.transaction, evse.limit_told_w
            if abs(evse.limit_w - before_w) <= before_w * percent / 100:
                continue
            evse.limit_told_w = evse.limit_w
            if transaction is None or evse.vehicle is None:
                continue
            is_new = evse.charging_state() != transaction.state_told
            self.advance(evse, "ChargingStateChanged" if is_new else "ChargingRateChanged")

    # -------------------------------------------------------------- meter values

    def tell_meter(self, evse: Evse, context: m.ReadingContextEnumType = "Trigger") -> None:
        """Send one MeterValues of now, outside of any transaction."""
        self._cp.settle(evse)
        values = self._measure(evse, "AlignedDataCtrlr.Measurands", context)
        if values is None:
            return
        request = m.MeterValuesRequest(evse_id=evse.id, meter_value=values)
        self._cp.conversation.deliver(Delivery("MeterValues", lambda: request))

    def schedule_aligned(self) -> None:
        """Begin to count the clock-aligned interval anew; 0 switches it off."""
        self._aligned.restart()

    def _align(self) -> None:
        if not self._cp.model.flag("AlignedDataCtrlr.Enabled"):
            return
        is_idle = not any(evse.transaction for evse in self._cp.connectors)
        for evse in self._cp.connectors:
            if evse.transaction is None:
                if is_idle or not self._cp.model.flag("AlignedDataCtrlr.SendDuringIdle"):
                    self.tell_meter(evse, "Sample.Clock")
                continue
            self._cp.settle(evse)
            values = self._measure(evse, "AlignedDataCtrlr.Measurands", "Sample.Clock")
            tell(self._cp, evse, evse.transaction, Occurrence("Updated", "MeterValueClock", values))

    def _keep(self, evse: Evse, context: m.ReadingContextEnumType) -> None:
        values = self._measure(evse, "SampledDataCtrlr.TxEndedMeasurands", context)
        if values and evse.transaction is not None:
            evse.transaction.keep(values[0], self._cp.clock)

    def _measure(
        self, evse: Evse, name: str, context: m.ReadingContextEnumType
    ) -> list[m.MeterValueType] | None:
        measurands = self._cp.model.words(name)
        if not measurands or not self._cp.model.flag(f"{name.partition('.')[0]}.Enabled"):
            return None
        return [meter_value(evse.reading(), measurands, self._cp.clock, context, self._cp.rng)]
