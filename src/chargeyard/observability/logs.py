"""The server's own log: one line an event on standard error, as text for people or JSON for machines."""

import logging
import sys

import structlog

from chargeyard.settings import Log


def configure(settings: Log) -> None:
    """Set up structlog and the standard library's logging alike. Called once, by the program's start."""
    level = getattr(logging, settings.level.upper())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    shown = _shown(settings)
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, *shown],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # The access log would hold tokens: charge points have them in the address.
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # It logs every note of MariaDB as a warning, such as that names of primary keys are ignored.
    logging.getLogger("asyncmy").setLevel(logging.ERROR)


def _shown(settings: Log) -> list[structlog.typing.Processor]:
    if settings.format == "json":
        return [structlog.processors.JSONRenderer()]
    # The usual traceback shows local variables, and those may be secrets.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
