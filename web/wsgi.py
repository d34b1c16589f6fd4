"""The panel for gunicorn: ``gunicorn -c python:web.gunicorn_conf web.wsgi:app``."""

import sys

import structlog

from dialer.settings import from_environment
from web.app import create_app

structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ],
    logger_factory=structlog.PrintLoggerFactory(sys.stderr),
)

app = create_app(from_environment())
