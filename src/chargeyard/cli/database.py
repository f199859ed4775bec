"""`chargeyard db`: the schema of the database."""

from pathlib import Path

import rich_click as click

from chargeyard.cli import options
from chargeyard.settings import Log


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


@database.command()
@options.with_settings
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(config: Path | None, data_dir: str | None, file: Path) -> None:
    """Write one consistent state of the database to FILE, a SQLite database; the server may be running."""
    settings = options.settings_of(config, {"data_dir": data_dir})

    def main() -> None:
        from chargeyard import bootstrap
        from chargeyard.bootstrap.moves import back_up_database

        bootstrap.run(back_up_database(settings, file, click.echo), settings.log)

    options.run(main)


@database.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy(source: str, target: str) -> None:
    """Copy everything from one database into another, empty one, of any kind: URLs, or paths of SQLite files."""

    def main() -> None:
        from chargeyard import bootstrap
        from chargeyard.bootstrap.moves import copy_database

        bootstrap.run(copy_database(source, target, click.echo), Log(level="warning"))

    options.run(main)
