"""`ringpool up`: everything that is needed to dial over a real trunk, in one command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from cli.installation import Installation, OwnAsterisk, Plan, find_asterisk
from cli.stack.folders import Folders, holding
from cli.stack.ports import RtpRange, require_free
from cli.stack.supervisor import Supervisor
from cli.stack.trunk import Trunk
from dialer.db import Database
from dialer.errors import RingpoolError
from dialer.settings import BadSetting
from dialer.store import organisations

RTP_PORTS = 1000


class NoTrunk(RingpoolError):
    """There is nowhere to send calls: give the carrier with --trunk sip:HOST:PORT or RINGPOOL_TRUNK."""


@click.command("up")
@click.option(
    "--trunk",
    envvar="RINGPOOL_TRUNK",
    metavar="sip:HOST:PORT",
    help="The carrier: sip:[USER:PASSWORD@]HOST[:PORT][;transport=tcp][;register].",
)
@click.option("--panel-host", envvar="RINGPOOL_PANEL_HOST", default="127.0.0.1", show_default=True)
@click.option("--panel-port", envvar="RINGPOOL_PANEL_PORT", type=int, default=8080, show_default=True)
@click.option(
    "--panel-proxies",
    envvar="RINGPOOL_PANEL_PROXIES",
    type=click.IntRange(0, 10),
    default=0,
    help="How many reverse proxies stand before the panel.",
)
@click.option(
    "--sip-bind",
    envvar="RINGPOOL_SIP_BIND",
    default="0.0.0.0",
    show_default=True,
    help="The address that faces carrier and phones.",
)
@click.option("--sip-port", envvar="RINGPOOL_SIP_PORT", type=int, default=5060, show_default=True)
@click.option(
    "--external-address",
    envvar="RINGPOOL_EXTERNAL_ADDRESS",
    default="",
    help="The address that others see, where this machine is behind NAT.",
)
@click.option(
    "--sip-address",
    envvar="RINGPOOL_SIP_ADDRESS",
    default="",
    metavar="HOST[:PORT]",
    help="Where phones register, as they see it: told to agents on their page My phone.",
)
@click.option("--http-port", envvar="RINGPOOL_HTTP_PORT", type=int, default=8088, show_default=True)
@click.option("--ami-port", envvar="RINGPOOL_AMI_PORT", type=int, default=5038, show_default=True)
@click.option("--agi-port", envvar="RINGPOOL_AGI_PORT", type=int, default=4573, show_default=True)
@click.option("--metrics-port", envvar="RINGPOOL_METRICS_PORT", type=int, default=9108, show_default=True)
@click.option(
    "--rtp-ports",
    envvar="RINGPOOL_RTP_PORTS",
    metavar="FIRST-LAST",
    help="UDP ports for media; a call takes four. Chosen from 10000 to 19999 unless given.",
)
@click.option(
    "--phone-url",
    envvar="RINGPOOL_PHONE_URL",
    default="",
    metavar="wss://HOST/ws",
    help="Where browser phones reach Asterisk through your TLS proxy.",
)
@click.option("--database-url", envvar="DATABASE_URL", default="", help="Your own PostgreSQL, 15 or later.")
@click.option("--ari-url", envvar="RINGPOOL_ARI_URL", default="", help="Your own Asterisk, 20 or later.")
@click.option("--ari-user", envvar="RINGPOOL_ARI_USER", default="ringpool", show_default=True)
@click.option("--ari-password", envvar="RINGPOOL_ARI_PASSWORD", default="")
def up_command(
    trunk: str | None,
    panel_host: str,
    panel_port: int,
    panel_proxies: int,
    sip_bind: str,
    sip_port: int,
    external_address: str,
    sip_address: str,
    http_port: int,
    ami_port: int,
    agi_port: int,
    metrics_port: int,
    rtp_ports: str | None,
    phone_url: str,
    database_url: str,
    ari_url: str,
    ari_user: str,
    ari_password: str,
) -> None:
    """Start database, Asterisk, dialer, keypad service, importer and panel; Ctrl-C stops them.

    With DATABASE_URL or RINGPOOL_ARI_URL your own database or Asterisk is used instead. Then
    `ringpool org add`, `ringpool user add` and `ringpool list import`, in another terminal, make it
    usable.
    """
    folders = Folders.from_environment()
    own = OwnAsterisk(ari_url, ari_user, ari_password) if ari_url else None
    if own is None and not trunk:
        raise NoTrunk("There is nowhere to send calls: give the carrier with --trunk sip:HOST:PORT.")
    carrier = Trunk.from_uri(trunk) if trunk else None
    require_free(panel_port, "--panel-port")
    require_free(agi_port, "--agi-port")
    require_free(metrics_port, "--metrics-port")
    if own is None:
        require_free(http_port, "--http-port")
        require_free(ami_port, "--ami-port")
        # Phones may only be told where to go at a fixed place: no other port is taken instead.
        require_free(sip_port, "--sip-port", sip_bind)
    with media_ports(rtp_ports) as (first, last):
        run(
            Plan(
                folders=folders,
                panel_host=panel_host,
                panel_port=panel_port,
                sip_bind=sip_bind,
                sip_port=sip_port,
                http_port=http_port,
                ami_port=ami_port,
                agi_port=agi_port,
                metrics_port=metrics_port,
                rtp_start=first,
                rtp_end=last,
                trunk=carrier,
                external_address=external_address,
                sip_address=sip_address,
                database_url=database_url,
                own_asterisk=own,
                panel_proxies=panel_proxies,
                phone_url=phone_url,
            )
        )


def run(plan: Plan) -> None:
    """Start the plan's services and keep them running until SIGINT or SIGTERM."""
    installation = Installation(plan, click.echo)
    try:
        with holding(plan.folders.home), Supervisor(say=click.echo) as supervisor:
            install = None if plan.own_asterisk is not None else find_asterisk(plan.folders, click.echo)
            installation.start(supervisor, install)
            _welcome(installation)
            supervisor.watch()
    except KeyboardInterrupt:
        pass


def _welcome(installation: Installation) -> None:
    plan = installation.plan
    click.echo(f"\nThe panel is at {plan.panel_url}")
    if installation.node is not None:
        click.echo(f"Phones register at {installation.settings().sip_address}, by UDP or TCP.")
    database = Database(installation.database_url, max_size=1, application_name="ringpool up")
    try:
        if not organisations.organisations(database):
            click.echo(
                "Nobody works here yet. In another terminal:\n"
                '  ringpool org add "Your Company" --country US --time-zone America/New_York\n'
                "  ringpool user add EMAIL --name NAME --role manager\n"
                "  ringpool user add EMAIL --name NAME --role agent --extension 1001\n"
                "  ringpool list import FILE.csv --assign-user EMAIL"
            )
    finally:
        database.close()
    click.echo(f"Logs are in {os.path.relpath(plan.folders.home / 'log')}. Ctrl-C stops everything.\n")


@contextmanager
def media_ports(given: str | None) -> Iterator[tuple[int, int]]:
    """The first and last UDP port for media: those given, or a range kept from other runs meanwhile."""
    if given is None:
        with RtpRange(RTP_PORTS, "0.0.0.0") as chosen:
            yield chosen.start, chosen.end
        return
    first, _, last = given.partition("-")
    if not (first.isdecimal() and last.isdecimal() and 1024 <= int(first) < int(last) <= 65535):
        raise BadSetting(f"The media ports '{given}' are not understood: write them like 10000-10999.")
    if int(last) - int(first) < 3:
        raise BadSetting("The media ports are too few: a call takes four.")
    yield int(first), int(last)
