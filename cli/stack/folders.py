"""Where things live.

Two folders, and nothing is written outside them:

* the cache (`$RINGPOOL_CACHE`, else `${XDG_CACHE_HOME:-~/.cache}/ringpool`) holds what can be fetched
  again, and is shared by all checkouts;
* the home (`$RINGPOOL_HOME`, else `.ringpool/` in the checkout) holds one installation's state:
  databases, rendered configuration, recordings, secrets.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dialer.errors import RingpoolError

# sockaddr_un.sun_path is 108 bytes with its closing NUL (man 7 unix).
SOCKET_PATH_BYTES = 107
# The longest socket name put into a socket folder is ".s.PGSQL.5432.lock"; Asterisk's is "asterisk.ctl".
SOCKET_NAME_BYTES = len("/.s.PGSQL.5432.lock")


class SocketPathTooLong(RingpoolError):
    """Unix sockets need a path under 107 bytes and both the data and the cache folder are longer."""


class HomeInUse(RingpoolError):
    """Another run of Ringpool uses the same home."""


class FolderNotWritable(RingpoolError):
    """A folder that Ringpool needs cannot be made."""


@dataclass(frozen=True, slots=True)
class Folders:
    """The cache and the home, absolute."""

    cache: Path
    home: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Folders":
        """Read the environment (`os.environ` by default); make nothing yet."""
        env = os.environ if environment is None else environment
        cache = env.get("RINGPOOL_CACHE") or os.path.join(env.get("XDG_CACHE_HOME") or "~/.cache", "ringpool")
        home = env.get("RINGPOOL_HOME") or str(checkout() / ".ringpool")
        return cls(cache=_absolute(cache), home=_absolute(home))

    @property
    def asterisk_installs(self) -> Path:
        """Fetched Asterisk packages."""
        return self.cache / "asterisk"

    @property
    def postgres(self) -> Path:
        """The embedded PostgreSQL's data and log."""
        return self.home / "postgres"

    @property
    def node(self) -> Path:
        """The Asterisk node's configuration, state and logs."""
        return self.home / "asterisk"

    @property
    def world(self) -> Path:
        """The simulated carrier and phones."""
        return self.home / "world"

    @property
    def recordings(self) -> Path:
        """Recorded calls."""
        return self.node / "spool" / "recording"

    @property
    def logs(self) -> Path:
        """One file a service."""
        return self.home / "log"


def checkout() -> Path:
    """The folder of this checkout, or the current folder where Ringpool is installed as a package."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / "setup.cfg").exists() else Path.cwd()


def make_private(folder: Path) -> Path:
    """Make `folder` (and its parents) so that only its owner can enter it; return it.

    Raises FolderNotWritable.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise FolderNotWritable(
            f"The folder {folder} cannot be made ({error.strerror}): "
            "set RINGPOOL_HOME and RINGPOOL_CACHE to folders that you may write to."
        ) from error
    return folder


@contextmanager
def holding(home: Path) -> Iterator[None]:
    """Keep the home to this process for as long as it lives or the block lasts. Raises HomeInUse."""
    make_private(home)
    with (home / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeInUse(
                f"Ringpool is running already with its state in {home}: stop that run, "
                "or set RINGPOOL_HOME to another folder for a second one."
            ) from None
        yield


def socket_folder(wanted: Path, cache: Path) -> Path:
    """A private folder for Unix sockets: `wanted`, or a short one in the cache where its path is too long.

    Raises SocketPathTooLong where neither is short enough.
    """
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:10]
    for folder in (wanted, cache / "s" / digest):
        if len(os.fsencode(folder)) + SOCKET_NAME_BYTES <= SOCKET_PATH_BYTES:
            return make_private(folder)
    raise SocketPathTooLong(
        f"The paths {wanted} and {cache} are too long for Unix sockets "
        f"({SOCKET_PATH_BYTES} bytes at most): set RINGPOOL_CACHE to a folder with a shorter name."
    )


def _absolute(text: str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(text)))
