"""Purchase orders: what must go out now, one order per supplier, ship-to location and order date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from moselle_nb.exceptions import MoselleError
from moselle_nb.plans.order_parts import (
    HEADER_COLUMNS,
    ORDER_COLUMNS,
    headers_of,
    in_order,
    is_firm,
    lines_of,
    messages_of,
    nothing_due,
    plural,
)

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = ["PurchaseOrders", "State", "by_supplier", "generate_orders"]

State = Literal["draft", "approved", "exported"]

SUPPLIER_COLUMNS = ("supplier", "name", "location", "order_date", "now", *HEADER_COLUMNS[6:], "order_id")


@dataclass(frozen=True, eq=False)
class PurchaseOrders:
    """Purchase orders of a plan; made by `ReplenishmentPlan.generate_orders`.

    Parameters
    ----------
    name
        Name of the plan.
    fingerprint
        Fingerprint of the plan from which they were generated.
    lines
        order_id, supplier, location, order_date, expected_date, item, quantity, unit_cost, value; then item_name and
        currency, which files have too and `to_frame` leaves out.
    headers
        One row per order: order_id, supplier, name, location, order_date, expected_date (of its last line), lines,
        units, value, currency, and the supplier's minimums with what is missing to them.
    schedule
        The lines that need not go out yet, with `firm` false.
    messages
        order_id, supplier, location, order_date, kind, text: no_supplier, no_cost, below_minimum; nothing_due where
        there is no order.
    state
        ``draft``, ``approved`` or ``exported``.
    history
        State, who and when of each step, as the caller gave them.

    Examples
    --------
    >>> import moselle_nb as mo
    >>> data = mo.sample_data("retail", items=5, locations=2, seed=7)
    >>> plan = mo.replenish(data, mo.ReplenishmentConfig(name="Q1", coverage=("2026-11-23", "2027-02-14")))
    >>> orders = plan.generate_orders()
    >>> orders.state, orders.approve(who="ML").state
    ('draft', 'approved')
    """

    name: str
    fingerprint: str
    lines: pd.DataFrame
    headers: pd.DataFrame
    schedule: pd.DataFrame
    messages: pd.DataFrame
    state: State = "draft"
    history: tuple[tuple[State, str, str], ...] = ()

    def __len__(self) -> int:
        """Return the number of orders."""
        return len(self.headers)

    def __repr__(self) -> str:
        """Give the sizes and the state in one line."""
        orders, lines = len(self), len(self.lines)
        sizes = f"PurchaseOrders({orders:,} order{plural(orders)}, {lines:,} line{plural(lines)}, {self.state})"
        return sizes if orders else f"{sizes}: {self.why_empty}"

    @property
    def why_empty(self) -> str:
        """When the next order is due, where none is now; else nothing."""
        if len(self):
            return ""
        if not len(self.schedule):
            return "Nothing has to be ordered."
        return f"Nothing has to be ordered now; the next order is due on {self.schedule['order_date'].min():%Y-%m-%d}."

    def approve(self, *, who: str = "", when: str = "") -> PurchaseOrders:
        """Return the same orders, approved.

        Raises
        ------
        MoselleError
            When they are approved or exported already.
        """
        return self._move("draft", "approved", who, when)

    def exported(self, *, who: str = "", when: str = "") -> PurchaseOrders:
        """Return the same orders, marked as handed over.

        Raises
        ------
        MoselleError
            When they are not approved, or exported already.
        """
        return self._move("approved", "exported", who, when)

    def _move(self, before: State, after: State, who: str, when: str) -> PurchaseOrders:
        if self.state != before:
            msg = f"Only {before} orders become {after}; these are {self.state}."
            raise MoselleError(msg)
        return replace(self, state=after, history=(*self.history, (after, who, when)))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per order line, a copy."""
        return self.lines[list(ORDER_COLUMNS)].copy()

    @overload
    def to_csv(self, path: None = None, *, schedule: bool = False) -> str: ...

    @overload
    def to_csv(self, path: str | Path, *, schedule: bool = False) -> Path: ...

    def to_csv(self, path: str | Path | None = None, *, schedule: bool = False) -> str | Path:
        """Return the lines as CSV, or write them to a file and return its path.

        Text that a spreadsheet would run begins with an apostrophe.

        Parameters
        ----------
        path
            The file; nothing is written without one.
        schedule
            Give the schedule instead, which is not firm.
        """
        from moselle_nb.plans.spreadsheet import csv_text

        text = csv_text(self.schedule if schedule else self.lines)
        return text if path is None else _written(path, text.encode())

    @overload
    def to_excel(self, path: None = None, *, schedule: bool = False) -> bytes: ...

    @overload
    def to_excel(self, path: str | Path, *, schedule: bool = False) -> Path: ...

    def to_excel(self, path: str | Path | None = None, *, schedule: bool = False) -> bytes | Path:
        """Return a workbook with orders, lines and messages, or write it to a file and return its path.

        Parameters
        ----------
        path
            The file; nothing is written without one.
        schedule
            Give the schedule instead, which is not firm.

        Raises
        ------
        MoselleError
            When openpyxl is not installed.
        """
        from moselle_nb.plans.spreadsheet import workbook

        sheets = {"Orders": self.headers, "Lines": self.lines, "Messages": self.messages}
        if schedule:
            sheets = {"Schedule, not firm": self.schedule}
        try:
            data = workbook(sheets, f"Purchase orders: {self.name}")
        except ModuleNotFoundError as error:
            msg = "Excel files need openpyxl: pip install 'moselle-nb[excel]'."
            raise MoselleError(msg) from error
        return data if path is None else _written(path, data)

    @overload
    def to_html(self, path: None = None) -> str: ...

    @overload
    def to_html(self, path: str | Path) -> Path: ...

    def to_html(self, path: str | Path | None = None) -> str | Path:
        """Return a page to print, or write it to a file and return its path.

        It has one order per sheet, loads nothing and runs nothing.

        Parameters
        ----------
        path
            The file; nothing is written without one.
        """
        from moselle_nb.plans.orders_page import orders_page

        page = orders_page(self)
        return page if path is None else _written(path, page.encode())

    def _repr_html_(self) -> str:
        from moselle_nb.plans.orders_page import orders_body

        return orders_body(self)


