"""`chargeyard demo`: a server on a temporary database, and a yard full of simulated charge points."""

import asyncio
import secrets
import tempfile

from chargeyard.bootstrap import until_told_to_stop
from chargeyard.bootstrap.node import Announce, Node
from chargeyard.domain.authorization import IdToken
from chargeyard.observability import logs
from chargeyard.services.authorization import IdTokens
from chargeyard.services.provisioning import Newcomer, Provisioning
from chargeyard.settings import Http, Log, Settings
from chargeyard.simulator.fleet import ALL_VERSIONS, ID_TAGS, Fleet, Plan
from chargeyard.simulator.link import Address

SPEED = 20.0
"""How much faster than the clock the cars of the demonstration charge."""


async def demonstrate(port: int, count: int, seed: int, announce: Announce) -> None:
    """Serve until SIGTERM or SIGINT; nothing is left behind."""
    logs.configure(Log(level="warning"))
    with tempfile.TemporaryDirectory(prefix="chargeyard-demo-") as folder:
        password = secrets.token_urlsafe(9)
        settings = Settings(data_dir=folder, admin_password=password, http=Http(port=port))
        node = Node(settings)
        await node.start(announce)
        fleet = await _fleet(node, count, seed)
        announce(
            f"\n  Chargeyard demo: {count} simulated charge points of {len(ALL_VERSIONS)} versions, whose time runs {SPEED:g} times faster\n"
        )
        announce(f"  Page      {node.url}/\n  REST      {node.url}/docs")
        announce(f"  Login     admin\n  Password  {password}\n\n  Ctrl-C stops it and removes its data.\n")
        fleet.start()
        await until_told_to_stop(node.ended)
        announce("Stopping.")
        await fleet.stop()
        await node.stop()


async def _fleet(node: Node, count: int, seed: int) -> Fleet:
    """Simulated charge points, registered with a password, and the id tokens of their drivers."""
    password = node.keys.new_secret()
    plan = Plan(
        address=Address(f"ws://127.0.0.1:{node.port}/ocpp", password=password),
        count=count,
        seed=seed,
        prefix="DEMO-",
        speed=SPEED,
        habits="busy",
        sample_interval_s=60,
        versions=ALL_VERSIONS,
    )
    provisioning = Provisioning(node.store, node.recorder, node.keys)
    newcomers = [
        Newcomer(id=name, name=f"Bay {number}", password=password)
        for number, name in enumerate(plan.names(), start=1)
    ]
    await asyncio.gather(*map(provisioning.register, newcomers))
    id_tokens = IdTokens(node.store, node.recorder, node.keys)
    for id_token in ID_TAGS:
        await id_tokens.register(IdToken(id_token, max_transactions=None))
    return Fleet(plan)
