"""`chargeyard simulate`: charge points for a server that has none."""

import rich_click as click

from chargeyard.cli import options


@click.command()
def simulate() -> None:
    """Connect simulated charge points to a server."""
    def main() -> None:
        raise click.ClickException("x")
    options.run(main)
