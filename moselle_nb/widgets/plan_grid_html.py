"""A plan's first rows as a table, for readers without a kernel."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from moselle_nb.widgets.grid_source import Flag

if TYPE_CHECKING:
    import numpy as np

    from moselle_nb.widgets.grid_rows import GridRows
    from moselle_nb.widgets.plan_source import PlanSource

__all__ = ["plan_grid_html"]

SHOWN = 20
"""Rows of the table."""

KEYS = {"item": "Item", "location": "Location", "name": "Name", "status": "Status"}
TABLE = "border-collapse:collapse;font-size:13px"
CELL = "padding:2px 8px;border-bottom:1px solid #8884;white-space:nowrap;text-align:left"
NUMBER = f"{CELL};text-align:right;font-variant-numeric:tabular-nums"


def plan_grid_html(source: PlanSource, rows: GridRows) -> str:
    """Return the first rows with their orders per bucket, as shown in the grid.

    Parameters
    ----------
    source
        The plan.
    rows
        Which rows are shown, and in what order.
    """
    first = rows.first(SHOWN)
    keys = [name for name in KEYS if rows.has(name)]
    heads = [f'<th scope="col" style="{CELL};text-align:left">{KEYS[name]}</th>' for name in keys]
    heads += [f'<th scope="col" style="{NUMBER}">{start}</th>' for start in source.starts.astype(str)]
    body = "".join(_rows(source, rows, first, keys)) or f'<tr><td style="{CELL}">No rows</td></tr>'
    note = f"first {len(first):,} of {rows.n_matching:,}" if len(first) < rows.n_matching else f"{rows.n_matching:,}"
    caption = f"{source.plan.config.name}: units ordered, {note} rows; edited orders are marked *."
    return (
        f'<table style="{TABLE}"><caption style="text-align:left;padding:4px 0">'
        f"{escape(caption)}</caption><thead><tr>{''.join(heads)}</tr></thead><tbody>{body}</tbody></table>"
    )


def _rows(
    source: PlanSource, rows: GridRows, first: np.ndarray[tuple[int], np.dtype[np.int64]], keys: list[str]
) -> list[str]:
    if not len(first):
        return []
    orders = source.orders(first)
    lines = []
    for place, row in enumerate(first.tolist()):
        head, *texts = (escape(_text(rows, name, row)) for name in keys)
        cells = [f'<th scope="row" style="{CELL};text-align:left">{head}</th>']
        cells += [f'<td style="{CELL}">{text}</td>' for text in texts]
        for quantity, flags in zip(orders.quantity[place], orders.flags[place], strict=True):
            mark = "*" if flags & Flag.EDITED else ""
            cells.append(f'<td style="{NUMBER}">{f"{quantity:,.10g}" if quantity or mark else ""}{mark}</td>')
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return lines


def _text(rows: GridRows, name: str, row: int) -> str:
    text = rows.text(name, row)
    return text.replace("_", " ") if name == "status" else text
