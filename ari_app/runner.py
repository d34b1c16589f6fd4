"""Events to transactions to commands: commit, then command.

Events of one call are handled one after another, those of different calls side
by side. A step's commands have been answered before the next event of the same
call is looked at, so that requests never overtake each other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import perf_counter
from typing import Any
from uuid import UUID

import structlog

from ari_app.client import Ari
from ari_app.commands import Commands
from ari_app.metrics import Metrics
from ari_app.silence import Silence
from ari_app.translate import LegNews
from ari_app.work import Work
from dialer.agents import PhoneMode
from dialer.calls.commands import Command, DestroyBridge, HangUp, Originate, StopRecording, Unhold
from dialer.calls.events import (
    Adopted,
    Event,
    KeyPressed,
    LegAnswered,
    LegGone,
    MessageEnded,
    MessageStarted,
    OriginateRefused,
    PromptEnded,
    TimerDue,
)
from dialer.calls.power import Call, CallState
from dialer.clock import now
from dialer.db import Database
from dialer.store import calls

log = structlog.get_logger("ringpool.calls")

IN_HAND = 20_000
"""Events accepted and not yet handled; beyond it the WebSocket is read no further."""

PhoneHandler = Callable[[Event], Coroutine[Any, Any, None]]
_Transaction = Callable[[], calls.Handled | None]


@dataclass(slots=True)
class _Queue:
    """One call's events in order; the first is in hand."""

    waiting: deque[tuple[Event, _Transaction]] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None


_WORTH_A_LOOK = (CallState.ANSWERED, CallState.DROPPING, CallState.ENDED)
"""After a step to these somebody may be free, waiting or needed no longer; the others change nothing
for who is dialed next."""


_TAKES_AWAY = (HangUp, DestroyBridge, StopRecording, Unhold)


