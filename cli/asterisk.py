"""`ringpool asterisk render`: the configuration for an Asterisk that somebody else runs."""

from __future__ import annotations

from pathlib import Path

import click

from cli.stack.asterisk_files import NodeSettings, render
from cli.stack.asterisk_install import install
from cli.stack.folders import Folders, make_private
from cli.stack.secret_file import secret
from cli.stack.trunk import Trunk


@click.group("asterisk")
def asterisk_command() -> None:
    """Your own Asterisk."""


@asterisk_command.command("render")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--trunk", envvar="RINGPOOL_TRUNK", required=True, metavar="sip:HOST:PORT", help="The carrier.")
@click.option("--sip-bind", envvar="RINGPOOL_SIP_BIND", default="0.0.0.0", show_default=True)
@click.option("--sip-port", envvar="RINGPOOL_SIP_PORT", type=int, default=5060, show_default=True)
@click.option("--http-port", envvar="RINGPOOL_HTTP_PORT", type=int, default=8088, show_default=True)
@click.option("--ami-port", envvar="RINGPOOL_AMI_PORT", type=int, default=5038, show_default=True)
@click.option("--agi-host", envvar="RINGPOOL_AGI_HOST", default="127.0.0.1", show_default=True)
@click.option("--agi-port", envvar="RINGPOOL_AGI_PORT", type=int, default=4573, show_default=True)
@click.option("--rtp-first", type=int, default=10000, show_default=True)
@click.option("--rtp-last", type=int, default=19999, show_default=True)
@click.option("--external-address", envvar="RINGPOOL_EXTERNAL_ADDRESS", default="")
def render_command(
    folder: Path,
    trunk: str,
    sip_bind: str,
    sip_port: int,
    http_port: int,
    ami_port: int,
    agi_host: str,
    agi_port: int,
    rtp_first: int,
    rtp_last: int,
    external_address: str,
) -> None:
    """Write every file that a node needs to FOLDER/etc, and say how to start and reach it.

    The paths in it are those of the Asterisk found here (RINGPOOL_ASTERISK names another program).
    """
    folders = Folders.from_environment()
    folder = make_private(folder.absolute())
    settings = NodeSettings(
        install=install(folders),
        folder=folder,
        sip_bind=sip_bind,
        sip_port=sip_port,
        http_port=http_port,
        ami_port=ami_port,
        agi_host=agi_host,
        agi_port=agi_port,
        rtp_start=rtp_first,
        rtp_end=rtp_last,
        ari_password=secret(folder, "ari"),
        ami_password=secret(folder, "ami"),
        trunk=Trunk.from_uri(trunk),
        external_address=external_address,
    )
    configuration = render(settings, folders.cache)
    click.echo(f"Start it:  {' '.join(settings.install.command)} -C {configuration} -f")
    click.echo("Reach it:  " + f"RINGPOOL_ARI_URL={settings.ari_url} \\")
    click.echo(f"           RINGPOOL_ARI_USER={settings.ari_user} \\")
    click.echo(f"           RINGPOOL_ARI_PASSWORD={settings.ari_password} \\")
    click.echo(f"           RINGPOOL_PROMPTS={settings.prompts} ringpool up")
