"""Configuration keys of 1.6 and the variables of 2.x that mean the same, both ways; addresses written as text."""

from collections.abc import Mapping

from chargeyard.domain.variables import CONFIGURATION, Address, Named, parse


def find(named: Named) -> Address | None:
    """The variable that is meant: by a key of 1.6, in any case (CiString50), or by its address."""
    if isinstance(named, Address):
        return named
    return _BY_FOLDED_KEY.get(named.strip().casefold()) or parse(named)


def address_of(key: str) -> Address:
    """The variable that a key of 1.6 stands for; one without a counterpart is of the component `Configuration`."""
    return _BY_FOLDED_KEY.get(key.casefold()) or Address(CONFIGURATION, key)


def key_of(named: Named) -> str | None:
    """The key of 1.6 that is meant; None for an address that no key stands for. Other text is a vendor's key."""
    if isinstance(named, str):
        address = None if named.strip().casefold() in _BY_FOLDED_KEY else parse(named)
        return _key_at(address) or named.strip() if address else named
    return _key_at(named)


def _key_at(address: Address) -> str | None:
    if address == Address(CONFIGURATION, address.name):
        return address.name
    return _BY_FOLDED_ADDRESS.get(address.text.casefold())


KEYS: Mapping[str, Address] = {
    "AdditionalRootCertificateCheck": Address("SecurityCtrlr", "AdditionalRootCertificateCheck"),
    "AllowOfflineTxForUnknownId": Address("AuthCtrlr", "OfflineTxForUnknownIdEnabled"),
    "AuthorizationCacheEnabled": Address("AuthCacheCtrlr", "Enabled"),
    "AuthorizationKey": Address("SecurityCtrlr", "BasicAuthPassword"),
    "AuthorizeRemoteTxRequests": Address("AuthCtrlr", "AuthorizeRemoteStart"),
    "CentralContractValidationAllowed": Address("ISO15118Ctrlr", "CentralContractValidationAllowed"),
    "CertSigningRepeatTimes": Address("SecurityCtrlr", "CertSigningRepeatTimes"),
    "CertSigningWaitMinimum": Address("SecurityCtrlr", "CertSigningWaitMinimum"),
    "CertificateSignedMaxChainSize": Address("SecurityCtrlr", "MaxCertificateChainSize"),
    "CertificateStoreMaxLength": Address("SecurityCtrlr", "CertificateEntries"),
    "ChargeProfileMaxStackLevel": Address("SmartChargingCtrlr", "ProfileStackLevel"),
    "ChargingScheduleAllowedChargingRateUnit": Address("SmartChargingCtrlr", "RateUnit"),
    "ChargingScheduleMaxPeriods": Address("SmartChargingCtrlr", "PeriodsPerSchedule"),
    "ClockAlignedDataInterval": Address("AlignedDataCtrlr", "Interval"),
    "ConnectionTimeOut": Address("TxCtrlr", "EVConnectionTimeOut"),
    "ConnectorPhaseRotation": Address("ChargingStation", "PhaseRotation"),
    "ConnectorSwitch3to1PhaseSupported": Address("SmartChargingCtrlr", "Phases3to1"),
    "ContractValidationOffline": Address("ISO15118Ctrlr", "ContractValidationOffline"),
    "CpoName": Address("SecurityCtrlr", "OrganizationName"),
    "GetConfigurationMaxKeys": Address("DeviceDataCtrlr", "ItemsPerMessage", "GetVariables"),
    "HeartbeatInterval": Address("OCPPCommCtrlr", "HeartbeatInterval"),
    "ISO15118PnCEnabled": Address("ISO15118Ctrlr", "PnCEnabled"),
    "LocalAuthListEnabled": Address("LocalAuthListCtrlr", "Enabled"),
    "LocalAuthorizeOffline": Address("AuthCtrlr", "LocalAuthorizeOffline"),
    "LocalPreAuthorize": Address("AuthCtrlr", "LocalPreAuthorize"),
    "MaxChargingProfilesInstalled": Address("SmartChargingCtrlr", "Entries", "ChargingProfiles"),
    "MaxEnergyOnInvalidId": Address("TxCtrlr", "MaxEnergyOnInvalidId"),
    "MeterValueSampleInterval": Address("SampledDataCtrlr", "TxUpdatedInterval"),
    "MeterValuesAlignedData": Address("AlignedDataCtrlr", "Measurands"),
    "MeterValuesSampledData": Address("SampledDataCtrlr", "TxUpdatedMeasurands"),
    "MinimumStatusDuration": Address("OCPPCommCtrlr", "MinimumStatusDuration"),
    "ReserveConnectorZeroSupported": Address("ReservationCtrlr", "NonEvseSpecific"),
    "ResetRetries": Address("OCPPCommCtrlr", "ResetRetries"),
    "SecurityProfile": Address("SecurityCtrlr", "SecurityProfile"),
    "SendLocalListMaxLength": Address("LocalAuthListCtrlr", "ItemsPerMessage"),
    "StopTransactionOnEVSideDisconnect": Address("TxCtrlr", "StopTxOnEVSideDisconnect"),
    "StopTransactionOnInvalidId": Address("TxCtrlr", "StopTxOnInvalidId"),
    "StopTxnAlignedData": Address("AlignedDataCtrlr", "TxEndedMeasurands"),
    "StopTxnSampledData": Address("SampledDataCtrlr", "TxEndedMeasurands"),
    "SupportedFileTransferProtocols": Address("OCPPCommCtrlr", "FileTransferProtocols"),
    "TransactionMessageAttempts": Address("OCPPCommCtrlr", "MessageAttempts", "TransactionEvent"),
    "TransactionMessageRetryInterval": Address("OCPPCommCtrlr", "MessageAttemptInterval", "TransactionEvent"),
    "UnlockConnectorOnEVSideDisconnect": Address("OCPPCommCtrlr", "UnlockOnEVSideDisconnect"),
    "WebSocketPingInterval": Address("OCPPCommCtrlr", "WebSocketPingInterval"),
}
"""Keys of 1.6 (its security and Plug & Charge extensions too) that 2.x has under another name. Keys without a
counterpart are not here: how many connectors there are, say, is told by the components themselves."""

_BY_FOLDED_KEY = {key.casefold(): address for key, address in KEYS.items()}
_BY_FOLDED_ADDRESS = {address.text.casefold(): key for key, address in KEYS.items()}
