"""Who gets which prospects: equal shares in batches (LPL-3, LPS-9). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush


@dataclass(frozen=True, slots=True)
class Plan:
    """Records to move: ``lease`` to a user, ``take_back`` from one, for others or for the pool."""

    lease: Mapping[int, int]
    take_back: Mapping[int, int]


def turns(held: Mapping[int, int], batch_size: int) -> list[int]:
    """Whose turn it is for each record that comes from the pool, until everybody has a batch.

    The next is always for whoever holds least, of several for the lowest user id: however soon the
    pool ends, shares are as equal as they can be without taking anything back, and users who hold
    the same get early and late records alike.
    """
    least = [(count, user) for user, count in held.items() if count < batch_size]
    heapify(least)
    order = []
    for _ in range(missing(held, batch_size)):
        count, user = heappop(least)
        order.append(user)
        if count + 1 < batch_size:
            heappush(least, (count + 1, user))
    return order


def missing(held: Mapping[int, int], batch_size: int) -> int:
    """How many records more than all hold together would be a batch for everybody."""
    return max(0, batch_size * len(held) - sum(held.values()))


def share_out(held: Mapping[int, int], free: int, batch_size: int) -> Plan:
    """Share what there is so that no user's share is more than one record from another's.

    ``held``: undialed records by user id, for every user in session. ``free``: records
    that can be had from the pool. Each gets ``batch_size``, or all of it is divided equally
    when pool and holdings together are not enough for that. A record more goes to those who
    hold most, then to the lowest user ids: the fewest records move, and the same facts give
    the same plan. What anybody has above the batch size goes to others, or to the pool.
    """
    if not held:
        return Plan({}, {})
    users = sorted(held, key=lambda user: (-held[user], user))
    share, extra = divmod(min(free + sum(held.values()), batch_size * len(users)), len(users))
    target = {user: share + (place < extra) for place, user in enumerate(users)}
    return Plan(
        {user: target[user] - held[user] for user in users if target[user] > held[user]},
        {user: held[user] - target[user] for user in users if target[user] < held[user]},
    )


def is_due(held: Mapping[int, int]) -> bool:
    """Whether to share out now: somebody in session has nothing left."""
    return any(count == 0 for count in held.values())
