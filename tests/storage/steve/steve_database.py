"""A database with the tables of SteVe that matter here, in the two forms that are about, and rows as they are found.

Names and types of the columns are those of SteVe's public migrations.
"""

from typing import Literal

Form = Literal["connector", "evse"]
"""What SteVe calls its outlets: connectors in older releases, EVSEs in newer ones."""

NOON = "2026-11-20 12:00:00"


def tables(form: Form) -> list[str]:
    """Statements that make them. The older form has neither passwords nor security profiles."""
    newer = ", auth_password varchar(500), security_profile int DEFAULT 0" if form == "evse" else ""
    return [
        f"""CREATE TABLE charge_box (charge_box_pk int AUTO_INCREMENT PRIMARY KEY,
            charge_box_id varchar(255) NOT NULL UNIQUE, ocpp_protocol varchar(255),
            registration_status varchar(255) NOT NULL DEFAULT 'Accepted', charge_point_vendor varchar(255),
            charge_point_model varchar(255), charge_point_serial_number varchar(255),
            charge_box_serial_number varchar(255), fw_version varchar(255), iccid varchar(255),
            imsi varchar(255), meter_type varchar(255), meter_serial_number varchar(255),
            last_heartbeat_timestamp timestamp(6) NULL, description mediumtext, note mediumtext{newer})""",
        f"""CREATE TABLE {form} ({form}_pk int unsigned AUTO_INCREMENT PRIMARY KEY,
            charge_box_id varchar(255) NOT NULL, {form}_id int NOT NULL)""",
        """CREATE TABLE ocpp_tag (ocpp_tag_pk int AUTO_INCREMENT PRIMARY KEY, id_tag varchar(255) NOT NULL UNIQUE,
            parent_id_tag varchar(255), expiry_date timestamp(6) NULL,
            max_active_transaction_count int NOT NULL DEFAULT 1, note mediumtext)""",
        f"""CREATE TABLE transaction_start (transaction_pk int unsigned AUTO_INCREMENT PRIMARY KEY,
            event_timestamp timestamp(6) NOT NULL DEFAULT '{NOON}', {form}_pk int unsigned NOT NULL,
            id_tag varchar(255) NOT NULL, start_timestamp timestamp(6) NULL, start_value varchar(255))""",
        f"""CREATE TABLE transaction_stop (transaction_pk int unsigned NOT NULL,
            event_timestamp timestamp(6) NOT NULL DEFAULT '{NOON}', event_actor enum('station', 'manual'),
            stop_timestamp timestamp(6) NOT NULL DEFAULT '{NOON}', stop_value varchar(255) NOT NULL,
            stop_reason varchar(255), PRIMARY KEY (transaction_pk, event_timestamp))""",
        f"""CREATE TABLE transaction_stop_failed (transaction_pk int, charge_box_id varchar(255),
            event_timestamp timestamp(6) NOT NULL DEFAULT '{NOON}', event_actor enum('station', 'manual'),
            stop_timestamp timestamp(6) NOT NULL DEFAULT '{NOON}', stop_value varchar(255),
            stop_reason varchar(255), fail_reason text)""",
        f"""CREATE TABLE connector_meter_value ({form}_pk int unsigned NOT NULL, transaction_pk int unsigned,
            value_timestamp timestamp(6) NULL, value text, reading_context varchar(255), format varchar(255),
            measurand varchar(255), location varchar(255), unit varchar(255), phase varchar(255))""",
    ]


def rows(form: Form) -> list[str]:
    """Statements that fill them.

    Two charge points (in the newer form one has a password) and one whose name is none. Transactions: 1 whole, 2 a
    stop by hand and no register, 3 lost (4 began there later), 4 running, 5 with a stop that could not be booked.
    Stops of transactions that nobody knows: 99, told twice.
    """
    password = ", auth_password = '$2a$10$hash'" if form == "evse" else ""
    return [
        f"""INSERT INTO charge_box SET charge_box_id = 'CP1', ocpp_protocol = 'ocpp1.6J', charge_point_vendor = 'Acme',
            charge_point_model = 'One', fw_version = '1.2', description = 'North',
            last_heartbeat_timestamp = '{NOON}'{password}""",
        "INSERT INTO charge_box SET charge_box_id = 'CP2', ocpp_protocol = 'ocpp1.5S', registration_status = 'Pending'",
        "INSERT INTO charge_box SET charge_box_id = '..'",
        f"INSERT INTO {form} VALUES (1, 'CP1', 0), (2, 'CP1', 1), (3, 'CP1', 2), (4, 'CP2', 1)",
        f"""INSERT INTO ocpp_tag (id_tag, parent_id_tag, expiry_date, max_active_transaction_count) VALUES
            ('04AB', 'FLEET', '{NOON}', 1), ('FLEET', NULL, NULL, -1), ('LOST', NULL, NULL, 0), (' ', NULL, NULL, 1)""",
        f"""INSERT INTO transaction_start (transaction_pk, {form}_pk, id_tag, start_timestamp, start_value) VALUES
            (1, 2, '04AB', '2026-11-20 08:00:00.5', '1000'), (2, 2, '04AB', '2026-11-20 09:00:00', NULL),
            (3, 3, 'FLEET', '2026-11-20 08:00:00', '500'), (4, 3, 'FLEET', '2026-11-20 11:00:00', '2500.0'),
            (5, 4, 'UNKNOWN', '2026-11-20 08:00:00', 'n/a')""",
        """INSERT INTO transaction_stop VALUES
            (1, '2026-11-20 08:30:00', 'station', '2026-11-20 08:29:00', '3000', 'EVDisconnected'),
            (2, '2026-11-20 10:00:00', 'manual', '2026-11-20 10:00:00', '', NULL)""",
        """INSERT INTO transaction_stop_failed (transaction_pk, charge_box_id, stop_timestamp, stop_value) VALUES
            (5, 'CP2', '2026-11-20 09:00:00', '700'), (99, 'CP1', '2026-11-19 09:00:00', '9000'),
            (99, 'CP1', '2026-11-19 09:00:00', '9000'), (98, NULL, '2026-11-19 09:00:00', '1')""",
        f"""INSERT INTO connector_meter_value ({form}_pk, transaction_pk, value_timestamp, value, measurand, unit)
            VALUES (2, 1, '2026-11-20 08:10:00', '1.5', 'Energy.Active.Import.Register', 'kWh'),
            (2, 1, '2026-11-20 08:10:00', '7000', 'Power.Active.Import', 'W'),
            (2, 1, '2026-11-20 08:20:00', 'broken', NULL, NULL), (2, 1, NULL, '1', NULL, NULL),
            (3, 3, '2026-11-20 08:15:00', '1500', NULL, NULL), (1, NULL, '2026-11-20 08:00:00', '77', NULL, NULL),
            (1, NULL, '2026-11-20 08:00:00', '50', 'Voltage', NULL), (1, NULL, '2026-11-20 08:01:00', '78', NULL, NULL)""",
    ]
