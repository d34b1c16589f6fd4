"""`ringpool doctor`."""

from __future__ import annotations

import json
import sys

import click

from cli.checks import State, examine
from cli.context import settings_for
from cli.stack.folders import Folders


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor_command(as_json: bool) -> None:
    """Name what is wrong, and the next step; exit 1 if anything is."""
    folders = Folders.from_environment()
    findings = list(examine(settings_for(folders), folders.home))
    if as_json:
        told = [
            {"name": f.name, "state": f.state.value, "says": f.says, "next_step": f.next_step}
            for f in findings
        ]
        click.echo(json.dumps({"ok": all(f.state is not State.WRONG for f in findings), "findings": told}))
    else:
        for finding in findings:
            mark = {State.OK: "ok", State.WRONG: "WRONG", State.SKIPPED: "-"}[finding.state]
            click.echo(f"{mark:<6} {finding.name:<11} {finding.says} {finding.next_step}".rstrip())
    if any(finding.state is State.WRONG for finding in findings):
        sys.exit(1)
