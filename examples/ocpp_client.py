"""A whole OCPP 1.6 charge point on nothing but `pip install websockets`: to read, and to play with.
    python examples/ocpp_client.py 'ws://localhost:8080/ocpp?validToken' --once
Each message is a JSON array: [2, id, action, {…}] asks, [3, id, {…}] answers, [4, id, code, text, {}] refuses.
"""

import argparse
import contextlib
import json
import random
import time
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.headers import build_authorization_basic as basic
from websockets.sync.client import ClientConnection, connect

ORDERS = {"RemoteStartTransaction": "Start", "RemoteStopTransaction": "Remote", "Reset": "SoftReset"}
parser = argparse.ArgumentParser(description="A small OCPP 1.6 charge point")
parser.add_argument("url", help="ws://HOST:PORT/ocpp/NAME, or ws://HOST:PORT/ocpp?TOKEN")
for option, default in {"--password": "", "--id-tag": "TAG-1", "--connector": 1, "--pause": 2.0}.items():
    parser.add_argument(option, default=default, type=type(default))
parser.add_argument("--once", action="store_true", help="charge one car and leave")
options = parser.parse_args()


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class ChargePoint:  # what it remembers outlives a connection; the wish is what it is to do next
    wish, id_tag, transaction_id, meter_wh, full_wh = "Start", options.id_tag, 0, 100_000, 0
    socket: ClientConnection

    def talk(self, action: str = "", seconds: float = 30, **payload: Any) -> Any:
        """Ask and return the answer ({} for a refusal), or without an action listen until there is a wish."""
        message_id, ends = f"{random.getrandbits(128):032x}", time.monotonic() + seconds
        if action:
            self.send(2, message_id, action, payload)
        with contextlib.suppress(*(() if action else (TimeoutError,))):  # only an answer is missed
            while action or not self.wish:
                print(now(), "<-", text := self.socket.recv(max(0, ends - time.monotonic())), flush=True)
                kind, about, *rest = json.loads(text)
                if kind == 2:
                    self.send(*self.obey(about, *rest))
                elif about == message_id:
                    return rest[0] if kind == 3 else {}
        return {}

    def send(self, *frame: Any) -> None:
        print(now(), "->", text := json.dumps(frame), flush=True)
        self.socket.send(text)

    def obey(self, message_id: str, action: str, payload: dict[str, Any]) -> list[Any]:
        if action not in ORDERS:
            return [4, message_id, "NotImplemented", f"this charge point has no {action}", {}]
        if able := action == "Reset" or payload.get("transactionId") == (self.transaction_id or None):
            self.wish, self.id_tag = ORDERS[action], payload.get("idTag", self.id_tag)
        return [3, message_id, {"status": "Accepted" if able else "Rejected"}]

    def charge(self, **here: Any) -> None:
        if not self.transaction_id:  # else it goes on where the last connection broke off
            self.wish, self.full_wh = "", self.meter_wh + 500
            if self.talk("Authorize", idTag=self.id_tag).get("idTagInfo", {}).get("status") == "Accepted":
                begin = {**here, "idTag": self.id_tag, "meterStart": self.meter_wh, "timestamp": now()}
                self.transaction_id = self.talk("StartTransaction", **begin).get("transactionId", -1)
                self.talk("StatusNotification", **here, errorCode="NoError", status="Charging")
        while self.transaction_id and self.meter_wh < self.full_wh and not self.wish:
            self.talk(seconds=options.pause)
            self.meter_wh += 100
            value = {"timestamp": now(), "sampledValue": [{"value": str(self.meter_wh), "unit": "Wh"}]}
            self.talk("MeterValues", **here, transactionId=self.transaction_id, meterValue=[value])
        if self.transaction_id:
            end: dict[str, Any] = {"transactionId": self.transaction_id, "meterStop": self.meter_wh}
            self.talk("StopTransaction", **end, timestamp=now(), reason=self.wish or "Local")
            self.transaction_id, self.wish = 0, self.wish.replace("Remote", "")
        self.talk("StatusNotification", **here, errorCode="NoError", status="Available")

    def live(self) -> None:
        boot = self.talk("BootNotification", chargePointVendor="Example", chargePointModel="100 lines")
        if boot.get("status") != "Accepted":
            return time.sleep(boot.get("interval") or 10)  # and then connect and boot again
        while self.transaction_id or self.wish == "Start" or not (self.wish or options.once):
            if self.transaction_id or self.wish:
                self.charge(connectorId=options.connector)
            elif not self.talk(seconds=boot["interval"] or 300):
                self.talk("Heartbeat")
        self.wish = ""  # it was a reset
        return None


me, wait_s = ChargePoint(), 1.0
login = {"Authorization": basic(options.url.split("/")[-1], options.password)} if options.password else {}
while me.wish or me.transaction_id or not options.once:
    try:
        with connect(options.url, subprotocols=["ocpp1.6"], additional_headers=login) as me.socket:  # type: ignore[list-item]
            wait_s = 1.0
            me.live()
    except (OSError, WebSocketException) as error:
        print(now(), "!!", error, flush=True)
        time.sleep(random.uniform(0.5, 1) * (wait_s := min(60.0, wait_s * 2)))  # not all at once
