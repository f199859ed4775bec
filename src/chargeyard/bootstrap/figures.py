"""What `/metrics` tells besides the batches of the journal: each figure with the place where it is read."""

from chargeyard import __version__
from chargeyard.gateway.backlog import Backlog
from chargeyard.gateway.gate import Gate
from chargeyard.gateway.registry import Registry
from chargeyard.observability.message_log import MessageLog
from chargeyard.observability.metrics import Figure
from chargeyard.storage.journal import SqlJournal

_REFUSED = ("conflict", "fenced", "poisoned")


def of_journal(journal: SqlJournal) -> list[Figure]:
    """How the store keeps up."""
    return [
        Figure(
            "chargeyard_journal_waiting_commits",
            "Commits that are not durable yet.",
            "gauge",
            lambda: journal.waiting,
        ),
        Figure(
            "chargeyard_journal_oldest_seconds",
            "How long the one that waits longest has waited.",
            "gauge",
            lambda: journal.oldest_s,
        ),
        Figure(
            "chargeyard_journal_away",
            "1 while the database does not take what is to be written.",
            "gauge",
            lambda: journal.is_away,
        ),
        Figure(
            "chargeyard_journal_retries",
            "Tries that failed for the database's sake and were made again.",
            "counter",
            lambda: journal.tally["retried"],
        ),
        Figure(
            "chargeyard_journal_refused_commits",
            "Commits that were not stored: in conflict with what is, fenced off, or never storable.",
            "counter",
            lambda: {reason: journal.tally[reason] for reason in _REFUSED},
            "reason",
        ),
    ]


def of_gateway(registry: Registry, gate: Gate, backlog: Backlog) -> list[Figure]:
    """Who is connected, and whether we keep up with them."""
    return [
        Figure("chargeyard_sessions", "Charge points with a session.", "gauge", lambda: len(registry)),
        Figure(
            "chargeyard_sockets",
            "Open sockets of charge points, handshakes included.",
            "gauge",
            lambda: len(gate.connections),
        ),
        Figure(
            "chargeyard_socket_happenings",
            "Handshakes by their end, and connections given up or sinned against.",
            "counter",
            lambda: dict(gate.tally),
            "what",
        ),
        Figure(
            "chargeyard_backlog_messages",
            "Messages taken from sockets and not yet stored and answered.",
            "gauge",
            lambda: backlog.messages,
        ),
        Figure("chargeyard_backlog_bytes", "Their bytes as they came.", "gauge", lambda: backlog.size),
        Figure(
            "chargeyard_backlog_full",
            "1 while sockets are read no further.",
            "gauge",
            lambda: backlog.is_full,
        ),
        Figure(
            "chargeyard_backlog_fillings",
            "How often that has begun.",
            "counter",
            lambda: backlog.fillings,
        ),
    ]


def of_process(message_log: MessageLog) -> list[Figure]:
    """What is left."""
    return [
        Figure(
            "chargeyard_message_log_dropped",
            "Frames that the message log has not kept.",
            "counter",
            lambda: message_log.dropped,
        ),
        Figure("chargeyard_build_info", "The version.", "gauge", lambda: {__version__: 1}, "version"),
    ]
