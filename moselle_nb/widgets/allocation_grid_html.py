"""An allocation's first rows as a table, for readers without a kernel."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from moselle_nb.widgets.grid_source import Flag
from moselle_nb.widgets.plan_grid_html import CELL, NUMBER, SHOWN, TABLE

if TYPE_CHECKING:
    from moselle_nb.widgets.allocation_rows import AllocationRows
    from moselle_nb.widgets.allocation_source import AllocationSource
    from moselle_nb.widgets.grid_source import Positions

__all__ = ["allocation_grid_html"]

MOST_LOCATIONS = 20
"""Locations that are columns of the table."""

FIGURES = {"available": "Available", "allocated": "Allocated", "left": "Left"}


def allocation_grid_html(source: AllocationSource, rows: AllocationRows) -> str:
    """Return the first rows with what each location gets on the ship date that the grid shows.

    Parameters
    ----------
    source
        The plan.
    rows
        Which rows are shown, and in what order.
    """
    first, inputs = rows.first(SHOWN), source.plan.inputs
    keys = {"item": "Item", **({"source": "Source"} if len(np.unique(inputs.pools.source)) > 1 else {}), "name": "Name"}
    keys = {name: title for name, title in keys.items() if rows.has(name)}
    places = inputs.locations["location"].iloc[source.slots[:MOST_LOCATIONS]]
    heads = [f'<th scope="col" style="{CELL}">{title}</th>' for title in keys.values()]
    heads += [f'<th scope="col" style="{NUMBER}">{title}</th>' for title in FIGURES.values()]
    heads += [f'<th scope="col" style="{NUMBER}">{escape(str(place))}</th>' for place in places]
    body = "".join(_rows(source, rows, first, list(keys))) or f'<tr><td style="{CELL}">No rows</td></tr>'
    return (
        f'<table style="{TABLE}"><caption style="text-align:left;padding:4px 0">'
        f"{escape(_caption(source, rows, len(first)))}</caption><thead><tr>{''.join(heads)}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _caption(source: AllocationSource, rows: AllocationRows, shown: int) -> str:
    plan, hidden = source.plan, len(source.slots) - MOST_LOCATIONS
    note = f"first {shown:,} of {rows.n_matching:,} rows" if shown < rows.n_matching else f"{rows.n_matching:,} rows"
    more = f", first {MOST_LOCATIONS} of {len(source.slots):,} locations" if hidden > 0 else ""
    date = f" on {plan.ship_dates[source.date]}" if source.n_buckets else ""
    return f"{plan.config.name}: units shipped{date}, {note}{more}; edited cells are marked *."


def _rows(source: AllocationSource, rows: AllocationRows, first: Positions, keys: list[str]) -> list[str]:
    if not len(first):
        return []
    cells = source.cells(first, np.zeros(len(first), dtype=bool), "units")
    figures = {name: rows.values(name, first) for name in FIGURES}
    lines = []
    for place, row in enumerate(first.tolist()):
        head, *texts = (escape(rows.text(name, row)) for name in keys)
        found = [f'<th scope="row" style="{CELL}">{head}</th>']
        found += [f'<td style="{CELL}">{text}</td>' for text in texts]
        found += [f'<td style="{NUMBER}">{_units(values[place])}</td>' for values in figures.values()]
        for slot in range(min(len(source.slots), MOST_LOCATIONS)):
            mark = "*" if cells.flags[place, slot] & Flag.EDITED else ""
            quantity = cells.values[0, place, slot]
            found.append(f'<td style="{NUMBER}">{_units(quantity) if quantity or mark else ""}{mark}</td>')
        lines.append(f"<tr>{''.join(found)}</tr>")
    return lines


def _units(quantity: float) -> str:
    return "" if np.isnan(quantity) else f"{quantity:,.10g}"