def _written(path: str | Path, content: bytes) -> Path:
    target = Path(path)
    target.write_bytes(content)
    return target


def generate_orders(plan: ReplenishmentPlan, until: dt.date | str | None = None) -> PurchaseOrders:
    """Make the purchase orders of a plan.

    Parameters
    ----------
    plan
        The plan.
    until
        Take all lines up to this day; when left out, each row's lines dated before its own second order date: what
        must go out now.

    Returns
    -------
    PurchaseOrders
        Their ids depend on the plan's lineage, supplier, location and order date only: generating again gives the same
        ones, and after an edit an order is a revision of the one with its id.

    Raises
    ------
    MoselleError
        When `until` is not a day.
    """
    lines, firm = lines_of(plan), is_firm(plan, until)
    placed = (lines["quantity"] > 0).to_numpy()
    due, later = in_order(lines[placed & firm]), in_order(lines[placed & ~firm]).assign(firm=False)
    headers = headers_of(plan, due)
    orders = PurchaseOrders(plan.config.name, plan.fingerprint, due, headers, later, messages_of(due, headers))
    return orders if len(orders) else replace(orders, messages=nothing_due(orders.why_empty))


def by_supplier(plan: ReplenishmentPlan) -> pd.DataFrame:
    """Return one row per order to be: where a buyer starts.

    Returns
    -------
    pandas.DataFrame
        supplier, name, location, order_date, now (whether it holds a line that must go out now), lines, units, value,
        currency, the supplier's minimums and what is missing to them, order_id. Supplier minimums are only compared.
    """
    lines, firm = lines_of(plan), is_firm(plan, None)
    placed = (lines["quantity"] > 0).to_numpy()
    headers = headers_of(plan, lines[placed])
    headers["now"] = headers["order_id"].isin(lines["order_id"][placed & firm])
    return headers[list(SUPPLIER_COLUMNS)]
