"""Who gets which prospects: equal shares in batches (LPL-3, LPS-9). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """Records to move: ``lease`` from the pool to a user, ``take_back`` from one for others."""

    lease: Mapping[int, int]
    take_back: Mapping[int, int]


def share_out(held: Mapping[int, int], free: int, batch_size: int) -> Plan:
    """Share what is left so that no user's share is more than one record from another's.

    ``held``: undialed records by user id, for every user in session. ``free``: records
    in the pool. Each gets up to ``batch_size``; when pool and holdings together are
    not enough for that, all of it is divided equally. A record more goes to those who
    hold most, then to the lowest user ids: the fewest records move, and the same facts
    give the same plan. Nobody above the batch size is cut down unless somebody else
    would go short.
    """
    if not held:
        return Plan({}, {})
    users = sorted(held, key=lambda user: (-held[user], user))
    total = free + sum(held.values())
    if total >= batch_size * len(users):
        target = dict.fromkeys(users, batch_size)
        lease = {user: target[user] - held[user] for user in users if held[user] < batch_size}
        short = sum(lease.values()) - free
        if short <= 0:
            return Plan(lease, {})
        # The pool is too small only because somebody holds more than a batch.
    share, extra = divmod(total, len(users))
    target = {user: share + (place < extra) for place, user in enumerate(users)}
    return Plan(
        {user: target[user] - held[user] for user in users if target[user] > held[user]},
        {user: held[user] - target[user] for user in users if target[user] < held[user]},
    )


def is_due(held: Mapping[int, int], free: int) -> bool:
    """Whether to share out now: somebody in session has nothing left, and there is something to give."""
    return any(count == 0 for count in held.values()) and (free > 0 or any(c > 1 for c in held.values()))
