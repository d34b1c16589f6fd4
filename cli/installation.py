"""One installation of Ringpool: which services it is made of, and how they are started together."""

from __future__ import annotations

import socket
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import click

from cli.context import as_environment, write_settings
from cli.stack import asterisk_install
from cli.stack.asterisk_files import NodeSettings, render
from cli.stack.asterisk_install import AsteriskInstall
from cli.stack.asterisk_run import AsteriskProgram
from cli.stack.folders import Folders
from cli.stack.postgres import EmbeddedPostgres
from cli.stack.process import Service
from cli.stack.secret_file import secret
from cli.stack.supervisor import Say, Supervisor
from cli.stack.trunk import Trunk
from dialer.clock import now
from dialer.db import Database
from dialer.migrate import migrate
from dialer.settings import BadSetting, Settings, recordings_store
from dialer.sip_address import Reach, SipAddress, sip_address
from dialer.store import agents

FRESH = timedelta(seconds=5)
"""A node whose heartbeat is younger is alive."""


@dataclass(frozen=True, slots=True)
class OwnAsterisk:
    """An Asterisk that is run by somebody else, configured as asterisk_conf/README.md says."""

    ari_url: str
    ari_user: str
    ari_password: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What to start and where it listens. Ports are free when the plan is made."""

    folders: Folders
    panel_host: str
    panel_port: int
    sip_bind: str
    sip_port: int
    http_port: int
    ami_port: int
    agi_port: int
    metrics_port: int
    rtp_start: int
    rtp_end: int
    trunk: Trunk | None
    external_address: str = ""
    sip_address: str = ""
    """Where phones register, as they see it; empty: found out."""
    database_url: str = ""
    """Empty: the embedded PostgreSQL in the home folder."""
    own_asterisk: OwnAsterisk | None = None
    panel_proxies: int = 0
    phone_url: str = ""
    """Where browser phones reach Asterisk through a TLS proxy; on this machine alone it is known."""

    @property
    def phones_at(self) -> str:
        """Where browsers find our Asterisk's WebSocket; empty where none can, for want of a proxy."""
        if self.phone_url or self.panel_host not in ("127.0.0.1", "localhost"):
            return self.phone_url
        return f"ws://127.0.0.1:{self.http_port}/ws"

    @property
    def phones_register_at(self) -> str:
        """As told or, for our own Asterisk, as others know this machine: by NAT, by what it listens at, by
        its address in the network."""
        if self.sip_address:
            return str(read_address(self.sip_address))
        if self.own_asterisk is not None:
            return ""
        host = self.external_address or self.sip_bind
        if SipAddress(host).reach is Reach.NOWHERE:
            host = _own_address()
        return str(SipAddress(host, self.sip_port))

    @property
    def panel_url(self) -> str:
        """For people."""
        host = "127.0.0.1" if self.panel_host in ("0.0.0.0", "::") else self.panel_host
        return f"http://{host}:{self.panel_port}/"


