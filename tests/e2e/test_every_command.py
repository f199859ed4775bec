"""Every command of the domain, asked of a simulated charge point of each version: the outcomes are the same.

What a version has no words for is `Unsupported` there, and that is all that may differ. The server is the real one,
in this process; the charge points are the simulator's, on real sockets.
"""

import secrets
import typing
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

import msgspec
import pytest
import pytest_asyncio
from msgspec import Struct

from chargeyard.bootstrap.node import Node
from chargeyard.domain import commands as c
from chargeyard.domain.authorization import IdToken, ListEntry, Status, Verdict
from chargeyard.domain.certificates import CertificateHash
from chargeyard.domain.charging_profiles import ChargingProfile, ChargingSchedule, Kind, Period, Purpose
from chargeyard.domain.commands import AnyCommand
from chargeyard.domain.der_controls import DerControl, FixedVar
from chargeyard.domain.display_messages import DisplayMessage, MessageContent
from chargeyard.domain.events import IdTokenSaved
from chargeyard.domain.installed_profiles import Criteria
from chargeyard.domain.network_profiles import NetworkProfile
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.domain.records import CommandRecord, TransactionRecord
from chargeyard.domain.tariffs import Tariff
from chargeyard.services.ports import Paging, TransactionFilter
from chargeyard.settings import load
from tests.e2e.simulated import VERSIONS, Simulated, simulated

PEM = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----"
TOKEN = "TAG-1"
NOBODY: frozenset[str] = frozenset()
ONLY_16, NOT_16, ONLY_21 = frozenset(("2.0.1", "2.1")), frozenset(("1.6",)), frozenset(("1.6", "2.0.1"))


class Scene(Struct, frozen=True):
    """A charge point that charges at EVSE 1."""

    transaction: TransactionRecord

    @property
    def named(self) -> dict[str, object]:
        """How commands name the transaction."""
        return {"transaction": self.transaction.id, "wire_id": self.transaction.wire_id}


class Case(Struct, frozen=True):
    """A command, what all charge points make of it, and which versions have no words for it."""

    make: Callable[[Scene], AnyCommand]
    outcome: str = "Accepted"
    unsupported: frozenset[str] = NOBODY


def soon(hours: float = 1.0) -> datetime:
    return (datetime.now(UTC) + timedelta(hours=hours)).replace(microsecond=0)


def number() -> int:
    return secrets.randbelow(2**31 - 1) + 1


def profile(
    profile_id: int, purpose: Purpose, kind: Kind, evse: int = 0, **fields: object
) -> ChargingProfile:
    start = None if kind == "Relative" else soon(-1)
    schedule = ChargingSchedule(unit="A", periods=(Period(start_s=0, limit=Decimal(10)),), start=start)
    return ChargingProfile(
        id=profile_id, stack_level=0, purpose=purpose, kind=kind, evse=evse, schedules=(schedule,),
        **fields,  # type: ignore[arg-type]
    )  # fmt: skip


TARIFF = Tariff(
    tariff_id="T-1", currency="EUR", elements=msgspec.Raw(b'{"energy":{"prices":[{"priceKwh":0.35}]}}')
)
NETWORK = NetworkProfile(
    csms_url="wss://example.org/ocpp", interface="Wired0", message_timeout_s=30, security_profile=2
)
HASH = CertificateHash(
    hash_algorithm="SHA256", issuer_name_hash="ab", issuer_key_hash="cd", serial_number="1"
)
MESSAGE = DisplayMessage(id=5, priority="NormalCycle", contents=(MessageContent(text="Hello"),))

