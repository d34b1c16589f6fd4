"""Named queries, one file a table family.

Each query starts with ``-- name: snake_case_name``, then a comment that says
what it changes. Parameters are psycopg's ``%(name)s``. A family for several tables
that are alike writes ``{word}`` where their names stand; lines that several
queries of a file have in common stand once, after ``-- part: word``, and may
hold parts that stand before them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import SimpleNamespace

_NAME = re.compile(r"^-- (name|part): *([a-z][a-z0-9_]*) *$", re.MULTILINE)
_WORD = re.compile(r"\{([a-z_]+)\}")


@cache
def load(family: str, **words: str) -> SimpleNamespace:
    """Return the queries of ``family.sql`` as attributes holding the SQL text.

    ``words`` are names of tables and columns, put in where the file says ``{word}``: the code's own,
    never what somebody typed. Raises ValueError when a name stands twice or text stands before the
    first name, KeyError for a word that is not given.
    """
    text = files(__package__).joinpath(f"{family}.sql").read_text(encoding="utf-8")
    head, *rest = _NAME.split(text)
    if any(line.strip() and not line.startswith("--") for line in head.splitlines()):
        raise ValueError(f"{family}.sql: SQL before the first '-- name:' line")
    kinds, names, bodies = rest[::3], rest[1::3], [body.strip() for body in rest[2::3]]
    if len(set(names)) != len(names):
        raise ValueError(f"{family}.sql: a query name stands twice")
    texts = list(zip(kinds, names, bodies, strict=True))
    known = dict(words)
    for kind, name, body in texts:
        if kind == "part":
            known[name] = _filled(body, known)
    return SimpleNamespace(**{name: _filled(body, known) for kind, name, body in texts if kind == "name"})


def _filled(body: str, known: Mapping[str, str]) -> str:
    return _WORD.sub(lambda found: known[found[1]], body)
