"""`chargeyard operator`: who may log in."""

from pathlib import Path

import rich_click as click

from chargeyard.cli import options


@click.group()
def operator() -> None:
    """Look after the operators."""


@operator.command()
@options.with_settings
@click.argument("name", default="admin")
@click.password_option(help="The new password; asked for if not given.")
def password(config: Path | None, data_dir: str | None, name: str, password: str) -> None:
    """Give operator NAME a new password, or make that operator; the server may be running."""
    settings = options.settings_of(config, {"data_dir": data_dir})

    def main() -> None:
        from chargeyard import bootstrap

        bootstrap.run(bootstrap.set_password(settings, name, password))
        click.echo(f"Operator {name} has a new password; browsers have to log in again.")

    options.run(main)
