"""Purchase orders: what must go out now, one order per supplier, ship-to location and order date."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from moselle_nb.exceptions import MoselleError
from moselle_nb.plans.row_names import RowNames

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Hashable, Iterator

    from numpy.typing import NDArray

    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = ["PurchaseOrders", "State", "by_supplier", "generate_orders"]

State = Literal["draft", "approved", "exported"]

ORDER_COLUMNS = (
    "order_id", "supplier", "location", "order_date", "expected_date", "item", "quantity", "unit_cost", "value",
)  # fmt: skip
HEADER_KEYS = ["supplier", "location", "order_date"]
HEADER_COLUMNS = (
    "order_id", "supplier", "name", "location", "order_date", "expected_date", "lines", "units", "value", "currency",
    "min_order_value", "gap_value", "min_order_quantity", "gap_units",
)  # fmt: skip
SUPPLIER_COLUMNS = ("supplier", "name", "location", "order_date", "now", *HEADER_COLUMNS[6:], "order_id")
MESSAGE_COLUMNS = ("order_id", "supplier", "location", "order_date", "kind", "text")

ID_DIGITS = 12


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
        order_id, supplier, location, order_date, expected_date, item, quantity, unit_cost, value.
    headers
        One row per order: order_id, supplier, name, location, order_date, expected_date (of its last line), lines,
        units, value, currency, and the supplier's minimums with what is missing to them.
    schedule
        The lines that need not go out yet, with `firm` false.
    messages
        order_id, supplier, location, order_date, kind, text: no_supplier, no_cost, below_minimum.
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
        return f"PurchaseOrders({orders:,} order{_s(orders)}, {lines:,} line{_s(lines)}, {self.state})"

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
        return self.lines.copy()

    def to_csv(self, path: str | Path | None = None) -> str:
        """Return the lines as CSV, and write them to a file when a path is given.

        Text that a spreadsheet would run begins with an apostrophe.
        """
        from moselle_nb.plans.spreadsheet import csv_text

        text = csv_text(self.lines)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8", newline="")
        return text

    def to_excel(self, path: str | Path | None = None) -> bytes:
        """Return a workbook with orders, lines, schedule and messages, and write it when a path is given.

        Raises
        ------
        MoselleError
            When openpyxl is not installed.
        """
        from moselle_nb.plans.spreadsheet import workbook

        sheets = {
            "Orders": self.headers, "Lines": self.lines, "Schedule, not firm": self.schedule, "Messages": self.messages,
        }  # fmt: skip
        try:
            data = workbook(sheets, f"Purchase orders: {self.name}")
        except ModuleNotFoundError as error:
            msg = "Excel files need openpyxl: pip install 'moselle-nb[excel]'."
            raise MoselleError(msg) from error
        if path is not None:
            Path(path).write_bytes(data)
        return data

    def to_html(self) -> str:
        """Return a page to print, one order per sheet; it loads nothing and runs nothing."""
        from moselle_nb.plans.orders_page import orders_page

        return orders_page(self)

    def _repr_html_(self) -> str:
        from moselle_nb.plans.orders_page import orders_body

        return orders_body(self)


def _s(count: int) -> str:
    return "" if count == 1 else "s"


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
    lines, firm = _lines(plan), _is_firm(plan, until)
    placed = (lines["quantity"] > 0).to_numpy()
    due, later = _sorted(lines[placed & firm]), _sorted(lines[placed & ~firm]).assign(firm=False)
    headers = _headers(plan, due)
    return PurchaseOrders(plan.config.name, plan.fingerprint, due, headers, later, _messages(due, headers))


def _lines(plan: ReplenishmentPlan) -> pd.DataFrame:
    """Return all order lines of a plan in the columns of an order."""
    frame = plan.order_lines.rename(columns={"arrival_date": "expected_date"})
    columns: dict[str, object] = {name: frame[name] for name in ORDER_COLUMNS[1:]}
    return pd.DataFrame({"order_id": _order_ids(plan, frame), **columns})


def _sorted(lines: pd.DataFrame) -> pd.DataFrame:
    return lines.sort_values(
        ["order_date", "supplier", "location", "item"], kind="stable", na_position="last", ignore_index=True
    )


def _order_ids(plan: ReplenishmentPlan, frame: pd.DataFrame) -> NDArray[np.object_]:
    code = frame.groupby(HEADER_KEYS, dropna=False, sort=False).ngroup().to_numpy()
    keys = frame[HEADER_KEYS].drop_duplicates()
    ids = [
        order_id(plan.lineage, supplier if isinstance(supplier, str) else None, location, f"{date:%Y-%m-%d}")
        for supplier, location, date in zip(*(keys[name] for name in HEADER_KEYS), strict=True)
    ]
    return np.array([*ids, None], dtype=object)[code]


def order_id(lineage: str, supplier: str | None, location: str, order_date: str) -> str:
    """Return the id of an order, the same however often it is generated."""
    text = json.dumps([lineage, supplier, location, order_date], ensure_ascii=False)
    return f"PO-{hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]}"


def _is_firm(plan: ReplenishmentPlan, until: dt.date | str | None) -> NDArray[np.bool_]:
    """Tell which order lines must go out: before their row's second order date, or up to a day."""
    frame, inputs = plan.order_lines, plan.inputs
    dates = frame["order_date"].to_numpy(dtype="datetime64[D]")
    if until is not None:
        try:
            last = np.datetime64(pd.Timestamp(until), "D")
        except (ValueError, TypeError):
            msg = f"until is a day such as 2026-12-07, received {until!r}."
            raise MoselleError(msg) from None
        return np.asarray(dates <= last)
    second = np.array([calendar.order_days[1] for calendar in inputs.calendars], dtype=np.int64)
    row = RowNames(inputs).rows(frame["item"], frame["location"])
    day = (dates - inputs.as_of).astype(np.int64)
    return np.asarray(day < second[inputs.calendar[row]])


