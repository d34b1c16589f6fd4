"""Find an Asterisk that Ringpool can run, or fetch one: `install(folders, progress)`.

A system Asterisk of version 20 or later with ARI is preferred. Otherwise the packages of the
distribution are fetched through the machine's own apt (`asterisk_fetch`), unpacked in the cache
and run from there with their own loader; no root is needed and the system is not changed.
"""

import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.stack import asterisk_fetch
from cli.stack.folders import Folders, make_private
from dialer.errors import RingpoolError

OLDEST_MAJOR = 20
# Without these there is no ARI, no recording, no SIP, or no phone in the browser.
NEEDED_MODULES = (
    "res_ari.so",
    "res_ari_channels.so",
    "res_stasis_recording.so",
    "res_agi.so",
    "chan_pjsip.so",
    "res_pjsip_pubsub.so",
    "res_pjsip_outbound_registration.so",
    "res_ari_asterisk.so",
    "cdr_custom.so",
)

Progress = Callable[[float, str], None]
"""Receives the share done (0 to 1) and what is being done."""


class AsteriskUnusable(RingpoolError):
    """The Asterisk that was asked for or fetched cannot be run."""


@dataclass(frozen=True, slots=True)
class AsteriskInstall:
    """An Asterisk's program files; `command` starts the program, before any of its arguments."""

    command: tuple[str, ...]
    version: str
    modules: Path
    data: Path
    """`astdatadir`: holds sounds, documentation, static HTTP files."""
    sounds_language: str
    """The folder below `data`/sounds with the English prompts, as a channel language (`en`)."""
    music: Path | None
    """The folder with packaged music on hold, if any."""

    @property
    def major(self) -> int:
        """20 for 20.6.0."""
        return int(self.version.split(".")[0])


def install(folders: Folders, progress: Progress = lambda _share, _text: None) -> AsteriskInstall:
    """The system's Asterisk, the one fetched before, or one fetched now (about 80 MB, 300 MB unpacked).

    `$RINGPOOL_ASTERISK` names the program of an own Asterisk; `fetched` passes over the system's.
    Two runs side by side wait for one another. Raises AsteriskUnusable, asterisk_fetch.FetchFailed.
    """
    wanted = os.environ.get("RINGPOOL_ASTERISK", "")
    if wanted and wanted != "fetched":
        return _own(wanted)
    if not wanted and (found := find_system()) is not None:
        return found
    return fetch(folders, progress)


def find_system() -> AsteriskInstall | None:
    """The system's Asterisk if it is new enough and has what Ringpool needs, else None."""
    program = shutil.which("asterisk", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        return None
    try:
        return _own(program)
    except AsteriskUnusable:
        return None


def fetch(folders: Folders, progress: Progress) -> AsteriskInstall:
    """The Asterisk in the cache; fetched first where it is not there whole."""
    base = make_private(folders.asterisk_installs)
    marker = base / "installed.json"
    if (known := _read_marker(marker)) is not None:
        return known
    with _lock(base / "lock", lambda: progress(0.0, "Waiting for another run that is fetching Asterisk")):
        if (known := _read_marker(marker)) is not None:
            return known
        root = asterisk_fetch.fetch_packages(base, progress)
        found = _fetched(root)
        partial = marker.with_suffix(".partial")
        partial.write_text(json.dumps({"root": root.name, "version": found.version}))
        partial.rename(marker)
        progress(1.0, f"Asterisk {found.version} is ready")
        return found


def _own(program: str) -> AsteriskInstall:
    command = (program,)
    version = _version(command)
    modules = next(
        (folder for folder in _module_folders() if all((folder / name).exists() for name in NEEDED_MODULES)),
        None,
    )
    data = next(
        (Path(folder) for folder in ("/usr/share/asterisk", "/var/lib/asterisk") if Path(folder).is_dir()),
        None,
    )
    if modules is None or data is None:
        raise AsteriskUnusable(
            f"The Asterisk at {program} lacks modules that Ringpool needs ({', '.join(NEEDED_MODULES[:4])} …): "
            "install them, or set RINGPOOL_ASTERISK=fetched to have one fetched."
        )
    return _described(command, version, modules, data)


def _module_folders() -> Iterator[Path]:
    yield from sorted(Path("/usr/lib").glob("*/asterisk/modules"))
    yield from (Path("/usr/lib/asterisk/modules"), Path("/usr/lib64/asterisk/modules"))
    yield Path("/usr/local/lib/asterisk/modules")


def _fetched(root: Path) -> AsteriskInstall:
    machine = asterisk_fetch.machine()
    libraries = root / "usr/lib" / machine.triplet
    command = (
        str(libraries / machine.loader),
        "--library-path",
        str(libraries),
        str(root / "usr/sbin/asterisk"),
    )
    modules = libraries / "asterisk/modules"
    missing = [name for name in NEEDED_MODULES if not (modules / name).exists()]
    if missing:
        raise AsteriskUnusable(
            f"The fetched Asterisk lacks {', '.join(missing)}: install Asterisk {OLDEST_MAJOR} or later "
            "yourself and name its program in RINGPOOL_ASTERISK."
        )
    return _described(command, _version(command), modules, root / "usr/share/asterisk")


def _described(command: tuple[str, ...], version: str, modules: Path, data: Path) -> AsteriskInstall:
    sounds = data / "sounds"
    language = next((name for name in ("en", "en_US_f_Allison", "en_US") if (sounds / name).is_dir()), "en")
    music = next((folder for folder in (data / "moh", data / "mohmp3") if folder.is_dir()), None)
    return AsteriskInstall(command, version, modules, data, language, music)


def _version(command: tuple[str, ...]) -> str:
    """Ask the program for its version. Raises AsteriskUnusable where it is too old or does not run."""
    try:
        answer = subprocess.run([*command, "-V"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AsteriskUnusable(
            f"The Asterisk at {command[-1]} cannot be run ({error}): "
            "name another in RINGPOOL_ASTERISK, or set it to `fetched`."
        ) from error
    version = re.search(r"Asterisk (?:certified/)?(\d+)([\d.]*)", answer.stdout)
    if version is None:
        raise AsteriskUnusable(
            f"The Asterisk at {command[-1]} does not tell its version ({answer.stderr.strip()[:200] or 'no output'}): "
            "name another in RINGPOOL_ASTERISK, or set it to `fetched`."
        )
    if int(version[1]) < OLDEST_MAJOR:
        raise AsteriskUnusable(
            f"The Asterisk at {command[-1]} is version {version[1]}{version[2]}, and Ringpool needs {OLDEST_MAJOR} "
            "or later: upgrade it, or set RINGPOOL_ASTERISK=fetched."
        )
    return version[1] + version[2]


def _read_marker(marker: Path) -> AsteriskInstall | None:
    """What an earlier, complete fetch left, if it still runs."""
    try:
        root = marker.parent / json.loads(marker.read_text())["root"]
        return _fetched(root)
    except (OSError, ValueError, KeyError, AsteriskUnusable):
        return None


@contextmanager
def _lock(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
