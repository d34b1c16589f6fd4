"""The services' logs: one JSON object a line on stderr, a fixed sentence plus fields."""

from __future__ import annotations

import logging
import re
import sys

import structlog
from structlog.typing import EventDict

_NUMBER = re.compile(r"\+\d{3,}(?=\d{3})")


def hide_numbers(_logger: object, _method: str, fields: EventDict) -> EventDict:
    """Leave a telephone number only its last three digits: a database's complaint may quote one."""
    for name in ("error", "exception", "said"):
        if isinstance(fields.get(name), str):
            fields[name] = _NUMBER.sub("+…", fields[name])
    return fields


def configure_log() -> None:
    """Log so from here on, in this process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            hide_numbers,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
