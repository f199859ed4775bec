"""A whole OCPP 1.6 charge point on nothing but `pip install websockets`: to read, and to play with.
    python examples/ocpp_client.py 'ws://localhost:8080/ocpp?validToken' --once
Each message is a JSON array: [2, id, action, {…}] asks, [3, id, {…}] answers, [4, id, code, text, {}] refuses.
"""

import argparse
import json
import random
import time
from typing import Any

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.headers import build_authorization_basic as basic
from websockets.sync.client import connect

parser = argparse.ArgumentParser(description="A small OCPP 1.6 charge point")
parser.add_argument("url", help="ws://HOST:PORT/ocpp/NAME, or ws://HOST:PORT/ocpp?TOKEN")
for option, default in {"--password": "", "--id-tag": "TAG-1", "--connector": 1, "--pause": 2.0}.items():
    parser.add_argument(option, default=default, type=type(default))
parser.add_argument("--once", action="store_true", help="charge one car and leave")
options = parser.parse_args()
ORDERS = {"RemoteStartTransaction": "Start", "RemoteStopTransaction": "Remote", "Reset": "SoftReset"}


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def log(sign: str, text: Any) -> Any:
    print(now(), sign, text, flush=True)
    return text


class ChargePoint:
    wish, id_tag, transaction_id, meter_wh = "Start", options.id_tag, 0, 100_000  # wish: what is to be done

    def connect(self) -> None:
        name = options.url.partition("?")[0].rpartition("/")[2]
        login = {"Authorization": basic(name, options.password)} if options.password else {}
        for wait_s in (1, 2, 4, 8, 16, 32, *[60] * 10_000):
            try:
                self.socket = connect(options.url, subprotocols=["ocpp1.6"], additional_headers=login)  # type: ignore[list-item]
                break
            except (OSError, WebSocketException) as error:
                log("!!", error)
                time.sleep(wait_s * random.uniform(0.5, 1))  # at random, lest all come back at once

    def talk(self, action: str = "", seconds: float = 30, **payload: Any) -> Any:
        """Ask until it is answered, if need be on a new connection; without an action listen for a wish."""
        message_id, ends = f"{random.getrandbits(128):032x}", time.monotonic() + seconds
        try:
            if action:
                self.socket.send(log("->", json.dumps([2, message_id, action, payload])))
            while action or not self.wish:
                kind, about, *rest = json.loads(log("<-", self.socket.recv(max(0, ends - time.monotonic()))))
                if kind == 2:
                    self.socket.send(log("->", json.dumps(self.obey(about, *rest))))
                elif about == message_id:
                    return rest[0] if kind == 3 else {}
        except (TimeoutError, ConnectionClosed):
            if action:
                self.connect()
        return self.talk(action, seconds, **payload) if action else {}

    def obey(self, message_id: str, action: str, payload: dict[str, Any]) -> list[Any]:
        if action not in ORDERS:
            return [4, message_id, "NotImplemented", f"this charge point has no {action}", {}]
        if able := action == "Reset" or payload.get("transactionId") == (self.transaction_id or None):
            self.wish, self.id_tag = ORDERS[action], payload.get("idTag", self.id_tag)
        return [3, message_id, {"status": "Accepted" if able else "Rejected"}]

    def charge(self, **here: Any) -> None:
        self.wish = ""
        if self.talk("Authorize", idTag=self.id_tag).get("idTagInfo", {}).get("status") == "Accepted":
            begin: dict[str, Any] = {"idTag": self.id_tag, "meterStart": self.meter_wh, "timestamp": now()}
            self.transaction_id = self.talk("StartTransaction", **here, **begin).get("transactionId", -1)
            self.talk("StatusNotification", **here, errorCode="NoError", status="Charging")
            for _ in range(5):
                self.talk(seconds=options.pause)  # or shorter, if something else is wished
                self.meter_wh += 100
                value = {"timestamp": now(), "sampledValue": [{"value": str(self.meter_wh), "unit": "Wh"}]}
                self.talk("MeterValues", **here, transactionId=self.transaction_id, meterValue=[value])
            end: dict[str, Any] = {"transactionId": self.transaction_id, "meterStop": self.meter_wh}
            self.talk("StopTransaction", **end, timestamp=now(), reason=self.wish or "Local")
            self.transaction_id, self.wish = 0, self.wish.replace("Remote", "")
        self.talk("StatusNotification", **here, errorCode="NoError", status="Available")


me, boot = ChargePoint(), dict[str, Any]()
me.connect()
while me.wish or not options.once:
    if boot.get("status") != "Accepted" or me.wish == "SoftReset":
        boot = me.talk("BootNotification", chargePointVendor="Example", chargePointModel="100 lines")
        me.wish = me.wish.replace("SoftReset", "")
        time.sleep(0 if boot.get("status") == "Accepted" else boot.get("interval") or 10)
    elif me.wish:
        me.charge(connectorId=options.connector)
    else:
        me.talk(seconds=boot["interval"] or 300)
        me.talk("Heartbeat")
