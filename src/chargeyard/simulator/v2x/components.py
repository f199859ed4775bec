"""The device model as a table: which components a charge point has, and which variables these have.

The names and their meaning are those of the appendix "Standardized components and variables" of part 2. A name
with ``[…]`` is a variable with an instance. The table is shared by all charge points; each keeps only what was
changed, so that ten thousand stay small.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from chargeyard.ocpp.v21.messages import DataEnumType, MutabilityEnumType


class Variable(msgspec.Struct, frozen=True):
    """One variable: what it holds at first, and what may be written to it.

    ``values``: of an option list or the members of a list. ``reboot``: takes effect after the next boot.
    ``monitored``: monitors can be set on it.
    """

    kind: DataEnumType
    default: str
    mutability: MutabilityEnumType = "ReadOnly"
    unit: str = ""
    least: float | None = None
    most: float | None = None
    values: tuple[str, ...] = ()
    reboot: bool = False
    monitored: bool = False


Component = Mapping[str, Variable]

STATION, EVSE, CONNECTOR = "station", "evse", "connector"
LEVELS: Mapping[str, str] = {
    "EVSE": EVSE,
    "V2XChargingCtrlr": EVSE,
    "DCDERCtrlr": EVSE,
    "Connector": CONNECTOR,
}
"""Components that are there once for each EVSE or connector; all others belong to the charging station."""


def _flag(default: bool, *, fixed: bool = False) -> Variable:
    return Variable("boolean", "true" if default else "false", "ReadOnly" if fixed else "ReadWrite")


def _whole(default: int, unit: str = "", *, least: float = 0, reboot: bool = False) -> Variable:
    return Variable("integer", str(default), "ReadWrite", unit, least, reboot=reboot)


def _fixed(default: object, unit: str = "") -> Variable:
    return Variable("integer" if isinstance(default, int) else "string", str(default), unit=unit)


def _text(default: str) -> Variable:
    return Variable("string", default, "ReadWrite")


def _members(default: str, values: tuple[str, ...]) -> Variable:
    return Variable("MemberList", default, "ReadWrite", values=values)


_AVAILABLE = Variable("boolean", "true")
_MEASURANDS = (
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Power.Offered",
    "Current.Import",
    "Current.Offered",
    "Voltage",
    "SoC",
)
_REGISTER = "Energy.Active.Import.Register"
_SAMPLED = f"{_REGISTER},Power.Active.Import,Current.Import,Voltage,SoC,Power.Offered"
TX_POINTS = (
    "ParkingBayOccupancy",
    "EVConnected",
    "Authorized",
    "DataSigned",
    "PowerPathClosed",
    "EnergyTransfer",
)
_STATES = ("Available", "Occupied", "Reserved", "Unavailable", "Faulted")
_AVAILABILITY = Variable("OptionList", "Available", values=_STATES, monitored=True)
_PROBLEM = Variable("boolean", "false", monitored=True)

COMPONENTS: Mapping[str, Component] = {
    "ChargingStation": {
        "AllowNewSessionsPendingFirmwareUpdate": _flag(False),
        "AvailabilityState": _AVAILABILITY,
        "Available": _AVAILABLE,
        "Model": _fixed(""),
        "VendorName": _fixed(""),
        "SerialNumber": _fixed(""),
        "FirmwareVersion": _fixed(""),
        "Problem": _PROBLEM,
        "SupplyPhases": _fixed(3),
    },
    "EVSE": {
        "AllowReset": _flag(True, fixed=True),
        "AvailabilityState": _AVAILABILITY,
        "Available": _AVAILABLE,
        "EvseId": _fixed(""),
        "Power": Variable("decimal", "0", unit="W", monitored=True),
        "Problem": _PROBLEM,
        "SupplyPhases": _fixed(3),
    },
    "Connector": {
        "AvailabilityState": _AVAILABILITY,
        "Available": _AVAILABLE,
        "ConnectorType": _fixed(""),
        "Problem": _PROBLEM,
        "SupplyPhases": _fixed(3),
    },
    "AlignedDataCtrlr": {
        "Available": _AVAILABLE,
        "Enabled": _flag(True),
        "Interval": _whole(0, "s"),
        "Measurands": _members(_REGISTER, _MEASURANDS),
        "SendDuringIdle": _flag(False),
        "TxEndedInterval": _whole(0, "s"),
        "TxEndedMeasurands": _members(_REGISTER, _MEASURANDS),
    },
    "AuthCacheCtrlr": {
        "Available": _AVAILABLE,
        "Enabled": _flag(True),
        "LifeTime": _whole(86_400, "s"),
        "Policy": Variable("OptionList", "FIFO", values=("LRU", "LFU", "FIFO", "CUSTOM")),
        "Storage": _fixed(100),
    },
    "AuthCtrlr": {
        "AuthorizeRemoteStart": _flag(False),
        "Enabled": _flag(True),
        "LocalAuthorizeOffline": _flag(True),
        "LocalPreAuthorize": _flag(False),
        "MasterPassGroupId": _text(""),
        "OfflineTxForUnknownIdEnabled": _flag(False),
    },
    "ClockCtrlr": {
        "DateTime": Variable("dateTime", ""),
        "NtpServerUri": _text(""),
        "TimeOffset": _text("+00:00"),
        "TimeSource": Variable("SequenceList", "Heartbeat", "ReadWrite", values=("Heartbeat", "NTP", "GPS")),
        "TimeZone": _text("Etc/UTC"),
    },
    "DeviceDataCtrlr": {
        "BytesPerMessage[GetReport]": _fixed(65_536),
        "BytesPerMessage[GetVariables]": _fixed(65_536),
        "BytesPerMessage[SetVariables]": _fixed(65_536),
        "ConfigurationValueSize": _fixed(1_000),
        "ItemsPerMessage[GetReport]": _fixed(50),
        "ItemsPerMessage[GetVariables]": _fixed(50),
        "ItemsPerMessage[SetVariables]": _fixed(50),
        "ReportingValueSize": _fixed(2_500),
        "ValueSize": _fixed(2_500),
    },
    "DisplayMessageCtrlr": {
        "Available": _AVAILABLE,
        "DisplayMessages": _fixed(20),
        "Enabled": _flag(True),
        "PersonalMessageSize": _fixed(512),
        "SupportedFormats": Variable("MemberList", "ASCII,UTF8", values=("ASCII", "UTF8")),
        "SupportedPriorities": Variable(
            "MemberList",
            "AlwaysFront,InFront,NormalCycle",
            values=("AlwaysFront", "InFront", "NormalCycle"),
        ),
    },
    "LocalAuthListCtrlr": {
        "Available": _AVAILABLE,
        "BytesPerMessage": _fixed(65_536),
        "Enabled": _flag(True),
        "Entries": Variable("integer", "0", most=1_000),
        "ItemsPerMessage": _fixed(500),
        "Storage": _fixed(65_536),
    },
    "MonitoringCtrlr": {
        "ActiveMonitoringBase": Variable(
            "OptionList", "All", values=("All", "FactoryDefault", "HardWiredOnly")
        ),
        "ActiveMonitoringLevel": _fixed(9),
        "Available": _AVAILABLE,
        "BytesPerMessage[ClearVariableMonitoring]": _fixed(65_536),
        "BytesPerMessage[SetVariableMonitoring]": _fixed(65_536),
        "Enabled": _flag(True),
        "ItemsPerMessage[ClearVariableMonitoring]": _fixed(50),
        "ItemsPerMessage[SetVariableMonitoring]": _fixed(50),
        "OfflineQueuingSeverity": _whole(4),
    },
    "OCPPCommCtrlr": {
        "ActiveNetworkProfile": _fixed(1),
        "FileTransferProtocols": Variable(
            "MemberList", "FTP,FTPS,HTTP,HTTPS,SFTP", values=("FTP", "FTPS", "HTTP", "HTTPS", "SFTP")
        ),
        "HeartbeatInterval": _whole(300, "s"),
        "MessageAttemptInterval[TransactionEvent]": _whole(60, "s"),
        "MessageAttempts[TransactionEvent]": _whole(3),
        "MessageTimeout[Default]": _fixed(30, "s"),
        "NetworkConfigurationPriority": Variable(
            "SequenceList", "1", "ReadWrite", values=("1", "2", "3"), reboot=True
        ),
        "NetworkProfileConnectionAttempts": _whole(3),
        "OfflineThreshold": _whole(60, "s"),
        "QueueAllMessages": _flag(False),
        "ResetRetries": _whole(1),
        "RetryBackOffRandomRange": _whole(10, "s"),
        "RetryBackOffRepeatTimes": _whole(5),
        "RetryBackOffWaitMinimum": _whole(10, "s"),
        "UnlockOnEVSideDisconnect": _flag(True),
        "WebSocketPingInterval": _whole(0, "s"),
    },
    "ReservationCtrlr": {
        "Available": _AVAILABLE,
        "Enabled": _flag(True),
        "NonEvseSpecific": _flag(True, fixed=True),
    },
    "SampledDataCtrlr": {
        "Available": _AVAILABLE,
        "Enabled": _flag(True),
        "TxEndedInterval": _whole(0, "s"),
        "TxEndedMeasurands": _members(_REGISTER, _MEASURANDS),
        "TxStartedMeasurands": _members(_REGISTER, _MEASURANDS),
        "TxUpdatedInterval": _whole(60, "s"),
        "TxUpdatedMeasurands": _members(_SAMPLED, _MEASURANDS),
    },
    "SecurityCtrlr": {
        "AdditionalRootCertificateCheck": _flag(False, fixed=True),
        "BasicAuthPassword": Variable("string", "", "WriteOnly", least=16, most=40),
        "CertificateEntries": Variable("integer", "0", most=16),
        "CertSigningRepeatTimes": _whole(3),
        "CertSigningWaitMinimum": _whole(60, "s"),
        "Identity": _fixed(""),
        "MaxCertificateChainSize": _fixed(10_000),
        "OrganizationName": _text("Chargeyard"),
        "SecurityProfile": _fixed(1),
    },
    "SmartChargingCtrlr": {
        "ACPhaseSwitchingSupported": _flag(False, fixed=True),
        "Available": _AVAILABLE,
        "Enabled": _flag(True),
        "Entries[ChargingProfiles]": Variable("integer", "0", most=32),
        "ExternalControlSignalsEnabled": _flag(False),
        "LimitChangeSignificance": Variable("decimal", "1", "ReadWrite", "Percent", 0, 100),
        "NotifyChargingLimitWithSchedules": _flag(False),
        "PeriodsPerSchedule": _fixed(96),
        "Phases3to1": _flag(False, fixed=True),
        "ProfileStackLevel": _fixed(16),
        "RateUnit": Variable("MemberList", "A,W", values=("A", "W")),
    },
    "TariffCostCtrlr": {
        "Available[Cost]": _AVAILABLE,
        "Available[Tariff]": _AVAILABLE,
        "Currency": _text("EUR"),
        "Enabled[Cost]": _flag(True),
        "Enabled[Tariff]": _flag(True),
        "TariffFallbackMessage": _text("Ask your provider"),
        "TotalCostFallbackMessage": _text("See your bill"),
    },
    "TxCtrlr": {
        "ChargingTime": _fixed(0, "s"),
        "EVConnectionTimeOut": _whole(60, "s"),
        "MaxEnergyOnInvalidId": _whole(0, "Wh"),
        "StopTxOnEVSideDisconnect": _flag(True),
        "StopTxOnInvalidId": _flag(True),
        "TxBeforeAcceptedEnabled": _flag(True),
        "TxStartPoint": _members("PowerPathClosed", TX_POINTS),
        "TxStopPoint": _members("EVConnected,Authorized", TX_POINTS),
    },
}

_LATER_TARIFF: Component = {
    "Available[LocalCost]": _AVAILABLE,
    "ConditionsSupported[Tariff]": _flag(True, fixed=True),
    "Enabled[LocalCost]": _flag(True),
    "Interval[Cost]": _whole(0, "s"),
    "MaxElements[Tariff]": _fixed(20),
}
_LATER_TX: Component = {
    "AllowEnergyTransferResumption": _flag(True, fixed=True),
    "SupportedLimits": Variable(
        "MemberList",
        "MaxCost,MaxEnergy,MaxTime,MaxSoC",
        values=("MaxCost", "MaxEnergy", "MaxTime", "MaxSoC"),
    ),
    "TxResumptionTimeout": _whole(300, "s"),
}
_LATER_SMART: Component = {
    "ChargingProfileUpdateRateLimit": _fixed(0, "s"),
    "SupportedAdditionalPurposes": Variable(
        "MemberList", "LocalGeneration,PriorityCharging", values=("LocalGeneration", "PriorityCharging")
    ),
    "SupportsDynamicProfiles": _flag(True, fixed=True),
}

ADDED_IN_21: Mapping[str, Component] = {
    "TariffCostCtrlr": {**COMPONENTS["TariffCostCtrlr"], **_LATER_TARIFF},
    "TxCtrlr": {**COMPONENTS["TxCtrlr"], **_LATER_TX},
    "SmartChargingCtrlr": {**COMPONENTS["SmartChargingCtrlr"], **_LATER_SMART},
    "BatterySwapCtrlr": {"Available": _AVAILABLE, "Enabled": _flag(True)},
    "DCDERCtrlr": {
        "Available": _AVAILABLE,
        "Enabled": _flag(True),
        "ModesSupported": Variable("MemberList", "FixedVar,Gradients,LimitMaxDischarge,VoltVar,VoltWatt"),
    },
    "PaymentCtrlr": {"Available": _AVAILABLE, "Enabled": _flag(False), "ReceiptByCSMS": _flag(True)},
    "V2XChargingCtrlr": {
        "Available": _AVAILABLE,
        "Enabled": _flag(True),
        "SupportedEnergyTransferModes": Variable("MemberList", "AC_three_phase,DC,DC_BPT"),
        "SupportedOperationModes": Variable("MemberList", "Idle,ChargingOnly,CentralSetpoint"),
    },
    "WebPaymentsCtrlr": {
        "Available": _AVAILABLE,
        "Enabled": _flag(True),
        "SharedSecret": Variable("string", "", "WriteOnly", least=16, most=255),
        "ValidityTime": _whole(30, "s", least=1),
    },
}
"""What 2.1 has more, and the components that it adds to."""
