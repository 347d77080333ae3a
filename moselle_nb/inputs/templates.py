"""Files to fill in: the right columns, and one example line each."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from moselle_nb.inputs.tables import TABLES

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["write_templates"]

EXAMPLES: dict[str, dict[str, str]] = {
    "items": {
        "item": "SKU-1", "name": "Garden hose", "product_line": "Garden", "product_type": "Hose", "supplier": "MOSEL",
        "unit_cost": "8.40", "unit_price": "14.99", "grade": "A", "variability": "X", "volume": "0.012",
        "status": "active", "base_unit": "piece", "moq": "24", "order_multiple": "12",
        "holding_cost": "0.005",
    },
    "locations": {"location": "METZ", "name": "Metz", "kind": "warehouse", "priority": "1"},
    "forecast": {"item": "SKU-1", "location": "METZ", "date": "2026-11-23", "quantity": "36", "sd": "9.5"},
    "inventory": {"item": "SKU-1", "location": "METZ", "on_hand": "80", "committed": "5", "as_of": "2026-11-23"},
    "inbound": {"item": "SKU-1", "location": "METZ", "date": "2026-11-30", "quantity": "48", "reference": "PO-1001"},
    "suppliers": {
        "supplier": "MOSEL", "name": "Mosel Trading", "currency": "EUR", "lead_time_days": "14",
        "order_weekdays": "mon,thu", "min_order_value": "500",
    },
    "sourcing": {"item": "SKU-1", "location": "METZ", "supplier": "MOSEL", "rank": "1", "unit_cost": "8.40"},
    "price_breaks": {
        "item": "SKU-1", "supplier": "MOSEL", "from_quantity": "240", "unit_cost": "7.90", "kind": "all_units",
    },
    "closures": {"scope": "supplier", "key": "MOSEL", "from": "2026-12-24", "to": "2027-01-01"},
    "lanes": {},
    "constraints": {"scope": "product_line", "key": "Garden", "field": "min_stock", "value": "6"},
    "sales": {"item": "SKU-1", "location": "METZ", "date": "2026-11-16", "quantity": "31", "in_stock": "true"},
}  # fmt: skip
"""A lane needs two locations, and the example has one: its template has column names only."""


def write_templates(folder: str | PathLike[str]) -> None:
    """Write one CSV file per table, with its columns and one example line; together they load.

    Parameters
    ----------
    folder
        Where to write; made when it is not there. Files that are there are never overwritten.

    Raises
    ------
    FileExistsError
        When one of the files is there already; none is written then.

    Examples
    --------
    >>> import tempfile
    >>> from moselle_nb.inputs import load
    >>> folder = tempfile.mkdtemp()
    >>> write_templates(folder)
    >>> load(folder).n_rows
    1
    """
    place = Path(folder)
    there = [f"{name}.csv" for name in TABLES if (place / f"{name}.csv").exists()]
    if there:
        msg = f"{', '.join(there)} exist in {str(place)!r}: give another folder, so that nothing is overwritten."
        raise FileExistsError(msg)
    place.mkdir(parents=True, exist_ok=True)
    for name, table in TABLES.items():
        with (place / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, table.names)
            writer.writeheader()
            if EXAMPLES[name]:
                writer.writerow(EXAMPLES[name])
