"""What pages with the same query are sent: rendered once, given to all of them as the same bytes."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress

from chargeyard.web.rendering import Renderer, partial, row_id
from chargeyard.web.yard import Query, Window, Yard

BEAT = b"event: beat\ndata:\n\n"
"""A sign of life that the page can see; a comment would be swallowed by the browser's reader."""

_MOST_WAITING = 8
"""A page that falls behind by so many messages is sent everything anew instead."""


class Viewer:
    """One open page: the messages it has not been sent yet."""

    def __init__(self, catch_up: Callable[[], bytes]) -> None:
        self._catch_up = catch_up
        self._waiting: deque[bytes] = deque((b"",))
        self._news = asyncio.Event()
        self._news.set()
        self.ended = False

    def put(self, message: bytes) -> None:
        """Queue a message; never waits."""
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting = deque((b"",))
        elif self._waiting != deque((b"",)):
            self._waiting.append(message)
        self._news.set()

    def end(self) -> None:
        """No more is coming."""
        self.ended = True
        self._news.set()

    async def next(self, patience_s: float) -> bytes:
        """The next message, or a beat if there is none for `patience_s`."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), patience_s)
        if not self._waiting:
            return BEAT
        message = self._waiting.popleft() or self._catch_up()
        if not self._waiting and not self.ended:
            self._news.clear()
        return message


class Pane:
    """One list on the page: which rows it shows, and each as it was last rendered."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._rows: dict[str, str] = {}

    @property
    def html(self) -> str:
        """All rows."""
        return "".join(self._rows.values())

    def show(self, rows: Mapping[str, Callable[[], str]], changed: Collection[str] | None) -> list[str]:
        """Show `rows` (element id → how to render it) from now on; return what the page must change.

        Only those in `changed` (None: all) and new ones are rendered. If the same rows stand in the same order
        each is replaced by itself, else the list as a whole is morphed.
        """
        before = self._rows
        self._rows = {
            key: render() if key not in before or changed is None or key in changed else before[key]
            for key, render in rows.items()
        }
        if list(before) != list(self._rows):
            return [self.whole()]
        return [partial(key, "outerMorph", html) for key, html in self._rows.items() if html != before[key]]

    def whole(self) -> str:
        """The change that puts the whole list right."""
        return partial(self._target, "innerMorph", self.html)


class Channel:
    """One query's view of the yard, and the pages that show it."""

    def __init__(self, query: Query, yard: Yard, renderer: Renderer) -> None:
        self._query = query
        self._yard = yard
        self._renderer = renderer
        self._viewers: set[Viewer] = set()
        self._charge_points = Pane("charge-points")
        self._transactions = Pane("transactions")
        self._still: dict[str, str] = {}
        self._full = b""
        self.look_at(yard)

    @property
    def total(self) -> int:
        """How many charge points there are, shown or not."""
        return len(self._yard.rows)

    def join(self) -> Viewer:
        """One more page; it is sent everything first."""
        viewer = Viewer(self._everything)
        self._viewers.add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> int:
        """A page is gone; how many are left."""
        self._viewers.discard(viewer)
        return len(self._viewers)

    def end(self) -> None:
        """End the streams of all pages."""
        for viewer in self._viewers:
            viewer.end()

    def look_at(self, yard: Yard) -> None:
        """Show another state of the yard, whatever is different."""
        self._yard = yard
        self._tell(None, None)

    def tell(self, changed: Collection[str], touched: Collection[int]) -> None:
        """Show what has become of the charge points `changed` and the transactions `touched`."""
        self._tell({row_id(one) for one in changed}, {f"tx-{number}" for number in touched})

    def parts(self) -> dict[str, str]:
        """The parts of the page as they are now, by name; safe to put into it."""
        still = {name.replace("-", "_"): html for name, html in self._still.items()}
        return {"charge_points": self._charge_points.html, "transactions": self._transactions.html, **still}

    def _tell(self, changed: Collection[str] | None, touched: Collection[str] | None) -> None:
        window = self._yard.window(self._query)
        changes = [
            *self._charge_points.show(self._charge_point_rows(window), changed),
            *self._transactions.show(self._transaction_rows(window), touched),
            *self._show_still(window),
        ]
        if changes:
            self._full = b""
            message = _event(changes)
            for viewer in self._viewers:
                viewer.put(message)

    def _everything(self) -> bytes:
        if not self._full:
            still = [partial(target, "innerMorph", html) for target, html in self._still.items()]
            self._full = _event([*still, self._charge_points.whole(), self._transactions.whole()])
        return self._full

    def _charge_point_rows(self, window: Window) -> dict[str, Callable[[], str]]:
        render = self._renderer.charge_point
        return {row_id(row.point.id): lambda row=row: render(row) for row in window.rows}  # type: ignore[misc]

    def _transaction_rows(self, window: Window) -> dict[str, Callable[[], str]]:
        render = self._renderer.transaction
        return {f"tx-{one.id}": lambda one=one: render(one) for one in window.transactions}  # type: ignore[misc]

    def _show_still(self, window: Window) -> list[str]:
        """What stands around the lists; sent where it reads differently."""
        totals = self._yard.totals()
        before = self._still
        self._still = {
            "summary": self._renderer.summary(totals),
            "charge-points-footing": self._renderer.charge_points_footing(
                window, self._query, totals.charge_points
            ),
            "transactions-footing": self._renderer.transactions_footing(window, self._query),
        }
        return [
            partial(target, "innerMorph", html)
            for target, html in self._still.items()
            if html != before.get(target)
        ]


def _event(changes: list[str]) -> bytes:
    """One server-sent event without a name, which is what htmx swaps into the page."""
    lines = "".join(changes).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return ("".join(f"data: {line}\n" for line in lines) + "\n").encode()
