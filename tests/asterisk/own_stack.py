"""A node and an outside world that belong to one test, which may kill them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.stack.asterisk_files import NodeSettings, render
from cli.stack.asterisk_install import AsteriskInstall
from cli.stack.asterisk_run import AsteriskProgram
from cli.stack.folders import Folders
from cli.stack.ports import RtpRange, free_ports
from cli.stack.trunk import Trunk
from cli.stack.world import OutsideWorld, Phone, WorldSettings

from .conftest import AGENT_EXTENSIONS, Node


@contextmanager
def own_node(install: AsteriskInstall, folder: Path) -> Iterator[tuple[Node, OutsideWorld]]:
    """Both run while the context lasts; the node may have been killed and started again."""
    cache = Folders.from_environment().cache
    sip, http, ami, agi, world_sip, world_ami = free_ports(6)
    with RtpRange(500) as node_rtp, RtpRange(500) as world_rtp:
        settings = NodeSettings(
            install=install,
            folder=folder / "node",
            sip_port=sip,
            http_port=http,
            ami_port=ami,
            agi_port=agi,
            rtp_start=node_rtp.start,
            rtp_end=node_rtp.end,
            ari_password="only-for-tests",
            ami_password="only-for-tests",
            trunk=Trunk("127.0.0.1", world_sip),
        )
        configuration = render(settings, cache)
        log = settings.folder / "log" / "console.log"
        world = WorldSettings(
            install=install,
            folder=folder / "world",
            cache=cache,
            sip_port=world_sip,
            ami_port=world_ami,
            rtp_start=world_rtp.start,
            rtp_end=world_rtp.end,
            ami_password="only-for-tests",
            node_port=sip,
        )
        phones = tuple(Phone(extension, f"secret-{extension}") for extension in AGENT_EXTENSIONS)
        with (
            AsteriskProgram("Asterisk", install, configuration, log) as asterisk,
            OutsideWorld(world, phones) as running,
        ):
            yield Node(settings, asterisk), running
