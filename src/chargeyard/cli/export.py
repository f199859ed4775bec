"""`chargeyard export`: transactions and meter values as CSV or Parquet."""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import rich_click as click

from chargeyard.cli import options

What = Literal["transactions", "meter-values"]


class Instant(click.ParamType[datetime]):
    """An instant or a day in ISO 8601; without a zone it is UTC."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"{value!r} is no date or instant, such as 2026-11-27 or 2026-11-27T12:00:00Z", param, ctx
            )
        return at if at.tzinfo else at.replace(tzinfo=UTC)


@click.group()
def export() -> None:
    """Write transactions or meter values to a file; the server may be running."""


def _exporting(command: options.Command) -> options.Command:
    """What both exports take."""
    for option in reversed(
        (
            click.option("--format", "form", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True, help="Parquet needs the extra `export`."),
            click.option("--output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-", help="A new file; `-` [default] is standard output."),
            click.option("--since", type=Instant(), help="From this date or instant on, in UTC if it names no zone."),
            click.option("--until", type=Instant(), help="Before this date or instant."),
            click.option("--charge-point", metavar="ID", help="Of this charge point only."),
        )
    ):  # fmt: skip
        command = option(command)
    return options.with_settings(command)


@export.command()
@_exporting
def transactions(config: Path | None, data_dir: str | None, **wanted: Any) -> None:
    """Transactions that began in the span, newest first."""
    _run(config, data_dir, "transactions", wanted)


@export.command("meter-values")
@_exporting
def meter_values(config: Path | None, data_dir: str | None, **wanted: Any) -> None:
    """Meter values of the span, in the order of time."""
    _run(config, data_dir, "meter-values", wanted)


def _run(config: Path | None, data_dir: str | None, what: What, wanted: dict[str, Any]) -> None:
    if wanted["since"] and wanted["until"] and wanted["since"] >= wanted["until"]:
        raise click.UsageError("--since is not before --until: nothing lies between them")
    settings = options.settings_of(config, {"data_dir": data_dir})
    output = wanted.pop("output")

    def main() -> None:
        from chargeyard import bootstrap
        from chargeyard.bootstrap import exports

        order = exports.Order(what=what, output=None if str(output) == "-" else output, **wanted)
        bootstrap.run(exports.export(settings, order, _say), settings.log)

    options.run(lambda: _until_the_reader_goes(main))


def _say(text: str) -> None:
    click.echo(text, err=True)


def _until_the_reader_goes(main: Callable[[], None]) -> None:
    """`chargeyard export … | head` ends without a word, as other programs do."""
    try:
        main()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(141) from None
