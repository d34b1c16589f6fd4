"""The wizard's Column Mapping: what must have a column, what is asked about, saved mappings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from panel_floor import Floor, now
from wizard_hand import MAPPING, POOL, SETTINGS, Wizard, import_all

from dialer.db import Database
from dialer.store import company, lists, mappings
from dialer.store.people import Role, User


@pytest.mark.parametrize("missing", MAPPING)
def test_there_is_no_way_on_without_a_mandatory_field(
    wizard: Wizard, floor: Floor, max_: User, missing: str
) -> None:
    wizard.to_columns()
    answer = wizard.save({**MAPPING, missing: ""})
    assert answer.status_code == 422
    assert "Mandatory fields have no column yet" in answer.text
    assert re.search(rf'is-invalid"[^>]*name="{missing}"', answer.text)
    assert lists.overview(floor.tenant, max_.id) == []


def test_phone_columns_that_the_organisation_made_mandatory_are_mandatory(
    db: Database, wizard: Wizard, floor: Floor
) -> None:
    with db.transaction() as connection:
        connection.execute("UPDATE organisation SET mandatory_phones = '{mobile_phone,phone}'")
    wizard.upload()
    assert re.search(r'<option selected value="mobile_phone">', wizard.get("settings").text), (
        "the default Phone Field"
    )
    wizard.post("pool", POOL)
    wizard.post("settings", SETTINGS)
    answer = wizard.save()
    assert answer.status_code == 422
    assert "Mobile Phone" in answer.text


def test_number_that_is_dialed_must_have_a_column(wizard: Wizard) -> None:
    wizard.to_columns(settings={"phone_field": "work_phone"})
    answer = wizard.save()
    assert answer.status_code == 422
    assert "Mandatory fields have no column yet: Work Phone." in answer.text


def test_one_column_cannot_fill_two_fields(wizard: Wizard) -> None:
    wizard.to_columns()
    answer = wizard.save({**MAPPING, "map:last_name": "First Name"})
    assert answer.status_code == 422
    assert "only one field" in answer.text


def test_mapping_to_a_column_that_is_not_there_is_refused(wizard: Wizard) -> None:
    wizard.to_columns()
    assert wizard.save({**MAPPING, "map:phone": "Nonsense"}).status_code == 422


def test_unmapped_columns_are_asked_about_before_the_list_is_saved(
    wizard: Wizard, floor: Floor, max_: User
) -> None:
    wizard.to_columns()
    answer = wizard.post("columns", MAPPING, do="save")
    assert answer.location.endswith("confirm=1")
    page = wizard.client.get(answer.location).text
    dialog = page[page.index("<dialog") : page.index("</dialog>")]
    assert "Favourite colour" in dialog
    assert "First Name" not in dialog
    assert lists.overview(floor.tenant, max_.id) == []


@pytest.mark.parametrize(("choice", "kept"), [("keep", {"Favourite colour": "red"}), ("leave", {})])
def test_unmapped_columns_become_custom_fields_or_are_left_out(
    db: Database, wizard: Wizard, uploads: Path, floor: Floor, choice: str, kept: dict[str, str]
) -> None:
    wizard.to_columns()
    assert wizard.save(unmapped=choice).status_code == 302
    import_all(db, uploads)
    with db.transaction() as connection:
        row = connection.execute("SELECT custom FROM prospect WHERE first_name = 'Bo'").fetchone()
    assert row is not None
    assert row["custom"] == kept
    labels = [one.label for one in company.custom_fields(floor.tenant, floor.organisation.id)]
    assert labels == list(kept)


def test_file_whose_columns_are_all_mapped_is_saved_without_a_question(wizard: Wizard) -> None:
    wizard.to_columns(text="Account Name,First Name,Last Name,Phone\nBolt,Bo,Prospect,(214) 555-1000\n")
    assert re.search(r"/lists/\d+$", wizard.post("columns", MAPPING, do="save").location)


def test_list_is_not_sorted_by_a_column_that_is_left_out(wizard: Wizard) -> None:
    wizard.to_columns(settings={"sort_by": "custom:Favourite colour"})
    answer = wizard.save(unmapped="leave")
    assert answer.status_code == 422
    assert "sorted by Favourite colour, and no column fills it" in answer.text
    assert wizard.save(unmapped="keep").status_code == 302


def test_list_is_not_sorted_by_a_field_without_a_column(wizard: Wizard) -> None:
    wizard.to_columns(settings={"sort_by": "email"})
    answer = wizard.save()
    assert answer.status_code == 422
    assert "sorted by E-mail, and no column fills it" in answer.text


def test_mapping_is_saved_used_again_and_deleted(db: Database, wizard: Wizard, floor: Floor) -> None:
    odd = "Firm,Given,Family,Dial this\nBolt,Bo,Prospect,(214) 555-1000\n"
    chosen = {
        "map:account_name": "Firm",
        "map:first_name": "Given",
        "map:last_name": "Family",
        "map:phone": "Dial this",
    }
    wizard.to_columns(text=odd)
    answer = wizard.post("columns", {**chosen, "mapping_name": "Broker files"}, do="save-mapping")
    assert "saved as «Broker files»" in wizard.client.get(answer.location).text
    [saved] = mappings.mappings(floor.tenant, floor.organisation.id)

    wizard.to_columns(text=odd)
    assert '<option value="Dial this" selected' not in wizard.get("columns").text
    wizard.client.get(wizard.post("columns", {"mapping": str(saved.id)}, do="use-mapping").location)
    assert wizard.get("columns").text.count("selected") == 4 + 1, "four columns and the mapping itself"
    wizard.post("columns", {**chosen, "mapping": str(saved.id)}, do="delete-mapping")
    page = wizard.get("columns").text
    assert "«Broker files» has been deleted" in page
    assert '<option value="Dial this" selected' in page, "what was chosen stays"
    assert mappings.mappings(floor.tenant, floor.organisation.id) == []


def test_saved_mapping_is_used_as_far_as_the_file_has_its_columns(
    wizard: Wizard, floor: Floor, max_: User
) -> None:
    kept = {"phone": "Phone", "email": "Not here", "custom:Gone": "Not here either"}
    mapping_id = mappings.save(floor.tenant, max_.id, "Partly", kept, now())
    wizard.to_columns()
    answer = wizard.post("columns", {**MAPPING, "mapping": str(mapping_id)}, do="use-mapping")
    page = wizard.client.get(answer.location).text
    assert "Some of its columns are not in this file." in page
    assert '<option value="Phone" selected' in page
    assert '<option value="First Name" selected' not in page


def test_mapping_without_a_name_is_refused_and_the_choice_stays(wizard: Wizard) -> None:
    wizard.to_columns()
    answer = wizard.post("columns", {"map:email": "Phone", "mapping_name": " "}, do="save-mapping")
    assert answer.status_code == 422
    assert "Give the mapping a name" in answer.text
    assert '<option value="Phone" selected' in answer.text


@pytest.mark.parametrize("do", ["use-mapping", "delete-mapping"])
def test_mapping_of_another_organisation_is_not_there(db: Database, wizard: Wizard, do: str) -> None:
    other = Floor(db, "Other")
    olga = other.hire("Olga", Role.MANAGER)
    theirs = mappings.save(other.tenant, olga.id, "Theirs", {"phone": "Phone"}, now())
    wizard.to_columns()
    assert wizard.post("columns", {**MAPPING, "mapping": str(theirs)}, do=do).status_code == 422
    assert len(mappings.mappings(other.tenant, other.organisation.id)) == 1
