"""docs/states.md says what the tables say."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from cli.state_rows import agent_rows, call_rows
from cli.states import docs_command, page
from dialer import agents
from dialer.agents import AgentState
from dialer.calls import click, events, power
from dialer.calls.call import CallState, Mode

COMMITTED = Path(__file__).parents[2] / "docs" / "states.md"


def test_the_committed_page_is_up_to_date() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == page(), "run `ringpool docs states`"


def test_every_rule_stands_on_the_page() -> None:
    assert agent_rows().keys() == agents.RULES.keys()
    assert call_rows().keys() == power.RULES.keys()
    assert call_rows(Mode.CLICK).keys() == click.RULES.keys()


def test_the_ways_are_those_that_the_rules_go() -> None:
    calls = call_rows()
    assert calls[CallState.DIALING, events.LegGone].to == {CallState.DIALING, CallState.ENDED}
    assert calls[CallState.TALKING, events.LegGone].to == {
        CallState.TALKING,
        CallState.ANSWERED,
        CallState.WRAP_UP,
    }
    saved = agent_rows()[AgentState.WRAP_UP, agents.ResultSaved]
    assert AgentState.READY in saved.to
    assert saved.if_wanted == {AgentState.PAUSED, AgentState.LOGGED_OUT}


def test_the_check_tells_an_old_page_from_a_new_one(tmp_path: Path) -> None:
    target = tmp_path / "states.md"
    run = CliRunner()
    assert run.invoke(docs_command, ["states", "--check", "--to", str(target)]).exit_code == 1
    assert run.invoke(docs_command, ["states", "--to", str(target)]).exit_code == 0
    assert run.invoke(docs_command, ["states", "--check", "--to", str(target)]).exit_code == 0
