"""What purchase orders are made of: order lines under their ids, headers with totals, and messages."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.exceptions import MoselleError
from moselle_nb.plans.row_names import RowNames

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from numpy.typing import NDArray

    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = [
    "HEADER_COLUMNS",
    "ORDER_COLUMNS",
    "day_of",
    "document_id",
    "headers_of",
    "in_order",
    "is_firm",
    "lines_of",
    "looked_up",
    "messages_of",
    "nothing_due",
    "plural",
]

ORDER_COLUMNS = (
    "order_id", "supplier", "location", "order_date", "expected_date", "item", "quantity", "unit_cost", "value",
)  # fmt: skip
HEADER_KEYS = ["supplier", "location", "order_date"]
HEADER_COLUMNS = (
    "order_id", "supplier", "name", "location", "order_date", "expected_date", "lines", "units", "value", "currency",
    "min_order_value", "gap_value", "min_order_quantity", "gap_units",
)  # fmt: skip
MESSAGE_COLUMNS = ("order_id", "supplier", "location", "order_date", "kind", "text")

ID_DIGITS = 12


def plural(count: int) -> str:
    """Return the ending of a noun."""
    return "" if count == 1 else "s"


def lines_of(plan: ReplenishmentPlan) -> pd.DataFrame:
    """Return all order lines of a plan in the columns of an order, then item_name and currency."""
    frame = plan.order_lines.rename(columns={"arrival_date": "expected_date"})
    columns: dict[str, object] = {name: frame[name] for name in ORDER_COLUMNS[1:]}
    about = {
        name: looked_up(table, key, frame[key], column)
        for name, table, key, column in (
            ("item_name", plan.inputs.items, "item", "name"),
            ("currency", plan.inputs.suppliers, "supplier", "currency"),
        )
    }
    return pd.DataFrame({"order_id": _order_ids(plan, frame), **columns, **about})


def looked_up(table: pd.DataFrame, key: str, wanted: pd.Series, column: str) -> NDArray[np.object_]:
    """Return a text of a master table for each key; None where there is none."""
    place = pd.Index(table[key]).get_indexer(pd.Index(wanted))
    return np.array([*table[column], None], dtype=object)[place]


def in_order(lines: pd.DataFrame) -> pd.DataFrame:
    """Return lines sorted by order date, supplier, location and item."""
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
    return document_id("PO", lineage, supplier, location, order_date)


def document_id(kind: str, *keys: str | None) -> str:
    """Return an id that depends on its kind and the keys only."""
    text = json.dumps(keys, ensure_ascii=False)
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]}"


def day_of(until: dt.date | str) -> np.datetime64:
    """Return the day up to which lines are wanted.

    Raises
    ------
    MoselleError
        When it is no day.
    """
    given: object = until
    day = pd.to_datetime(given, errors="coerce") if isinstance(given, (str, dt.date, np.datetime64)) else pd.NaT
    if not isinstance(day, pd.Timestamp):
        msg = f"until is a day such as 2026-12-07, received {until!r}."
        raise MoselleError(msg)
    return np.datetime64(day, "D")


def is_firm(plan: ReplenishmentPlan, until: dt.date | str | None) -> NDArray[np.bool_]:
    """Tell which order lines must go out: before their row's second order date, or up to a day."""
    frame, inputs = plan.order_lines, plan.inputs
    dates = frame["order_date"].to_numpy(dtype="datetime64[D]")
    if until is not None:
        return np.asarray(dates <= day_of(until))
    second = np.array([calendar.order_days[1] for calendar in inputs.calendars], dtype=np.int64)
    row = RowNames(inputs).rows(frame["item"], frame["location"])
    day = (dates - inputs.as_of).astype(np.int64)
    return np.asarray(day < second[inputs.calendar[row]])


def headers_of(plan: ReplenishmentPlan, lines: pd.DataFrame) -> pd.DataFrame:
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
        frame[name] = looked_up(suppliers, "supplier", frame["supplier"], name)
    for minimum, amount, gap in (
        ("min_order_value", "value", "gap_value"),
        ("min_order_quantity", "units", "gap_units"),
    ):
        frame[minimum] = np.append(suppliers[minimum].to_numpy(dtype=np.float64), np.nan)[place]
        frame[gap] = (frame[minimum] - frame[amount]).clip(lower=0.0)
    by = ["order_date", "supplier", "location"]
    frame = frame.sort_values(by, kind="stable", na_position="last", ignore_index=True)
    return frame[list(HEADER_COLUMNS)]


def messages_of(lines: pd.DataFrame, headers: pd.DataFrame) -> pd.DataFrame:
    """Return what is to be said about orders."""
    unknown = lines[lines["unit_cost"].isna()].groupby("order_id", sort=False).size().to_dict()
    found = []
    for header in headers.to_dict("records"):
        texts = _texts(header, int(unknown.get(header["order_id"], 0)))
        found += [(*(header[name] for name in MESSAGE_COLUMNS[:4]), kind, text) for kind, text in texts]
    return pd.DataFrame(found, columns=list(MESSAGE_COLUMNS))


def nothing_due(text: str) -> pd.DataFrame:
    """Return the only message of orders that hold none."""
    return pd.DataFrame([(None, None, None, pd.NaT, "nothing_due", text)], columns=list(MESSAGE_COLUMNS))


def _texts(header: dict[Hashable, Any], unknown: int) -> Iterator[tuple[str, str]]:
    """Yield kind and text of what is to be said about an order."""
    count = header["lines"]
    if not isinstance(header["supplier"], str):
        yield "no_supplier", f"{count:,} line{plural(count)} without a supplier."
    if unknown:
        yield "no_cost", f"{unknown:,} line{plural(unknown)} without a unit cost; no total is given."
    if header["gap_value"] > 0:
        currency = header["currency"] if isinstance(header["currency"], str) else ""
        least = f"{header['min_order_value']:,.2f} {currency}".strip()
        yield "below_minimum", f"{header['gap_value']:,.2f} below the supplier's minimum value of {least}."
    if header["gap_units"] > 0:
        least = f"{header['min_order_quantity']:,.0f}"
        yield "below_minimum", f"{header['gap_units']:,.0f} units below the supplier's minimum of {least}."
