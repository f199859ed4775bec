"""What happens to local lists, and what is told of customers: the projections, without SQL."""

import msgspec
from msgspec.structs import replace

from chargeyard.domain import events as e
from chargeyard.domain.authorization import key_of
from chargeyard.domain.local_lists import body_of
from chargeyard.domain.records import ListedToken, LocalListRecord
from chargeyard.storage.memory.tables import Tables


def told(tables: Tables, event: e.LocalListVersionTold) -> None:
    known = tables.local_lists.get(event.charge_point)
    if event.version <= 0:
        _empty(tables, event.charge_point)
    is_same = known is not None and known.is_known and known.version == event.version
    _save(tables, event, event.version <= 0 or is_same)


def sent(tables: Tables, event: e.LocalListSent) -> None:
    known = tables.local_lists.get(event.charge_point)
    if event.is_full:
        _empty(tables, event.charge_point)
    for entry in event.entries:
        if entry.verdict is None and not event.is_full:
            tables.listed_tokens.pop((event.charge_point, key_of(entry.id_token)), None)
    for entry in event.entries:
        if entry.verdict is not None:
            tables.listed_tokens[event.charge_point, key_of(entry.id_token)] = ListedToken(
                charge_point=event.charge_point,
                id_token=entry.id_token,
                kind=entry.kind,
                body=msgspec.Raw(body_of(entry)),
                is_carried=entry.id_token not in event.left_out,
            )
    _save(tables, event, event.is_full or (known is not None and known.is_known))


def doubted(tables: Tables, event: e.LocalListDoubted) -> None:
    known = tables.local_lists.get(event.charge_point)
    if known is not None:
        tables.local_lists[event.charge_point] = replace(known, is_known=False, at=event.recorded_at)


def customer_told(tables: Tables, event: e.CustomerInformationTold) -> None:
    key = event.charge_point, event.request_id, event.sequence
    tables.customer_information[key] = event.data
    tables.customer_information_at[key] = event.recorded_at


def customer_erased(tables: Tables, event: e.CustomerInformationErased) -> None:
    tables.customer_information = {
        key: data
        for key, data in tables.customer_information.items()
        if key[:2] != (event.charge_point, event.request_id)
    }


def removed(tables: Tables, charge_point: str) -> None:
    """The charge point takes all of it along."""
    _empty(tables, charge_point)
    tables.local_lists.pop(charge_point, None)
    tables.customer_information = {
        key: data for key, data in tables.customer_information.items() if key[0] != charge_point
    }


def _save(tables: Tables, event: e.LocalListVersionTold | e.LocalListSent, is_known: bool) -> None:
    tables.local_lists[event.charge_point] = LocalListRecord(
        charge_point=event.charge_point, version=event.version, is_known=is_known, at=event.recorded_at
    )


def _empty(tables: Tables, charge_point: str) -> None:
    tables.listed_tokens = {key: one for key, one in tables.listed_tokens.items() if key[0] != charge_point}
