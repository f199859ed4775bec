"""The accounts of transactions, read together with the transactions."""

from collections.abc import Iterator, Sequence
from typing import Any, get_type_hints

import msgspec

from chargeyard.domain.accounts import NO_ACCOUNT, Account
from chargeyard.storage.tables import charging_transaction, transaction_account

COLUMNS = tuple(transaction_account.c[name].label(f"account_{name}") for name in Account.__struct_fields__)
"""For a row of a transaction; see `account_of`."""

OF_TRANSACTION = transaction_account.c.transaction_id == charging_transaction.c.id
"""For an outer join: most transactions have none."""

_READ = {name: msgspec.json.Decoder(kind).decode for name, kind in get_type_hints(Account).items()}


def account_of(values: Sequence[str | None]) -> Account:
    """The account that `COLUMNS` hold."""
    told: dict[str, Any] = dict(_told(values))
    return Account(**told) if told else NO_ACCOUNT


def _told(values: Sequence[str | None]) -> Iterator[tuple[str, Any]]:
    for name, text in zip(Account.__struct_fields__, values, strict=True):
        if text is not None:
            yield name, _READ[name](text)
