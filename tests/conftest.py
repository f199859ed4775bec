"""What every test may ask for."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests import databases

# Deadlines measure the machine, not the code; a shared runner is slow now and then.
settings.register_profile("default", deadline=None, max_examples=100)
settings.register_profile(
    "thorough", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

RequireService = Callable[[object, str], None]
RequireDatabase = Callable[[str], None]


@pytest.fixture(scope="session")
def require_service() -> RequireService:
    """``require_service(found, "chromium is not installed")`` when a test needs what a machine may lack.

    Without it the test is skipped with that reason; where ``CHARGEYARD_TEST_REQUIRE_SERVICES=1`` (CI) it
    fails, so that a missing service cannot pass for a success.
    """

    def require(found: object, reason: str) -> None:
        if found:
            return
        if os.environ.get("CHARGEYARD_TEST_REQUIRE_SERVICES") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)

    return require


@pytest.fixture(scope="session")
def database_server(require_service: RequireService) -> RequireDatabase:
    """``database_server("mariadb")`` when a test needs the shared server of that kind; "sqlite" needs none."""
    missing = {kind: databases.missing(kind) for kind in databases.SERVERS}

    def require(kind: str) -> None:
        reason = missing.get(kind)
        require_service(reason is None, reason or "")

    return require


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[databases.Templates]:
    """Migrated databases to copy, each migrated once for each test worker."""
    templates = databases.Templates(tmp_path_factory.mktemp("databases"))
    yield templates
    asyncio.run(templates.aclose())
