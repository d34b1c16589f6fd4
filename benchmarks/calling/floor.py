"""The floor: the same calls by AMI Originate and dialplan, nothing else.

Agents' phones are called once and wait in a holding bridge without music. Each announces itself by one
UserEvent; the client answers with one Originate of a prospect for that agent, and the dialplan bridges
the two when the prospect answers. There is no Python in a call beyond that event and that action.
"""

from __future__ import annotations

import time
from collections import deque
from contextlib import nullcontext

from benchmarks.calling import cost
from benchmarks.calling.ami import Manager
from benchmarks.calling.phase import Load, Phase
from benchmarks.calling.stage import FIRST_EXTENSION, PASSWORD, Stage
from benchmarks.calling.watch import Watch
from dialer.errors import RingpoolError

PATIENCE_S = 30.0
FEW = 3


class AgentsMissing(RingpoolError):
    """The floor's agents could not be connected or hung up; see the logs of node and world."""


class _Caller:
    """Calls a prospect for each free agent: at once, or at the load's own pace."""

    def __init__(self, manager: Manager, load: Load) -> None:
        self._manager = manager
        self._load = load
        self._placed = 0
        self._next_at = 0.0
        self.calling = False
        self.idle: deque[str] = deque()
        self.freed = 0
        self.failed = 0

    def seat(self, extension: int) -> None:
        """Call an agent's phone."""
        self._originate(f"PJSIP/phone{extension}@trunk", "agent")

    def work(self, until: float) -> None:
        """Take what comes until a moment of the steady clock."""
        while (left_s := until - time.monotonic()) > 0:
            for message in self._manager.messages(min(left_s, self._place_some())):
                if message.get("UserEvent") == "Free":
                    self.freed += 1
                    self.idle.append(message["Agent"])
                elif message.get("Response") == "Failure":
                    self.failed += 1

    def _place_some(self) -> float:
        """Call for agents who wait, as far as the pace allows; seconds until it allows the next."""
        per_s = self._load.calls_per_s
        while self.calling and self.idle:
            wait_s = self._next_at - time.monotonic()
            if per_s is not None and wait_s > 0:
                return wait_s
            self._next_at = max(self._next_at, time.monotonic() - 1) + (1 / per_s if per_s else 0)
            self._place(self.idle.popleft())
        return PATIENCE_S

    def _place(self, agent: str) -> None:
        self._placed += 1
        number = f"+1{self._placed:09d}{self._load.script}"
        self._originate(f"PJSIP/{number}@trunk", "prospect", Variable=f"AGENT={agent}")

    def _originate(self, channel: str, exten: str, **fields: str) -> None:
        self._manager.send(
            "Originate",
            Channel=channel,
            Context="floor",
            Exten=exten,
            Priority="1",
            Timeout="30000",
            Codecs="ulaw",
            Async="true",
            **fields,
        )


def measure(stage: Stage, load: Load) -> Phase:
    """Seat the agents, call, and hang everybody up again. Raises AgentsMissing."""
    with Manager(stage.node.ami_port, "floor", PASSWORD) as manager:
        caller = _Caller(manager, load)
        try:
            _seat(caller, load.agents)
            caller.calling = True
            caller.work(time.monotonic() + load.warm_up_s)
            with Watch(stage.node.ami_port) if load.calls_per_s else nullcontext() as watch:
                before, freed, failed = cost.read(stage.pids), caller.freed, caller.failed
                caller.work(time.monotonic() + load.measured_s)
                after = cost.read(stage.pids)
                return Phase(
                    "floor",
                    load,
                    caller.freed - freed,
                    cost.between(before, after),
                    watched_ms=watch.connect_ms() if watch else (),
                    failed=caller.failed - failed,
                )
        finally:
            caller.calling = False
            caller.work(time.monotonic() + load.talk_s + 1)
            _hang_up(stage)


def _seat(caller: _Caller, agents: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    for n in range(agents):
        caller.seat(FIRST_EXTENSION + n)
        caller.work(time.monotonic() + 0.01)
    while len(caller.idle) < agents:
        if time.monotonic() > deadline:
            raise AgentsMissing(f"Only {len(caller.idle)} of the floor's {agents} agents could be connected.")
        caller.work(time.monotonic() + 0.05)


def _hang_up(stage: Stage) -> None:
    """Hang up until nobody is left: an agent on the way from bridge to bridge may not hear it at once.

    Announcers and recorders of ARI's bridges do not count: they take no part in the next phase. Nor
    do a few channels that Asterisk itself cannot end any more after hundreds of calls a second.
    """
    deadline = time.monotonic() + PATIENCE_S
    while left := stage.asterisk.console("core show channels concise").count("PJSIP/"):
        if time.monotonic() > deadline:
            if left <= FEW:
                return
            raise AgentsMissing(f"{left} of the floor's agents could not be hung up.")
        stage.asterisk.console("channel request hangup all")
        time.sleep(0.5)
