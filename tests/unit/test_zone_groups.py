"""IANA zones under the names of the Timezone table."""

from __future__ import annotations

import pytest

from dialer.zone_groups import group_of, zone_lines


@pytest.mark.parametrize(
    ("zone", "group"),
    [
        ("America/New_York", "EST"),
        ("America/Toronto", "EST"),
        ("America/Chicago", "CST"),
        ("America/Denver", "MST"),
        ("America/Phoenix", "MST"),
        ("America/Los_Angeles", "PST"),
        ("America/Anchorage", "AKST"),
        ("Pacific/Honolulu", "HST"),
        ("America/Puerto_Rico", "AST"),
        ("Pacific/Guam", "ChST"),
        ("Europe/Stockholm", "CET"),
        ("Asia/Kolkata", "IST"),
        ("Australia/Sydney", "AEST"),
        ("America/Sao_Paulo", "UTC-3"),
        ("Asia/Kathmandu", "UTC+5:45"),
        ("Nowhere/Land", "Nowhere/Land"),
    ],
)
def test_zone_goes_by_its_name_in_standard_time(zone: str, group: str) -> None:
    assert group_of(zone) == group


def test_zones_of_the_united_states_are_always_there_and_first() -> None:
    names = [line.name for line in zone_lines([])]
    assert names == ["EST", "CST", "MST", "PST", "AKST", "HST", "AST", "International", "Toll Free"]


def test_numbers_of_one_zone_are_added_up_by_kind() -> None:
    lines = {
        line.name: line
        for line in zone_lines(
            [
                ("phone", False, "America/New_York", True, 2),
                ("phone", False, "America/Detroit", True, 3),
                ("mobile_phone", False, "America/Detroit", True, 4),
            ]
        )
    }
    assert lines["EST"].numbers == {"phone": 5, "mobile_phone": 4}
    assert lines["EST"].total == 9


def test_toll_free_and_foreign_numbers_belong_to_no_zone() -> None:
    lines = {
        line.name: line.total
        for line in zone_lines(
            [
                ("phone", True, "America/New_York", True, 2),
                ("phone", True, "Europe/Stockholm", False, 1),
                ("phone", False, "Europe/Stockholm", False, 4),
                ("phone", False, "Pacific/Guam", True, 8),
            ]
        )
    }
    assert (lines["Toll Free"], lines["International"], lines["EST"], lines["ChST"]) == (3, 4, 0, 8)
