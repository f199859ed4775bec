"""Messages in the shape of the generated ones, with every kind of limit, for the tests of this folder."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType


class Sample(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    value: Annotated[str, Meta(max_length=20)]
    unit: Literal["Wh", "kWh", "A", "Celcius"] | UnsetType = UNSET
    phase: Literal["L1", "L1-N"] | UnsetType = UNSET


class Reading(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename={"sampled_value": "sampledValue"}
):
    timestamp: str
    sampled_value: Annotated[list[Sample], Meta(min_length=1)]


class Report(
    msgspec.Struct,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={
        "connector_id": "connectorId",
        "transaction_id": "transactionId",
        "id_tag": "idTag",
        "custom_data": "customData",
        "error_code": "errorCode",
    },
):
    connector_id: Annotated[int, Meta(ge=0, le=1000)]
    error_code: Literal["NoError", "GroundFailure", "OtherError"]
    transaction_id: int | UnsetType = UNSET
    id_tag: Annotated[str, Meta(min_length=1, max_length=20)] | UnsetType = UNSET
    online: bool | UnsetType = UNSET
    limit: Annotated[float, Meta(ge=0, multiple_of=0.5)] | UnsetType = UNSET
    code: Annotated[str, Meta(pattern="^[A-Z]+$")] | UnsetType = UNSET
    retries: Annotated[int, Meta(multiple_of=2)] | UnsetType = UNSET
    readings: Annotated[list[Reading], Meta(max_length=2)] | UnsetType = UNSET
    custom_data: dict[str, Any] | UnsetType = UNSET


class Empty(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    pass
