"""Ring-all, from the POST of a lead to the wire, and from the press of 1 to everybody else's release.

    python -m benchmarks.ring_all            # about two minutes
    python -m benchmarks.ring_all --quick    # to try it

One Asterisk node, one simulated outside world (a second Asterisk with a hundred phones), one PostgreSQL,
the dialer and the panel are started in a temporary folder, on free ports of the loopback.

* **one lead at a time**: a lead is posted to the panel's API over HTTP; ten phones ring, one is picked up
  and 1 is pressed on it. Measured: from before the POST was sent to the tenth INVITE as the phones'
  Asterisk received it; from the 1, as the dialer heard it, to the end of the last other phone's ringing
  and to the lead's own INVITE. How long the key itself takes (RFC 4733, 120 ms) is told apart.
* **many at once**: so many leads a second for so long, a hundred agents; whoever of a lead's ten rings
  first picks up and presses 1. Told: how many were taken, what became of the others, and how often a phone
  rang for two leads at once, by the wire's own account.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

import orjson

from benchmarks.calling.center import Center, found
from benchmarks.calling.hands import Hands
from benchmarks.calling.panel import panel
from benchmarks.calling.stage import standing
from benchmarks.calling.whole import Whole
from benchmarks.ringing.bench import RUNG, Bench, Many, OneLead
from benchmarks.ringing.wire import Wire
from dialer.campaigns import CampaignSettings, GroupSettings
from dialer.clock import now
from dialer.db import Database
from dialer.errors import RingpoolError
from dialer.migrate import migrate
from dialer.store import campaigns, distribution_groups, tokens
from dialer.store.tokens import Scope

AGENTS = 100

RINGING_PHONES = """
[phones](+)
; Phones that ring until somebody sends them to «answer».
exten => _2XXX,1,Ringing()
 same => n,Wait(120)
 same => n,Hangup(19)

[bench]
exten => answer,1,Answer(,i)
 same => n,Wait(86400)
 same => n,Hangup(16)
"""


def main() -> None:
    """Measure and print. Ends with status 1 and one sentence where something is missing."""
    options = _options()
    try:
        with tempfile.TemporaryDirectory(prefix="ringpool-bench-") as folder, ExitStack() as stack:
            bench = stack.enter_context(_bench(Path(folder)))
            singles = [bench.one_lead() for _ in range(options.leads)]
            many = bench.many(options.per_s, options.seconds)
    except KeyboardInterrupt:
        sys.exit(130)
    except RingpoolError as error:
        sys.exit(str(error))
    print(orjson.dumps(_as_json(singles, many)).decode() if options.json else _table(singles, many))


@contextmanager
def _bench(folder: Path) -> Iterator[Bench]:
    """A call center with a hundred agents who are signed in, its dialer, its panel, and a token."""
    with ExitStack() as stack:
        stage = stack.enter_context(standing(folder, AGENTS, _say, phones_do=RINGING_PHONES, watched=True))
        migrate(stage.database_url)
        db = Database(stage.database_url, max_size=4, application_name="ringpool benchmark")
        stack.callback(db.close)
        center = found(db, AGENTS)
        Whole(stage, db, center).register_phones()
        stack.enter_context(Whole(stage, db, center).dialer(None))
        campaign_id = _campaign(db, center)
        _, secret = tokens.create(
            db.for_organisation(center.organisation_id),
            center.manager_id,
            name="Benchmark",
            scopes=[Scope.LEADS_WRITE],
            user_id=center.manager_id,
            expires_at=None,
            now=now(),
        )
        url = stack.enter_context(panel(stage, token_hex(16)))[0]
        hands = Hands(db, center, None)
        hands.start()
        stack.callback(hands.stop)
        wire = stack.enter_context(Wire(stage.world.settings.ami_port))

        def post(number: str) -> int:
            body = json.dumps({"campaign_id": campaign_id, "phone": number, "last_name": "Prospect"}).encode()
            request = urllib.request.Request(f"{url}/api/v1/leads", body, method="POST")
            request.add_header("Authorization", f"Bearer {secret}")
            request.add_header("Content-Type", "application/json")
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return int(json.load(answer)["id"])
            except urllib.error.HTTPError as refused:
                raise RingpoolError(f"The lead was refused: {refused.read().decode()}") from refused

        yield Bench(stage, db, wire, post)


def _campaign(db: Database, center: Center) -> int:
    """For everybody, at any hour; the agents' pages stay open, and nobody has a session."""
    with db.transaction() as connection:
        connection.execute(
            "UPDATE app_user SET seen_at = %s, phone_mode = 'ring_each_call'", (now() + timedelta(days=1),)
        )
        connection.execute("UPDATE app_user SET role = 'admin' WHERE id = %s", (center.manager_id,))
        connection.execute("UPDATE organisation SET wrap_up_s = 0")
    tenant = db.for_organisation(center.organisation_id)
    group_id = distribution_groups.add(tenant, center.organisation_id, GroupSettings("Everybody"))
    campaign_id = campaigns.add(
        tenant, center.organisation_id, CampaignSettings("Website", group_id), now(), by=center.manager_id
    )
    with db.transaction() as connection:
        connection.execute("UPDATE list SET calling_from = '00:00', calling_until = '23:59:59.999999'")
    return campaign_id


