"""The room of leads: what its pages have in common."""

from __future__ import annotations

from flask import Blueprint

from dialer.store import lead_pages
from dialer.store.lead_places import LeadState
from web.access import me, tenant

blueprint = Blueprint("leads", __name__, url_prefix="/leads", template_folder="templates")


def counts() -> dict[str, int]:
    """How many leads the tabs speak of."""
    found = lead_pages.counts(tenant(), me().organisation_id)
    return {"exceptions": found.get(LeadState.EXCEPTION, 0), "unassigned": sum(found.values())}
