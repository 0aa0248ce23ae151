"""Log lines: one JSON object each on standard output, with names and numbers only (design rule 7)."""

import hashlib
import logging
import re
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, Literal, TextIO

import structlog

# The second line of defence: what looks like a secret or a person's address is masked wherever it stands.
MASKED = "***"
SHORT = 52  # characters of the shortest secret that has neither a space nor a sign that tells it
SECRETS = re.compile(
    r"(?i)\b(?:bearer|basic|jwt)\s+[\w.~+/=-]{8,}"  # authorization values
    r"|\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*"  # JSON web tokens
    r"|\b[A-Za-z0-9]{52}(?:[A-Za-z0-9]{32})?\b"  # Azure DevOps tokens: 52 characters of old, 84 of new
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"  # e-mail addresses
)


# Fields whose values name a tenant, by ids that are random and the same for ever
TENANTS = ("installation", "connection", "link")
HASH_CHARACTERS = 12


@lru_cache(maxsize=10_000)
def hash_tenant(identity: str) -> str:
    """What stands in the log for a site, an organization or a linked project: twelve hexadecimal digits of a SHA-256.

    The ids have 122 random bits, so nobody comes from the hash to the id without having it.
    """
    return hashlib.sha256(identity.encode()).hexdigest()[:HASH_CHARACTERS]


def hash_tenants(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put the hash in place of every id that names a tenant."""
    for name in TENANTS:
        if event.get(name):
            event[name] = hash_tenant(str(event[name]))
    return event


def mask_secrets(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask every text of a log line that looks like a token or an e-mail address."""
    return {key: mask_value(value) for key, value in event.items()}


def mask_value(value: Any) -> Any:
    """A number as it is, anything else with its texts masked. Most texts are names too short to search."""
    if isinstance(value, str):
        plain = len(value) < SHORT and value.isprintable() and not (" " in value or "@" in value or "eyJ" in value)
        return value if plain else SECRETS.sub(MASKED, value)
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, list | tuple):
        return [mask_value(part) for part in value]
    if isinstance(value, dict):
        return {str(mask_value(key)): mask_value(part) for key, part in value.items()}
    return mask_value(str(value))


class MaskingFormatter(structlog.stdlib.ProcessorFormatter):
    """Library log lines take the same road as our own; their tracebacks are reduced to the error's class."""

    def format(self, record: logging.LogRecord) -> str:
        if record.exc_info and record.exc_info[0]:
            record.msg = f"{record.msg} [{record.exc_info[0].__name__}]"
        record.exc_info = record.exc_text = record.stack_info = None
        return SECRETS.sub(MASKED, super().format(record))


def configure_logs(level: str, form: Literal["json", "text"], stream: TextIO | None = None) -> None:
    """Send structlog and the standard library to `stream` (standard output), one masked line each."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hash_tenants,
        mask_secrets,
    ]
    line: Any = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    out = stream or sys.stdout
    # our own lines do not pass through the standard library: there are several for each event, and it is slow
    structlog.configure(
        processors=[*shared, line],
        logger_factory=structlog.WriteLoggerFactory(file=out),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=False,
    )
    last: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, line]
    handler = logging.StreamHandler(out)
    handler.setFormatter(MaskingFormatter(foreign_pre_chain=shared, processors=last))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # RQ gives its loggers an unmasked handler of its own unless they have one (rq/logutils.py)
    for name in ("rq", "rq.worker", "rq.scheduler"):
        logging.getLogger(name).handlers[:] = [handler]
        logging.getLogger(name).propagate = False
    for name in ("urllib3", "botocore", "boto3", "s3transfer", "alembic", "rq"):
        logging.getLogger(name).setLevel(logging.WARNING)
