"""Periodic event streams: values of monitors that are told without an answer (2.1 N11–N15)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.agenda import Appointment

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint


class Stream(msgspec.Struct):
    """A periodic event stream (2.1 N11): how often the value of a monitor is told without an answer."""

    monitor_id: int
    params: m.PeriodicEventStreamParamsType
    next: Appointment | None = None


class Streams:
    """The periodic event streams of one charge point."""

    __slots__ = ("_cp", "_streams")

    def __init__(self, charge_point: ChargePoint) -> None:
        self._cp = charge_point
        self._streams: dict[int, Stream] = {}

    def open(self, monitor_id: int, params: m.PeriodicEventStreamParamsType) -> None:
        """Ask the central system for a stream; it begins when that is accepted."""
        number = max(self._streams, default=0) + 1
        data = m.ConstantStreamDataType(id=number, params=params, variable_monitoring_id=monitor_id)

        def opened(answer: Message | None) -> None:
            if isinstance(answer, m.OpenPeriodicEventStreamResponse) and answer.status == "Accepted":
                self._streams[number] = Stream(monitor_id, params)
                self._schedule(number)

        request = m.OpenPeriodicEventStreamRequest(constant_stream_data=data)
        self._cp.later(0.0, lambda: self._cp.ask("OpenPeriodicEventStream", request, opened))

    def adjust(self, number: int, params: m.PeriodicEventStreamParamsType) -> bool:
        """Change how often; False for a stream that is not there."""
        if (stream := self._streams.get(number)) is None:
            return False
        stream.params = params
        self._schedule(number)
        return True

    def listed(self) -> Iterator[m.ConstantStreamDataType]:
        """All streams."""
        for number, stream in self._streams.items():
            yield m.ConstantStreamDataType(
                id=number, params=stream.params, variable_monitoring_id=stream.monitor_id
            )

    def _schedule(self, number: int) -> None:
        stream = self._streams[number]
        if stream.next is not None:
            stream.next.cancel()
        interval_s = stream.params.interval
        if isinstance(interval_s, int) and interval_s > 0:
            stream.next = self._cp.later(interval_s, partial(self._send, number))

    def _send(self, number: int) -> None:
        stream = self._streams[number]
        value = self._cp.monitoring.value_of(stream.monitor_id)
        if value is None:
            del self._streams[number]
            request = m.ClosePeriodicEventStreamRequest(id=number)
            self._cp.ask("ClosePeriodicEventStream", request)
            return
        self._cp.conversation.send(
            "NotifyPeriodicEventStream",
            m.NotifyPeriodicEventStreamRequest(
                id=number,
                pending=0,
                basetime=self._cp.timestamp(),
                data=[m.StreamDataElementType(t=0.0, v=value)],
            ),
        )
        self._schedule(number)
