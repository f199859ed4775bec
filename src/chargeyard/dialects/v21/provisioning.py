"""Restarts after which transactions go on, triggers of a vendor's own, and networks with their own identity."""

from msgspec import UNSET

from chargeyard.dialects.dialect import Script
from chargeyard.dialects.v201 import provisioning
from chargeyard.dialects.v201.outcomes import settled
from chargeyard.domain import commands
from chargeyard.ocpp.v21 import messages as m


def reset_script(command: commands.Reset) -> Script:
    """Reset; ImmediateAndResume lets running transactions go on afterwards (B14)."""
    if not command.resume:
        return (yield from provisioning.reset_script(command))
    return settled((yield m.ResetRequest(type="ImmediateAndResume", evse_id=command.evse or UNSET)))


def trigger_script(command: commands.Trigger) -> Script:
    """TriggerMessage, also of what only this version knows (F06)."""
    if command.topic == "CustomTrigger":
        return settled(
            (
                yield m.TriggerMessageRequest(
                    requested_message="CustomTrigger", custom_trigger=command.custom or UNSET
                )
            )
        )
    if command.topic == "SignV2G20Certificate":
        return settled((yield m.TriggerMessageRequest(requested_message="SignV2G20Certificate")))
    return (yield from provisioning.trigger_script(command))


def network_profile_script(command: commands.SetNetworkProfile) -> Script:
    """SetNetworkProfile, with an identity and a password of its own where they are given (B09)."""
    profile = command.profile
    connection = m.NetworkConnectionProfileType(
        **provisioning.network_fields(profile) | {"ocpp_version": profile.protocol or UNSET},
        identity=profile.identity or UNSET,
        basic_auth_password=profile.basic_auth_password or UNSET,
    )
    request = m.SetNetworkProfileRequest(configuration_slot=command.slot, connection_data=connection)
    return settled((yield request))
