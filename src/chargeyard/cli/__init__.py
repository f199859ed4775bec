"""The command line: one module for each command, heavy imports inside, so that `--help` is quick."""

import rich_click as click

from chargeyard.cli import database, demo, export, imports, operator, serve, simulate


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chargeyard")
def main() -> None:
    """Chargeyard, an OCPP central system: the server that charge points connect to."""


COMMANDS = (
    serve.serve,
    demo.demo,
    simulate.simulate,
    database.database,
    export.export,
    imports.imports,
    operator.operator,
)

for command in COMMANDS:
    main.add_command(command)
