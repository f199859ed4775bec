"""What is known of transactions besides their course → `transaction_account`."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from chargeyard.domain.accounts import Account, told_in
from chargeyard.domain.events import TransactionAccounted
from chargeyard.storage.dialect import upsert
from chargeyard.storage.tables import transaction_account

_ENCODER = msgspec.json.Encoder()
_WRITE = {name: upsert(transaction_account, name) for name in Account.__struct_fields__}


def accounted(connection: Connection, events: Sequence[TransactionAccounted]) -> None:
    """Only what is told is changed."""
    for event in events:
        for name, value in told_in(event).items():
            row = {"transaction_id": event.transaction, "charge_point": event.charge_point}
            _WRITE[name].execute(connection, {**row, name: _ENCODER.encode(value).decode()})
