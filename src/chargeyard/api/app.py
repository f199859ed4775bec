"""The HTTP application: every handler in one table, and what all of them share."""

from litestar import Litestar
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from chargeyard.api import (
    authorization,
    commands,
    costs,
    customers,
    device_model,
    display,
    documentation,
    downloads,
    firmware,
    gate,
    grid,
    health,
    history,
    items,
    local_list,
    metrics,
    monitoring,
    operators,
    payment,
    problems,
    provisioning,
    reservations,
    roll_ups,
    security,
    smart_charging,
    tariffs,
    transactions,
)
from chargeyard.api.access import Access
from chargeyard.api.addresses import SegmentedApp
from chargeyard.api.attempts import FailedLogins
from chargeyard.api.dispatch import dispatch_of
from chargeyard.api.documentation import Document
from chargeyard.api.paging import paging_of
from chargeyard.api.services import ApiServices

__all__ = ["ApiServices", "create_app"]

_LARGEST_BODY_BYTES = 1 << 20

_HANDLERS: tuple[ControllerRouterHandler, ...] = (
    provisioning.list_charge_points,
    provisioning.get_charge_point,
    provisioning.list_connectors,
    provisioning.register,
    provisioning.change,
    provisioning.remove,
    provisioning.replace_password,
    provisioning.replace_token,
    commands.hard_reset,
    commands.soft_reset,
    commands.unlock,
    commands.change_availability,
    commands.ask_status,
    commands.ask_boot,
    commands.ask_heartbeat,
    commands.ask_meter_values,
    commands.change_configuration,
    commands.get_configuration,
    commands.reset,
    commands.trigger,
    commands.transfer_data,
    commands.set_network_profile,
    commands.send_message,
    commands.list_commands,
    commands.get_command,
    device_model.list_variables,
    device_model.set_variables,
    device_model.get_variables,
    device_model.read_inventory,
    device_model.read_report,
    monitoring.set_base,
    monitoring.set_level,
    monitoring.set_monitors,
    monitoring.clear_monitors,
    monitoring.read_monitors,
    monitoring.read_streams,
    monitoring.adjust_stream,
    smart_charging.set_profile,
    smart_charging.clear_profiles,
    smart_charging.read_profiles,
    smart_charging.reckon_composite,
    smart_charging.ask_composite,
    smart_charging.update_dynamic,
    smart_charging.use_priority,
    smart_charging.allow_transfer,
    smart_charging.send_signal,
    items.list_installed,
    items.get_listing,
    firmware.update_firmware,
    firmware.publish_firmware,
    firmware.unpublish_firmware,
    firmware.get_log,
    firmware.list_jobs,
    security.install_certificate,
    security.delete_certificate,
    security.read_certificates,
    security.send_signed_certificate,
    security.list_security_events,
    display.set_display_message,
    display.read_display_messages,
    display.clear_display_message,
    grid.set_der_control,
    grid.read_der_controls,
    grid.clear_der_controls,
    history.list_messages,
    history.list_findings,
    history.list_reports,
    transactions.list_transactions,
    downloads.download_transactions,
    transactions.get_transaction,
    transactions.list_events,
    transactions.list_meter_values,
    transactions.list_intervals,
    roll_ups.list_intervals,
    transactions.start,
    transactions.stop,
    costs.set_cost,
    costs.update_cost,
    costs.limit,
    costs.ask_status,
    costs.ask_queue,
    tariffs.set_default,
    tariffs.read,
    tariffs.clear,
    tariffs.change,
    tariffs.get_tariff,
    payment.notify_web_payment,
    payment.request_swap,
    authorization.list_id_tokens,
    authorization.register_id_token,
    authorization.get_id_token,
    authorization.change_id_token,
    authorization.remove_id_token,
    local_list.get_local_list,
    local_list.list_entries,
    local_list.bring_up_to_date,
    local_list.read_version,
    local_list.clear_cache,
    customers.ask,
    customers.get_information,
    customers.erase,
    reservations.list_reservations,
    reservations.get_reservation,
    reservations.reserve,
    reservations.cancel,
    operators.list_api_keys,
    operators.issue_api_key,
    operators.revoke_api_key,
    health.healthz,
    health.readyz,
    metrics.show,
    documentation.get_document,
)


def create_app(services: ApiServices) -> Litestar:
    """The application. Handlers may ask for `services` and for `access` by these names."""
    access = access_of(services)
    services.bus.subscribe(access.hear)
    document = Document()
    app = SegmentedApp(
        route_handlers=[*_HANDLERS, *services.pages],
        dependencies=_dependencies(services, access, document),
        middleware=[
            gate.SameOrigin(),
            gate.Gate(access, services.login_path),
            gate.Room(services.is_crowded),
        ],
        exception_handlers=problems.handlers(),
        before_send=[gate.guard_answer],
        plugins=list(services.plugins),
        openapi_config=documentation.openapi_config(services.version),
        request_max_body_size=_LARGEST_BODY_BYTES,
        logging_config=None,
        debug=False,
    )
    document.write(app, services.menu)
    return app


def access_of(services: ApiServices) -> Access:
    """Knows who asks, for handlers and pages alike."""
    attempts = FailedLogins(services.failed_logins_per_minute)
    return Access(services.store, services.keys, services.passwords, services.clock, attempts)


def _dependencies(services: ApiServices, access: Access, document: Document) -> dict[str, Provide]:
    probe = health.Probe(services.store.ping)
    return {
        "services": Provide(lambda: services, sync_to_thread=False),
        "probe": Provide(lambda: probe, sync_to_thread=False),
        "access": Provide(lambda: access, sync_to_thread=False),
        "document": Provide(lambda: document, sync_to_thread=False),
        "paging": Provide(paging_of, sync_to_thread=False),
        "dispatch": Provide(dispatch_of, sync_to_thread=False),
        "wanted_charge_points": Provide(provisioning.charge_points_wanted, sync_to_thread=False),
        "wanted_intervals": Provide(roll_ups.intervals_wanted, sync_to_thread=False),
        "wanted_transactions": Provide(transactions.transactions_wanted, sync_to_thread=False),
        "charge_point": Provide(provisioning.known_charge_point),
        "transaction": Provide(transactions.known_transaction),
    }
