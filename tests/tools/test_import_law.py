"""The contract that reads the import law: it must see what it is there to forbid."""

from __future__ import annotations

import grimp
import pytest

from tools.import_law import AllowedImports, Breach


def graph_of(*imports: tuple[str, str]) -> grimp.ImportGraph:
    graph = grimp.ImportGraph()
    graph.add_module("chargeyard.dialects")
    for importer, imported in imports:
        graph.add_import(
            importer=importer, imported=imported, line_number=7, line_contents=f"import {imported}"
        )
    return graph


def row(third_party: str = "false") -> AllowedImports:
    return AllowedImports(
        name="dialects: domain, services.ports",
        session_options={},
        contract_options={
            "importer": "chargeyard.dialects",
            "allowed": ["chargeyard.domain", "chargeyard.services.ports"],
            "denied": ["asyncio"],
            "third_party": third_party,
        },
    )


@pytest.mark.parametrize(
    "imported",
    [
        "chargeyard.dialects.dialect",
        "chargeyard.domain",
        "chargeyard.domain.reports",
        "chargeyard.services.ports",
        "chargeyard.errors",
        "msgspec",
        "decimal",
    ],
)
def test_what_the_row_allows_is_kept(imported: str) -> None:
    graph = graph_of(("chargeyard.dialects.choice", imported))
    assert row().check(graph, verbose=False).kept


@pytest.mark.parametrize(
    "imported",
    [
        "chargeyard.domains",
        "chargeyard.services",
        "chargeyard.services.inbound",
        "chargeyard.storage.tables",
        "asyncio",
        "sqlalchemy",
    ],
)
def test_everything_else_breaks_it(imported: str) -> None:
    check = row().check(graph_of(("chargeyard.dialects.quirks", imported)), verbose=False)
    assert not check.kept
    assert check.metadata["breaches"] == [Breach("chargeyard.dialects.quirks", imported, (7,))]


def test_a_row_may_open_third_party_packages_but_not_ours() -> None:
    graph = graph_of(("chargeyard.dialects", "sqlalchemy"), ("chargeyard.dialects", "chargeyard.gateway"))
    check = row(third_party="true").check(graph, verbose=False)
    assert [breach.imported for breach in check.metadata["breaches"]] == ["chargeyard.gateway"]


def test_a_row_for_a_folder_that_is_gone_is_broken() -> None:
    assert not row().check(grimp.ImportGraph(), verbose=False).kept
