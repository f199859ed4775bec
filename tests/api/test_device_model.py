"""The variables of a charge point over REST."""

import httpx2

from chargeyard.domain.events import VariablesReported
from chargeyard.domain.reports import Variable
from tests.api.yard import START, Yard


async def told(yard: Yard, *variables: Variable) -> None:
    await yard.register("CP1")
    await yard.record(
        VariablesReported(
            recorded_at=yard.clock(),
            charge_point="CP1",
            at=START,
            variables=variables,
        )
    )


async def test_a_variable(client: httpx2.AsyncClient, yard: Yard) -> None:
    power = Variable(
        component="Connector",
        component_instance="left",
        name="Power",
        instance="now",
        place=(2, 1),
        attribute="MaxSet",
        value="11000",
        mutability="ReadOnly",
        data_type="decimal",
        unit="W",
    )
    await told(yard, power)
    (row,) = (await client.get("/charge-point/CP1/variable")).json()["items"]
    assert row == {
        "cpId": "CP1",
        "component": "Connector",
        "componentInstance": "left",
        "connectorId": 2,
        "evseConnectorId": 1,
        "variable": "Power",
        "variableInstance": "now",
        "attribute": "MaxSet",
        "value": "11000",
        "mutability": "ReadOnly",
        "dataType": "decimal",
        "unit": "W",
        "at": "2026-11-20T12:00:00Z",
        "writtenValue": None,
        "writtenAt": None,
    }


async def test_variables_are_filtered_and_paged(client: httpx2.AsyncClient, yard: Yard) -> None:
    await told(yard, *(Variable(component=of, name=name) for of in "AB" for name in "xyz"))
    rows = (await client.get("/charge-point/CP1/variable?component=B")).json()["items"]
    assert [(row["component"], row["variable"], row["value"]) for row in rows] == [
        ("B", "x", None),
        ("B", "y", None),
        ("B", "z", None),
    ]
    first = await client.get("/charge-point/CP1/variable?component=A&limit=2")
    second = await client.get(f"/charge-point/CP1/variable{first.headers['Link'].split('>')[0][1:]}")
    assert [row["variable"] for row in second.json()["items"]] == ["z"]


async def test_a_charge_point_that_told_none_has_none(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.register("CP1")
    assert (await client.get("/charge-point/CP1/variable")).json() == {"items": [], "nextCursor": None}
    assert (await client.get("/charge-point/CP2/variable")).status_code == 404
    wrong = await client.get("/charge-point/CP1/variable?cursor=x")
    assert (wrong.status_code, wrong.json()["type"]) == (400, "urn:chargeyard:problem:invalid-cursor")