class Runner:
    """One node's calls. ``post`` accepts an event; everything else follows."""

    def __init__(
        self,
        db: Database,
        work: Work,
        ari: Ari,
        commands: Commands,
        metrics: Metrics,
        tasks: asyncio.TaskGroup,
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._work = work
        self._commands = commands
        self._metrics = metrics
        self._tasks = tasks
        self.wake = wake
        self._loop = asyncio.get_running_loop()
        self._queues: dict[UUID, _Queue] = {}
        self._call_of: dict[UUID, UUID] = {}
        self._timers: dict[UUID, asyncio.TimerHandle] = {}
        self._in_hand = 0
        self._room = asyncio.Event()
        self._room.set()
        self.silence = Silence(ari, commands, tasks, self._post_first)
        self.key_pressed: Callable[[KeyPressed], None] = lambda event: None
        """What a key of a phone means, whoever's leg it is; nothing outside a ring."""
        self.playback_ended: Callable[[PromptEnded | MessageEnded], bool] = lambda event: False
        """Tells a ring that one of its legs heard something to the end; whether it is one of its legs."""
        self._told: dict[UUID, UUID] = {}
        """Whose call a phone that stays connected is told of, by its leg."""
        self.rings: Callable[[UUID, Event], None] = lambda key, event: None
        """Takes an event of a leg that belongs to a ring, by the ring's key."""
        self.phones: dict[UUID, PhoneHandler] = {}
        """Handlers of legs that belong to an agent's stay-connected phone, by leg id."""

    # -- accepting -----------------------------------------------------------------------------

    async def accept(self, news: LegNews) -> None:
        """Take an event from the WebSocket; waits while too many are in hand."""
        await self._room.wait()
        self.silence.heard(news.event)
        if isinstance(news.event, KeyPressed):
            self.key_pressed(news.event)
            return
        if isinstance(news.event, PromptEnded | MessageEnded):
            of_a_ring = self.playback_ended(news.event)
            if of_a_ring or isinstance(news.event, PromptEnded):
                return  # the winner's leg is a call's by now, and the end of its prompt nobody's
        if isinstance(news.event, MessageEnded):
            self.silence.message_ended(news.leg_id)
            if (told := self._told.pop(news.leg_id, None)) is not None:
                self.post(told, news.event)
                return
        call_leg_id = self._call_of.get(news.leg_id)
        if call_leg_id is not None:
            self.post(call_leg_id, news.event)
        elif (phone := self.phones.get(news.leg_id)) is not None:
            self.start(self._tell_phone(phone, news.event), "a phone's event")
        elif isinstance(news.event, LegAnswered | LegGone):
            self.start(self._find_owner(news), "an event of a leg that was not known")

    def start(self, doing: Coroutine[Any, Any, None], what: str) -> None:
        """Do something on the side. What goes wrong with it is said, and harms nothing else."""

        async def guarded() -> None:
            try:
                await doing
            except Exception:
                log.exception("something could not be done", what=what)

        self._tasks.create_task(guarded())

    def know(self, leg_id: UUID, call_leg_id: UUID, drop_message: str | None = None) -> None:
        """Note whose leg it is, before Asterisk is asked to make it; a prospect's with its message."""
        self._call_of[leg_id] = call_leg_id
        if drop_message is not None:
            self.silence.expect(leg_id, drop_message)

    def tells(self, leg_id: UUID, call_leg_id: UUID) -> None:
        """Note the call that an agent whose phone stays connected may be told of."""
        self._told[leg_id] = call_leg_id

    def forget_but(self, living: set[UUID]) -> None:
        """Keep what is noted of these legs; the ends of others were missed."""
        self.silence.forget_but(living)
        for notes in (self._call_of, self.phones, self._told):
            for leg_id in notes.keys() - living:
                del notes[leg_id]

    def post(self, call_leg_id: UUID, event: Event) -> None:
        """Queue an event for the call of a prospect's leg."""
        self._enqueue(call_leg_id, event, self._keeping(call_leg_id, event))

    def _keeping(self, call_leg_id: UUID, event: Event) -> _Transaction:
        told = isinstance(event, MessageStarted)
        overtaken = None if told else partial(self.silence.spoke, call_leg_id)
        return partial(calls.on_event, self._db, call_leg_id, event, overtaken)

    def _post_first(self, call_leg_id: UUID, event: Event) -> None:
        """Queue an event before all that wait; the one in hand cannot be overtaken."""
        queue = self._queues.get(call_leg_id)
        if queue is None:
            self.post(call_leg_id, event)
            return
        self._in_hand += 1
        queue.waiting.insert(1, (event, self._keeping(call_leg_id, event)))

    def _enqueue(self, call_leg_id: UUID, event: Event, transaction: _Transaction) -> None:
        self._in_hand += 1
        if self._in_hand >= IN_HAND:
            self._room.clear()
        queue = self._queues.get(call_leg_id)
        if queue is not None:
            queue.waiting.append((event, transaction))
            return
        queue = self._queues[call_leg_id] = _Queue(deque([(event, transaction)]))
        self._metrics.live.set(len(self._queues))
        queue.task = self._tasks.create_task(self._work_off(call_leg_id, queue))

    def take_on(self, made: calls.Handled) -> None:
        """Follow a step that another machine's transaction took for a call, before anything else of that call."""
        call = made.call
        self.know(call.leg_id, call.leg_id, call.drop_message)
        if call.seat is not None and call.seat.phone_mode is PhoneMode.RING_EACH_CALL:
            self.phones.pop(call.seat.leg_id, None)
            self.know(call.seat.leg_id, call.leg_id)
        elif call.seat is not None:
            self.tells(call.seat.leg_id, call.leg_id)
        self._enqueue(call.leg_id, Adopted(call.launched_at), lambda: made)

    async def settled(self, call_leg_ids: Iterable[UUID]) -> None:
        """Return when everything queued for these calls so far is done."""
        tasks = [q.task for each in call_leg_ids if (q := self._queues.get(each)) and q.task]
        if tasks:
            await asyncio.wait(tasks)

    async def send(self, call_leg_id: UUID, commands: Sequence[Command]) -> None:
        """Send commands that are on record: a new call's first ones, or a step's once more."""
        for event in await self._commands.send(commands):
            self.post(call_leg_id, event)

    async def _tell_phone(self, phone: PhoneHandler, event: Event) -> None:
        await phone(event)

    async def _find_owner(self, news: LegNews) -> None:
        """A leg that another process made, or that is over for us."""
        owner = await self._work.until_done(calls.leg_owner, self._db, news.leg_id)
        if owner is not None and owner.call_leg_id is not None:
            self.post(owner.call_leg_id, news.event)
        elif owner is not None and owner.ring_key is not None:
            self.rings(owner.ring_key, news.event)
        elif isinstance(news.event, LegAnswered):
            # Nobody's: a silent call would be the worst answer.
            await self._commands.send([HangUp(news.leg_id)])
        elif isinstance(news.event, LegGone) and owner is not None and owner.kind == "agent":
            await self.phone_gone(news.leg_id, news.event)

    # -- handling ------------------------------------------------------------------------------

    async def _work_off(self, call_leg_id: UUID, queue: _Queue) -> None:
        waiting = queue.waiting
        try:
            while waiting:
                event, transaction = waiting[0]
                done = await self._handle(call_leg_id, event, transaction)
                waiting.popleft()
                if not done:
                    waiting.insert(1, (event, transaction))  # after the message's start
                    continue
                self._in_hand -= 1
                self._room.set()
        finally:
            self._in_hand -= len(waiting)
            del self._queues[call_leg_id]
            self._metrics.live.set(len(self._queues))

    async def _handle(self, call_leg_id: UUID, event: Event, transaction: _Transaction) -> bool:
        """Keep one event and follow it; False when it was overtaken and is to come later."""
        started = perf_counter()
        try:
            handled = await self._work.until_done(transaction)
            self._metrics.step.observe(perf_counter() - started)
            if handled is not None:
                await self._follow(handled, event)
        except calls.Overtaken:
            return False
        except Exception:
            # One call's defect must not end the others'; the log has all that is known.
            log.exception(
                "an event could not be handled", leg=str(call_leg_id), happened=type(event).__name__
            )
        if isinstance(event, MessageStarted):
            self.silence.told(call_leg_id)
        elif isinstance(event, LegGone | OriginateRefused):
            self._forget(event.leg_id)
        return True

    def _forget(self, leg_id: UUID) -> None:
        self._call_of.pop(leg_id, None)
        self.silence.forget(leg_id)
        if (timer := self._timers.pop(leg_id, None)) is not None:
            timer.cancel()

    async def _follow(self, handled: calls.Handled, event: Event) -> None:
        """After the commit: log the step, set its timer, send its commands."""
        before, call = handled.before, handled.call
        if call == before and not handled.commands:
            return
        log.info(
            "call stepped",
            organisation=handled.organisation_id,
            attempt=handled.attempt_id,
            happened=type(event).__name__,
            was=before.state.value,
            now=call.state.value,
            outcome=call.outcome and call.outcome.value,
        )
        self._count(before, call)
        if call.due_at != before.due_at:
            self.set_timer(call, now())
        overtaken = self.silence.spoke(call.leg_id) and not isinstance(event, MessageStarted)
        self.silence.kept(call, event)
        commands: Sequence[Command] = handled.commands
        if overtaken:
            # The message began while this was being committed: only what takes away is still right.
            commands = [c for c in commands if isinstance(c, _TAKES_AWAY)]
        for command in commands:
            if isinstance(command, Originate):
                self.know(command.leg_id, call.leg_id)
        for answer in await self._commands.send(commands):
            self.post(call.leg_id, answer)
        if call.state in _WORTH_A_LOOK:
            self.wake()

    def set_timer(self, call: Call, now: datetime) -> None:
        """Have the call's deadline ring, by the machine's steady clock; an earlier one is off."""
        if (timer := self._timers.pop(call.leg_id, None)) is not None:
            timer.cancel()
        if call.due_at is not None:
            delay_s = max(0.0, (call.due_at - now).total_seconds())
            self._timers[call.leg_id] = self._loop.call_later(
                delay_s, self._ring_timer, call.leg_id, call.due_at
            )

    def _ring_timer(self, call_leg_id: UUID, due_at: datetime) -> None:
        self._timers.pop(call_leg_id, None)
        self.post(call_leg_id, TimerDue(now(), due_at))

    def _count(self, before: Call, call: Call) -> None:
        if call.ended_at is not None and before.ended_at is None and call.outcome is not None:
            self._metrics.ended.labels(call.outcome.value).inc()
        if call.bridged_at is not None and before.bridged_at is None and call.answered_at is not None:
            self._metrics.connect.observe((call.bridged_at - call.answered_at).total_seconds())

    # -- phones --------------------------------------------------------------------------------

    async def phone_gone(self, leg_id: UUID, event: LegGone) -> None:
        """A stay-connected phone's leg ended: its agent and whoever was on it move on together.

        Where a call is on the phone, its own queue keeps the order of its requests.
        """
        self.phones.pop(leg_id, None)
        transaction = partial(calls.phone_gone, self._db, leg_id, event.cause, event.at)
        call_leg_id = await self._work.until_done(calls.call_on_phone, self._db, leg_id)
        if call_leg_id is not None:
            self._enqueue(call_leg_id, event, transaction)
            return
        try:
            handled = await self._work.until_done(transaction)
        except calls.Rung as rung:
            # Its ring first: the agent is released with it, and then has no phone.
            self.rings(rung.key, event)
            return
        if handled is not None:
            # Reserved between the two: too late for the call's queue, and followed all the same.
            await self._follow(handled, event)
        self.wake()
