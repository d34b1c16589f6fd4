"""Call results: what agents can say came of a call, and what follows (LPS-6)."""

from __future__ import annotations

from dialer.company import CallResult
from web.company.forms import CallResultForm
from web.company.rows import RowSection


def _to_row(form: CallResultForm, row_id: int) -> CallResult:
    return CallResult(form.label.data, form.effect.data, form.retry_after, form.active.data, id=row_id)


RowSection(
    "results", "call-results", CallResult, CallResultForm, _to_row, fill=CallResultForm.fill
).register()
