"""The floor: our own connections with nothing behind them. Every call is answered `{}`, unread.

`python -m benchmarks.peers.echo [CERTIFICATE KEY]` prints its port.
"""

import asyncio
import sys

import uvloop

from chargeyard.dialects import SPOKEN, Dialect
from chargeyard.dialects.dialect import choose
from chargeyard.domain.answers import Registration
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.gateway.connection import Connection
from chargeyard.gateway.gate import Gate, Terms
from chargeyard.gateway.listeners import Gateway, Listener
from chargeyard.services.admission import Admitted, Knock
from chargeyard.services.ports import Loaded


class Echo:
    """Answers with the message id, which the load always sends with eight letters."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def received(self, text: bytes) -> None:
        """A call, whatever it is."""
        self._connection.send(b'[3,"' + text[4:12] + b'",{}]')

    def lost(self, reason: str) -> None:
        """Nothing is kept."""


async def admit(knock: Knock) -> Admitted:
    """Let everybody in."""
    state = ChargePoint(id=knock.claims[0].identity or "", registration=Registration.ACCEPTED)
    return Admitted(Loaded(state, None, None, ""), 0, knock.remote)


def open_session(admitted: Admitted, dialect: Dialect, connection: Connection) -> Echo:
    """A session without a memory."""
    return Echo(connection)


async def main(certificate: str = "", key: str = "") -> None:
    """Serve until killed; with TLS if there is a certificate."""
    gate = Gate(admit, lambda offered: choose(offered, spoken=SPOKEN), open_session, Terms())
    gateway = Gateway(gate, "/ocpp")
    await gateway.start(
        [Listener(host="127.0.0.1", port=0, path="/ocpp", tls_certificate=certificate, tls_key=key)]
    )
    print(gateway.ports[0], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(*sys.argv[1:]))
