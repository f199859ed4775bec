"""docs/reference/cli.md names every command and every option, and no others."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from chargeyard.cli import main

PAGE = (Path(__file__).parents[2] / "docs/reference/cli.md").read_text()


def _commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _options() -> set[str]:
    return {
        option
        for _, command in _commands(main, "chargeyard")
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }


def test_every_command_is_there() -> None:
    assert [path for path, _ in _commands(main, "chargeyard") if f"`{path}" not in PAGE] == []


def test_every_option_is_there_and_no_other() -> None:
    assert set(re.findall(r"--[a-z][a-z-]*", PAGE)) - {"--help"} == _options()


def test_every_command_says_what_it_does() -> None:
    for path, command in _commands(main, "chargeyard"):
        assert command.help, path
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help or parameter.hidden, (path, parameter.name)
