"""A section made of rows in an order: the list with a form to add, a page for each row, up and down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from dialer.errors import NotFound, Refused
from dialer.store import company, company_rows
from dialer.store.company_rows import Row
from web.access import me, tenant
from web.company.blueprint import change, look, refused, saved, seen_version, show


@dataclass(frozen=True, slots=True)
class RowSection:
    """One kind of row. ``name`` is its endpoint and its template, ``path`` its address below /company."""

    name: str
    path: str
    kind: type[Row]
    form: type[FlaskForm]
    to_row: Callable[[Any, int], Row]
    """What was filled in, as the row with this id."""
    fill: Callable[[Any, Any], None] = lambda form, row: None
    """Show what a form's fields of its own names do not."""

    @property
    def here(self) -> str:
        """The list's endpoint."""
        return f"company.{self.name}"

    def register(self) -> None:
        """Give the section its pages."""
        look(f"/{self.path}", self.name)(self.page)
        look(f"/{self.path}/<int:row_id>", f"{self.name}_row")(self.row_page)
        change(f"/{self.path}", f"{self.name}_add")(self.add)
        change(f"/{self.path}/<int:row_id>", f"{self.name}_edit")(self.edit)
        change(f"/{self.path}/<int:row_id>/move", f"{self.name}_move")(self.move)
        change(f"/{self.path}/<int:row_id>/delete", f"{self.name}_delete")(self.delete)

    def page(self) -> ResponseReturnValue:
        """The rows, and a form for a new one."""
        return self._list(self.form(formdata=None))

    def add(self) -> ResponseReturnValue:
        """Put a new row last."""
        form = self.form()
        if not form.validate():
            return self._list(form), 422
        try:
            row_id = company_rows.add(tenant(), me().id, self.to_row(form, 0))
        except Refused as error:
            status = refused(error)
            return self._list(form), status
        saved()
        return redirect(url_for(self.here, done=row_id))

    def row_page(self, row_id: int) -> ResponseReturnValue:
        """One row, to be edited."""
        row = self._find(row_id)
        form = self.form(formdata=None, obj=row)
        self.fill(form, row)
        return self._row(form, row, self._version())

    def edit(self, row_id: int) -> ResponseReturnValue:
        """Save one row."""
        row, form = self._find(row_id), self.form()
        if not form.validate():
            return self._row(form, row, seen_version()), 422
        try:
            company_rows.edit(tenant(), me().id, self.to_row(form, row_id), seen_version())
        except Refused as error:
            status = refused(error)
            return self._row(form, row, seen_version()), status
        saved()
        return redirect(url_for(self.here, done=row_id))

    def move(self, row_id: int) -> ResponseReturnValue:
        """One place up or down; the same button has the focus again afterwards."""
        by = 1 if request.form.get("by") == "1" else -1
        try:
            company_rows.move(tenant(), me().id, self.kind, row_id, by, seen_version())
        except Refused as error:
            status = refused(error)
            return self._list(self.form(formdata=None)), status
        return redirect(url_for(self.here, done=row_id, by=by))

    def delete(self, row_id: int) -> ResponseReturnValue:
        """Take out a row that nothing knows."""
        row = self._find(row_id)
        try:
            company_rows.drop(tenant(), me().id, self.kind, row_id, seen_version())
        except Refused as error:
            status = refused(error)
            form = self.form(formdata=None, obj=row)
            self.fill(form, row)
            return self._row(form, row, seen_version()), status
        saved()
        return redirect(url_for(self.here))

    def _list(self, form: FlaskForm) -> str:
        rows = company_rows.rows(tenant(), me().organisation_id, self.kind, inactive=True)
        return show(
            f"{self.name}.html",
            self.here,
            form=form,
            rows=rows,
            version=self._version(),
            name=self.name,
            done=request.args.get("done", type=int),
            by=request.args.get("by", type=int),
        )

    def _row(self, form: FlaskForm, row: Row, version: int) -> str:
        return show(
            f"{self.name}.html", self.here, form=form, row=row, version=version, name=self.name, rows=None
        )

    def _find(self, row_id: int) -> Row:
        for row in company_rows.rows(tenant(), me().organisation_id, self.kind, inactive=True):
            if row.id == row_id:
                return row
        raise NotFound("It is not there any more; somebody deleted it.")

    def _version(self) -> int:
        return company.settings(tenant(), me().organisation_id).version
