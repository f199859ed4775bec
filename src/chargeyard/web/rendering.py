"""Templates to text. Every value is escaped: what a charge point says of itself is a stranger's input."""

from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

from chargeyard.domain.records import TransactionRecord
from chargeyard.services.ports import Clock
from chargeyard.web import words
from chargeyard.web.assets import Assets
from chargeyard.web.yard import Query, Row, Totals, Window

TEMPLATES = Path(__file__).parent / "templates"


class Footing(Struct, frozen=True):
    """What stands below a list: how many are shown of how many, and for which query."""

    shown: int
    matching: int
    total: int
    query: Query


class Renderer:
    """Makes pages and their parts. What they hold comes from the yard; `clock` gives the instant that ages are counted to."""

    def __init__(self, assets: Assets, clock: Clock, product: str = "Chargeyard") -> None:
        self._clock = clock
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(asset=assets.url, words=words, product=product, row_id=row_id)

    def page(self, template: str, /, **context: Any) -> str:
        """A whole document or a part of one. Raises `jinja2.UndefinedError` for a value not given."""
        return self._templates.get_template(template).render(now=self._clock(), **context)

    def summary(self, totals: Totals) -> str:
        """The cards with the figures."""
        return self.page("parts/summary.html", totals=totals)

    def charge_point(self, row: Row) -> str:
        """One row of the list of charge points."""
        return self.page("parts/charge_point.html", row=row)

    def transaction(self, transaction: TransactionRecord) -> str:
        """One row of the list of running transactions."""
        return self.page("parts/transaction.html", transaction=transaction)

    def charge_points_footing(self, window: Window, query: Query, total: int) -> str:
        """What stands below the charge points: a count, a button for more, or what a newcomer does first."""
        footing = Footing(len(window.rows), window.matching, total, query)
        return self.page("parts/charge_points_footing.html", footing=footing)

    def transactions_footing(self, window: Window, query: Query) -> str:
        """What stands below the transactions."""
        footing = Footing(len(window.transactions), window.running, window.running, query)
        return self.page("parts/transactions_footing.html", footing=footing)

    def now(self) -> datetime:
        """The instant that ages and durations are counted to."""
        return self._clock()


def row_id(charge_point: str) -> str:
    """The element id of a charge point's row: its bytes in hexadecimal, safe in a selector whatever it is."""
    return "cp-" + charge_point.encode().hex()


def partial(target: str, swap: str, html: str) -> str:
    """One change of the page as htmx reads it: put `html` to the element with the id `target` by `swap`."""
    return f'<hx-partial hx-target="#{target}" hx-swap="{swap}">{html}</hx-partial>'
