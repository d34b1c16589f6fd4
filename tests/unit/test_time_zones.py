"""Where a prospect's clock stands (LPL-7)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.time_zones import is_zone, zone_from_name, zone_from_number, zone_from_place, zone_of
from dialer.zone_tables import ABBREVIATIONS, AREAS, CANADIAN_AREAS, STATE_NAMES, STATES, WINDOWS

HOME = "America/New_York"


def zone(**given_: str) -> str:
    return zone_of(
        **{"time_zone": "", "region": "", "postal_code": "", "number": "", "default": HOME, **given_}
    )


def test_the_column_goes_before_the_state_the_state_before_the_number() -> None:
    everything = {"time_zone": "PST", "region": "TX", "number": "+12125550123"}
    assert zone(**everything) == "America/Los_Angeles"
    assert zone(**{**everything, "time_zone": ""}) == "America/Chicago"
    assert zone(number="+14155550123") == "America/Los_Angeles"
    assert zone() == HOME


def test_a_column_that_says_nothing_known_is_passed_over() -> None:
    assert zone(time_zone="somewhere", region="CA", number="+12125550123") == "America/Los_Angeles"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Europe/Stockholm", "Europe/Stockholm"),
        ("america/new york", "America/New_York"),
        ("EST", "America/New_York"),
        (" mst ", "America/Denver"),
        ("Eastern  Standard Time", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("", None),
        ("Mars/Olympus", None),
    ],
)
def test_a_zones_name_is_read(text: str, name: str | None) -> None:
    assert zone_from_name(text) == name


@pytest.mark.parametrize(
    ("region", "postal_code", "name"),
    [
        ("TX", "", "America/Chicago"),
        ("TX", "79901", "America/Denver"),
        ("Tennessee", "37902", "America/New_York"),
        ("N.Y.", "", "America/New_York"),
        ("", "02139-1234", "America/New_York"),
        ("", "2139", "America/New_York"),
        ("CA", "10001", "America/Los_Angeles"),
        ("ON", "P9N 1A1", "America/Winnipeg"),
        ("", "v6b1a1", "America/Vancouver"),
        ("Québec", "", "America/Toronto"),
        ("", "09012", None),
        ("Atlantis", "", None),
    ],
)
def test_state_and_postal_code_decide_together(region: str, postal_code: str, name: str | None) -> None:
    assert zone_from_place(region, postal_code) == name


def test_a_state_is_believed_only_of_a_north_american_number() -> None:
    assert zone(region="DE", number="+493012345678") == "Europe/Berlin"
    assert zone(region="DE", number="+12125550123") == "America/New_York"


def test_a_number_of_no_place_has_the_organisations_zone() -> None:
    assert zone_from_number("+18005550123", "America/Denver") == "America/Denver"
    assert zone_from_number("+15550100100", "America/Denver") == "America/Denver"


def test_every_zone_of_the_tables_exists() -> None:
    named = {z for zones in STATES.values() for z in zones} | {area[2] for area in AREAS}
    named |= set(CANADIAN_AREAS.values()) | set(ABBREVIATIONS.values()) | set(WINDOWS.values())
    assert [each for each in named if not is_zone(each)] == []
    assert set(STATE_NAMES.values()) == set(STATES)


def test_postal_areas_do_not_overlap() -> None:
    for (_, last, _), (first, following, _) in pairwise(AREAS):
        assert last < first <= following


@given(
    st.text(max_size=20),
    st.text(max_size=10),
    st.text(max_size=8),
    st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True),
)
def test_whatever_a_list_says_a_zone_comes_out(
    time_zone: str, region: str, postal_code: str, number: str
) -> None:
    assert is_zone(zone(time_zone=time_zone, region=region, postal_code=postal_code, number=number))
