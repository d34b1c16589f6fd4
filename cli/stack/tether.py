"""Commands that end when the process that started them ends, however it ends.

`setpriv` (util-linux) asks the kernel for a signal at the parent's death (`prctl(2)`,
PR_SET_PDEATHSIG) and then becomes the command: no process stands in between, and the command's
pid is the one that Popen returned. The kernel counts the *thread* that started the command as its
parent, so start tethered commands from a thread that lives as long as they should.
"""

import functools
import os
import pwd
import shutil
from collections.abc import Sequence

from dialer.errors import RingpoolError


class SetprivMissing(RingpoolError):
    """The program setpriv, a part of util-linux, is not installed."""


def tethered(argv: Sequence[str | os.PathLike[str]], signal_name: str = "TERM") -> list[str]:
    """`argv`, to be sent the signal named (`TERM`, `INT`, `KILL`) when its parent dies.

    Raises SetprivMissing.
    """
    return [_setpriv(), "--pdeathsig", signal_name, "--", *(os.fspath(part) for part in argv)]


def tethered_as(user: int, argv: Sequence[str | os.PathLike[str]], signal_name: str = "TERM") -> list[str]:
    """Like `tethered`, run as another user who keeps root's right to enter folders and open files.

    For programs that refuse to run as root. The one capability left (DAC_OVERRIDE) is what lets
    them live in a folder that other users cannot enter, such as a checkout below /root; no user is
    made and no folder's permissions are changed. Only root can start such a command.
    """
    return [
        _setpriv(),
        *("--reuid", str(user), "--regid", str(nobody_group()), "--clear-groups"),
        *("--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"),
        # After the change of user, which clears the signal.
        *("--bounding-set=-all,+dac_override", "--pdeathsig", signal_name, "--"),
        *(os.fspath(part) for part in argv),
    ]


def nobody_user() -> int:
    """The numeric id of the user `nobody`."""
    return pwd.getpwnam("nobody").pw_uid


def nobody_group() -> int:
    """The numeric group of the user `nobody` (its name differs between systems)."""
    return pwd.getpwnam("nobody").pw_gid


@functools.cache
def _setpriv() -> str:
    path = shutil.which("setpriv", path=os.environ.get("PATH", "") + ":/usr/bin:/bin")
    if path is None:
        raise SetprivMissing("The program setpriv is not installed: install the package util-linux.")
    return path
