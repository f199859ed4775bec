"""`chargeyard db`: the schema of the database."""

from pathlib import Path

import rich_click as click

from chargeyard.cli import options


@click.group("db")
def database() -> None:
    """Look after the database."""


@database.command()
@options.with_settings
def upgrade(config: Path | None, data_dir: str | None) -> None:
    """Bring the schema up to date; `serve` does this by itself."""
    settings = options.settings_of(config, {"data_dir": data_dir})

    def main() -> None:
        from chargeyard import bootstrap

        bootstrap.run(bootstrap.upgrade_database(settings, click.echo))

    options.run(main)


@database.command()
@options.with_settings
def check(config: Path | None, data_dir: str | None) -> None:
    """Compare the database with the schema of this program; exit status 1 if they differ."""
    settings = options.settings_of(config, {"data_dir": data_dir})

    def main() -> None:
        from chargeyard import bootstrap

        bootstrap.run(bootstrap.check_database(settings, click.echo))

    options.run(main)
