"""Where both ways of calling are measured: one node, one outside world, one PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.stack import asterisk_install
from cli.stack.asterisk_files import NodeSettings, existing_modules, render
from cli.stack.asterisk_install import AsteriskInstall
from cli.stack.asterisk_run import AsteriskProgram
from cli.stack.folders import Folders
from cli.stack.ports import RtpRange, free_ports
from cli.stack.postgres import EmbeddedPostgres
from cli.stack.supervisor import Say, Supervisor
from cli.stack.trunk import Trunk
from cli.stack.world import OutsideWorld, Phone, WorldSettings

PASSWORD = "only-for-benchmarks"
RTP_PORTS = 2000
FIRST_EXTENSION = 2001

QUIET_PHONES = """
[phones](+)
; The benchmark's agents: answer at once and say nothing, or their humming would be half of what is measured.
exten => _2XXX,1,Answer(,i)
 same => n,Wait(86400)
 same => n,Hangup(16)
"""

FLOOR = """
[floor]
; An agent who waits says so once, and again whenever a call is over.
exten => agent,1,UserEvent(Free,Agent: ${CHANNEL})
 same => n,BridgeWait(floor,participant,e(s))
 same => n,Hangup()
; A prospect who answered is bridged to the agent for whom the call was placed.
exten => prospect,1,Bridge(${AGENT},F(floor^agent^1))
 same => n,Hangup()
"""

FLOOR_MODULES = ("app_bridgewait.so", "app_userevent.so")

MANAGERS = f"""
[floor]
secret = {PASSWORD}
read = user,call
write = originate,command
eventfilter = UserEvent: Free
eventfilter = Response: Failure

[watch]
secret = {PASSWORD}
read = call
write = originate
eventfilter = Event: BridgeEnter
eventfilter = ChannelState: 6
"""


WATCHED = f"""
[wire]
secret = {PASSWORD}
deny = 0.0.0.0/0.0.0.0
permit = 127.0.0.1/255.255.255.255
read = call
eventfilter = Event: Newchannel
eventfilter = Event: Hangup
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """What is running. Process ids are those of each program's leader."""

    folder: Path
    version: str
    node: NodeSettings
    asterisk: AsteriskProgram
    world: OutsideWorld
    database_url: str
    pids: dict[str, int]


@contextmanager
def standing(
    folder: Path,
    phones: int,
    say: Say,
    database_settings: Mapping[str, str] | None = None,
    *,
    phones_do: str = QUIET_PHONES,
    watched: bool = False,
) -> Iterator[Stage]:
    """Start everything but the dialer below the folder; stop it at the end, whatever happens.

    ``phones_do``: the phones' dialplan. ``watched``: the outside world tells of its calls (ringing/wire.py).
    """
    cache = Folders.from_environment().cache
    install = asterisk_install.install(Folders.from_environment())
    sip, http, ami, agi, world_sip, world_ami = free_ports(6)
    with RtpRange(RTP_PORTS) as near, RtpRange(RTP_PORTS) as far, Supervisor(say=say) as supervisor:
        node = NodeSettings(
            install=install,
            folder=folder / "node",
            sip_port=sip,
            http_port=http,
            ami_port=ami,
            agi_port=agi,
            rtp_start=near.start,
            rtp_end=near.end,
            ari_password=PASSWORD,
            ami_password=PASSWORD,
            trunk=Trunk("127.0.0.1", world_sip),
        )
        asterisk = AsteriskProgram(
            "The node", install, _rendered(node, install, cache), folder / "node" / "console.log"
        )
        world = OutsideWorld(
            WorldSettings(
                install=install,
                folder=folder / "world",
                cache=cache,
                sip_port=world_sip,
                ami_port=world_ami,
                rtp_start=far.start,
                rtp_end=far.end,
                ami_password=PASSWORD,
                node_port=sip,
            ),
            tuple(Phone(str(FIRST_EXTENSION + n), PASSWORD) for n in range(phones)),
        )
        world.prepare()
        _append(world.settings.folder / "etc" / "extensions.conf", phones_do)
        if watched:
            managers = world.settings.folder / "etc" / "manager.conf"
            managers.write_text(
                managers.read_text().replace("[general]", "[general]\ntimestampevents = yes", 1)
            )
            _append(managers, WATCHED)
        postgres = EmbeddedPostgres(folder / "postgres", cache, database_settings)
        postgres.prepare()
        services = {
            "PostgreSQL": postgres.service(),
            "node's Asterisk": asterisk.service(),
            "outside world": world.service(),
        }
        for service in services.values():
            supervisor.start(service)
        pids = {name: supervisor.pid(service.name) for name, service in services.items()}
        try:
            yield Stage(folder, install.version, node, asterisk, world, postgres.url, pids)
        finally:
            world.disconnect()


def _rendered(node: NodeSettings, install: AsteriskInstall, cache: Path) -> Path:
    configuration = render(node, cache)
    _append(node.etc / "extensions.conf", FLOOR)
    _append(
        node.etc / "manager.conf",
        MANAGERS.replace("read =", "deny = 0.0.0.0/0.0.0.0\npermit = 127.0.0.1\nread ="),
    )
    # Timestamps of events, with microseconds, by Asterisk's own clock.
    text = (node.etc / "manager.conf").read_text()
    (node.etc / "manager.conf").write_text(text.replace("timestampevents = no", "timestampevents = yes"))
    _append(
        node.etc / "modules.conf",
        "".join(f"load = {name}\n" for name in existing_modules(install, FLOOR_MODULES)),
    )
    return configuration


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
