"""What happens at the connectors: cars come and go, tokens are shown, transactions run and are metered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v16.messages import (
    AuthorizeRequest,
    AuthorizeResponse,
    IdTagInfo,
    MeterValue,
    MeterValuesRequest,
    ReadingContext,
    Reason,
    StartTransactionRequest,
    StartTransactionResponse,
    StopTransactionRequest,
)
from chargeyard.simulator import instants
from chargeyard.simulator.authorization import Verdict
from chargeyard.simulator.connectors import Trouble
from chargeyard.simulator.deliveries import Delivery
from chargeyard.simulator.progress import ClockMarks, Looks
from chargeyard.simulator.v16.connectors import Connector
from chargeyard.simulator.v16.metering import meter_value
from chargeyard.simulator.v16.transactions import Transaction
from chargeyard.simulator.vehicle import Vehicle

if TYPE_CHECKING:
    from chargeyard.simulator.v16.charge_point import ChargePoint


class Charging:
    """The connectors of one charge point at work."""

    __slots__ = ("_aligned", "_cp", "_looks")

    def __init__(self, charge_point: ChargePoint) -> None:
        self._cp = charge_point
        self._looks = Looks(
            charge_point, lambda: self._cp.configuration.number("MeterValueSampleInterval"), self._look
        )
        self._aligned = ClockMarks(
            charge_point, lambda: self._cp.configuration.number("ClockAlignedDataInterval"), self._align
        )

    # -------------------------------------------------------------- what drivers do

    def plug_in(self, connector: Connector, vehicle: Vehicle) -> None:
        """A car is plugged in; whoever was welcomed before may start."""
        connector.vehicle = vehicle
        connector.is_finishing = False
        welcome, connector.welcome = connector.welcome, None
        connector.end_patience()
        if welcome is not None:
            self.start(connector, welcome)
        self._cp.report_status()

    def unplug(self, connector: Connector) -> None:
        """The car is unplugged, which ends its transaction unless the configuration says otherwise."""
        if connector.transaction and self._cp.configuration.flag("StopTransactionOnEVSideDisconnect"):
            self.stop(connector, "EVDisconnected")
        else:
            self._cp.settle(connector)
        connector.vehicle = None
        connector.is_finishing = False
        self._cp.report_status()

    def show_token(self, connector: Connector, id_tag: str) -> None:
        """A token is held to the reader: it ends its own transaction, or asks to start one."""
        if connector.transaction is not None:
            if connector.transaction.id_tag.lower() == id_tag.lower():
                self.stop(connector, "Local", id_tag)
            return
        if (
            connector.error == "NoError"
            and connector.is_operative
            and not self.is_kept_from(connector, id_tag)
        ):
            self.authorize(connector, id_tag)

    def fault(self, connector: Connector, trouble: Trouble) -> None:
        """Something breaks (or, with NoError, is mended); a running transaction ends."""
        if trouble != "NoError":
            self.stop(connector, "Other")
        connector.error = trouble
        self._cp.report_status()

    # -------------------------------------------------------------- authorization

    def is_kept_from(self, connector: Connector, id_tag: str) -> bool:
        """The connector is reserved for somebody else."""
        self._cp.reservations.expire(self._cp.clock)
        parent = self._cp.tokens.group(id_tag)
        return self._cp.reservations.keeps_out(connector.id, id_tag, parent)

    def authorize(self, connector: Connector, id_tag: str) -> None:
        """Decide by what is known, or ask the central system, and let the driver start if it is accepted."""
        known = self._cp.tokens.accepts(id_tag, self._cp.clock)
        if self._cp.is_registered and self._cp.conversation.is_connected:
            if known and self._cp.configuration.flag("LocalPreAuthorize"):
                self.welcome(connector, id_tag)
                return
            self._cp.ask(
                "Authorize",
                AuthorizeRequest(id_tag=id_tag),
                lambda answer: self._judged(connector, id_tag, answer),
            )
        elif self._accepts_offline(id_tag, known=known):
            self.welcome(connector, id_tag)

    def _accepts_offline(self, id_tag: str, *, known: bool) -> bool:
        keys = self._cp.configuration
        if known and keys.flag("LocalAuthorizeOffline"):
            return True
        return keys.flag("AllowOfflineTxForUnknownId") and self._cp.tokens.find(id_tag) is None

    def _judged(self, connector: Connector, id_tag: str, answer: Message | None) -> None:
        if not isinstance(answer, AuthorizeResponse):
            return
        self._cp.tokens.remember(id_tag, verdict(answer.id_tag_info))
        # The wait may have been long: the car may be gone and somebody else be charging.
        if answer.id_tag_info.status == "Accepted" and connector.transaction is None:
            self.welcome(connector, id_tag)

    def welcome(self, connector: Connector, id_tag: str) -> None:
        """Start for a token, at once or when a car is plugged in within ConnectionTimeOut."""
        if connector.vehicle is not None:
            self.start(connector, id_tag)
        else:
            connector.welcome = id_tag
            connector.end_patience()
            wait_s = self._cp.configuration.number("ConnectionTimeOut")
            connector.patience = self._cp.agenda.at(
                self._cp.now + wait_s, lambda: self._nobody_came(connector)
            )
        self._cp.report_status()

    def _nobody_came(self, connector: Connector) -> None:
        connector.welcome = None
        self._cp.report_status()

    # -------------------------------------------------------------- transactions

    def start(self, connector: Connector, id_tag: str) -> None:
        """Begin a transaction; a reservation for the token is used up."""
        if connector.transaction is not None:
            return
        transaction = Transaction(connector.id, id_tag, self._cp.clock)
        connector.transaction = transaction
        connector.settled_at = self._cp.now
        connector.is_finishing = False
        self._cp.tally.started += 1
        self._cp.tally.charging += 1
        request = StartTransactionRequest(
            connector_id=connector.id,
            id_tag=id_tag,
            meter_start=int(connector.energy_wh),
            timestamp=self._cp.timestamp(),
            reservation_id=self._use_reservation(connector, id_tag),
        )
        self._cp.conversation.deliver(
            Delivery(
                "StartTransaction",
                lambda: request,
                lambda answer: self._started(connector, transaction, answer),
            )
        )
        self._cp.refresh_limits()
        self._sample(connector, "Transaction.Begin")
        self._looks.begin(connector)
        self._cp.report_status()

    def _use_reservation(self, connector: Connector, id_tag: str) -> int | msgspec.UnsetType:
        parent = self._cp.tokens.group(id_tag)
        number = self._cp.reservations.usable(connector.id, id_tag, parent)
        if number is None:
            return msgspec.UNSET
        self._cp.reservations.release(number)
        return number

    def _started(self, connector: Connector, transaction: Transaction, answer: Message | None) -> None:
        if not isinstance(answer, StartTransactionResponse):
            return
        transaction.id = answer.transaction_id
        self._cp.tokens.remember(transaction.id_tag, verdict(answer.id_tag_info))
        # It may have ended long ago, offline; then the verdict comes too late.
        if answer.id_tag_info.status == "Accepted" or connector.transaction is not transaction:
            return
        self._cp.settle(connector)
        transaction.is_accepted = False
        if self._cp.configuration.flag("StopTransactionOnInvalidId"):
            self.stop(connector, "DeAuthorized")
        self._cp.report_status()

    def stop(self, connector: Connector, reason: Reason, id_tag: str | None = None) -> None:
        """End the transaction, if there is one; ``id_tag`` is the token that was shown for it."""
        transaction = connector.transaction
        if transaction is None:
            return
        self._cp.settle(connector)
        self._sample(connector, "Transaction.End")
        request = StopTransactionRequest(
            meter_stop=int(connector.energy_wh),
            timestamp=self._cp.timestamp(),
            transaction_id=transaction.wire_id,
            id_tag=id_tag or msgspec.UNSET,
            reason=reason,
            transaction_data=transaction.samples or msgspec.UNSET,
        )
        self._cp.conversation.deliver(
            Delivery(
                "StopTransaction",
                lambda: msgspec.structs.replace(request, transaction_id=transaction.wire_id),
            )
        )
        self._forget_transaction(connector)
        self._cp.refresh_limits()
        self._cp.report_status()

    def _forget_transaction(self, connector: Connector) -> None:
        self._cp.tally.stopped += 1
        self._cp.tally.charging -= 1
        if connector.next_sample is not None:
            connector.next_sample.cancel()
        connector.transaction = None
        connector.is_finishing = connector.vehicle is not None
        self._cp.profiles.end_transaction(connector.id)
        if connector.wants_inoperative:
            connector.is_operative = connector.wants_inoperative = False

    # -------------------------------------------------------------- samples

    def _look(self, connector: Connector, is_due: bool) -> None:
        self._cp.refresh_limits()
        if is_due:
            self._sample(connector, "Sample.Periodic")
        self._cp.report_status()

    # -------------------------------------------------------------- meter values

    def tell_meter(self, connector: Connector, context: ReadingContext = "Trigger") -> None:
        """Send one MeterValues of now, transaction or not."""
        self._cp.settle(connector)
        self._deliver(connector, self._measure(connector, "MeterValuesSampledData", context))

    def schedule_aligned(self) -> None:
        """Begin to count the clock-aligned interval anew; 0 switches it off."""
        self._aligned.restart()

    def _align(self) -> None:
        for connector in self._cp.connectors:
            self._cp.settle(connector)
            self._deliver(connector, self._measure(connector, "MeterValuesAlignedData", "Sample.Clock"))
            if connector.transaction and self._cp.configuration.words("StopTxnAlignedData"):
                connector.transaction.keep(self._measure(connector, "StopTxnAlignedData", "Sample.Clock"))

    def _sample(self, connector: Connector, context: ReadingContext) -> None:
        self._deliver(connector, self._measure(connector, "MeterValuesSampledData", context))
        if connector.transaction and self._cp.configuration.words("StopTxnSampledData"):
            connector.transaction.keep(self._measure(connector, "StopTxnSampledData", context))

    def _measure(self, connector: Connector, key: str, context: ReadingContext) -> MeterValue:
        measurands = self._cp.configuration.words(key)
        return meter_value(connector.reading(), measurands, self._cp.clock, context, self._cp.rng)

    def _deliver(self, connector: Connector, value: MeterValue) -> None:
        transaction = connector.transaction
        # The number of the transaction may be learnt while this waits.
        self._cp.conversation.deliver(
            Delivery(
                "MeterValues",
                lambda: MeterValuesRequest(
                    connector_id=connector.id,
                    meter_value=[value],
                    transaction_id=transaction.wire_id if transaction else msgspec.UNSET,
                ),
            )
        )


def verdict(info: IdTagInfo) -> Verdict:
    """What the central system said of a token."""
    group = None if info.parent_id_tag is msgspec.UNSET else info.parent_id_tag
    return Verdict(info.status, group, instants.read(info.expiry_date))
