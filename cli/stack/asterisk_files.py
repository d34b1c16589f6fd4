"""Render `asterisk_conf/` into a folder that Asterisk starts from."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import jinja2

import asterisk_conf
from cli.stack.asterisk_install import AsteriskInstall
from cli.stack.asterisk_modules import NODE_MODULES
from cli.stack.folders import make_private, socket_folder
from cli.stack.prompt_files import build_prompts
from cli.stack.trunk import Trunk
from cli.stack.waiting_sound import write_waiting_sound

TEMPLATES = Path(asterisk_conf.__file__).parent

CDR_COLUMNS = (
    ("uniqueid", "${CDR(uniqueid)}"),
    ("linkedid", "${CDR(linkedid)}"),
    ("channel", "${CDR(channel)}"),
    ("src", "${CDR(src)}"),
    ("dst", "${CDR(dst)}"),
    # u: seconds since 1970 with microseconds.
    ("start", "${CDR(start,u)}"),
    ("answer", "${CDR(answer,u)}"),
    ("end", "${CDR(end,u)}"),
    # f: seconds with their fraction.
    ("duration", "${CDR(duration,f)}"),
    ("billsec", "${CDR(billsec,f)}"),
    ("disposition", "${CDR(disposition)}"),
    ("lastapp", "${CDR(lastapp)}"),
    ("dstchannel", "${CDR(dstchannel)}"),
    ("sequence", "${CDR(sequence)}"),
    # What the dialer set: the number that an originated leg was called at (its dst is always "s").
    ("userfield", "${CDR(userfield)}"),
)
"""The columns of the CDR file, in order, and the expressions that fill them."""


EMPTY_FILES = (
    "acl.conf",
    "ccss.conf",
    "cel.conf",
    "features.conf",
    "pjproject.conf",
    "udptl.conf",
    "websocket_client.conf",
)
"""Files of Asterisk's core whose defaults are wanted; it complains at each start where they are missing."""


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """One Asterisk node. `folder` receives everything it writes; `sip_bind` faces trunk and phones."""

    install: AsteriskInstall
    folder: Path
    sip_port: int
    http_port: int
    ami_port: int
    rtp_start: int
    rtp_end: int
    ari_password: str
    ami_password: str
    trunk: Trunk | None = None
    name: str = "ringpool"
    sip_bind: str = "127.0.0.1"
    http_bind: str = "127.0.0.1"
    external_address: str = ""
    """The address that others see, where this machine is behind NAT."""
    local_networks: tuple[str, ...] = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8")
    """Networks that see this machine's own address all the same."""
    ari_user: str = "ringpool"
    ami_user: str = "ringpool"
    agi_host: str = "127.0.0.1"
    agi_port: int = 4573
    stasis_app: str = "ringpool"
    ice_host_candidates: tuple[tuple[str, str], ...] = ()
    """(local address, address offered to browsers) pairs."""

    @property
    def etc(self) -> Path:
        """The rendered files."""
        return self.folder / "etc"

    @property
    def recordings(self) -> Path:
        """Where ARI's recordings go."""
        return self.folder / "spool" / "recording"

    @property
    def prompts(self) -> Path:
        """The spoken prompts."""
        return self.folder / "lib" / "prompts"

    @property
    def cdr_file(self) -> Path:
        """Asterisk's own account of the calls; columns as in CDR_COLUMNS."""
        return self.folder / "log" / "cdr-custom" / "ringpool.csv"

    @property
    def ari_url(self) -> str:
        """The base address of ARI, without a trailing slash."""
        host = "127.0.0.1" if self.http_bind in ("0.0.0.0", "::") else self.http_bind
        return f"http://{host}:{self.http_port}/ari"


def render(settings: NodeSettings, cache: Path) -> Path:
    """Write the node's files and folders, and return its asterisk.conf.

    `cache` takes the console's socket where `settings.folder` has too long a path for one.
    """
    run = prepare_folders(settings.folder, cache)
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    nat = ""
    if settings.external_address:
        address = settings.external_address
        nat = "\n".join(
            [f"external_media_address = {address}", f"external_signaling_address = {address}"]
            + [f"local_net = {network}" for network in settings.local_networks]
        )
    values |= {
        "etc": settings.etc,
        "run": run,
        "nat": nat,
        "modules": existing_modules(settings.install, NODE_MODULES),
        "cdr_columns": cdr_columns(),
    }
    write_waiting_sound(settings.folder / "lib" / "moh")
    build_prompts(settings.prompts)
    write_templates(TEMPLATES, values, settings.etc)
    return settings.etc / "asterisk.conf"


def prepare_folders(folder: Path, cache: Path) -> Path:
    """Make the folders that an Asterisk writes to; return the one for its console's socket."""
    make_private(folder)
    for part in ("etc", "lib/keys", "spool/recording", "log/cdr-custom", "cache"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    return socket_folder(folder / "run", cache)


def existing_modules(install: AsteriskInstall, wanted: tuple[str, ...]) -> list[str]:
    """Those modules that this version of Asterisk has."""
    return [name for name in wanted if (install.modules / name).exists()]


def cdr_columns() -> str:
    """The CDR's mapping for cdr_custom.conf: each column quoted for CSV."""
    return ",".join(f"${{CSV_QUOTE({expression})}}" for _name, expression in CDR_COLUMNS)


def write_templates(templates: Path, values: Mapping[str, Any], into: Path) -> None:
    """Render every template of a folder (not of those below it). Files hold secrets: mode 600."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        # A semicolon starts a comment in Asterisk's files, and stands in paths and SIP addresses.
        finalize=lambda value: str(value).replace(";", "\\;"),
    )
    for name in EMPTY_FILES:
        _write_private(into / name, "; Asterisk's defaults.\n")
    for template in sorted(templates.glob("*.j2")):
        text = environment.get_template(template.name).render(values)
        _write_private(into / template.name.removesuffix(".j2"), text)


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
