"""What several commands take: where the settings come from, and how a wrong one is told."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import rich_click as click

from chargeyard.errors import ChargeyardError
from chargeyard.settings import Settings, load_from_process

Command = TypeVar("Command", bound=Callable[..., Any])


def with_settings(command: Command) -> Command:
    """Add `--config` and `--data-dir`."""
    command = click.option(
        "--data-dir",
        metavar="DIR",
        help="Where the database and the secret key are kept [./chargeyard-data].",
    )(command)
    return click.option(
        "--config",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        envvar="CHARGEYARD_CONFIG",
        help="A TOML file with settings.",
    )(command)


def settings_of(config: Path | None, overrides: Mapping[str, Any]) -> Settings:
    """The settings of this run; a wrong one ends the program with one line."""
    try:
        return load_from_process(config, overrides)
    except ChargeyardError as error:
        fail(error)


def fail(error: ChargeyardError) -> NoReturn:
    """End the program with one line, however long: a box around it would break paths in the middle."""
    click.echo(f"chargeyard: {error}", err=True)
    raise SystemExit(1) from None


def run(main: Callable[[], Any]) -> None:
    """Run `main`; what Chargeyard raises on purpose ends the program with one line and status 1."""
    try:
        main()
    except ChargeyardError as error:
        fail(error)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
