"""Precedence: which of all the values that tables and configuration give a row is the one that holds.

The most specific scope wins: item, grade, variability, product_type, product_line, supplier, location, plan. Inside a
scope a value for one location wins over one for all; then the configuration's constraints win over the constraints
table, that over sourcing records, and those over the columns of items and suppliers. The configuration's plain fields
come last of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.exceptions import BrokenRule, ConfigError, ContractError
from moselle_nb.inputs.fields import SAFETY_STOCK_FIELDS
from moselle_nb.plans.constraint_frames import (
    config_frame,
    constraint_frame,
    constraint_numbers,
    refuse_two_values,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from moselle_nb.inputs import PlanningData
    from moselle_nb.plans.config_parts import PlanConfig

__all__ = ["ORIGINS", "SAFETY_METHODS", "UNCERTAIN_FROM", "Keys", "Resolved", "Resolver", "origin_text"]

SCOPES = ("plan", "location", "supplier", "product_line", "product_type", "variability", "grade", "item")
"""From the least to the most specific."""

SOURCES = ("column", "sourcing", "constraints table", "configuration")
"""From the weakest to the strongest inside one scope."""

ORIGINS = (
    ("", False, "plain"),
    *((scope, located, source) for scope in SCOPES for located in (False, True) for source in SOURCES),
)
"""Where a value can come from: (scope, narrowed to a location, source), in ascending precedence."""

SAFETY_METHODS = (
    "none", "units", "days_of_cover", "cycle_service_level", "fill_rate", "ready_rate", "critical_ratio", "cost",
)  # fmt: skip
"""By position; those of `SAFETY_STOCK_FIELDS` follow ``none`` in their order."""

UNCERTAIN_FROM = SAFETY_METHODS.index("cycle_service_level")
"""From this position on a method needs the distribution of demand."""

_ALWAYS = (np.iinfo(np.int64).min, np.iinfo(np.int64).max)


def origin_text(code: int, item: str, location: str, attributes: dict[str, str]) -> str:
    """Name the place that a value came from, in words, for the row of this item and location."""
    if code < 0:
        return "nothing says so"
    scope, located, source = ORIGINS[code]
    if source == "plain":
        return "the configuration"
    key = {"item": item, "location": location, "plan": "the whole plan"}.get(scope) or attributes.get(scope, "")
    where = f"{scope} {key}" if scope != "plan" else key
    if source == "column":
        return f"table {scope}s, {where}"
    place = {"sourcing": "table sourcing", "constraints table": "table constraints"}.get(
        source, "the configuration's constraints"
    )
    return f"{place}, {where}{f' at {location}' if located and scope != 'location' else ''}"


@dataclass(frozen=True, eq=False)
class Keys:
    """What the scopes mean for each row of a plan, shape (rows,) each.

    Parameters
    ----------
    codes
        Scope to the row's position in `names[scope]`; -1 where the row has none.
    names
        Scope to its keys.
    sourcing
        Position of the row's sourcing record; -1 where it has none.
    """

    codes: dict[str, NDArray[np.int64]]
    names: dict[str, list[str]]
    sourcing: NDArray[np.int64]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.sourcing)

    def examples(self, rows: NDArray[np.intp]) -> tuple[str, ...]:
        """Name the first three of some rows."""
        item, location = self.names["item"], self.names["location"]
        pairs = [(self.codes["item"][row], self.codes["location"][row]) for row in rows[:3]]
        return tuple(f"({item[i]}, {location[j]})" for i, j in pairs)


@dataclass(frozen=True, eq=False)
class Resolved:
    """The values of one field.

    Parameters
    ----------
    values
        Shape (eras, rows) or (1, rows); NaN where there is no value. Flags are 1 and 0.
    origins
        Positions in `ORIGINS`, same shape; -1 where nothing says anything.
    """

    values: NDArray[np.float64]
    origins: NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class _Claim:
    """Values that one source gives for some rows, from one day to another."""

    origin: int
    field: str
    rows: NDArray[np.intp]
    values: NDArray[np.float64]
    valid: tuple[int, int] = _ALWAYS


class Resolver:
    """Resolve constraint fields for the rows of a plan.

    Parameters
    ----------
    data, config
        The tables and the configuration.
    keys
        What the scopes mean for each row.

    Raises
    ------
    ContractError, ConfigError
        When one source gives two values at one level for the same days.
    """

    def __init__(self, data: PlanningData, config: PlanConfig, keys: Keys) -> None:
        self._data, self._keys = data, keys
        self._as_of = np.datetime64(data.as_of, "D")
        self._tables = {
            "constraints table": constraint_frame(data.constraints),
            "configuration": config_frame(config),
        }
        for source, frame in self._tables.items():
            refuse_two_values(source, frame)
        days = [self._offset(frame[column], shift) for frame in self._tables.values()
                for column, shift in (("valid_from", 0), ("valid_to", 1))]  # fmt: skip
        inner = np.unique(np.concatenate(days)) if days else np.zeros(0, dtype=np.int64)
        self.era_starts: NDArray[np.int64] = np.concatenate([[0], inner[inner > 0]]).astype(np.int64)

    def _offset(self, days: pd.Series, shift: int) -> NDArray[np.int64]:
        found = days.dropna().to_numpy(dtype="datetime64[D]")
        return (found - self._as_of).astype(np.int64) + shift

    def number(self, field: str, default: float | None = None) -> Resolved:
        """Resolve a field whose values are numbers, flags or choices (by their position).

        Parameters
        ----------
        field
            Constraint field.
        default
            The configuration's plain value.
        """
        return self._resolve((field,), default)[0]

    def safety_stock(self, method: str, value: float | None) -> tuple[Resolved, NDArray[np.int8]]:
        """Resolve safety stock as one field; return its values and its methods (positions in `SAFETY_METHODS`)."""
        resolved, fields = self._resolve(SAFETY_STOCK_FIELDS, 0.0 if value is None else value)
        methods = np.where(resolved.origins > 0, fields + 1, SAFETY_METHODS.index(method)).astype(np.int8)
        methods[np.isnan(resolved.values)] = SAFETY_METHODS.index("none")
        return resolved, methods

    def _resolve(self, fields: Sequence[str], default: float | None) -> tuple[Resolved, NDArray[np.int8]]:
        claims = sorted(self._claims(fields), key=lambda claim: claim.origin)
        dated = any(claim.valid != _ALWAYS for claim in claims)
        shape = (len(self.era_starts) if dated else 1, self._keys.rows)
        values = np.full(shape, np.nan if default is None else float(default))
        origins = np.full(shape, -1 if default is None else 0, dtype=np.int8)
        which = np.zeros(shape, dtype=np.int8)
        self._refuse_two_fields(claims)
        for claim in claims:
            eras = self._eras(claim.valid) if dated else slice(None)
            rows = slice(None) if len(claim.rows) == self._keys.rows else claim.rows
            values[eras, rows] = claim.values
            origins[eras, rows] = claim.origin
            which[eras, rows] = fields.index(claim.field)
        return Resolved(values, origins), which

    def _eras(self, valid: tuple[int, int]) -> slice:
        first = max(int(np.searchsorted(self.era_starts, max(valid[0], 0), side="left")), 0)
        return slice(first, int(np.searchsorted(self.era_starts, valid[1], side="right")))

    def _claims(self, fields: Sequence[str]) -> Iterator[_Claim]:
        for field in fields:
            yield from self._column_claims(field, self._data.items, "item")
            yield from self._column_claims(field, self._data.suppliers, "supplier")
            yield from self._sourcing_claims(field)
            for source, frame in self._tables.items():
                for (scope, located), part in frame[frame["field"] == field].groupby(["scope", "located"], sort=False):
                    yield from self._table_claims(source, field, str(scope), bool(located), part)

    def _column_claims(self, field: str, table: pd.DataFrame, scope: str) -> Iterator[_Claim]:
        if field not in table or not len(table):
            return
        given = constraint_numbers(field, table[field])
        if np.isnan(given).all():
            return
        values = np.append(given, np.nan).take(self._keys.codes[scope])
        (rows,) = (~np.isnan(values)).nonzero()
        if len(rows):
            yield _Claim(ORIGINS.index((scope, False, "column")), field, rows, values.take(rows))

    def _sourcing_claims(self, field: str) -> Iterator[_Claim]:
        table, records = self._data.sourcing, self._keys.sourcing
        if field not in table or not len(table):
            return
        given, located = constraint_numbers(field, table[field]), table["location"].notna().to_numpy()
        for flag in (False, True):
            part = np.where(located == flag, given, np.nan)
            if np.isnan(part).all():
                continue
            values = np.append(part, np.nan).take(records, mode="wrap")
            (rows,) = (~np.isnan(values)).nonzero()
            if len(rows):
                yield _Claim(ORIGINS.index(("item", flag, "sourcing")), field, rows, values[rows])

    def _table_claims(self, source: str, field: str, scope: str, located: bool, part: pd.DataFrame) -> Iterator[_Claim]:
        origin = ORIGINS.index((scope, located, source))
        row_keys = self._codes_of_rows(scope, located=located)
        for (begin, end), group in part.groupby(["valid_from", "valid_to"], dropna=False, sort=False):
            keys = self._codes_of_table(scope, group, located=located)
            order = np.argsort(keys, kind="stable")
            place = np.searchsorted(keys[order], row_keys)
            place[place == len(keys)] = 0
            rows = np.flatnonzero((keys[order][place] == row_keys) & (row_keys >= 0))
            if len(rows):
                values = constraint_numbers(field, group["value"])[order][place[rows]]
                days = [self._offset(pd.Series([day], dtype="datetime64[ns]"), 0) for day in (begin, end)]
                first, last = (int(day[0]) if len(day) else none for day, none in zip(days, _ALWAYS, strict=True))
                yield _Claim(origin, field, rows, values, (first, last))

    def _codes_of_rows(self, scope: str, *, located: bool) -> NDArray[np.int64]:
        codes = np.zeros(self._keys.rows, dtype=np.int64) if scope == "plan" else self._keys.codes[scope]
        if not located:
            return codes
        return np.where(codes >= 0, codes * len(self._keys.names["location"]) + self._keys.codes["location"], -1)

    def _codes_of_table(self, scope: str, part: pd.DataFrame, *, located: bool) -> NDArray[np.int64]:
        codes = np.zeros(len(part), dtype=np.int64)
        if scope != "plan":
            codes = pd.Index(self._keys.names[scope]).get_indexer(pd.Index(part["key"])).astype(np.int64)
        if not located:
            return np.where(codes >= 0, codes, -2)
        locations = pd.Index(self._keys.names["location"]).get_indexer(pd.Index(part["location"]))
        known = (codes >= 0) & (locations >= 0)
        return np.where(known, codes * len(self._keys.names["location"]) + locations, -2)

    def _refuse_two_fields(self, claims: Sequence[_Claim]) -> None:
        """Refuse two safety-stock methods for one row from one source at one level."""
        for first, second in combinations(claims, 2):
            if first.origin != second.origin or first.field == second.field:
                continue
            if first.valid[0] > second.valid[1] or second.valid[0] > first.valid[1]:
                continue
            both = np.intersect1d(first.rows, second.rows)
            if len(both):
                scope, _, source = ORIGINS[first.origin]
                table = f"{scope}s" if source == "column" else source.removesuffix(" table")
                rule = f"safety stock is given by one method per {scope}, received {first.field} and {second.field}"
                error = ConfigError if source == "configuration" else ContractError
                raise error([BrokenRule(table, rule, len(both), self._keys.examples(both))])