CASES: dict[str, Case] = {
    # --- provisioning
    "trigger": Case(lambda _: c.Trigger(topic="Heartbeat")),
    "network": Case(lambda _: c.SetNetworkProfile(slot=1, profile=NETWORK), unsupported=NOT_16),
    "vendor data": Case(lambda _: c.TransferData(vendor_id="nobody"), "Unsupported"),
    # --- variables
    "set": Case(
        lambda _: c.SetVariables(variables=(c.VariableGiven(variable="HeartbeatInterval", value="600"),))
    ),
    "set a wrong one": Case(
        lambda _: c.SetVariables(variables=(c.VariableGiven(variable="HeartbeatInterval", value="often"),)),
        "Rejected",
    ),
    "get": Case(lambda _: c.GetVariables(variables=(c.VariableWanted(variable="HeartbeatInterval"),))),
    "inventory": Case(lambda _: c.ReadInventory(request_id=number(), scope="Full")),
    "report": Case(lambda _: c.ReadReport(request_id=number(), criteria=("Enabled",)), unsupported=NOT_16),
    "monitoring base": Case(lambda _: c.SetMonitoringBase(base="All"), unsupported=NOT_16),
    "monitoring level": Case(lambda _: c.SetMonitoringLevel(severity=5), unsupported=NOT_16),
    "monitor": Case(
        lambda _: c.SetMonitors(
            monitors=(c.MonitorGiven(variable="EVSE:1.Power", type="UpperThreshold", value=1e6, severity=3),)
        ),
        unsupported=NOT_16,
    ),
    "monitors": Case(lambda _: c.ReadMonitors(request_id=number()), unsupported=NOT_16),
    "no such monitor": Case(lambda _: c.ClearMonitors(ids=(99,)), "Rejected", unsupported=NOT_16),
    "streams": Case(lambda _: c.ReadEventStreams(), unsupported=ONLY_21),
    "no such stream": Case(
        lambda _: c.AdjustEventStream(stream_id=9, interval_s=10), "Rejected", unsupported=ONLY_21
    ),
    # --- id tokens and reservations
    "cache": Case(lambda _: c.ClearCache()),
    "local list": Case(
        lambda _: c.SendLocalList(
            version=1, is_full=True, entries=(ListEntry(id_token=TOKEN, verdict=Verdict(Status.ACCEPTED)),)
        )
    ),
    "local list version": Case(lambda _: c.ReadLocalListVersion()),
    "customer": Case(
        lambda _: c.CustomerInformation(request_id=number(), report=True, clear=False, id_token=TOKEN),
        unsupported=NOT_16,
    ),
    "reserve": Case(lambda _: c.ReserveNow(reservation=7, id_token=TOKEN, expires_at=soon(), evse=2)),
    "cancel": Case(lambda _: c.CancelReservation(reservation=7)),
    "cancel what is not": Case(lambda _: c.CancelReservation(reservation=8), "Rejected"),
    # --- charging
    "limit all": Case(
        lambda _: c.SetChargingProfile(profile=profile(1, "ChargePointMax", "Absolute"))
    ),
    "limit one": Case(lambda _: c.SetChargingProfile(profile=profile(2, "TxDefault", "Absolute", evse=2))),
    "limit the transaction": Case(
        lambda scene: c.SetChargingProfile(
            profile=profile(
                3, "Tx", "Relative", evse=1,
                transaction=scene.transaction.id, wire_id=scene.transaction.wire_id,
            )
        )
    ),
    "profiles": Case(lambda _: c.ReadChargingProfiles(request_id=number()), unsupported=NOT_16),
    "composite": Case(lambda _: c.GetCompositeSchedule(evse=1, duration_s=600)),
    "clear": Case(lambda _: c.ClearChargingProfiles(criteria=Criteria(id=2))),
    "no such dynamic profile": Case(
        lambda _: c.UpdateDynamicSchedule(profile_id=77, values=Period(start_s=0, limit=Decimal(8))),
        "Rejected", unsupported=ONLY_21,
    ),
    "priority without a profile": Case(
        lambda scene: c.UsePriorityCharging(evse=1, **scene.named), "Rejected", unsupported=ONLY_21  # type: ignore[arg-type]
    ),
    "energy transfer": Case(
        lambda scene: c.AllowEnergyTransfer(modes=("AC_three_phase",), **scene.named),  # type: ignore[arg-type]
        unsupported=ONLY_21,
    ),
    "grid signal": Case(lambda _: c.SendGridSignal(signal=1, at=soon(0)), unsupported=ONLY_21),
    # --- cost
    "cost": Case(
        lambda scene: c.UpdateCost(amount=Decimal("1.50"), currency="EUR", **scene.named),  # type: ignore[arg-type]
        unsupported=NOT_16,
    ),
    "tariff": Case(lambda _: c.SetDefaultTariff(tariff=TARIFF), unsupported=ONLY_21),
    "tariffs": Case(lambda _: c.ReadTariffs(), unsupported=ONLY_21),
    "change the tariff": Case(
        lambda scene: c.ChangeTransactionTariff(tariff=TARIFF, **scene.named), unsupported=ONLY_21  # type: ignore[arg-type]
    ),
    "clear tariffs": Case(lambda _: c.ClearTariffs(tariff_ids=("T-1",)), unsupported=ONLY_21),
    "web payment": Case(lambda _: c.NotifyWebPaymentStarted(evse=2, timeout_s=60), unsupported=ONLY_21),
    "battery": Case(lambda _: c.RequestBatterySwap(id_token=TOKEN, request_id=number()), unsupported=ONLY_21),
    # --- firmware, logs, certificates
    "firmware": Case(
        lambda _: c.UpdateFirmware(
            request_id=number(), location="https://example.org/f.bin", retrieve_at=soon(),
            signing_certificate=PEM, signature="c2ln",
        )
    ),
    "publish": Case(
        lambda _: c.PublishFirmware(request_id=number(), location="https://example.org/f", checksum="0" * 32),
        unsupported=NOT_16,
    ),
    "unpublish": Case(lambda _: c.UnpublishFirmware(checksum="1" * 32), "Rejected", unsupported=NOT_16),
    "log": Case(
        lambda _: c.GetLog(request_id=number(), kind="Security", location="https://example.org/logs")
    ),
    "certificate": Case(lambda _: c.InstallCertificate(use="CsmsRoot", certificate=PEM), "Rejected"),
    "certificates": Case(lambda _: c.ReadInstalledCertificates(uses=("CsmsRoot",))),
    "delete a certificate": Case(lambda _: c.DeleteCertificate(certificate=HASH), "Rejected"),
    "signed certificate": Case(lambda _: c.SendSignedCertificate(chain=PEM)),
    # --- display and grid
    "message": Case(lambda _: c.SetDisplayMessage(message=MESSAGE), unsupported=NOT_16),
    "messages": Case(lambda _: c.ReadDisplayMessages(request_id=number()), unsupported=NOT_16),
    "clear the message": Case(lambda _: c.ClearDisplayMessage(message_id=5), unsupported=NOT_16),
    "grid control": Case(
        lambda _: c.SetDerControl(
            control=DerControl(
                id="g-1", kind="FixedVar", setting=FixedVar(setpoint=10, unit="PctMaxVar"), is_default=True
            )
        ),
        unsupported=ONLY_21,
    ),
    "grid controls": Case(lambda _: c.ReadDerControls(request_id=number()), unsupported=ONLY_21),
    "clear grid controls": Case(lambda _: c.ClearDerControls(is_default=True), unsupported=ONLY_21),
    # --- what ends things comes last
    "transaction status": Case(
        lambda scene: c.GetTransactionStatus(**scene.named), unsupported=NOT_16  # type: ignore[arg-type]
    ),
    "out of service later": Case(lambda _: c.ChangeAvailability(operative=False, evse=1), "Scheduled"),
    "in service": Case(lambda _: c.ChangeAvailability(operative=True, evse=1)),
    "out of service": Case(lambda _: c.ChangeAvailability(operative=False, evse=2)),
    "stop what is not": Case(
        lambda scene: c.StopTransaction(transaction=99, wire_id="99"), "Rejected"
    ),
    "stop": Case(lambda scene: c.StopTransaction(**scene.named)),  # type: ignore[arg-type]
    "unlock": Case(lambda _: c.UnlockConnector(evse=1)),
    "start": Case(lambda _: c.StartTransaction(id_token=TOKEN, evse=1, remote_start_id=number())),
    "any message": Case(
        lambda _: c.RawCall(action="DataTransfer", payload=msgspec.Raw(b'{"vendorId":"nobody"}')), "Unsupported"
    ),
    "reset": Case(lambda _: c.Reset(hard=True)),
}  # fmt: skip

