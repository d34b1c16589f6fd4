"""No page is added without being looked at: by axe, and on pictures in both themes and widths."""

from flask import Flask
from pages import NO_PAGES, PAGES, WIZARD


def test_every_page_of_the_panel_is_in_the_table_of_pages(app: Flask) -> None:
    reached = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith("/api")
    }
    assert reached == PAGES.keys() | WIZARD | NO_PAGES
