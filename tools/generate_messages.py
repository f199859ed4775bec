"""Generate the OCPP message classes from the JSON schemas of the development dependency `ocpp`.

    python tools/generate_messages.py            write src/chargeyard/ocpp/v*/messages.py
    python tools/generate_messages.py --check    exit 1 with a diff when the written ones differ

The same schemas give the same bytes. Two steps: the schemas of one version are merged into one document of
shared, well named definitions; datamodel-code-generator turns it into structs, which are then polished. Only
names, types and limits survive: the schema files are CC BY-ND, so no description or comment of theirs may
reach this repository (docs/decisions/0002-generated-messages.md).
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

VERSIONS = {"v16": "OCPP 1.6", "v201": "OCPP 2.0.1", "v21": "OCPP 2.1"}
PACKAGE = Path(__file__).resolve().parents[1] / "src" / "chargeyard" / "ocpp"

TIMESTAMP = "Timestamp"

# What a struct needs to know of a schema node. `default` is left out on purpose: an omitted field must
# stay distinguishable from a sent one, so the defaults belong to the dialects. `multipleOf: 0.1` cannot be
# tested on binary floats (0.3 would be refused).
KEPT_KEYWORDS = (
    "type",
    "enum",
    "required",
    "minItems",
    "maxItems",
    "maxLength",
    "minimum",
    "maximum",
)
DROPPED_KEYWORDS = (
    "$schema",
    "$id",
    "id",
    "title",
    "description",
    "comment",
    "javaType",
    "default",
    "format",
    "multipleOf",
    "additionalItems",
    "additionalProperties",
)

# OCPP 1.6 writes its objects and enumerations inline; these are the names its specification gives them,
# by "<owner>.<property>".
NAMES_V16 = {
    "AuthorizationData.idTagInfo": "IdTagInfo",
    "AuthorizeResponse.idTagInfo": "IdTagInfo",
    "BootNotificationResponse.status": "RegistrationStatus",
    "CancelReservationResponse.status": "CancelReservationStatus",
    "ChangeAvailabilityRequest.type": "AvailabilityType",
    "ChangeAvailabilityResponse.status": "AvailabilityStatus",
    "ChangeConfigurationResponse.status": "ConfigurationStatus",
    "ChargingProfile.chargingProfileKind": "ChargingProfileKindType",
    "ChargingProfile.chargingProfilePurpose": "ChargingProfilePurposeType",
    "ChargingProfile.chargingSchedule": "ChargingSchedule",
    "ChargingProfile.recurrencyKind": "RecurrencyKindType",
    "ChargingSchedule.chargingRateUnit": "ChargingRateUnitType",
    "ChargingSchedule.chargingSchedulePeriod": "ChargingSchedulePeriod",
    "ClearCacheResponse.status": "ClearCacheStatus",
    "ClearChargingProfileRequest.chargingProfilePurpose": "ChargingProfilePurposeType",
    "ClearChargingProfileResponse.status": "ClearChargingProfileStatus",
    "DataTransferResponse.status": "DataTransferStatus",
    "DiagnosticsStatusNotificationRequest.status": "DiagnosticsStatus",
    "FirmwareStatusNotificationRequest.status": "FirmwareStatus",
    "GetCompositeScheduleRequest.chargingRateUnit": "ChargingRateUnitType",
    "GetCompositeScheduleResponse.chargingSchedule": "ChargingSchedule",
    "GetCompositeScheduleResponse.status": "GetCompositeScheduleStatus",
    "GetConfigurationResponse.configurationKey": "KeyValue",
    "IdTagInfo.status": "AuthorizationStatus",
    "MeterValue.sampledValue": "SampledValue",
    "MeterValuesRequest.meterValue": "MeterValue",
    "RemoteStartTransactionRequest.chargingProfile": "ChargingProfile",
    "RemoteStartTransactionResponse.status": "RemoteStartStopStatus",
    "RemoteStopTransactionResponse.status": "RemoteStartStopStatus",
    "ReserveNowResponse.status": "ReservationStatus",
    "ResetRequest.type": "ResetType",
    "ResetResponse.status": "ResetStatus",
    "SampledValue.context": "ReadingContext",
    "SampledValue.format": "ValueFormat",
    "SampledValue.location": "Location",
    "SampledValue.measurand": "Measurand",
    "SampledValue.phase": "Phase",
    "SampledValue.unit": "UnitOfMeasure",
    "SendLocalListRequest.localAuthorizationList": "AuthorizationData",
    "SendLocalListRequest.updateType": "UpdateType",
    "SendLocalListResponse.status": "UpdateStatus",
    "SetChargingProfileRequest.csChargingProfiles": "ChargingProfile",
    "SetChargingProfileResponse.status": "ChargingProfileStatus",
    "StartTransactionResponse.idTagInfo": "IdTagInfo",
    "StatusNotificationRequest.errorCode": "ChargePointErrorCode",
    "StatusNotificationRequest.status": "ChargePointStatus",
    "StopTransactionRequest.reason": "Reason",
    "StopTransactionRequest.transactionData": "MeterValue",
    "StopTransactionResponse.idTagInfo": "IdTagInfo",
    "TriggerMessageRequest.requestedMessage": "MessageTrigger",
    "TriggerMessageResponse.status": "TriggerMessageStatus",
    "UnlockConnectorResponse.status": "UnlockStatus",
}

# The specification has one MeterValue for MeterValues and StopTransaction; in the schema of the latter
# "Hertz" is missing and `sampledValue` may be empty. One class serves both and takes what either takes.
WIDENED_V16 = frozenset({"MeterValue", "UnitOfMeasure"})


HEADER = '''\
"""Messages of {title}.