NOT_SENT = MappingProxyType(
    {c.LimitTransaction: "told with an answer, never sent: tests/e2e/test_ocpp2_transactions.py"}
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    wanted = {
        "data_dir": str(tmp_path_factory.mktemp("node")),
        "admin_password": "correct horse battery",
        "http": {"port": 0},
        "ocpp": {"unknown_charge_points": "accept", "follow_ups": False},
    }
    node = Node(load(None, {}, wanted))
    await node.start(lambda _: None)
    token = IdToken(TOKEN, max_transactions=None)
    await node.recorder.record(IdTokenSaved(recorded_at=node.recorder.now(), token=token))
    yield node
    await node.stop()


def test_no_command_is_forgotten() -> None:
    scene = Scene(typing.cast("TransactionRecord", _Anything()))
    asked = {type(case.make(scene)) for case in CASES.values()}
    assert asked | NOT_SENT.keys() == set(typing.get_args(AnyCommand))


class _Anything:
    id, wire_id = 1, "1"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("version", VERSIONS)
async def test_every_command_has_the_same_outcome_in_every_version(node: Node, version: str) -> None:
    url = f"ws://127.0.0.1:{node.port}/ocpp"
    identity = f"EVERY-{version}"
    async with simulated(url, identity, version) as charge_point:
        scene = Scene(await _charging(node, identity, charge_point))
        found = {}
        for name, case in CASES.items():
            record = await node.outbound.submit(identity, case.make(scene), "test", timeout_s=10.0)
            found[name] = f"{record.outcome} {_said(record)}".strip()
    expected = {
        name: "Unsupported" if version in case.unsupported else case.outcome for name, case in CASES.items()
    }
    wrong = {name: said for name, said in found.items() if said.partition(" ")[0] != expected[name]}
    assert not wrong


async def _charging(node: Node, identity: str, charge_point: Simulated) -> TransactionRecord:
    """A car charges at EVSE 1, and the server knows."""
    charge_point.plug_in()
    charge_point.present(TOKEN)
    await charge_point.until(charge_point.is_charging)
    await charge_point.until(lambda: not charge_point.undelivered)
    wanted = TransactionFilter(charge_point=identity, running=True)
    (transaction,) = (await node.store.list_transactions(wanted, Paging())).items
    return transaction


def _said(record: CommandRecord) -> str:
    """Why it was not accepted."""
    outcome: AnyOutcome = msgspec.json.decode(record.detail, type=AnyOutcome)
    return str(getattr(outcome, "reason", "") or getattr(outcome, "detail", ""))
