"""One version of OCPP as the simulator speaks it: its subprotocol, its messages, its manners."""

from __future__ import annotations

import msgspec

from chargeyard.ocpp.catalogue import Catalogue
from chargeyard.ocpp.peer import Manners
from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.violations import read


class Wire(msgspec.Struct, frozen=True):
    """What is spoken. ``catalogue`` is the law: whatever comes is read strictly by it.

    ``vocabulary`` has the classes that the simulator thinks in. Where it is another one, it says the same and
    more, so that two versions can share the code of the later.
    """

    subprotocol: str
    catalogue: Catalogue
    vocabulary: Catalogue
    manners: Manners

    def read_request(self, action: str, payload: msgspec.Raw) -> Message:
        """The typed request. Raises `violations.Violated`, and KeyError for an action that is not known."""
        request = read(payload, self.catalogue[action].read_request)
        if self.vocabulary is self.catalogue:
            return request
        return read(payload, self.vocabulary[action].read_request)

    def read_response(self, action: str, payload: msgspec.Raw) -> Message:
        """The typed response. Raises msgspec.DecodeError or UnicodeDecodeError for what is none."""
        response = self.catalogue[action].read_response(payload)
        if self.vocabulary is self.catalogue:
            return response
        return self.vocabulary[action].read_response(payload)