def _headers(plan: ReplenishmentPlan, lines: pd.DataFrame) -> pd.DataFrame:
    """Return one row per order with its totals, compared with its supplier's minimums."""
    code, _ = pd.factorize(lines["order_id"])
    first = lines.drop_duplicates("order_id", ignore_index=True)
    count = len(first)
    frame = first[["order_id", *HEADER_KEYS]].assign(
        expected_date=lines["expected_date"].groupby(code).max().reset_index(drop=True),
        lines=np.bincount(code, minlength=count),
        units=np.bincount(code, weights=lines["quantity"], minlength=count),
        # An amount that is not known makes the sum not known.
        value=np.bincount(code, weights=lines["value"], minlength=count),
    )
    suppliers = plan.inputs.suppliers
    place = pd.Index(suppliers["supplier"]).get_indexer(pd.Index(frame["supplier"]))
    for name in ("name", "currency"):
        frame[name] = np.array([*suppliers[name], None], dtype=object)[place]
    for minimum, amount, gap in (
        ("min_order_value", "value", "gap_value"),
        ("min_order_quantity", "units", "gap_units"),
    ):
        frame[minimum] = np.append(suppliers[minimum].to_numpy(dtype=np.float64), np.nan)[place]
        frame[gap] = (frame[minimum] - frame[amount]).clip(lower=0.0)
    by = ["order_date", "supplier", "location"]
    frame = frame.sort_values(by, kind="stable", na_position="last", ignore_index=True)
    return frame[list(HEADER_COLUMNS)]


def _messages(lines: pd.DataFrame, headers: pd.DataFrame) -> pd.DataFrame:
    unknown = lines[lines["unit_cost"].isna()].groupby("order_id", sort=False).size().to_dict()
    found = []
    for header in headers.to_dict("records"):
        texts = _texts(header, int(unknown.get(header["order_id"], 0)))
        found += [(*(header[name] for name in MESSAGE_COLUMNS[:4]), kind, text) for kind, text in texts]
    return pd.DataFrame(found, columns=list(MESSAGE_COLUMNS))


def _texts(header: dict[Hashable, Any], unknown: int) -> Iterator[tuple[str, str]]:
    """Yield kind and text of what is to be said about an order."""
    count = header["lines"]
    if not isinstance(header["supplier"], str):
        yield "no_supplier", f"{count:,} line{_s(count)} without a supplier."
    if unknown:
        yield "no_cost", f"{unknown:,} line{_s(unknown)} without a unit cost; no total is given."
    if header["gap_value"] > 0:
        currency = header["currency"] if isinstance(header["currency"], str) else ""
        least = f"{header['min_order_value']:,.2f} {currency}".strip()
        yield "below_minimum", f"{header['gap_value']:,.2f} below the supplier's minimum value of {least}."
    if header["gap_units"] > 0:
        least = f"{header['min_order_quantity']:,.0f}"
        yield "below_minimum", f"{header['gap_units']:,.0f} units below the supplier's minimum of {least}."


def by_supplier(plan: ReplenishmentPlan) -> pd.DataFrame:
    """Return one row per order to be: where a buyer starts.

    Returns
    -------
    pandas.DataFrame
        supplier, name, location, order_date, now (whether it holds a line that must go out now), lines, units, value,
        currency, the supplier's minimums and what is missing to them, order_id. Supplier minimums are only compared.
    """
    lines, firm = _lines(plan), _is_firm(plan, None)
    placed = (lines["quantity"] > 0).to_numpy()
    headers = _headers(plan, lines[placed])
    headers["now"] = headers["order_id"].isin(lines["order_id"][placed & firm])
    return headers[list(SUPPLIER_COLUMNS)]
