"""Ways for a charge point to reach a central system (2.0.1 B09, B10)."""

from typing import Literal

from msgspec import Struct


class AccessPoint(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A mobile network's access point (APNType)."""

    apn: str
    apn_authentication: Literal["AUTO", "CHAP", "NONE", "PAP"] = "AUTO"
    apn_user_name: str = ""
    apn_password: str = ""
    sim_pin: int | None = None
    preferred_network: str = ""
    use_only_preferred_network: bool = False


class Vpn(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A virtual private network (VPNType)."""

    server: str
    user: str
    password: str
    key: str
    type: Literal["IKEv2", "IPSec", "L2TP", "PPTP"]
    group: str = ""


class NetworkProfile(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A way to a central system. `protocol` is the version to be spoken there, in the words of the charge point's
    own version, empty: the one of this time. `message_timeout_s` is how long it waits for an answer. `identity` and
    the password are for that central system alone, empty: those that it has."""

    csms_url: str
    interface: str
    message_timeout_s: int
    security_profile: int
    protocol: str = ""
    transport: Literal["JSON", "SOAP"] = "JSON"
    apn: AccessPoint | None = None
    vpn: Vpn | None = None
    identity: str = ""
    basic_auth_password: str = ""
