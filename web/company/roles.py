"""Role names: what contacts are assigned under, with a short name for narrow columns (ASG-3)."""

from __future__ import annotations

from dialer.company import ContactRole
from web.company.forms import ContactRoleForm
from web.company.rows import RowSection


def _to_row(form: ContactRoleForm, row_id: int) -> ContactRole:
    return ContactRole(form.name.data, form.short_name.data, form.active.data, id=row_id)


RowSection("roles", "role-names", ContactRole, ContactRoleForm, _to_row).register()
