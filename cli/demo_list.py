"""The demo's prospects: a CSV of people who do not exist, whose numbers tell the carrier how they behave."""

from __future__ import annotations

import csv
import random
from pathlib import Path

# Four last digits as asterisk_conf/sim/README.md has them: kind, seconds of ringing, two more.
# Most people answer and talk a few seconds; the rest is what a dialer meets all day.
SCRIPTS = (
    *("0103", "0204", "0106", "0305", "0108", "0204", "0107", "0205", "0306", "0104", "0109", "0203"),
    "2100",  # busy
    "3000",  # rings out
    "4000",  # no such number
    "5000",  # no line free
    "6100",  # hangs up at once
    "7102",  # an answering machine
    "8153",  # presses a key
    "9100",  # declines
)

# Area code, state and time zone agree, so that all three ways of finding a zone can be seen.
PLACES = (
    ("212", "NY", "10001"),
    ("312", "IL", "60601"),
    ("303", "CO", "80202"),
    ("415", "CA", "94103"),
    ("305", "FL", "33101"),
    ("512", "TX", "78701"),
)

FIRST = (
    *("Bo", "Ada", "Lin", "Omar", "Eva", "Noor", "Ivan", "Maja", "Luis", "Siv", "Kofi", "Rosa"),
    *("Per", "Yuki", "Ines", "Tom", "Asa", "Jan", "Mia", "Leo"),
)
LAST = (
    *("Berg", "Okafor", "Lindgren", "Moreau", "Tanaka", "Silva", "Novak", "Haddad", "Larsen", "Weaver"),
    *("Castillo", "Nyman", "Osei", "Petrov", "Quist", "Ramos", "Stone", "Udd", "Vance", "Zhao"),
)
COMPANIES = ("Harbor Roofing", "Northside Dental", "Blue Door Homes", "Elm Street Garage", "Fjord Foods")

HEADERS = ("Account Name", "First Name", "Last Name", "Phone", "State", "Postal Code", "Interest")
MAPPING = {
    "account_name": "Account Name",
    "first_name": "First Name",
    "last_name": "Last Name",
    "phone": "Phone",
    "region": "State",
    "postal_code": "Postal Code",
}


def write_list(path: Path, prospects: int, seed: int) -> Path:
    """Write the CSV; the same seed gives the same people."""
    chance = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEADERS)
        for serial in range(prospects):
            area, state, postal_code = PLACES[serial % len(PLACES)]
            # 200–999 is what an exchange may be; with the scripts that makes every number a new one.
            exchange = 200 + serial // len(PLACES) % 800
            number = f"+1 {area} {exchange} {SCRIPTS[serial * 7 % len(SCRIPTS)]}"
            rows.writerow(
                (
                    chance.choice(COMPANIES),
                    chance.choice(FIRST),
                    chance.choice(LAST),
                    number,
                    state,
                    postal_code,
                    chance.choice(("solar", "windows", "insurance", "heat pump")),
                )
            )
    return path
