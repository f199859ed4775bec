"""The gateway's tests run on both event loops: uvloop, which serves, and the standard one, which may."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import uvloop

ON_BOTH_LOOPS = {"test_connection.py", "test_listeners.py"}

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


@pytest.hookimpl
def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, LoopFactory]:
    """Both loops for what touches sockets; for the rest the one that serves."""
    factories: dict[str, LoopFactory] = {"uvloop": uvloop.new_event_loop}
    if Path(item.path).name in ON_BOTH_LOOPS:
        factories["asyncio"] = asyncio.new_event_loop
    return factories
