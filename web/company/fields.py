"""Custom fields: what prospects carry beside the fields that all have."""

from __future__ import annotations

from dialer.company import CustomField
from web.company.forms import CustomFieldForm
from web.company.rows import RowSection


def _to_row(form: CustomFieldForm, row_id: int) -> CustomField:
    return CustomField(form.label.data, form.kind.data, form.active.data, id=row_id)


RowSection("fields", "custom-fields", CustomField, CustomFieldForm, _to_row).register()
