"""`chargeyard demo`: a server with a yard full of simulated charge points."""

import rich_click as click

from chargeyard.cli import options


@click.command()
@click.option("--port", metavar="P", type=int, default=8080, show_default=True, help="Port to listen at.")
@click.option("--count", type=click.IntRange(1, 500), default=12, show_default=True, help="Charge points.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed tells the same story.")
def demo(port: int, count: int, seed: int) -> None:
    """Show a server with simulated charge points on a temporary database; Ctrl-C ends it and removes it."""

    def main() -> None:
        from chargeyard import bootstrap
        from chargeyard.bootstrap.demonstration import demonstrate

        bootstrap.run(demonstrate(port, count, seed, click.echo))

    options.run(main)
