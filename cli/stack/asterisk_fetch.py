"""Fetch the distribution's Asterisk packages into the cache, as any user, and unpack them there.

The mirror, proxy and keyrings are those of the machine's own apt set-up; apt checks signatures and
checksums. Everything apt writes (lists, packages, state) is kept in one folder of ours, with an
empty package status, so that every library comes along and the system's own are not needed.
"""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dialer.errors import RingpoolError

Progress = Callable[[float, str], None]

# Debian 12 and 13 were released without Asterisk; later Debian has it again.
DEBIAN_SUITE = "forky"
PACKAGES = ("asterisk", "asterisk-core-sounds-en")
OLDEST_MAJOR = 20
_OWN_WAY = "Or install Asterisk 20 or later yourself and name its program in RINGPOOL_ASTERISK."


class FetchFailed(RingpoolError):
    """Asterisk could not be fetched through apt."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Names that differ between processor architectures."""

    triplet: str
    loader: str


MACHINES = {
    "x86_64": Machine("x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    # By its names only: never run by us.
    "aarch64": Machine("aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
}


@dataclass(frozen=True, slots=True)
class Archive:
    """Where packages can be had: a mirror, a suite, its components and the keyring that signs it."""

    uri: str
    suite: str
    components: str
    keyring: Path

    def as_source(self) -> str:
        """A deb822 source for apt."""
        return (
            f"Types: deb\nURIs: {self.uri}\nSuites: {self.suite}\n"
            f"Components: {self.components}\nSigned-By: {self.keyring}\n"
        )


def machine() -> Machine:
    """This machine's names. Raises FetchFailed on an architecture that we have none for."""
    found = MACHINES.get(platform.machine())
    if found is None or platform.system() != "Linux":
        raise FetchFailed(
            f"Asterisk cannot be fetched for {platform.system()} on {platform.machine()}, only for Linux on "
            f"{' and '.join(MACHINES)}. {_OWN_WAY}"
        )
    return found


def fetch_packages(base: Path, progress: Progress) -> Path:
    """Fetch and unpack into `base`; return the folder that holds the packages' `usr`.

    What an interrupted run has fetched already is kept and used. The folder returned has its name
    only once it is complete. Raises FetchFailed.
    """
    machine()
    if set(":;") & set(str(base)):
        # Both separate folders where the loader is told where libraries are.
        raise FetchFailed(
            f"Asterisk cannot be run from {base}: set RINGPOOL_CACHE to a folder without : and ; in it."
        )
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise FetchFailed(
                f"This system has no {program}, through which Asterisk would be fetched. {_OWN_WAY}"
            )
    apt = _Apt(base)
    archive = _update_from_first(apt, archives(), progress)
    version = _offered_version(apt, archive)
    progress(0.2, f"Fetching Asterisk {version}")
    apt.run(
        ["--no-install-recommends", "--yes", "--download-only", "install", *PACKAGES],
        lambda share, text: progress(0.2 + 0.6 * share, text),
    )
    return _unpack(apt.fetched(), base, version, lambda share, text: progress(0.8 + 0.2 * share, text))


def archives() -> list[Archive]:
    """The archives to try, best first, read from the machine's apt set-up.

    Ubuntu carries Asterisk for each of its releases; on Debian it is taken from `DEBIAN_SUITE` of
    the same mirror. `$RINGPOOL_ASTERISK_SUITE` names another suite. Raises FetchFailed.
    """
    system = _os_release()
    codename = system.get("VERSION_CODENAME", "")
    wanted = os.environ.get("RINGPOOL_ASTERISK_SUITE", "")
    if system.get("ID") == "ubuntu":
        suite, components, keyring = wanted or codename, "main universe", "ubuntu-archive-keyring.gpg"
    elif system.get("ID") == "debian":
        suite, components, keyring = wanted or DEBIAN_SUITE, "main", "debian-archive-keyring.gpg"
    else:
        raise FetchFailed(
            f"Asterisk is fetched on Debian and Ubuntu only, and this is {system.get('PRETTY_NAME', 'neither')}. "
            f"{_OWN_WAY}"
        )
    keyring_path = Path("/usr/share/keyrings") / keyring
    if not keyring_path.exists():
        raise FetchFailed(
            f"The keyring {keyring_path} is missing: install the package {keyring.removesuffix('.gpg')}."
        )
    return [Archive(uri, suite, components, keyring_path) for uri in _mirrors(codename)]


def _mirrors(codename: str) -> list[str]:
    """Mirrors of the distribution itself; other archives of the same suite name (Docker's …) come last."""
    # --print-uris needs neither root nor lists fetched before, which containers lack.
    listed = subprocess.run(
        ["apt-get", "update", "--print-uris"], capture_output=True, text=True, check=False, env=_environment()
    )
    found: list[str] = []
    for uri, suite in re.findall(r"^'(\S+)/dists/(\S+)/InRelease'", listed.stdout, re.MULTILINE):
        if uri not in found and (suite == codename or (not codename and "-" not in suite)):
            found.append(uri)
    if not found:
        raise FetchFailed(
            "apt knows no mirror of this distribution (`apt-get update --print-uris` lists none): "
            f"add one to /etc/apt/sources.list.d. {_OWN_WAY}"
        )
    return sorted(found, key=lambda uri: re.search(r"/(debian|ubuntu|ubuntu-ports)/?$", uri) is None)


def _update_from_first(apt: "_Apt", candidates: list[Archive], progress: Progress) -> Archive:
    """The first archive whose signed lists can be had."""
    last: FetchFailed | None = None
    for archive in candidates:
        apt.use(archive)
        progress(0.0, f"Asking the mirror for Asterisk ({archive.suite})")
        try:
            apt.run(["update", "--error-on=any"], lambda share, text: progress(0.2 * share, text))
            return archive
        except FetchFailed as error:
            last = error
    assert last is not None
    raise last


def _offered_version(apt: "_Apt", archive: Archive) -> str:
    """The version of Asterisk in the archive, without the packaging's own part."""
    shown = apt.ask(["apt-cache", "show", "--no-all-versions", "asterisk"])
    match = re.search(r"^Version: (?:\d+:)?(\d+)([\w.]*)", shown, re.MULTILINE)
    if match is None or int(match[1]) < OLDEST_MAJOR:
        has = f"has Asterisk {match[1]}{match[2]}" if match else "has no Asterisk"
        raise FetchFailed(
            f"The suite {archive.suite} {has}, and Ringpool needs {OLDEST_MAJOR} or later: "
            f"name a suite that has it in RINGPOOL_ASTERISK_SUITE. {_OWN_WAY}"
        )
    return match[1] + match[2]


class _Apt:
    """apt-get with all its state in one folder."""

    def __init__(self, base: Path) -> None:
        self._base = base / "apt"
        for part in ("lists/partial", "archives/partial", "state", "parts"):
            (self._base / part).mkdir(parents=True, exist_ok=True)
        (self._base / "status").write_text("")
        self._options = [
            *("-o", f"Dir::Etc::sourcelist={self._base / 'ringpool.sources'}"),
            *("-o", "Dir::Etc::sourceparts=/dev/null", "-o", "Dir::Etc::preferences=/dev/null"),
            *("-o", "Dir::Etc::preferencesparts=/dev/null"),
            *("-o", f"Dir::State={self._base / 'state'}", "-o", f"Dir::State::lists={self._base / 'lists'}"),
            *("-o", f"Dir::State::status={self._base / 'status'}"),
            *("-o", f"Dir::Cache={self._base}", "-o", f"Dir::Cache::archives={self._base / 'archives'}"),
            *("-o", f"Dir::Log={self._base}", "-o", "APT::Sandbox::User="),
            *(
                "-o",
                "APT::Install-Recommends=false",
                "-o",
                "Acquire::Retries=3",
                "-o",
                "Acquire::Languages=none",
            ),
        ]

    def use(self, archive: Archive) -> None:
        """Point apt at one archive."""
        (self._base / "ringpool.sources").write_text(archive.as_source())

    def fetched(self) -> list[Path]:
        """The packages in the folder."""
        return sorted((self._base / "archives").glob("*.deb"))

    def ask(self, argv: list[str]) -> str:
        """What a query such as apt-cache prints."""
        argv = [argv[0], *self._options, *argv[1:]]
        return subprocess.run(argv, capture_output=True, text=True, check=False, env=_environment()).stdout

    def run(self, arguments: list[str], progress: Progress) -> None:
        """Run apt-get and report its download status. Raises FetchFailed."""
        status_read, status_write = os.pipe()
        log = self._base / "apt.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                ["apt-get", *self._options, "-o", f"APT::Status-Fd={status_write}", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(status_write,),
                env=_environment(),
            )
        os.close(status_write)
        try:
            with os.fdopen(status_read, errors="replace") as status:
                for line in status:
                    parts = line.rstrip("\n").split(":", 3)
                    if parts[0] == "dlstatus" and len(parts) == 4:
                        progress(float(parts[2]) / 100, parts[3])
        except BaseException:
            process.terminate()
            raise
        finally:
            process.wait()
        if process.returncode != 0:
            raise FetchFailed(_why(log))


def _why(log: Path) -> str:
    """The sentence for a failed apt: its first error, and the next step."""
    text = log.read_text(errors="replace")
    reason = next(
        (line[2:].strip() for line in text.splitlines() if line.startswith(("E:", "W:"))), "no reason given"
    )
    if re.search(r"Could not resolve|Could not connect|Unable to connect|Connection failed|timed out", text):
        return (
            f"The mirror cannot be reached ({reason[:200]}): check the network and run the command again, "
            f"it goes on where it stopped. {_OWN_WAY}"
        )
    return f"apt could not fetch Asterisk ({reason[:300]}); all it said is in {log}. {_OWN_WAY}"


def _unpack(packages: list[Path], base: Path, version: str, progress: Progress) -> Path:
    """Unpack all packages into a folder that gets its name when it is complete."""
    root, partial = base / f"root-{version}", base / f"root-{version}.partial"
    for leftover in (root, partial):
        shutil.rmtree(leftover, ignore_errors=True)
    partial.mkdir()
    for number, package in enumerate(packages):
        progress(number / len(packages), "Unpacking " + package.name.split("_")[0])
        unpacked = subprocess.run(
            ["dpkg-deb", "--extract", str(package), str(partial)], capture_output=True, text=True, check=False
        )
        if unpacked.returncode != 0:
            package.unlink(missing_ok=True)
            raise FetchFailed(
                f"The package {package.name} cannot be unpacked ({unpacked.stderr.strip()[:200]}): "
                "see that there is room on the disk and run the command again."
            )
    partial.rename(root)
    # Packages of 80 MB are of no further use once they are unpacked.
    for package in packages:
        package.unlink(missing_ok=True)
    return root


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
