"""Instances planned twice: by the package's public names, and by the scalar implementation."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

import moselle_nb as mo
from tests.oracles.scalar_judging import (
    Line,
    at_risk_keys,
    bucket_lines,
    firm_orders,
    order_lines,
    order_messages,
    summary_line,
)
from tests.oracles.scalar_network import ScalarNetwork
from tests.oracles.scalar_replenishment import ScalarPlan
from tests.oracles.scalar_row import ScalarRow
from tests.oracles.scalar_tables import ScalarTables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.oracles.instances import Instance, PlainConfig

Key = tuple[str, str]
Edits = dict[Key, dict[int, int]]

ORDER_MESSAGES = {"capped", "conflict", "over_max_stock", "moq_cover", "shelf_life", "waste", "price_break"}
MONEY_AND_COVER = {
    "total_order_value",
    "unserved_value",
    "excess_value",
    "days_on_hand",
    "value",
    "unit_cost",
}
"""Columns of quotients and products: equal to 1e-9; all others are equal outright."""


def configuration(plain: PlainConfig) -> mo.ReplenishmentConfig:
    """Make the package's configuration of a plain one."""
    settings = {field.name: getattr(plain, field.name) for field in fields(plain)}
    settings["safety_stock"] = mo.SafetyStock(plain.safety_stock.method, plain.safety_stock.value)  # type: ignore[arg-type]
    settings["constraints"] = tuple(mo.Constraint(**vars(constraint)) for constraint in plain.constraints)
    return mo.ReplenishmentConfig(**settings)


def plan_of(instance: Instance) -> mo.ReplenishmentPlan:
    """Plan an instance by the public names."""
    return mo.replenish(mo.load(instance.frames, as_of=instance.as_of), configuration(instance.config))


class ScalarRun:
    """All rows of an instance in the scalar implementation."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.tables = ScalarTables(instance.frames, instance.as_of)
        self.network = ScalarNetwork(self.tables, instance.config) if instance.config.demand_from == "network" else None
        self.keys = self.network.keys if self.network else self.tables.row_keys(instance.config)

    @cached_property
    def rows(self) -> Mapping[Key, ScalarRow]:
        """Rows by key."""
        if self.network:
            return {key: self.network.row(*key) for key in self.keys}
        return {key: ScalarRow(self.tables, self.instance.config, *key) for key in self.keys}

    def plans(self, edits: Edits | None = None) -> list[ScalarPlan]:
        """Plan all rows, with edits by key and order day."""
        return [ScalarPlan(self.rows[key], (edits or {}).get(key, {})) for key in self.keys]


def differences(plan: mo.ReplenishmentPlan, scalar: list[ScalarPlan]) -> list[str]:
    """Compare everything that both say; empty when they agree."""
    return [
        *compared(
            "order_lines",
            plan.order_lines,
            [line for row in scalar for line in order_lines(row)],
            "order_date",
        ),
        *compared("summary", plan.summary, [summary_line(row) for row in scalar]),
        *compared("lines", plan.lines, [line for row in scalar for line in bucket_lines(row)], "date"),
        *compared_messages(plan.messages, scalar),
        *compared_urgency(plan.at_risk, scalar),
        *compared_firm(plan.generate_orders().to_frame(), scalar),
    ]


def compared_firm(orders: pd.DataFrame, scalar: list[ScalarPlan]) -> list[str]:
    """Compare what goes out now: the lines dated before a row's own second order date."""
    columns = (orders[name] for name in ("item", "location", "order_date", "quantity"))
    found = {(item, place, value_of(date), int(units)) for item, place, date, units in zip(*columns, strict=True)}
    wanted = {line for row in scalar for line in firm_orders(row)}
    return [f"firm {line}: in one of the two only" for line in sorted(found ^ wanted)]


def compared_urgency(at_risk: pd.DataFrame, scalar: list[ScalarPlan]) -> list[str]:
    """Compare which rows need a decision, and their order."""
    found, wanted = list(zip(at_risk["item"], at_risk["location"], strict=True)), at_risk_keys(scalar)
    return [] if found == wanted else [f"at_risk: plan {found}, scalar {wanted}"]


def compared(name: str, frame: pd.DataFrame, expected: list[Line], *keys: str) -> list[str]:
    """Compare a frame with the scalar lines, in any order, column by column."""
    by = ("item", "location", *keys)
    found = keyed(frame.to_dict("records"), by)  # type: ignore[arg-type]
    wanted = keyed(expected, by)
    only = [f"{name} {key}: only in the plan" for key in found.keys() - wanted.keys()]
    only += [f"{name} {key}: only in the scalar plan: {wanted[key]}" for key in wanted.keys() - found.keys()]
    return only + [
        f"{name} {key} {column}: plan {value_of(found[key][column])!r}, scalar {value!r}"
        for key in sorted(found.keys() & wanted.keys())
        for column, value in wanted[key].items()
        if not are_equal(column, value_of(found[key][column]), value)
    ]


def keyed(lines: Iterable[Line], by: tuple[str, ...]) -> dict[tuple[str, ...], Line]:
    """Lines by their key, as text."""
    return {tuple(str(value_of(line[name])) for name in by): line for line in lines}


def value_of(value: object) -> Any:
    """Return a cell as plain Python: None for nulls, dates without a time."""
    if value is None or value is pd.NaT or value != value:  # noqa: PLR0124 (nan differs from itself)
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    return value.item() if hasattr(value, "item") else value


def are_equal(column: str, found: Any, wanted: Any) -> bool:
    """Equal outright; quotients and products of floats to 1e-9."""
    if column in MONEY_AND_COVER and found is not None and wanted is not None:
        return abs(float(found) - float(wanted)) <= 1e-9 * max(1.0, abs(float(wanted)))
    return bool(found == wanted)


def compared_messages(messages: pd.DataFrame, scalar: list[ScalarPlan]) -> list[str]:
    """Compare the messages that orders carry by item, location, order date and kind."""
    wanted = {message for row in scalar for message in order_messages(row)}
    found = {
        (str(row.item), str(row.location), value_of(row.date), str(row.kind))
        for row in messages.itertuples()
        if row.kind in ORDER_MESSAGES
    }
    plan_only = [f"message {message}: only in the plan" for message in sorted(found - wanted)]
    return plan_only + [f"message {message}: only in the scalar plan" for message in sorted(wanted - found)]
