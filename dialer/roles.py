"""Roles, and who may change whom (ORG-2, ORG-5)."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a user may do; the values are the SQL text. From the mightiest to the least."""

    SUPER_ADMIN = "super_admin"
    ADMIN = "admin"
    MANAGER = "manager"
    AGENT = "agent"
    DIALING_AGENT = "dialing_agent"

    @property
    def manages_lists(self) -> bool:
        """Sees and edits every list of the organisation (ORG-2)."""
        return self in (Role.SUPER_ADMIN, Role.ADMIN, Role.MANAGER)

    @property
    def administers(self) -> bool:
        """May look after the organisation's users when nobody else does."""
        return self in (Role.SUPER_ADMIN, Role.ADMIN)

    @property
    def takes_leads(self) -> bool:
        """May be rung for leads: a manager with a phone, too; dialing agents hand calls on and take none."""
        return self is not Role.DIALING_AGENT


_CHANGES = {
    Role.SUPER_ADMIN: frozenset(Role),
    Role.ADMIN: frozenset(Role) - {Role.SUPER_ADMIN},
    Role.MANAGER: frozenset({Role.AGENT, Role.DIALING_AGENT}),
    Role.AGENT: frozenset[Role](),
    Role.DIALING_AGENT: frozenset[Role](),
}


def may_change(actor: Role, subject: Role) -> bool:
    """Whether ``actor`` may register and edit users of the role ``subject``.

    An admin may not touch a super admin: a new password for one would be a way to become one.
    """
    return subject in _CHANGES[actor]


def grantable(actor: Role, present: Role | None = None) -> tuple[Role, ...]:
    """The roles that ``actor`` may give to somebody whose role is ``present``; None: somebody new.

    A manager never raises a role.
    """
    roles = [role for role in Role if may_change(actor, role)]
    if present is not None and not actor.administers:
        roles = [role for role in roles if _rank(role) >= _rank(present)]
    return tuple(roles)


def _rank(role: Role) -> int:
    return list(Role).index(role)
