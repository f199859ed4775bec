"""The configuration keys of a simulated charge point, and GetConfiguration and ChangeConfiguration over them.

The table is shared by all charge points; each keeps only what was changed, so that ten thousand stay small.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec

from chargeyard.ocpp.v16.messages import (
    ChangeConfigurationRequest,
    ConfigurationStatus,
    GetConfigurationRequest,
    GetConfigurationResponse,
    KeyValue,
)
from chargeyard.simulator.metering import MEASURANDS

Check = Callable[[str], bool]


class Key(msgspec.Struct, frozen=True):
    """One key: its default, who may change it and which values pass.

    ``secret``: may be written, never read. ``reboot``: takes effect after the next boot.
    """

    default: str
    check: Check | None = None
    reboot: bool = False
    secret: bool = False


_NUMBER = re.compile(r"-?[0-9]{1,10}")


def _whole(least: int, most: int = 2**31 - 1) -> Check:
    return lambda text: bool(_NUMBER.fullmatch(text)) and least <= int(text) <= most


def _flag(text: str) -> bool:
    return text.lower() in {"true", "false"}


def _one_of(*words: str) -> Check:
    return lambda text: text in words


def _measurands(text: str) -> bool:
    return all(word.strip() in MEASURANDS for word in text.split(",")) if text else True


def _text(text: str) -> bool:
    return len(text) <= 500


def _authorization_key(text: str) -> bool:
    return 16 <= len(text) <= 40


_SAMPLED = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,SoC,Power.Offered"

KEYS: Mapping[str, Key] = {
    # Core
    "AllowOfflineTxForUnknownId": Key("false", _flag),
    "AuthorizationCacheEnabled": Key("true", _flag),
    "AuthorizeRemoteTxRequests": Key("false", _flag),
    "ClockAlignedDataInterval": Key("0", _whole(0)),
    "ConnectionTimeOut": Key("60", _whole(0)),
    "ConnectorPhaseRotation": Key("0.RST,1.RST", _text),
    "GetConfigurationMaxKeys": Key("50"),
    "HeartbeatInterval": Key("300", _whole(0)),
    "LocalAuthorizeOffline": Key("true", _flag),
    "LocalPreAuthorize": Key("false", _flag),
    "MeterValuesAlignedData": Key("Energy.Active.Import.Register", _measurands),
    "MeterValuesSampledData": Key(_SAMPLED, _measurands),
    "MeterValueSampleInterval": Key("60", _whole(0)),
    "NumberOfConnectors": Key("2"),
    "ResetRetries": Key("1", _whole(0)),
    "StopTransactionOnEVSideDisconnect": Key("true", _flag),
    "StopTransactionOnInvalidId": Key("true", _flag),
    "StopTxnAlignedData": Key("", _measurands),
    "StopTxnSampledData": Key("", _measurands),
    "SupportedFeatureProfiles": Key(
        "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger"
    ),
    "TransactionMessageAttempts": Key("3", _whole(0)),
    "TransactionMessageRetryInterval": Key("60", _whole(0)),
    "UnlockConnectorOnEVSideDisconnect": Key("true", _flag),
    "WebSocketPingInterval": Key("0"),
    # Local list
    "LocalAuthListEnabled": Key("true", _flag),
    "LocalAuthListMaxLength": Key("1000"),
    "SendLocalListMaxLength": Key("500"),
    # Reservation
    "ReserveConnectorZeroSupported": Key("true"),
    # Smart charging
    "ChargeProfileMaxStackLevel": Key("16"),
    "ChargingScheduleAllowedChargingRateUnit": Key("Current,Power"),
    "ChargingScheduleMaxPeriods": Key("96"),
    "ConnectorSwitch3to1PhaseSupported": Key("false"),
    "MaxChargingProfilesInstalled": Key("32"),
    # Security
    "AdditionalRootCertificateCheck": Key("false"),
    "AuthorizationKey": Key("", _authorization_key, secret=True),
    "CertificateSignedMaxChainSize": Key("10000"),
    "CertificateStoreMaxLength": Key("16"),
    "CpoName": Key("Chargeyard", _text),
    "SecurityProfile": Key("1", _one_of("1", "2", "3"), reboot=True),
    "SupportedFileTransferProtocols": Key("FTP,FTPS,HTTP,HTTPS"),
}


class Configuration:
    """The keys of one charge point. Reading a key that is not in the table is a programming error."""

    __slots__ = ("_changed", "_waiting")

    def __init__(self, overrides: Mapping[str, str] | None = None) -> None:
        """Start with the defaults and ``overrides``; raises KeyError for a key that is not in the table."""
        self._changed = {key: value for key, value in (overrides or {}).items() if KEYS[key].default != value}
        self._waiting: dict[str, str] = {}

    def __getitem__(self, key: str) -> str:
        return self._changed.get(key, KEYS[key].default)

    def number(self, key: str) -> int:
        """The value of a numeric key."""
        return int(self[key])

    def flag(self, key: str) -> bool:
        """The value of a boolean key."""
        return self[key].lower() == "true"

    def words(self, key: str) -> tuple[str, ...]:
        """The items of a list."""
        return tuple(word.strip() for word in self[key].split(",") if word.strip())

    def set_own(self, key: str, value: str) -> None:
        """Set a key from inside, as the charge point itself does with what a BootNotification answers."""
        self._changed[key] = value

    def boot(self) -> None:
        """Let what waited for a reboot take effect."""
        self._changed |= self._waiting
        self._waiting.clear()

    def read(self, request: GetConfigurationRequest) -> GetConfigurationResponse:
        """Answer GetConfiguration: all keys if none are named, and the unknown ones by name."""
        wanted = request.key or list(KEYS)
        known = [self._entry(name) for name in wanted if name in KEYS]
        unknown = [name for name in wanted if name not in KEYS]
        return GetConfigurationResponse(
            configuration_key=known or msgspec.UNSET, unknown_key=unknown or msgspec.UNSET
        )

    def change(self, request: ChangeConfigurationRequest) -> ConfigurationStatus:
        """Answer ChangeConfiguration, and do it unless it needs a reboot."""
        key = KEYS.get(request.key)
        if key is None:
            return "NotSupported"
        if key.check is None or not key.check(request.value):
            return "Rejected"
        # A security profile only ever rises (whitepaper A05.FR.09 in the numbering of 2.x).
        if request.key == "SecurityProfile" and int(request.value) < self.number(request.key):
            return "Rejected"
        if key.reboot:
            self._waiting[request.key] = request.value
            return "RebootRequired"
        self._changed[request.key] = request.value
        return "Accepted"

    def _entry(self, name: str) -> KeyValue:
        key = KEYS[name]
        value = msgspec.UNSET if key.secret else self[name]
        return KeyValue(key=name, readonly=key.check is None, value=value)
