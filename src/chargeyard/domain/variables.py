"""How variables of the device model are named, whatever a version calls them.

An address is written `Component.Variable`, and in full `Component[instance]:evse:connector.Variable[instance]`.
"""

import re
from typing import Literal

from msgspec import Struct

Attribute = Literal["Actual", "Target", "MinSet", "MaxSet"]

CONFIGURATION = "Configuration"
"""The component of configuration keys that no component of the device model has a variable for."""


class Address(Struct, frozen=True, gc=False, rename="camel"):
    """One variable of one component. EVSE 0: of the charge point itself; connector 0: of the whole EVSE."""

    component: str
    name: str
    instance: str = ""
    component_instance: str = ""
    evse: int = 0
    connector: int = 0

    @property
    def text(self) -> str:
        """The address as it is written."""
        text = self.component
        if self.component_instance:
            text += f"[{self.component_instance}]"
        if self.evse:
            text += f":{self.evse}"
        if self.connector:
            text += f":{self.connector}"
        text += f".{self.name}"
        return f"{text}[{self.instance}]" if self.instance else text


Named = str | Address
"""A variable as somebody names it: by a configuration key, by its address as text, or by its address."""


def parse(text: str) -> Address | None:
    """The address that is written in `text`, None if it is none."""
    match = _ADDRESS.match(text.strip())
    if match is None:
        return None
    return Address(
        component=match["component"].strip(),
        name=match["variable"].strip(),
        instance=match["instance"] or "",
        component_instance=match["component_instance"] or "",
        evse=int(match["evse"] or 0),
        connector=int(match["connector"] or 0),
    )


_ADDRESS = re.compile(
    r"""(?P<component>[^.:\[\]]+)(?:\[(?P<component_instance>[^\[\]]+)\])?
        (?::(?P<evse>[0-9]{1,9})(?::(?P<connector>[0-9]{1,9}))?)?
        \.(?P<variable>[^.:\[\]]+)(?:\[(?P<instance>[^\[\]]+)\])?\Z""",
    re.VERBOSE,
)
