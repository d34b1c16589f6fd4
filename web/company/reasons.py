"""Pause reasons: what agents choose from when they pause."""

from __future__ import annotations

from dialer.company import PauseReason
from web.company.forms import PauseReasonForm
from web.company.rows import RowSection


def _to_row(form: PauseReasonForm, row_id: int) -> PauseReason:
    return PauseReason(form.label.data, form.active.data, id=row_id)


RowSection("reasons", "pause-reasons", PauseReason, PauseReasonForm, _to_row).register()
