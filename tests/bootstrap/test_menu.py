"""The menu of messages that can be sent by name, as the API documents it."""

import json
import re

from chargeyard.bootstrap.menu import WireMenu
from chargeyard.dialects import SPOKEN


def test_every_action_of_every_dialect_is_on_the_menu() -> None:
    offered = {(item.action, version) for item in WireMenu(SPOKEN).actions() for version in item.versions}
    spoken = {
        (action.name, dialect.subprotocol)
        for dialect in SPOKEN
        for action in dialect.catalogue.to_charge_point()
    }
    assert offered == spoken


def test_every_reference_has_its_component() -> None:
    """Names of two versions do not collide: each component is prefixed with its version."""
    menu = WireMenu(SPOKEN)
    told = json.dumps([[item.request_schema, item.response_schema] for item in menu.actions()])
    told += json.dumps(dict(menu.components()))
    wanted = set(re.findall(r'"#/components/schemas/([^"]+)"', told))
    assert wanted
    assert wanted <= menu.components().keys()
