"""Monitors, streams and alerts in the book of items; what was noticed is kept as it was told."""

import json

from chargeyard.domain import reports
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Context
from chargeyard.domain.monitors import DeviceEvent, Monitor
from chargeyard.domain.rules import decide
from chargeyard.domain.variables import Address
from chargeyard.services.ports import Paging
from tests.contract.conftest import Backend
from tests.contract.happenings import NOON, after, listing_asked

STATE = ChargePoint(id="CP1", booted=True)
POWER = Address("EVSE", "Power", evse=1)


def _noticed(**fields: object) -> DeviceEvent:
    told = {"number": 1, "at": NOON, "trigger": "Alerting", "variable": POWER, "value": "9"} | fields
    return DeviceEvent(**told)  # type: ignore[arg-type]


async def _take(backend: Backend, report: reports.Report, minute: int = 0) -> None:
    await backend.journal.commit(decide(STATE, report, Context(now=after(minute))).events)


async def test_what_was_noticed_is_read_and_an_alert_ends(backend: Backend) -> None:
    for cleared in (False, True):
        told = reports.EventsNotified(
            sequence=0, is_last=True, at=NOON, events=(_noticed(cleared=cleared, monitor_id=3),)
        )
        await _take(backend, told)
        alerts = await backend.store.find_items("CP1", "Alert")
        assert [(one.evse, one.key) for one in alerts] == ([] if cleared else [(1, "EVSE:1.Power#3")])
    page = await backend.store.list_reports("CP1", "DeviceEventHappened", Paging())
    event = json.loads(bytes(page.items[0].body))["device_event"]
    assert (event["variable"]["component"], event["monitorId"], event["cleared"]) == ("EVSE", 3, True)
    (value,) = (await backend.store.list_variables("CP1", None, Paging())).items
    assert (value.name, value.value, value.evse) == ("Power", "9", 1)


async def test_a_listing_of_all_monitors_takes_away_what_it_did_not_name(backend: Backend) -> None:
    def part(sequence: int, is_last: bool, *ids: int) -> reports.MonitorsReported:
        monitors = tuple(Monitor(id=one, variable=POWER, type="Delta", value=1, severity=5) for one in ids)
        return reports.MonitorsReported(request_id=5, sequence=sequence, is_last=is_last, monitors=monitors)

    await _take(backend, part(0, True, 1, 2))
    await backend.journal.commit([listing_asked(6, after(1), kind="Monitor", is_whole=True)])
    for sequence, one in enumerate((2, 3)):
        report = part(sequence, sequence == 1, one)
        await _take(backend, reports.MonitorsReported(
            request_id=6, sequence=sequence, is_last=report.is_last, monitors=report.monitors
        ), 2)  # fmt: skip
    assert [one.key for one in await backend.store.find_items("CP1", "Monitor")] == ["2", "3"]
