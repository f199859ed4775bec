"""The import-linter contract behind the table "who may import whom" (pyproject.toml).

import-linter's own contracts name what is forbidden; our law names what is allowed, so that a folder added
tomorrow is out of reach until a row says otherwise.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

ALWAYS = frozenset({"msgspec", "chargeyard.errors"})


@dataclass(frozen=True, slots=True)
class Breach:
    """One import that no row of the table allows."""

    importer: str
    imported: str
    lines: tuple[int, ...]


class AllowedImports(Contract):
    """``importer`` may import itself, the standard library, ``ALWAYS`` and ``allowed``; nothing else of ours.

    ``third_party`` says whether packages from elsewhere are open to it.
    ``denied`` takes modules of the standard library away again (a pure folder has no business with asyncio).
    """

    type_name = "allowed_imports"

    # import-linter turns each field into its parsed value on the instance; its types do not say so.
    importer: str = fields.StringField()  # type: ignore[assignment]
    allowed: list[str] = fields.ListField(subfield=fields.StringField())  # type: ignore[assignment]
    denied: list[str] = fields.ListField(  # type: ignore[assignment]
        subfield=fields.StringField(), required=False, default=[]
    )
    third_party: bool = fields.BooleanField(required=False, default=True)  # type: ignore[assignment]

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every direct import of the folder; indirect ones are the business of the other rows."""
        del verbose
        if self.importer not in graph.modules:
            return ContractCheck(
                kept=False, metadata={"breaches": [Breach(self.importer, "nothing: it is missing", ())]}
            )
        modules = sorted({self.importer} | graph.find_descendants(self.importer))
        breaches = [breach for module in modules for breach in self._breaches(graph, module)]
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one line for each forbidden import."""
        for breach in check.metadata["breaches"]:
            where = ", ".join(str(line) for line in breach.lines)
            output.print_error(f"- {breach.importer} -> {breach.imported} (l.{where})", bold=False)
        output.new_line()

    def _breaches(self, graph: ImportGraph, module: str) -> list[Breach]:
        return [
            Breach(module, imported, self._lines(graph, module, imported))
            for imported in sorted(graph.find_modules_directly_imported_by(module))
            if not self.permits(imported)
        ]

    def permits(self, imported: str) -> bool:
        """Whether the row lets its folder import the module of this dotted name."""
        top = imported.partition(".")[0]
        if top == "chargeyard":
            return _within(imported, {self.importer, *self.allowed, *ALWAYS})
        if top in sys.stdlib_module_names:
            return not _within(imported, set(self.denied))
        return self.third_party or top in ALWAYS

    @staticmethod
    def _lines(graph: ImportGraph, importer: str, imported: str) -> tuple[int, ...]:
        details = graph.get_import_details(importer=importer, imported=imported)
        return tuple(sorted({detail["line_number"] for detail in details}))


def _within(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
