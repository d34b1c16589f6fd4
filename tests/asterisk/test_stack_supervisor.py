"""Services are started in order, restarted when they crash, and never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.stack.process import Child, Service, ServiceFailed
from cli.stack.supervisor import Supervisor


def python(name: str, folder: Path, code: str, **fields: object) -> Service:
    """A service written in a line of Python; it is ready when it has made the file `{name}.up`."""
    up = folder / f"{name}.up"
    up.unlink(missing_ok=True)
    values: dict[str, object] = {"ready": up.exists, "ready_within_s": 20.0, "stop_within_s": 5.0} | fields
    program = f"import pathlib, signal, time, sys, os\n{code}\n"
    return Service(
        name=name, argv=(sys.executable, "-c", program, str(up)), log=folder / f"{name}.log", **values
    )  # type: ignore[arg-type]


SIT = "pathlib.Path(sys.argv[1]).touch(); signal.pause()"
DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SIT


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.01)


def test_services_stop_in_the_reverse_order_of_their_start(tmp_path: Path) -> None:
    said: list[str] = []
    with Supervisor(said.append) as supervisor:
        supervisor.start(python("first", tmp_path, SIT))
        supervisor.start(python("second", tmp_path, SIT))
        pids = [supervisor.pid("first"), supervisor.pid("second")]
    assert said[2:] == ["second is stopped.", "first is stopped."]
    assert not any(map(alive, pids))


def test_a_service_that_ends_while_it_starts_tells_its_last_words(tmp_path: Path) -> None:
    with Supervisor() as supervisor, pytest.raises(ServiceFailed, match="no luck today"):
        supervisor.start(python("unlucky", tmp_path, "sys.exit('no luck today')"))


def test_a_service_that_is_never_ready_is_stopped(tmp_path: Path) -> None:
    never = python("slow", tmp_path, SIT, ready=lambda: False, ready_within_s=0.5)
    child = Child(never)
    with pytest.raises(ServiceFailed, match="not ready within"):
        child.wait_ready()
    assert not alive(child.pid)


def test_a_service_deaf_to_its_signal_is_killed_after_its_deadline(tmp_path: Path) -> None:
    child = Child(python("deaf", tmp_path, DEAF, stop_within_s=0.2))
    child.wait_ready()
    child.stop()
    assert child.exit_status() == -signal.SIGKILL


def test_a_crashed_service_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    with Supervisor(said.append) as supervisor:
        supervisor.start(python("shaky", tmp_path, SIT))
        first = supervisor.pid("shaky")
        os.kill(first, signal.SIGKILL)
        supervisor.watch(until=lambda: "shaky is ready again." in said)
        assert supervisor.pid("shaky") != first
    assert "signal SIGKILL" in said[1]


def test_a_service_that_must_not_end_stops_the_watch(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        supervisor.start(python("vital", tmp_path, SIT, restarts=False))
        os.kill(supervisor.pid("vital"), signal.SIGKILL)
        with pytest.raises(ServiceFailed, match="vital ended"):
            supervisor.watch()


def test_what_a_service_started_goes_with_it(tmp_path: Path) -> None:
    spawn = (
        "import subprocess; p = subprocess.Popen(['sleep', '600']); "
        "pathlib.Path(sys.argv[1] + '.pid').write_text(str(p.pid)); "
    )
    child = Child(python("parent", tmp_path, spawn + SIT))
    child.wait_ready()
    grandchild = int((tmp_path / "parent.up.pid").read_text())
    child.stop()
    wait_until(lambda: not alive(grandchild))


OVERSEER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.asterisk.test_stack_supervisor import SIT, python
from cli.stack.supervisor import Supervisor
folder = Path({folder!r})
with Supervisor() as supervisor:
    supervisor.start(python("one", folder, SIT))
    supervisor.start(python("two", folder, SIT))
    pids = [supervisor.pid("one"), supervisor.pid("two")]

    def tell():
        # Once it watches: a signal before that interrupts the start, which is another story.
        if pids:
            print(pids.pop(0), pids.pop(0), flush=True)
        return False

    supervisor.watch(until=tell)
"""


@pytest.mark.parametrize(
    ("sent", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_no_child_outlives_its_supervisor(sent: signal.Signals, status: int, tmp_path: Path) -> None:
    root = str(Path(__file__).parents[2])
    overseer = subprocess.Popen(
        [sys.executable, "-c", OVERSEER.format(root=root, folder=str(tmp_path))],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        start_new_session=True,
    )
    pids: list[int] = []
    try:
        assert overseer.stdout is not None
        with overseer.stdout:
            pids = [int(word) for word in overseer.stdout.readline().split()]
        assert len(pids) == 2
        overseer.send_signal(sent)
        assert overseer.wait(20) == status
        wait_until(lambda: not any(map(alive, pids)))
    finally:
        end(overseer, pids)


def end(overseer: subprocess.Popen[str], pids: list[int]) -> None:
    """A test that fails leaves nobody behind either."""
    overseer.kill()
    overseer.wait()
    for pid in filter(alive, pids):
        os.kill(pid, signal.SIGKILL)