def _table(singles: list[OneLead], many: Many) -> str:
    rows = [
        ("POST → tenth INVITE", [each.to_tenth_invite for each in singles], "150"),
        ("1 heard → the others released", [each.to_last_release for each in singles], "100"),
        ("1 heard → the lead's INVITE", [each.to_lead_invite for each in singles], "100"),
        ("key pressed → 1 heard", [each.key for each in singles], "–"),
        ("many at once: POST → ring begun", many.to_first_invite_ms, "–"),
    ]
    lines = [
        f"{len(singles)} leads, {RUNG} phones each of {AGENTS}",
        "",
        "| ms | p50 | p95 | p99 | most | target, p99 |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, values, target in rows:
        figures = [_quantile(values, q) for q in (0.5, 0.95, 0.99, 1.0)]
        lines.append(f"| {name} | {' | '.join(f'{figure:.0f}' for figure in figures)} | {target} |")
    states = ", ".join(f"{n} {state}" for state, n in sorted(many.states.items()))
    lines += [
        "",
        f"{many.posted} leads in {many.seconds:.1f} s ({many.posted / many.seconds:.1f}/s): {states}; "
        f"a phone called for two at once: {many.twice_at_once}.",
    ]
    return "\n".join(lines)


def _quantile(values: list[float], q: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else float("nan")


def _as_json(singles: list[OneLead], many: Many) -> dict[str, object]:
    return {
        "leads": len(singles),
        "to_tenth_invite_ms": [each.to_tenth_invite for each in singles],
        "to_last_release_ms": [each.to_last_release for each in singles],
        "to_lead_invite_ms": [each.to_lead_invite for each in singles],
        "key_ms": statistics.median(each.key for each in singles),
        "many": {
            "posted": many.posted,
            "seconds": many.seconds,
            "states": many.states,
            "twice_at_once": many.twice_at_once,
            "to_ring_ms": many.to_first_invite_ms,
        },
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ring_all", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--quick", action="store_true", help="a few leads, to try it")
    parser.add_argument("--json", action="store_true", help="every lead's figures as one JSON object")
    parser.add_argument("--leads", type=int, help="one at a time; default 100")
    parser.add_argument("--per-s", type=float, default=10.0, help="leads a second, many at once; default 10")
    parser.add_argument("--seconds", type=float, help="how long they come; default 15")
    options = parser.parse_args()
    options.leads = options.leads or (5 if options.quick else 100)
    options.seconds = options.seconds or (3.0 if options.quick else 15.0)
    return options


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
