"""`chargeyard simulate`: charge points for a server that has none."""

import sys

import rich_click as click

from chargeyard.cli import options


@click.command()
@click.argument("url", default="ws://localhost:8080/ocpp")
@click.option("--count", type=click.IntRange(min=1), default=12, show_default=True, help="Charge points.")
@click.option("--connectors", type=click.IntRange(min=1), default=2, show_default=True, help="Of each.")
@click.option("--prefix", default="SIM-", show_default=True, help="What their names begin with.")
@click.option("--password", default="", help="HTTP Basic password; {id} stands for the name.")
@click.option("--token", default="", help="Sent as ?token=; {id} stands for the name.")
@click.option("--id-tag", "id_tags", multiple=True, help="Id token of a driver; may be repeated.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed tells the same story.")
@click.option(
    "--speed", type=click.FloatRange(min=0.001), default=1.0, show_default=True, help="Times the clock."
)
@click.option("--habits", type=click.Choice(["idle", "calm", "typical", "busy", "wild"]), default="typical", show_default=True, help="How lively.")  # fmt: skip
@click.option(
    "--ramp", type=click.FloatRange(min=0.1), default=200.0, show_default=True, help="Connects per second."
)
@click.option("--protocol", type=click.Choice(["1.6", "2.0.1", "2.1", "mixed"]), default="1.6", show_default=True, help="Version of OCPP; mixed: all in turn.")  # fmt: skip
@click.option("--interval", type=click.IntRange(min=1), default=60, show_default=True, help="Seconds between meter values.")  # fmt: skip
@click.option("--duration", type=float, help="Seconds until it ends by itself.")
def simulate(duration: float | None, **wanted: object) -> None:
    """Connect simulated charge points to a central system at URL, until Ctrl-C."""

    def main() -> None:
        from chargeyard import bootstrap

        bootstrap.simulate(wanted, sys.stdout, duration)

    options.run(main)
