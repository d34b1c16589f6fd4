"""Closing the books: records, the node's own CDR and the carrier's account of the calls must agree."""

from __future__ import annotations

from uuid import UUID

from cli.stack.cdr import read_cdr

from .rig import Rig, until


def everything_is_accounted_for(rig: Rig) -> None:
    """Every CDR row of the node is a leg on record, and every attempt whose leg was made has its row."""
    until(lambda: not _unaccounted(rig), lambda: f"the books agree, now {_unaccounted(rig)}", 10)
    rig.nobody_was_called_twice_at_once()


def _unaccounted(rig: Rig) -> list[str]:
    rows = [row for row in read_cdr(rig.node.settings.cdr_file) if row.start >= rig.began_at]
    legs = {str(leg["id"]) for leg in rig.rows("SELECT id FROM leg")}
    with_cdr = {row.uniqueid for row in rows}
    wrong = [
        f"CDR without a leg: {row.channel}"
        for row in rows
        if _is_uuid(row.uniqueid) and row.uniqueid not in legs
    ]
    attempts = rig.rows(
        "SELECT leg_id, state, outcome FROM attempt WHERE state IN ('ended', 'wrap_up')"
        " AND (cause IS NOT NULL OR bridged_at IS NOT NULL)"
    )
    wrong += [f"attempt without a CDR: {a}" for a in attempts if str(a["leg_id"]) not in with_cdr]
    return wrong


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