GENERATED by tools/generate_messages.py from the schemas of the `ocpp` package; DO NOT EDIT.
"""

'''
CODEGEN_OPTIONS = (
    "--input-file-type=jsonschema",
    "--output-model-type=msgspec.Struct",
    "--base-class=chargeyard.ocpp.struct.Message",
    "--target-python-version=3.11",
    "--keyword-only",
    "--snake-case-field",
    "--use-annotated",
    "--field-constraints",
    "--enum-field-as-literal=all",
    "--use-type-alias",
    "--skip-root-model",
    "--no-formatters",
    "--disable-timestamp",
    "--ignore-pyproject",
)
TYPES = {
    "CustomDataType": "chargeyard.ocpp.struct.CustomData",
    TIMESTAMP: "chargeyard.ocpp.struct.Timestamp",
}
# Words that snake_case would tear apart (so_c, v2_x, emai_ds).
ATTRIBUTES = {
    "bulkSoC": "bulk_soc",
    "evMaxV2XEnergyRequest": "ev_max_v2x_energy_request",
    "evMinV2XEnergyRequest": "ev_min_v2x_energy_request",
    "fullSoC": "full_soc",
    "limitAtSoC": "limit_at_soc",
    "maxSoC": "max_soc",
    "prioritizedEMAIDs": "prioritized_emaids",
    "soC": "soc",
    "soH": "soh",
    "targetSoC": "target_soc",
}
RUFF_OPTIONS = ("--isolated", "--quiet", "--no-cache", "--line-length=110", "--target-version=py311")

NAMED_ITEM = re.compile(r"^(\w+): TypeAlias = (Annotated\[.+\])\n", re.MULTILINE)
FIELD = re.compile(r"^    (\w+)(: .+) = field\(name='(\w+)'(?:, default=(UNSET))?\)$", re.MULTILINE)


class Merger:
    """Collects the definitions and messages of one version; refuses two meanings of one name."""

    def __init__(self, names: dict[str, str], widened: frozenset[str]) -> None:
        self.definitions: dict[str, Schema] = {TIMESTAMP: {"type": "string"}}
        self._names = names
        self._widened = widened

    def add_message(self, name: str, schema: Schema) -> None:
        """Add one message and the definitions its schema carries."""
        for key, definition in schema.get("definitions", {}).items():
            self._define(key, self._reduced(definition, key))
        self._define(name, self._reduced(schema, name))

    def _define(self, name: str, schema: Schema) -> None:
        known = self.definitions.setdefault(name, schema)
        if known == schema:
            return
        if name not in self._widened:
            raise SystemExit(f"two different definitions of {name}:\n{known}\n{schema}")
        self.definitions[name] = _wider(known, schema)

    def _reduced(self, node: Schema, owner: str) -> Schema:
        """The node without prose; every inline object and enumeration moved to a named definition."""
        if unknown := set(node) - {
            "$ref",
            "items",
            "properties",
            "definitions",
            *KEPT_KEYWORDS,
            *DROPPED_KEYWORDS,
        }:
            raise SystemExit(f"{owner}: keywords this generator does not know: {sorted(unknown)}")
        if "$ref" in node:
            return {"$ref": node["$ref"]}
        if node.get("format") == "date-time":
            return {"$ref": f"#/definitions/{TIMESTAMP}"}
        kept: Schema = {keyword: node[keyword] for keyword in KEPT_KEYWORDS if keyword in node}
        if "required" in kept:
            kept["required"] = sorted(kept["required"])
        if node.get("type") == "object" and node.get("additionalProperties", True) and owner not in TYPES:
            raise SystemExit(f"{owner} takes any further field; our structs take none")
        if "properties" in node:
            kept["properties"] = {
                key: self._child(value, owner, key) for key, value in node["properties"].items()
            }
        return kept

    def _child(self, node: Schema, owner: str, key: str) -> Schema:
        """One property: an array keeps its limits around the reduced item."""
        if node.get("type") == "array":
            return self._reduced({k: v for k, v in node.items() if k != "items"}, owner) | {
                "items": self._child(node["items"], owner, key)
            }
        if "enum" in node or "properties" in node:
            name = self._name_of(owner, key)
            self._define(name, self._reduced(node, name))
            return {"$ref": f"#/definitions/{name}"}
        return self._reduced(node, owner)

    def _name_of(self, owner: str, key: str) -> str:
        try:
            return self._names[f"{owner}.{key}"]
        except KeyError:
            raise SystemExit(f"inline schema {owner}.{key} has no name in the table of names") from None


def _wider(one: Any, other: Any) -> Any:
    """A schema that takes what either takes: the longer list of values, only the limits that both have."""
    if isinstance(one, dict):
        return {key: _wider(value, other[key]) for key, value in one.items() if key in other}
    if isinstance(one, list):
        return max(one, other, key=len)
    return one


def read_schemas(version: str) -> Iterator[tuple[str, Schema]]:
    """(message name, schema) of every schema file of the `ocpp` package, in the order of names."""
    for path in sorted(files("ocpp").joinpath(version, "schemas").iterdir(), key=lambda path: path.name):
        name = path.name.removesuffix(".json")
        suffix = "" if name.endswith(("Request", "Response")) else "Request"
        yield name + suffix, json.loads(path.read_text(encoding="utf-8-sig"))


def merge(version: str) -> Schema:
    """One JSON schema document with every definition and message of the version, in the order of names."""
    merger = Merger(NAMES_V16, WIDENED_V16) if version == "v16" else Merger({}, frozenset())
    for name, schema in read_schemas(version):
        merger.add_message(name, schema)
    definitions = dict(sorted(merger.definitions.items()))
    return {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": definitions}


def run(*command: str | Path) -> None:
    """Run one tool; its complaint becomes ours."""
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{command[0]} failed:\n{result.stdout}{result.stderr}")


def generate(version: str, target: Path) -> None:
    """Write the formatted module of one version to `target`."""
    with tempfile.TemporaryDirectory() as folder:
        schema, raw = Path(folder, "schema.json"), Path(folder, "messages.py")
        schema.write_text(json.dumps(merge(version)), encoding="utf-8")
        run(
            *(sys.executable, "-m", "datamodel_code_generator", *CODEGEN_OPTIONS),
            *("--type-overrides", json.dumps(TYPES), "--aliases", json.dumps(ATTRIBUTES)),
            *("--input", schema, "--output", raw),
        )
        code = raw.read_text(encoding="utf-8")
    target.write_text(HEADER.format(title=VERSIONS[version]) + polished(code), encoding="utf-8")
    ruff = (sys.executable, "-m", "ruff")
    run(*ruff, "check", "--select=I,F401", "--fix", *RUFF_OPTIONS, target)
    run(*ruff, "format", *RUFF_OPTIONS, target)


def polished(code: str) -> str:
    """The generator's code with our conventions: frozen, and `rename="camel"` where that suffices."""
    code = re.sub(r"\A(#.*\n)+", "", code)
    code = code.replace("(Message, kw_only=True)", "(Message, frozen=True, kw_only=True)")
    return FIELD.sub(_without_needless_name, _inline_items(code))


