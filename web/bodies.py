"""How large what is sent may be: a list's file only from those who may make lists, and where lists are made."""

from __future__ import annotations

from flask import Flask, request

from web.access import MANAGERS, me_if_known

LARGEST = 32 * 1024**2
"""Bytes of anything else: the largest is a file of 20 MB with numbers."""

LARGEST_LIST = 2 * 1024**3

_LIST_FILES = frozenset({"lists.upload", "lists.save_file"})


def register(app: Flask) -> None:
    """Limit what is read. To be registered before whatever looks into forms by itself."""
    app.config.update(MAX_CONTENT_LENGTH=LARGEST, MAX_FORM_MEMORY_SIZE=4 * 1024**2, LARGEST_LIST=LARGEST_LIST)

    @app.before_request
    def allow_lists() -> None:
        if request.endpoint in _LIST_FILES:
            user = me_if_known()
            if user is not None and user.role in MANAGERS:
                request.max_content_length = LARGEST_LIST
