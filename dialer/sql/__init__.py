"""Named queries, one file a table family.

Each query starts with ``-- name: snake_case_name``, then a comment that says
what it changes. Parameters are psycopg's ``%(name)s``.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from types import SimpleNamespace

_NAME = re.compile(r"^-- name: *([a-z][a-z0-9_]*) *$", re.MULTILINE)


@cache
def load(family: str) -> SimpleNamespace:
    """Return the queries of ``family.sql`` as attributes holding the SQL text.

    Raises ValueError when a name stands twice or text stands before the first name.
    """
    text = files(__package__).joinpath(f"{family}.sql").read_text(encoding="utf-8")
    head, *rest = _NAME.split(text)
    if any(line.strip() and not line.startswith("--") for line in head.splitlines()):
        raise ValueError(f"{family}.sql: SQL before the first '-- name:' line")
    names = rest[::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{family}.sql: a query name stands twice")
    return SimpleNamespace(**{name: body.strip() for name, body in zip(names, rest[1::2], strict=True)})