def _inline_items(code: str) -> str:
    """Write `list[Annotated[str, ...]]` instead of a list of an invented name that nothing else uses."""
    for name, meaning in NAMED_ITEM.findall(code):
        code = NAMED_ITEM.sub(lambda found: "" if found[1] == name else found[0], code)  # noqa: B023
        code = code.replace(f"list[{name}]", f"list[{meaning}]")
    return code


def _without_needless_name(found: re.Match[str]) -> str:
    attribute, annotation, wire_name, default = found.groups()
    if wire_name != camel_case(attribute):
        return found[0]
    return f"    {attribute}{annotation}" + (f" = {default}" if default else "")


def camel_case(attribute: str) -> str:
    """The wire name that msgspec's `rename="camel"` gives an attribute."""
    first, *others = attribute.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def difference(version: str, folder: Path) -> str:
    """Unified diff from the committed module to the one just generated; empty when equal."""
    committed, generated = PACKAGE / version / "messages.py", folder / f"{version}.py"
    generate(version, generated)
    before = committed.read_text(encoding="utf-8") if committed.exists() else ""
    after = generated.read_text(encoding="utf-8")
    name = f"src/chargeyard/ocpp/{version}/messages.py"
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"{name} (committed)",
        f"{name} (generated)",
    )
    return "".join(lines)


def check() -> int:
    """Print how the committed modules differ from what the schemas give; 1 when they do."""
    with tempfile.TemporaryDirectory() as folder:
        found = "".join(difference(version, Path(folder)) for version in VERSIONS)
    if not found:
        return 0
    print(found + "\nThe message classes are not what the schemas give: run `make generate`.")
    return 1


def main() -> int:
    parser = argparse.ArgumentParser(description="Generate the OCPP message classes.")
    parser.add_argument(
        "--check", action="store_true", help="only compare; exit 1 with a diff when they differ"
    )
    if parser.parse_args().check:
        return check()
    for version in VERSIONS:
        (PACKAGE / version).mkdir(exist_ok=True)
        generate(version, PACKAGE / version / "messages.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())
