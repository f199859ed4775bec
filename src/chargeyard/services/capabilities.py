"""What a charge point can take, as it has told it: how many items in one message, how many periods in a schedule.

The numbers are variables of its device model. Configuration keys of charge points that know no device model are
stored under the variable of the same meaning, so that one address serves all. What nobody told is None: no limit
that we know of.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from chargeyard.domain import commands
from chargeyard.domain.commands import AnyCommand, Command
from chargeyard.services.ports import Store


class Limit(Struct, frozen=True):
    """The number that bounds commands of one type, by where it stands in the device model."""

    component: str
    variable: str
    instance: str = ""


LIMITS: Mapping[type[Command], Limit] = {
    # Each of these commands has a field `max_items`: so many go into one message, 0 knows of no limit.
    commands.ClearMonitors: Limit("MonitoringCtrlr", "ItemsPerMessage", "ClearVariableMonitoring"),
    commands.GetVariables: Limit("DeviceDataCtrlr", "ItemsPerMessage", "GetVariables"),
    commands.ReadMonitors: Limit("MonitoringCtrlr", "ItemsPerMessage", "GetMonitoringReport"),
    commands.ReadReport: Limit("DeviceDataCtrlr", "ItemsPerMessage", "GetReport"),
    commands.SetMonitors: Limit("MonitoringCtrlr", "ItemsPerMessage", "SetVariableMonitoring"),
    commands.SetVariables: Limit("DeviceDataCtrlr", "ItemsPerMessage", "SetVariables"),
}


class Capabilities(Struct, frozen=True):
    """What is known of any charge point's limits. Cheap to make; looks things up when it is asked."""

    store: Store

    async def number(
        self, charge_point: str, component: str, variable: str, instance: str = ""
    ) -> int | None:
        """A variable of the charge point itself as a number; None: not told, or none. Raises `Unavailable`."""
        text = await self.text(charge_point, component, variable, instance)
        digits = (text or "").strip()
        return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None

    async def text(self, charge_point: str, component: str, variable: str, instance: str = "") -> str | None:
        """The value of a variable as it was told last; None: not told. Raises `Unavailable`."""
        record = await self.store.find_variable(charge_point, component, variable, instance)
        return record.value if record is not None else None

    async def fitted(self, charge_point: str, command: AnyCommand) -> AnyCommand:
        """`command` with the limit of this charge point in it, if it is one of `LIMITS`."""
        limit = LIMITS.get(type(command))
        if limit is None:
            return command
        most = await self.number(charge_point, limit.component, limit.variable, limit.instance)
        return replace(command, max_items=most) if most else command
