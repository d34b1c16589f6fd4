"""My Session: choose a list, dial it, hand each call its result."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dialer.agents import PHONE_DID_NOT_ANSWER, PHONE_VANISHED, Agent, AgentState
from dialer.errors import BadValue, NotFound, Refused
from dialer.follow_ups import wish
from dialer.store import (
    agent_metrics,
    agents,
    call_window,
    company,
    dispositions,
    holds,
    lists,
    recording_pauses,
    sessions,
    team_grid,
    wrap_up,
)
from dialer.store.agent_metrics import Metrics
from dialer.store.dispositions import OpenCall
from dialer.store.lists import MyList
from dialer.store.team_grid import TeamRow
from web.access import me, one_look, room, tenant
from web.sentences import said
from web.session import phone, solo
from web.session.call_view import PHONE_KINDS, CallView, call_view, edits, field_label

blueprint = Blueprint("session", __name__, url_prefix="/session", template_folder="templates")


@dataclass(frozen=True, slots=True)
class Stage:
    """What the agent sees in the middle: their state, the list, the call in hand."""

    read_at: int
    """When reading began, in microseconds: an answer that was overtaken is not shown."""
    agent: Agent
    lists: list[MyList]
    list: MyList | None
    call: OpenCall | None
    window: bool
    """Whether the Call Disposition window is open."""
    solo: solo.Solo
    """What an agent who dials alone sees."""


def _stage(list_id: int | None, reopened: bool) -> Stage:
    read_at = time.time_ns() // 1000
    agent = agents.agent_of(tenant(), me().id)
    mine = lists.my_lists(tenant(), me().id)
    chosen = (
        list_id if agent.state is AgentState.LOGGED_OUT else agent.list_id
    )  # None: their follow-ups or leads
    call = dispositions.open_call(tenant(), me().id)
    closed = agent.state is AgentState.LOGGED_OUT or (call is not None and call.window_closed_at is not None)
    return Stage(
        read_at,
        agent,
        mine,
        next((one for one in mine if one.id == chosen), None),
        call,
        call is not None and (reopened or not closed),
        solo.seen(tenant(), me().id, agent),
    )


def _asked() -> Stage:
    return _stage(request.values.get("list", type=int), "window" in request.values)


def _view(shown: Stage) -> CallView | None:
    if shown.call is None or not shown.window:
        return None
    around = call_window.surroundings(tenant(), me().id, shown.call.attempt_id)
    return call_view(shown.call, around) if around is not None else None


def _show(template: str, shown: Stage, alert: str | None = None, bad_field: str | None = None) -> str:
    view = _view(shown)
    if view is None:
        shown = replace(shown, window=False)  # the call was over at that very moment
    results = dispositions.call_results(tenant()) if shown.window else []
    at_work = shown.agent.state is not AgentState.LOGGED_OUT
    list_id = shown.agent.list_id or (shown.list.id if shown.list else None)
    if shown.list is not None and shown.list.kind == "normal":
        list_id = None  # nobody else is on it
    kept = _kept_grid(list_id)
    return render_template(
        template,
        stage=shown,
        agent=shown.agent,
        call=shown.call,
        results=results,
        grid=_grid(list_id) if list_id and not kept else None,
        grid_key=kept or f"grid-{list_id}-{shown.read_at}",
        metrics=_metrics(list_id) if list_id else solo.metrics(tenant(), shown.solo),
        alert=alert,
        bad_field=bad_field,
        view=view,
        reasons=_reasons() if at_work else [],
        S=AgentState,
        PHONE_KINDS=PHONE_KINDS,
        PHONE_REASONS=(PHONE_DID_NOT_ANSWER, PHONE_VANISHED),
        browser_phone=me().phone_kind == "browser" and bool(phone.address()),
    )


def _grid(list_id: int) -> list[TeamRow]:
    """Who dials the list, oneself first."""
    return sorted(team_grid.team_grid(tenant(), list_id), key=lambda row: row.user_id != me().id)


def _kept_grid(list_id: int | None) -> str | None:
    """The key of the list's grid on the page that asks, if the page has it and is told of its rows."""
    key = request.headers.get("X-Kept-Grid", "")
    return key if list_id and key.startswith(f"grid-{list_id}-") else None


def _metrics(list_id: int) -> Metrics | None:
    """What one's newest session comes to, if it is on this list."""
    found = agent_metrics.of_user(tenant(), me().organisation_id, me().id)
    return found if found is not None and found.list_id == list_id else None


def _reasons() -> list[str]:
    return [reason.label for reason in company.pause_reasons(tenant(), me().organisation_id)]


@blueprint.get("/")
@room()
@one_look
def page() -> ResponseReturnValue:
    """The whole page; ``?list=`` loads a list into My Session."""
    return _show("session/page.html", _asked())


@blueprint.get("/stage")
@room()
@one_look
def stage() -> ResponseReturnValue:
    """The middle alone, after a change."""
    return _show("session/stage.html", _asked())


