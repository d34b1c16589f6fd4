"""Who may change whom, and which values of a registration can be used."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.errors import BadValue
from dialer.registrations import Registration, checked, problems
from dialer.roles import Role, grantable, may_change

ANA = Registration(name="Ana", email="ana@acme.test")

ROLES = st.sampled_from(Role)


@given(actor=ROLES, present=ROLES)
def test_nobody_gives_a_role_whose_holders_they_may_not_change(actor: Role, present: Role) -> None:
    assert all(may_change(actor, role) for role in grantable(actor, present))


@given(present=ROLES)
def test_managers_never_raise_a_role(present: Role) -> None:
    order = list(Role)
    assert all(order.index(role) >= order.index(present) for role in grantable(Role.MANAGER, present))


def test_agents_change_nobody() -> None:
    for agent in (Role.AGENT, Role.DIALING_AGENT):
        assert grantable(agent) == ()
        assert not any(may_change(agent, role) for role in Role)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " \n "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"email": "ana"}, "email"),
        ({"email": "a b@c"}, "email"),
        ({"email": "a@" + "b" * 320}, "email"),
        ({"extension": "1"}, "extension"),
        ({"extension": "12345678901"}, "extension"),
        ({"extension": "١٢٣"}, "extension"),
        ({"caller_id": "call me"}, "caller_id"),
        ({"phone_mode": "smoke"}, "phone_mode"),
        ({"phone_kind": "tin"}, "phone_kind"),
        ({"locale": "fr"}, "locale"),
        ({"skills": {"": 5}}, "skills"),
        ({"skills": {"x" * 61: 5}}, "skills"),
        ({"skills": {"Solar": 0}}, "skills"),
        ({"skills": {"Solar": 11}}, "skills"),
        ({"skills": {"Solar": 1, "SOLAR": 2}}, "skills"),
        ({"skills": {f"skill {n}": 1 for n in range(101)}}, "skills"),
        ({"states": ("x" * 61,)}, "states"),
        ({"products": tuple(str(n) for n in range(501))}, "products"),
        ({"works_from": time(9)}, "works_until"),
        ({"works_from": time(9), "works_until": time(9)}, "works_until"),
        ({"works_days": ()}, "works_days"),
        ({"works_days": (0, 8)}, "works_days"),
    ],
)
def test_value_that_cannot_be_used_is_said_by_its_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(BadValue) as told:
        checked(replace(ANA, **values), "US")
    assert told.value.field == field
    assert str(told.value).endswith(".")


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = replace(ANA, name="", email="", works_days=())
    assert [problem.field for problem in problems(wrong, "US")] == ["name", "email", "works_days"]


def test_values_are_tidied() -> None:
    untidy = replace(
        ANA,
        name="  Ana \t Li ",
        extension=" 1001 ",
        caller_id="08-123 456 78",
        skills={" Solar  panels ": 3},
        states=(" TX", "", "tx", "CA"),
        works_days=(5, 1, 5),
    )
    tidy = checked(untidy, "SE")
    assert (tidy.name, tidy.extension, tidy.caller_id) == ("Ana Li", "1001", "+46812345678")
    assert (tidy.skills, tidy.states, tidy.works_days) == ({"Solar panels": 3}, ("TX", "CA"), (1, 5))


def test_working_hours_may_go_over_midnight() -> None:
    night = replace(ANA, works_from=time(22), works_until=time(6))
    assert checked(night, "US") == night


@given(
    name=st.text(max_size=300),
    email=st.text(max_size=400),
    extension=st.none() | st.text(max_size=20),
    caller_id=st.none() | st.text(max_size=30),
    words=st.lists(st.text(max_size=70), max_size=10),
)
def test_tidied_values_stay_as_they_are_or_are_refused(
    name: str, email: str, extension: str | None, caller_id: str | None, words: list[str]
) -> None:
    given_ = Registration(
        name=name, email=email, extension=extension, caller_id=caller_id, states=tuple(words)
    )
    try:
        tidy = checked(given_, "US")
    except BadValue:
        return
    assert checked(tidy, "US") == tidy
