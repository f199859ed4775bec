"""`chargeyard serve`: the server."""

from pathlib import Path

import rich_click as click

from chargeyard.cli import options


@click.command()
@options.with_settings
@click.option("--host", metavar="H", help="Address to listen at [127.0.0.1].")
@click.option("--port", metavar="P", type=int, help="Port for REST, pages and charge points [8080].")
def serve(config: Path | None, data_dir: str | None, host: str | None, port: int | None) -> None:
    """Serve charge points, REST and pages until SIGTERM or Ctrl-C.

    Every setting is also an environment variable: CHARGEYARD_<SECTION>__<KEY>, such as CHARGEYARD_DATABASE__URL.
    """
    settings = options.settings_of(config, {"data_dir": data_dir, "http": {"host": host, "port": port}})

    def main() -> None:
        from chargeyard import bootstrap

        bootstrap.run(bootstrap.serve(settings, click.echo))

    options.run(main)
