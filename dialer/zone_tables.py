"""The tables behind time_zones: our own summary of North America's zones, by state and postal area."""

from __future__ import annotations

EASTERN = "America/New_York"
CENTRAL = "America/Chicago"
MOUNTAIN = "America/Denver"
PACIFIC = "America/Los_Angeles"
ALASKA = "America/Anchorage"
HAWAII = "Pacific/Honolulu"
ARIZONA = "America/Phoenix"
INDIANA = "America/Indiana/Indianapolis"
KENTUCKY = "America/Kentucky/Louisville"
MICHIGAN = "America/Detroit"
IDAHO = "America/Boise"
PUERTO_RICO = "America/Puerto_Rico"
GUAM = "Pacific/Guam"

# Where most of the people live comes first.
STATES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        [
            "CT",
            "DC",
            "DE",
            "GA",
            "MA",
            "MD",
            "ME",
            "NC",
            "NH",
            "NJ",
            "NY",
            "OH",
            "PA",
            "RI",
            "SC",
            "VA",
            "VT",
            "WV",
        ],
        (EASTERN,),
    ),
    **dict.fromkeys(["AL", "AR", "IA", "IL", "LA", "MN", "MO", "MS", "OK", "WI"], (CENTRAL,)),
    **dict.fromkeys(["CO", "MT", "NM", "UT", "WY"], (MOUNTAIN,)),
    **dict.fromkeys(["CA", "WA"], (PACIFIC,)),
    "AK": (ALASKA,),
    "HI": (HAWAII,),
    "PR": (PUERTO_RICO,),
    "VI": (PUERTO_RICO,),
    "GU": (GUAM,),
    "AZ": (ARIZONA, MOUNTAIN),
    "FL": (EASTERN, CENTRAL),
    "ID": (IDAHO, PACIFIC),
    "IN": (INDIANA, CENTRAL),
    "KS": (CENTRAL, MOUNTAIN),
    "KY": (KENTUCKY, CENTRAL),
    "MI": (MICHIGAN, CENTRAL),
    "ND": (CENTRAL, MOUNTAIN),
    "NE": (CENTRAL, MOUNTAIN),
    "NV": (PACIFIC, MOUNTAIN),
    "OR": (PACIFIC, IDAHO),
    "SD": (CENTRAL, MOUNTAIN),
    "TN": (CENTRAL, EASTERN),
    "TX": (CENTRAL, MOUNTAIN),
    "AB": ("America/Edmonton",),
    "BC": ("America/Vancouver",),
    "MB": ("America/Winnipeg",),
    "NB": ("America/Moncton",),
    "NL": ("America/St_Johns", "America/Goose_Bay"),
    "NS": ("America/Halifax",),
    "NT": ("America/Yellowknife",),
    "NU": ("America/Iqaluit", "America/Rankin_Inlet", "America/Cambridge_Bay"),
    "ON": ("America/Toronto", "America/Winnipeg"),
    "PE": ("America/Halifax",),
    "QC": ("America/Toronto",),
    "SK": ("America/Regina",),
    "YT": ("America/Whitehorse",),
}

STATE_NAMES: dict[str, str] = {
    name.strip(): code
    for code, name in (
        entry.split(" ", 1)
        for entry in [
            "AL ALABAMA",
            "AK ALASKA",
            "AZ ARIZONA",
            "AR ARKANSAS",
            "CA CALIFORNIA",
            "CO COLORADO",
            "CT CONNECTICUT",
            "DE DELAWARE",
            "DC DISTRICT OF COLUMBIA",
            "FL FLORIDA",
            "GA GEORGIA",
            "GU GUAM",
            "HI HAWAII",
            "ID IDAHO",
            "IL ILLINOIS",
            "IN INDIANA",
            "IA IOWA",
            "KS KANSAS",
            "KY KENTUCKY",
            "LA LOUISIANA",
            "ME MAINE",
            "MD MARYLAND",
            "MA MASSACHUSETTS",
            "MI MICHIGAN",
            "MN MINNESOTA",
            "MS MISSISSIPPI",
            "MO MISSOURI",
            "MT MONTANA",
            "NE NEBRASKA",
            "NV NEVADA",
            "NH NEW HAMPSHIRE",
            "NJ NEW JERSEY",
            "NM NEW MEXICO",
            "NY NEW YORK",
            "NC NORTH CAROLINA",
            "ND NORTH DAKOTA",
            "OH OHIO",
            "OK OKLAHOMA",
            "OR OREGON",
            "PA PENNSYLVANIA",
            "PR PUERTO RICO",
            "RI RHODE ISLAND",
            "SC SOUTH CAROLINA",
            "SD SOUTH DAKOTA",
            "TN TENNESSEE",
            "TX TEXAS",
            "UT UTAH",
            "VT VERMONT",
            "VI VIRGIN ISLANDS",
            "VA VIRGINIA",
            "WA WASHINGTON",
            "WV WEST VIRGINIA",
            "WI WISCONSIN",
            "WY WYOMING",
            "AB ALBERTA",
            "BC BRITISH COLUMBIA",
            "MB MANITOBA",
            "NB NEW BRUNSWICK",
            "NL NEWFOUNDLAND AND LABRADOR",
            "NS NOVA SCOTIA",
            "NT NORTHWEST TERRITORIES",
            "NU NUNAVUT",
            "ON ONTARIO",
            "PE PRINCE EDWARD ISLAND",
            "QC QUEBEC",
            "QC QUÉBEC",
            "SK SASKATCHEWAN",
            "YT YUKON",
        ]
    )
}

