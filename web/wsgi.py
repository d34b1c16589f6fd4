"""The panel for gunicorn: ``gunicorn -c python:web.gunicorn_conf web.wsgi:app``."""

from dialer.settings import from_environment
from web.app import create_app

app = create_app(from_environment())
