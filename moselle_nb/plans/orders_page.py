"""Purchase orders or transfers as a page to print: plain HTML that loads nothing and runs nothing."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from moselle_nb.plans.order_document import OrderDocument

__all__ = ["orders_body", "orders_page"]

STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 2rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { border-bottom: 1px solid #bbb; padding: .3rem .5rem; text-align: left; }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; }
section + section { break-before: page; }
dl { display: grid; grid-template-columns: max-content auto; gap: .1rem 1rem; }
dt { font-weight: 600; } dd { margin: 0; }
@page { margin: 15mm; }
"""

LINE_TITLES = {
    "item": "Item",
    "expected_date": "Expected",
    "arrival_date": "Arrival",
    "quantity": "Quantity",
    "unit_cost": "Unit cost",
    "value": "Value",
}
NUMBERS = ("quantity", "unit_cost", "value", "units", "lines", "count")
FACTS = {
    "order": {"supplier": "Supplier", "location": "Ship to", "order_date": "Order date", "expected_date": "Expected"},
    "transfer": {"source": "From", "location": "To", "ship_date": "Ship date", "arrival_date": "Arrival"},
}
"""What stands above the lines of each."""

GROUPS = {"order": "currency", "transfer": "source"}
"""What totals are made for: amounts in different currencies are never added."""


def orders_page(orders: OrderDocument) -> str:
    """Return a whole page."""
    title = escape(f"{orders.title}: {orders.name}")
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{orders_body(orders)}</body></html>\n'


def orders_body(orders: OrderDocument) -> str:
    """Return the orders as HTML: an overview with totals per currency, then a section for each order."""
    if not len(orders):
        return f"<h1>{orders.title}: {escape(orders.name)}</h1><p>{escape(orders.why_empty)}</p>"
    group, key = GROUPS[orders.noun], orders.columns[0]
    count = f"{orders.noun.capitalize()}s"
    titles = {group: group.capitalize(), "count": count, "lines": "Lines", "units": "Units", "value": "Value"}
    overview = _table(_totals(orders.headers, group), titles, f"Totals per {group}")
    status = f"<p>State: {escape(orders.state)}. Plan fingerprint: {escape(orders.fingerprint)}.</p>"
    said = zip(orders.messages[key], orders.messages["text"], strict=True)
    notes = "".join(f"<li>{escape(order)}: {escape(text)}</li>" for order, text in said)
    notes = f"<h2>Messages</h2><ul>{notes}</ul>" if notes else ""
    parts = dict(tuple(orders.lines.groupby(key, sort=False)))
    records = orders.headers.to_dict("records")
    sections = "".join(_section(orders.noun, str(header[key]), header, parts[header[key]]) for header in records)
    top = f"<section><h1>{orders.title}: {escape(orders.name)}</h1>{status}{overview}{notes}</section>"
    return top + sections


def _totals(headers: pd.DataFrame, group: str) -> pd.DataFrame:
    """Add up; a value that is not known makes the sum not known."""
    grouped = headers.groupby(group, dropna=False, sort=True)
    frame = grouped.agg(
        count=("lines", "size"), lines=("lines", "sum"), units=("units", "sum"),
        value=("value", lambda values: values.sum(skipna=False)),
    )  # fmt: skip
    return frame.reset_index()


def _section(noun: str, name: str, header: dict[Hashable, Any], lines: pd.DataFrame) -> str:
    facts = {title: _text(header[column]) for column, title in FACTS[noun].items()}
    if noun == "order":
        named = isinstance(header["supplier"], str)
        facts["Supplier"] = f"{header['supplier']} {_text(header['name'])}" if named else "No supplier"
    total = _text(header["value"], money=True) or "not known"
    facts["Total"] = f"{total} {_text(header.get('currency'))}"
    listed = "".join(f"<dt>{each}</dt><dd>{escape(text.strip())}</dd>" for each, text in facts.items())
    title = escape(name)
    titles = {column: each for column, each in LINE_TITLES.items() if column in lines}
    table = _table(lines, titles, f"Lines of {title}")
    return f"<section><h2>{noun.capitalize()} {title}</h2><dl>{listed}</dl>{table}</section>"


def _table(frame: pd.DataFrame, titles: dict[str, str], caption: str) -> str:
    head = "".join(f'<th scope="col"{_kind(name)}>{title}</th>' for name, title in titles.items())
    rows = (
        "".join(f"<td{_kind(name)}>{escape(_text(row[name], money=name in MONEY))}</td>" for name in titles)
        for row in frame.to_dict("records")
    )
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{_lines(rows)}</tbody></table>"


MONEY = ("unit_cost", "value")


def _lines(rows: Iterable[str]) -> str:
    return "".join(f"<tr>{row}</tr>" for row in rows)


def _kind(name: str) -> str:
    return ' class="number"' if name in NUMBERS else ""


def _text(value: Any, *, money: bool = False) -> str:
    """Return a cell as people read it; nothing for null."""
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, (int, float)):
        return f"{value:,.2f}" if money else f"{value:,.0f}"
    return str(value)
