"""Org Details, to be looked at: super admins change them in their own room."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from dialer.store import company
from web.access import me, tenant
from web.company.blueprint import look, show

HERE = "company.details"


@look("/organisation", "details")
def page() -> ResponseReturnValue:
    """The organisation's details and who can change them."""
    return show("details.html", HERE, org=company.org_details(tenant(), me().organisation_id))
