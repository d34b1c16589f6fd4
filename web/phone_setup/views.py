"""My phone: one's own account for a desk or soft phone, and nobody else's."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from dialer.agents import AgentState
from dialer.errors import Refused
from dialer.sip_address import SipAddress, sip_address
from dialer.store import agents, phone_setup
from dialer.store.phone_setup import SipLogin
from web.access import MANAGERS, me, room, tenant
from web.limits import limiter
from web.phone_setup.phones import PHONES
from web.phone_setup.provisioning import account_config, qr_code
from web.sentences import said

blueprint = Blueprint("my_phone", __name__, url_prefix="/my-phone", template_folder="templates")

CODEC_NAMES = {"ulaw": "PCMU (G.711 µ-law)", "alaw": "PCMA (G.711 A-law)", "g722": "G.722"}


def _user() -> str:
    return f"my phone {me().organisation_id}:{me().id}"


@blueprint.get("/")
@room()
def page() -> ResponseReturnValue:
    """What the phone must be told, all but the secret."""
    return _page()


@blueprint.post("/secret")
@room()
@limiter.limit("20 per minute", key_func=_user)
def secret() -> ResponseReturnValue:
    """The page with the secret and its QR code. Asked for by POST: it stands in no address and no cache."""
    try:
        login = phone_setup.show_secret(tenant(), me().id)
    except Refused as refused:
        flash(said(refused), "error")
        return redirect(url_for("my_phone.page"))
    return _page(login)


def _page(login: SipLogin | None = None) -> str:
    server = _server()
    return render_template(
        "phone_setup/page.html",
        agent=agents.agent_of(tenant(), me().id),
        S=AgentState,
        server=server,
        codecs=[CODEC_NAMES.get(name, name) for name in current_app.config["RINGPOOL_CODECS"]],
        phones=PHONES,
        login=login,
        code=qr_code(account_config(server, login)) if server and login else None,
        makes_secrets=me().role in MANAGERS,
    )


def _server() -> SipAddress | None:
    told: str = current_app.config["RINGPOOL_SIP_ADDRESS"]
    return sip_address(told) if told else None
