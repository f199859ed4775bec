"""`chargeyard import`: charge points, id tokens and transactions from elsewhere."""

from pathlib import Path

import rich_click as click

from chargeyard.cli import options


@click.group("import")
def imports() -> None:
    """Take over charge points, id tokens and transactions; what is known already is left as it is."""


_DRY_RUN = click.option(
    "--dry-run", "is_dry", is_flag=True, help="Say what would be taken, and store nothing."
)


@imports.command("csv")
@options.with_settings
@click.argument("kind", type=click.Choice(["charge-points", "id-tokens", "transactions"]))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--skip-bad", "skips_bad", is_flag=True, help="Leave out bad rows, instead of taking none.")
@_DRY_RUN
def from_csv(config: Path | None, data_dir: str | None, kind: str, file: Path, **how: bool) -> None:
    """Take the rows of a CSV file; the server may be running."""
    settings = options.settings_of(config, {"data_dir": data_dir})

    def main() -> None:
        from chargeyard import bootstrap
        from chargeyard.bootstrap.imports import CsvOrder, import_csv

        order = CsvOrder(kind=kind, file=file, **how)
        bootstrap.run(import_csv(settings, order, click.echo), settings.log)

    options.run(main)


@imports.command("steve")
@options.with_settings
@click.argument("url", envvar="STEVE_URL")
@click.option("--meter-values", is_flag=True, help="Take meter values too; there may be very many.")
@_DRY_RUN
def from_steve(config: Path | None, data_dir: str | None, url: str, **how: bool) -> None:
    """Take what SteVe's database at URL (mysql://user:password@host/stevedb, or in STEVE_URL) knows; it is only read."""
    settings = options.settings_of(config, {"data_dir": data_dir})

    def main() -> None:
        from chargeyard import bootstrap
        from chargeyard.bootstrap.steve import SteveOrder, import_steve

        bootstrap.run(import_steve(settings, SteveOrder(url=url, **how), click.echo), settings.log)

    options.run(main)
