"""Who used the processors meanwhile: CPU seconds by program, from the process trees."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

SELF = "benchmark"


@dataclass(frozen=True, slots=True)
class Reading:
    """CPU seconds since each program's start, the machine's busy seconds since boot, and when."""

    at: float
    by_program: Mapping[str, float]
    machine: float


def read(pids: Mapping[str, int]) -> Reading:
    """Look at the programs' process trees, at this process (as SELF) and at the machine."""
    by_program = {name: _tree_s(pid) for name, pid in pids.items()}
    own = psutil.Process().cpu_times()
    by_program[SELF] = own.user + own.system
    machine = psutil.cpu_times()
    idle = machine.idle + getattr(machine, "iowait", 0.0)
    return Reading(time.monotonic(), by_program, sum(machine[:8]) - idle)


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU between two readings: seconds by program, and of everything else on the machine."""

    seconds: float
    by_program: dict[str, float]
    others: float

    def per_call_ms(self, calls: int) -> dict[str, float]:
        """Milliseconds of CPU per call by program."""
        return {name: 1000 * cpu_s / max(1, calls) for name, cpu_s in self.by_program.items()}

    def shares(self) -> dict[str, float]:
        """The part of the whole machine that each program had, 0 to 1; ``others``: not ours."""
        whole = self.seconds * (os.cpu_count() or 1)
        return {name: cpu_s / whole for name, cpu_s in [*self.by_program.items(), ("others", self.others)]}


def between(before: Reading, after: Reading) -> Cost:
    """What was used from one reading to the other."""
    used = {name: after.by_program[name] - before.by_program[name] for name in after.by_program}
    others = max(0.0, after.machine - before.machine - sum(used.values()))
    return Cost(after.at - before.at, used, others)


def _tree_s(pid: int) -> float:
    """A process with its living descendants, and those that ended and were waited for."""
    leader = psutil.Process(pid)
    total = 0.0
    for process in [leader, *leader.children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total