class Installation:
    """The services of a plan. ``start`` starts them in order; the supervisor keeps them running."""

    def __init__(self, plan: Plan, say: Say) -> None:
        self.plan = plan
        self._say = say
        self._home = plan.folders.home
        self.postgres = EmbeddedPostgres.in_home(plan.folders)
        self.database_url = plan.database_url or self.postgres.url
        self.uploads = self._home / "uploads"
        self.node: NodeSettings | None = None
        self.asterisk: AsteriskProgram | None = None

    def start(self, supervisor: Supervisor, install: AsteriskInstall | None) -> None:
        """Start every service that is ours. Raises ServiceFailed, DatabaseUnavailable."""
        if not self.plan.database_url:
            self.postgres.prepare()
            supervisor.start(self.postgres.service())
        applied = migrate(self.database_url)
        if applied:
            self._say(f"Database brought to the present schema ({len(applied)} migrations).")
        if install is not None:
            self.node = self._node(install)
            configuration = render(self.node, self.plan.folders.cache)
            console = self._home / "log" / "asterisk.log"
            self.asterisk = AsteriskProgram("Asterisk", install, configuration, console)
            supervisor.start(self.asterisk.service())
        settings = self.settings()
        write_settings(self._home, settings)
        for service in self._services(settings):
            supervisor.start(service)

    def settings(self) -> Settings:
        """What the services are told."""
        plan = self.plan
        store: dict[str, Any] = recordings_store()
        settings = Settings(
            database_url=self.database_url,
            agi_port=plan.agi_port,
            panel_host=plan.panel_host,
            panel_port=plan.panel_port,
            metrics_port=plan.metrics_port,
            secret_key=secret(self._home, "panel"),
            panel_proxies=plan.panel_proxies,
            uploads=self.uploads,
            sip_address=plan.phones_register_at,
            **store,
        )
        if self.node is not None:
            return replace(
                settings,
                phone_url=plan.phones_at,
                ari_url=self.node.ari_url,
                ari_password=self.node.ari_password,
                ami_port=self.node.ami_port,
                ami_user=self.node.ami_user,
                ami_password=self.node.ami_password,
                recordings=self.node.recordings,
                prompts=self.node.prompts,
                cdr_csv=self.node.cdr_file,
            )
        assert plan.own_asterisk is not None, "a plan has an Asterisk: ours or another"
        own = plan.own_asterisk
        return replace(
            settings,
            phone_url=plan.phone_url,
            ari_url=own.ari_url,
            ari_user=own.ari_user,
            ari_password=own.ari_password,
        )

    def _node(self, install: AsteriskInstall) -> NodeSettings:
        plan = self.plan
        return NodeSettings(
            install=install,
            folder=plan.folders.node,
            sip_bind=plan.sip_bind,
            sip_port=plan.sip_port,
            http_port=plan.http_port,
            ami_port=plan.ami_port,
            agi_port=plan.agi_port,
            rtp_start=plan.rtp_start,
            rtp_end=plan.rtp_end,
            ari_password=secret(self._home, "ari"),
            ami_password=secret(self._home, "ami"),
            trunk=plan.trunk,
            external_address=plan.external_address,
        )

    def _services(self, settings: Settings) -> list[Service]:
        environment = as_environment(settings)

        def service(name: str, command: str, ready: Callable[[], bool]) -> Service:
            return Service(
                name=name,
                argv=(sys.executable, "-m", "cli.main", command),
                log=self._home / "log" / f"{command}.log",
                ready=ready,
                env=environment,
            )

        return [
            service("The dialer", "dialer", self._dialer_is_ready),
            service("The keypad service", "agi", lambda: _listens("127.0.0.1", settings.agi_port)),
            service("The importer", "importer", lambda: True),
            service("The panel", "web", lambda: _answers(f"{self.plan.panel_url}healthz")),
        ]

    def _dialer_is_ready(self) -> bool:
        database = Database(self.database_url, max_size=1, application_name="ringpool start")
        try:
            return agents.node_is_up(database, self.settings().node, now() - FRESH)
        finally:
            database.close()


def find_asterisk(folders: Folders, say: Say) -> AsteriskInstall:
    """The system's Asterisk or the fetched one; says what it does while it fetches."""
    install = asterisk_install.install(folders, _bar() if sys.stderr.isatty() else _lines(say))
    say(f"Asterisk {install.version} is used.")
    return install


def _bar() -> asterisk_install.Progress:
    """A progress bar that appears with the first progress and ends with the last."""
    bar = click.progressbar(length=1000, file=sys.stderr, width=30)

    def progress(share: float, text: str) -> None:
        bar.label = text
        bar.update(max(0, round(share * 1000) - bar.pos))
        if share >= 1:
            bar.render_finish()

    return progress


def _lines(say: Say) -> asterisk_install.Progress:
    """A line for each tenth, for logs and pipes."""
    tenth = -1

    def progress(share: float, text: str) -> None:
        nonlocal tenth
        if int(share * 10) > tenth:
            tenth = int(share * 10)
            say(f"Asterisk, {share:.0%}: {text}")

    return progress


def _own_address() -> str:
    """The address that this machine has on its way out; nothing is sent."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # an address of nobody's (RFC 5737)
            return str(probe.getsockname()[0])
    except OSError:
        return "127.0.0.1"


def read_address(text: str) -> SipAddress:
    """The address given for phones. Raises BadSetting."""
    try:
        return sip_address(text)
    except ValueError:
        raise BadSetting(
            f"The address for phones '{text}' is not understood: write it like sip.example.com:5060."
        ) from None


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