# First and last three-digit area of US postal codes; areas of the armed forces abroad have no zone.
AREAS: tuple[tuple[int, int, str], ...] = (
    (5, 5, EASTERN), (6, 9, PUERTO_RICO), (10, 89, EASTERN), (100, 212, EASTERN), (214, 268, EASTERN),
    (270, 323, EASTERN), (324, 325, CENTRAL), (326, 339, EASTERN), (341, 342, EASTERN),
    (344, 344, EASTERN), (346, 347, EASTERN), (349, 349, EASTERN), (350, 369, CENTRAL),
    (370, 372, CENTRAL), (373, 374, EASTERN), (375, 375, CENTRAL), (376, 379, EASTERN),
    (380, 397, CENTRAL), (398, 399, EASTERN), (400, 418, KENTUCKY), (420, 424, CENTRAL),
    (425, 427, KENTUCKY), (430, 459, EASTERN), (460, 462, INDIANA), (463, 464, CENTRAL),
    (465, 475, INDIANA), (476, 477, CENTRAL), (478, 479, INDIANA), (480, 499, MICHIGAN),
    (500, 528, CENTRAL), (530, 567, CENTRAL), (569, 569, EASTERN), (570, 576, CENTRAL),
    (577, 577, MOUNTAIN), (580, 585, CENTRAL), (586, 586, MOUNTAIN), (587, 588, CENTRAL),
    (590, 599, MOUNTAIN), (600, 658, CENTRAL), (660, 692, CENTRAL), (693, 693, MOUNTAIN),
    (700, 797, CENTRAL), (798, 799, MOUNTAIN), (800, 831, MOUNTAIN), (832, 834, IDAHO),
    (835, 835, PACIFIC), (836, 837, IDAHO), (838, 838, PACIFIC), (840, 847, MOUNTAIN),
    (850, 864, ARIZONA), (865, 865, MOUNTAIN), (870, 885, MOUNTAIN), (889, 898, PACIFIC),
    (900, 961, PACIFIC), (967, 968, HAWAII), (969, 969, GUAM), (970, 978, PACIFIC), (979, 979, IDAHO),
    (980, 994, PACIFIC), (995, 999, ALASKA),
)  # fmt: skip

# Canadian postal codes by their first letter, or more where a province is split.
CANADIAN_AREAS: dict[str, str] = {
    "A": "America/St_Johns",
    "A0P": "America/Goose_Bay",
    "A0R": "America/Goose_Bay",
    "A2V": "America/Goose_Bay",
    "B": "America/Halifax",
    "C": "America/Halifax",
    "E": "America/Moncton",
    **dict.fromkeys("GHJKLMNP", "America/Toronto"),
    # Ontario west of Thunder Bay.
    **dict.fromkeys(("P8N", "P8T", "P9A", "P9N", "P0V", "P0W", "P0X"), "America/Winnipeg"),
    "R": "America/Winnipeg",
    "S": "America/Regina",
    "T": "America/Edmonton",
    "V": "America/Vancouver",
    "X": "America/Yellowknife",
    "X0A": "America/Iqaluit",
    "X0B": "America/Cambridge_Bay",
    "X0C": "America/Rankin_Inlet",
    "Y": "America/Whitehorse",
}

# What North Americans write; standard time's abbreviation is meant the year round, daylight saving included.
ABBREVIATIONS: dict[str, str] = {
    **dict.fromkeys(("est", "edt", "et", "eastern", "eastern time", "us eastern"), EASTERN),
    **dict.fromkeys(("cst", "cdt", "ct", "central", "central time", "us central"), CENTRAL),
    **dict.fromkeys(("mst", "mdt", "mt", "mountain", "mountain time", "us mountain"), MOUNTAIN),
    **dict.fromkeys(("pst", "pdt", "pt", "pacific", "pacific time", "us pacific"), PACIFIC),
    **dict.fromkeys(("akst", "akdt", "akt", "ast/ak", "alaska", "alaska time"), ALASKA),
    **dict.fromkeys(("hst", "hdt", "hast", "hawaii", "hawaii time"), HAWAII),
    **dict.fromkeys(("ast", "adt", "atlantic", "atlantic time"), "America/Halifax"),
    **dict.fromkeys(("nst", "ndt", "newfoundland", "newfoundland time"), "America/St_Johns"),
    "arizona": ARIZONA,
    "gmt": "Europe/London",
    "bst": "Europe/London",
    "cet": "Europe/Paris",
    "cest": "Europe/Paris",
    "utc": "Etc/UTC",
}

# Microsoft's names, as Outlook and CRM systems export them.
WINDOWS: dict[str, str] = {
    "eastern standard time": EASTERN,
    "us eastern standard time": INDIANA,
    "central standard time": CENTRAL,
    "mountain standard time": MOUNTAIN,
    "us mountain standard time": ARIZONA,
    "pacific standard time": PACIFIC,
    "alaskan standard time": ALASKA,
    "hawaiian standard time": HAWAII,
    "atlantic standard time": "America/Halifax",
    "newfoundland standard time": "America/St_Johns",
    "canada central standard time": "America/Regina",
    "gmt standard time": "Europe/London",
    "w. europe standard time": "Europe/Berlin",
    "romance standard time": "Europe/Paris",
    "central europe standard time": "Europe/Budapest",
    "central european standard time": "Europe/Warsaw",
    "e. europe standard time": "Europe/Chisinau",
    "fle standard time": "Europe/Kyiv",
    "gtb standard time": "Europe/Bucharest",
    "india standard time": "Asia/Kolkata",
    "aus eastern standard time": "Australia/Sydney",
}
