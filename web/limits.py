"""How often something may be tried."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, storage_uri="memory://", default_limits=[])


def per_person() -> str:
    """One address trying one e-mail: an office behind one address is not one person."""
    return f"{get_remote_address()}|{request.form.get('email', '').strip().lower()}"


def failed(response: Response) -> bool:
    """Only refusals count against the limit."""
    return response.status_code == 401


def register(app: Flask) -> None:
    """Count in this process's memory."""
    limiter.init_app(app)
