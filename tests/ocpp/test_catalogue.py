"""The catalogues: every action of every version, who asks, and the classes that read its payloads."""

import subprocess
import sys
from importlib.resources import files

import jsonschema
import msgspec
import pytest

from chargeyard.ocpp import v16, v21, v201
from chargeyard.ocpp.catalogue import Action, Catalogue, Direction
from chargeyard.ocpp.struct import CustomData, convert

CATALOGUES = {"v16": v16.CATALOGUE, "v201": v201.CATALOGUE, "v21": v21.CATALOGUE}
VERSIONS = pytest.mark.parametrize("version", CATALOGUES)


@pytest.mark.parametrize(("version", "all_of_them", "up", "down"), [
    ("v16", 39, 14, 26),
    ("v201", 64, 25, 40),
    ("v21", 91, 37, 55),
])  # fmt: skip
def test_counts(version: str, all_of_them: int, up: int, down: int) -> None:
    catalogue = CATALOGUES[version]
    assert len(catalogue) == all_of_them
    assert len(catalogue.from_charge_point()) == up
    assert len(catalogue.to_charge_point()) == down


@VERSIONS
def test_every_schema_has_its_class_and_no_class_is_invented(version: str) -> None:
    shipped = {
        path.name.removesuffix(".json") for path in files("ocpp").joinpath(version, "schemas").iterdir()
    }
    wanted = {name if name.endswith(("Request", "Response")) else f"{name}Request" for name in shipped}
    actions = CATALOGUES[version].values()
    kinds = [kind for action in actions for kind in (action.request, action.response) if kind]
    assert sorted(kind.__name__ for kind in kinds) == sorted(wanted)
    assert {kind.__module__ for kind in kinds} == {f"chargeyard.ocpp.{version}.messages"}


@VERSIONS
def test_the_classes_bear_the_name_of_their_action(version: str) -> None:
    for name, action in CATALOGUES[version].items():
        assert action.name == name
        assert action.request.__name__ == f"{name}Request"
        assert action.response is None or action.response.__name__ == f"{name}Response"


@VERSIONS
def test_only_data_transfer_goes_both_ways(version: str) -> None:
    both = [action.name for action in CATALOGUES[version].values() if action.direction is Direction.BOTH]
    assert both == ["DataTransfer"]
    for action in CATALOGUES[version].values():
        assert action.from_charge_point or action.to_charge_point


def test_directions_do_not_change_between_versions() -> None:
    for name in v201.CATALOGUE:
        assert v21.CATALOGUE[name].direction is v201.CATALOGUE[name].direction
    for name in v16.CATALOGUE.keys() & v201.CATALOGUE.keys():
        assert v16.CATALOGUE[name].direction is v201.CATALOGUE[name].direction


def test_only_the_periodic_event_stream_is_never_answered() -> None:
    unanswered = {
        (version, name) for version, all_ in CATALOGUES.items() for name in all_ if not all_[name].response
    }
    assert unanswered == {("v21", "NotifyPeriodicEventStream")}
    with pytest.raises(TypeError, match="no response"):
        v21.CATALOGUE["NotifyPeriodicEventStream"].read_response(b"{}")


def test_names_are_case_sensitive() -> None:
    assert v16.CATALOGUE.find("heartbeat") is None
    assert v16.CATALOGUE.find("Heartbeat") is v16.CATALOGUE["Heartbeat"]


def test_a_name_twice_is_refused() -> None:
    heartbeat = v16.CATALOGUE["Heartbeat"]
    with pytest.raises(ValueError, match="Heartbeat"):
        Catalogue([heartbeat, heartbeat])


def test_a_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        v16.CATALOGUE["Heartbeat"] = v16.CATALOGUE["Reset"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        v16.CATALOGUE["Heartbeat"].name = "Reset"  # type: ignore[misc]


def test_payloads_are_read_from_bytes_text_and_raw() -> None:
    action = v16.CATALOGUE["Authorize"]
    expected = v16.messages.AuthorizeRequest(id_tag="ABC")
    assert action.read_request(b'{"idTag": "ABC"}') == expected
    assert action.read_request('{"idTag": "ABC"}') == expected
    assert action.read_request(msgspec.Raw(b'{"idTag": "ABC"}')) == expected


def test_vendor_data_is_kept_and_checked() -> None:
    read = v201.CATALOGUE["Heartbeat"].read_request
    assert read(b'{"customData": {"vendorId": "x", "a": [1]}}') == v201.messages.HeartbeatRequest(
        custom_data=CustomData(vendorId="x", a=[1])
    )
    with pytest.raises(
        msgspec.ValidationError, match=r"missing required field `vendorId` - at `\$.customData`"
    ):
        read(b'{"customData": {"a": [1]}}')
    with pytest.raises(msgspec.ValidationError, match=r"length <= 255 - at `\$.customData`"):
        read(msgspec.json.encode({"customData": {"vendorId": "x" * 256}}))


def test_decoded_json_is_converted_as_strictly_as_text_is_read() -> None:
    kind = v201.messages.HeartbeatRequest
    assert convert({"customData": {"vendorId": "x"}}, kind).custom_data == {"vendorId": "x"}
    with pytest.raises(msgspec.ValidationError, match="vendorId"):
        convert({"customData": {}}, kind)
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        convert({"further": 1}, kind)


@VERSIONS
def test_exported_schemas_are_whole_and_judge_like_the_classes(version: str) -> None:
    for action in CATALOGUES[version].values():
        schemas = action.json_schemas("#/$defs/{name}")
        for schema in filter(None, (schemas.request, schemas.response)):
            whole = schema | {"$defs": schemas.components}
            jsonschema.Draft202012Validator.check_schema(whole)
            assert not jsonschema.Draft202012Validator(whole).is_valid({"zzFurther": 1})
        assert (schemas.response is None) == (action.response is None)


def test_an_exported_schema_knows_timestamps_and_vendor_data() -> None:
    components = v201.CATALOGUE["Heartbeat"].json_schemas().components
    assert components["HeartbeatResponse"]["properties"]["currentTime"] == {
        "type": "string",
        "format": "date-time",
    }
    assert components["HeartbeatRequest"]["properties"]["customData"]["required"] == ["vendorId"]


@VERSIONS
def test_one_version_does_not_load_another(version: str) -> None:
    others = [f"chargeyard.ocpp.{other}" for other in CATALOGUES if other != version]
    code = f"import sys, chargeyard.ocpp.{version}; sys.exit(any(name in sys.modules for name in {others}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_action_is_a_value() -> None:
    again = Action("Reset", v16.messages.ResetRequest, v16.messages.ResetResponse, Direction.TO_CHARGE_POINT)
    v16.CATALOGUE["Reset"].read_request(b'{"type": "Hard"}')
    assert again == v16.CATALOGUE["Reset"]
