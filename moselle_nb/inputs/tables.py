"""The contracts of the tables, as data: columns, keys, kinds and ranges."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from moselle_nb.inputs.fields import CONSTRAINT_FIELDS, CONSTRAINT_SCOPES, LONGEST_DAYS, Field, FieldKind

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PRICE_BREAK_KINDS", "STATUSES", "TABLES", "Column", "ColumnKind", "Table"]

ColumnKind = Literal["key", "text", "choice", "weekdays", "value", "day", "flag", "number"]

STATUSES = ("active", "phase_out", "blocked")

PRICE_BREAK_KINDS = ("all_units", "incremental")
"""Whether the price of an order's quantity holds for all of its units, or for those from its break on."""


@dataclass(frozen=True)
class Column:
    """One column of a contract.

    Parameters
    ----------
    name
        Its name.
    kind
        ``key`` is text that other tables refer to; ``number`` has its range in `field`; ``value`` is typed by the
        constraint field it stands beside.
    required
        Whether the column, and a value in every line, has to be there.
    field
        Range of a ``number``.
    choices
        The words of a ``choice``.
    refers
        Table whose key a ``key`` names.
    """

    name: str
    kind: ColumnKind
    required: bool = False
    field: Field | None = None
    choices: tuple[str, ...] = ()
    refers: str | None = None


@dataclass(frozen=True)
class Table:
    """One table of the contract.

    Parameters
    ----------
    name
        Name of the table, file or sheet.
    columns
        Its columns, in the order of a template.
    key
        Columns that are unique together; empty where lines may repeat.
    keeps_extras
        Whether columns of the user's own are kept.
    label
        Columns that name a line in a message, where that is not the key.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    keeps_extras: bool = True
    label: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that have to be there."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def names(self) -> tuple[str, ...]:
        """Every column."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return a column by name."""
        return next(column for column in self.columns if column.name == name)


def _key(name: str, refers: str | None = None, *, required: bool = True) -> Column:
    return Column(name, "key", required=required, refers=refers)


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "text") for name in names)


def _day(name: str, *, required: bool = False) -> Column:
    return Column(name, "day", required=required)


def _choice(name: str, *choices: str, required: bool = False) -> Column:
    return Column(name, "choice", required=required, choices=choices)


def _whole(name: str, *, minimum: float = 0, maximum: float | None = None) -> Column:
    return Column(name, "number", field=Field(name, "whole", name, minimum=minimum, maximum=maximum))


def _number(name: str, *, required: bool = False) -> Column:
    return Column(name, "number", required, Field(name, "number", name))


def _units(name: str, kind: FieldKind = "whole", *, required: bool = False, minimum: float | None = 0) -> Column:
    return Column(name, "number", required, Field(name, kind, name, "units", minimum))


def _constraint(field: Field) -> Column:
    if field.kind == "choice":
        return _choice(field.name, *field.choices)
    return Column(field.name, "flag" if field.kind == "flag" else "number", field=field)


_CONSTRAINTS = tuple(_constraint(field) for field in CONSTRAINT_FIELDS.values())
_ITEM, _LOCATION = _key("item", "items"), _key("location", "locations")

_TABLES = (
    Table(
        "items",
        (
            _key("item"),
            *_texts("name", "product_line", "product_type"),
            _key("supplier", "suppliers", required=False),
            _number("unit_cost"),
            _number("unit_price"),
            *_texts("grade", "variability"),
            _number("volume"),
            _number("weight"),
            _whole("shelf_life_days", minimum=1, maximum=LONGEST_DAYS),
            _choice("status", *STATUSES),
            *_texts("base_unit"),
            *_CONSTRAINTS,
        ),
        ("item",),
    ),
    Table(
        "locations",
        (_key("location"), *_texts("name", "kind"), _whole("priority"), _number("capacity_volume")),
        ("location",),
    ),
    Table(
        "forecast",
        (
            _ITEM,
            _LOCATION,
            _day("date", required=True),
            _units("quantity", "number", required=True),
            _units("sd", "number"),
            Column("scenario", "text"),
        ),
        ("item", "location", "date", "scenario"),
        keeps_extras=False,
    ),
    Table(
        "inventory",
        (
            _ITEM,
            _LOCATION,
            _units("on_hand", required=True, minimum=None),
            _units("committed"),
            _day("as_of"),
        ),
        ("item", "location"),
        keeps_extras=False,
    ),
    Table(
        "inbound",
        (
            _ITEM,
            _LOCATION,
            _day("date", required=True),
            _units("quantity", required=True),
            *_texts("reference"),
        ),
        (),
        keeps_extras=False,
        label=("item", "location", "date"),
    ),
    Table(
        "suppliers",
        (
            _key("supplier"),
            *_texts("name", "currency"),
            _whole("lead_time_days", maximum=LONGEST_DAYS),
            Column("order_weekdays", "weekdays"),
            _number("min_order_value"),
            _units("min_order_quantity", "number"),
            _number("container_volume"),
            _number("container_weight"),
        ),
        ("supplier",),
    ),
    Table(
        "sourcing",
        (
            _ITEM,
            _key("location", "locations", required=False),
            _key("supplier", "suppliers"),
            _whole("rank"),
            _number("unit_cost"),
            *_CONSTRAINTS,
        ),
        ("item", "location", "supplier"),
    ),
    Table(
        "price_breaks",
        (
            _ITEM,
            _key("location", "locations", required=False),
            _key("supplier", "suppliers", required=False),
            _units("from_quantity", required=True, minimum=1),
            _number("unit_cost", required=True),
            _choice("kind", *PRICE_BREAK_KINDS),
        ),
        (),
        keeps_extras=False,
        label=("item", "location", "supplier"),
    ),
    Table(
        "closures",
        (
            _choice("scope", "supplier", "location", required=True),
            _key("key"),
            _day("from", required=True),
            _day("to", required=True),
        ),
        (),
        label=("scope", "key", "from"),
    ),
    Table(
        "lanes",
        (
            _key("source", "locations"),
            _key("destination", "locations"),
            _whole("lead_time_days", maximum=LONGEST_DAYS),
            _number("unit_cost"),
            _units("pack", minimum=1),
            _units("transfer_minimum"),
        ),
        ("source", "destination"),
    ),
    Table(
        "constraints",
        (
            _choice("scope", *CONSTRAINT_SCOPES, required=True),
            _key("key", required=False),
            _key("location", "locations", required=False),
            _choice("field", *CONSTRAINT_FIELDS, required=True),
            Column("value", "value", required=True),
            _day("valid_from"),
            _day("valid_to"),
        ),
        (),
        label=("scope", "key", "location", "field"),
    ),
    Table(
        "sales",
        (
            _ITEM,
            _LOCATION,
            _day("date", required=True),
            _units("quantity", "number", required=True, minimum=None),
            Column("in_stock", "flag"),
        ),
        ("item", "location", "date"),
    ),
)

TABLES: Mapping[str, Table] = MappingProxyType({table.name: table for table in _TABLES})
"""Every table by name."""
