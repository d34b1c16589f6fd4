"""A call with as much around it as a page must bear."""

from __future__ import annotations

from panel_floor import Floor
from psycopg.types.json import Jsonb

LONG = "Maximiliana Alexandrina Wilhelmina von und zu Hohenstaufen-Wittelsbach-Lichtenberg"
SCRIPT = "Hello {first_name} {last_name}, this is {agent_name} for {account_name}.\n\n" + "\n\n".join(
    f"{n}. If they ask about point {n}, say that the {{Plan}} covers it and that {{shoe size}} never mattered. "
    "Listen first, then ask whether this is a good moment to go on."
    for n in range(1, 15)
)


def crowd(floor: Floor, list_id: int) -> None:
    """30 custom fields, 25 call results, long names, a long script."""
    custom = {"Plan": "Gold", "Renewal": "2027-03-31"} | {
        f"Question {n} about the customer's present situation": f"An answer of some length, number {n}"
        for n in range(1, 29)
    }
    with floor.db.transaction() as connection:
        connection.execute(
            "INSERT INTO custom_field (organisation_id, label, kind, position) "
            "SELECT %s, label, CASE label WHEN 'Renewal' THEN 'date' ELSE 'text' END, n "
            "FROM unnest(%s::text[]) WITH ORDINALITY AS f (label, n)",
            (floor.organisation.id, list(custom)),
        )
        connection.execute(
            "INSERT INTO call_result (organisation_id, label, effect, position) "
            "SELECT %s, 'Agreed with the decision maker on part ' || n, 'final', 100 + n FROM generate_series(1, 13) n",
            (floor.organisation.id,),
        )
        connection.execute("UPDATE list SET script = %s WHERE id = %s", (SCRIPT, list_id))
        connection.execute(
            "UPDATE prospect SET first_name = 'Bo', last_name = %s, account_name = %s, custom = %s "
            "WHERE list_id = %s",
            (LONG, f"{LONG} & Söhne International Holding", Jsonb(custom), list_id),
        )
        connection.execute(
            "INSERT INTO phone (organisation_id, prospect_id, rank, kind, number) "
            "SELECT organisation_id, id, 2, 'mobile_phone', '+1469555' || lpad((2000 + position)::text, 4, '0') "
            "FROM prospect WHERE list_id = %s",
            (list_id,),
        )