@blueprint.get("/grid/<int:list_id>")
@room()
@one_look
def grid(list_id: int) -> ResponseReturnValue:
    """The team grid of a list that the user may dial or manages."""
    read_at = time.time_ns() // 1000
    if not team_grid.who_may_see(tenant(), list_id, [me().id]):
        raise NotFound("There is no such list.")
    return render_template("session/grid.html", grid=_grid(list_id), read_at=read_at)


@blueprint.get("/metrics/<int:list_id>")
@room()
@one_look
def metrics(list_id: int) -> ResponseReturnValue:
    """The figures of one's own session on the list, open or last."""
    return render_template("session/metrics.html", metrics=_metrics(list_id))


def act(what: Callable[[datetime], object]) -> ResponseReturnValue:
    """Do one thing and show the stage after it; a refusal is said above it."""
    alert = bad_field = None
    try:
        what(datetime.now(UTC))
    except (Refused, NotFound) as error:
        alert = said(error)
        if isinstance(error, BadValue):
            bad_field, alert = error.field, f"{field_label(error.field)}: {alert}"
    if not request.headers.get("HX-Request"):
        loaded = request.form.get("follow_ups") or None
        return redirect(url_for("session.page", list=request.form.get("list", type=int), follow_ups=loaded))
    return _show(
        "session/stage.html", _stage(request.form.get("list", type=int), bool(alert)), alert, bad_field
    )


@blueprint.post("/start")
@room()
def start() -> ResponseReturnValue:
    """Start Session on the loaded list."""
    list_id = request.form.get("list", 0, type=int)
    return act(lambda now: sessions.start_session(tenant(), me().id, list_id, now))


@blueprint.post("/pause")
@room()
def pause() -> ResponseReturnValue:
    """Pause, at once or after the call in hand."""
    reason = request.form.get("reason", "")

    def ask_pause(now: datetime) -> None:
        if reason and reason not in _reasons():
            raise Refused("This pause reason is not offered any more; choose another.")
        sessions.ask_pause(tenant(), me().id, reason, now)

    return act(ask_pause)


@blueprint.post("/resume")
@room()
def resume() -> ResponseReturnValue:
    """Resume Dialing; also takes back a pause that was only asked for."""
    return act(lambda now: sessions.resume(tenant(), me().id, now))


@blueprint.post("/end")
@room()
def end() -> ResponseReturnValue:
    """End the session, at once or after the call in hand."""
    return act(lambda now: sessions.end_session(tenant(), me().id, now))


@blueprint.post("/calls/<int:attempt_id>/hang-up")
@room()
def hang_up(attempt_id: int) -> ResponseReturnValue:
    """Cut the prospect's line."""
    return act(lambda now: dispositions.ask_hang_up(tenant(), me().id, attempt_id, now))


@blueprint.post("/calls/<int:attempt_id>/hold")
@room()
def hold(attempt_id: int) -> ResponseReturnValue:
    """Put the prospect on hold."""
    return act(lambda now: holds.ask(tenant(), me().id, attempt_id, hold=True))


@blueprint.post("/calls/<int:attempt_id>/unhold")
@room()
def unhold(attempt_id: int) -> ResponseReturnValue:
    """Resume call."""
    return act(lambda now: holds.ask(tenant(), me().id, attempt_id, hold=False))


@blueprint.post("/calls/<int:attempt_id>/pause-recording")
@room()
def pause_recording(attempt_id: int) -> ResponseReturnValue:
    """Record nothing while payment details are taken."""
    return act(lambda now: recording_pauses.ask(tenant(), me().id, attempt_id, pause=True))


@blueprint.post("/calls/<int:attempt_id>/resume-recording")
@room()
def resume_recording(attempt_id: int) -> ResponseReturnValue:
    """Record again."""
    return act(lambda now: recording_pauses.ask(tenant(), me().id, attempt_id, pause=False))


@blueprint.post("/calls/<int:attempt_id>/extend")
@room()
def extend(attempt_id: int) -> ResponseReturnValue:
    """More time for the result."""
    by_s = request.form.get("seconds", 0, type=int)
    return act(lambda now: wrap_up.extend(tenant(), me().id, attempt_id, by_s, now))


@blueprint.post("/calls/<int:attempt_id>/result")
@room()
def save(attempt_id: int) -> ResponseReturnValue:
    """Save & Go."""
    result_id = request.form.get("result_id", type=int)
    notes = request.form.get("notes", "").replace("\r\n", "\n")

    def save_result(now: datetime) -> None:
        if result_id is None:
            raise Refused("Choose a call result first.")
        call = dispositions.open_call(tenant(), me().id)
        day, at, note = (request.form.get(f"follow_up_{name}", "") for name in ("date", "time", "note"))
        wanted = wish(day, at, note, call.time_zone if call else "UTC", now)
        dispositions.save_result(
            tenant(), me().id, attempt_id, result_id, notes, now, wanted, edits(request.form)
        )

    return act(save_result)


@blueprint.post("/calls/<int:attempt_id>/close")
@room()
def close(attempt_id: int) -> ResponseReturnValue:
    """Close the window without a result: no next call until there is one, or dialing is resumed."""
    return act(lambda now: dispositions.close_window(tenant(), me().id, attempt_id, now))
