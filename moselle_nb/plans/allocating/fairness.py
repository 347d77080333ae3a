"""Fairness: the same stock under every rule, who is short of it, and what each rule costs."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.engines.lost_sales import expected_lost_units
from moselle_nb.engines.sharing import METHODS
from moselle_nb.exceptions import MoselleError
from moselle_nb.inputs.rebucketing import GRID
from moselle_nb.plans.allocating.frames import walk
from moselle_nb.plans.allocation import build_allocation
from moselle_nb.plans.frames import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    import altair as alt
    from numpy.typing import NDArray

    from moselle_nb.plans.allocating.block import AllocationBlock
    from moselle_nb.plans.allocating.frames import DateView
    from moselle_nb.plans.allocating.inputs import AllocationInputs
    from moselle_nb.plans.allocating.plan import AllocationPlan

__all__ = ["Fairness", "fairness"]

SHORT = 1.0
"""From so many units on a location counts as short: less is not a whole unit."""

ROW_COLUMNS = ("row", "need", "received", "short", "cover", "lost", "value_lost")


@dataclass(frozen=True, eq=False)
class Fairness:
    """The same stock under every rule; made by `AllocationPlan.fairness`.

    Parameters
    ----------
    rules
        One row per rule: rule, chosen (whether it is the plan's), allocated, units_short, rows_short (items at
        locations), locations_short, items_short, lowest_cover, mean_cover, cover_spread (standard deviation), in days
        of the locations with need after the last shipment, expected_lost_units, value_lost, transfer_cost, cost (of
        both) and cost_against_best, in currency to the cent.
    by_location
        One row per rule and location: rule, location, name, allocated, units_short, items_short, lowest_cover,
        expected_lost_units, value_lost.
    notes
        What has to be known about the figures.
    """

    rules: pd.DataFrame
    by_location: pd.DataFrame
    notes: tuple[str, ...]

    def chart(self) -> alt.HConcatChart:
        """Return an altair chart of cost and lowest cover under every rule."""
        from moselle_nb.plans.allocating.charts import fairness_chart

        return fairness_chart(self)

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(name.replace("_", " "))}</th>' for name in self.rules.columns)
        rows = "".join(
            f"<tr>{''.join(f'<td>{html.escape(_text(value))}</td>' for value in row)}</tr>"
            for row in self.rules.itertuples(index=False)
        )
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        caption = "<caption>The same stock under every rule</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, float):
        return "not known" if np.isnan(value) else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def fairness(plan: AllocationPlan) -> Fairness:
    r"""Divide the plan's stock by every rule and compare who is short of it and what that costs.

    Lost sales of a window are :math:`E[(D - x)^+]` of its demand beyond stock at arrival, receipts inside and what is
    shipped: normal where the error of the forecast is known, else deterministic.

    Raises
    ------
    MoselleError
        When the plan rebalances: no rule divides anything there.
    """
    if plan.config.mode == "rebalance":
        msg = "Fairness compares rules that divide the stock of a source; a plan that rebalances follows no such rule."
        raise MoselleError(msg)
    inputs, notes = _with_error(plan.inputs)
    asked = np.unique(inputs.routes.row)
    unknown = np.isnan(inputs.margin) & (inputs.demand.last >= 0) & ~inputs.blocked
    rows = int(unknown[asked].sum())
    if rows:
        notes.append(f"{rows:,} rows have no margin: value lost is not known, and marginal_value is left out.")
    found = []
    for name, each in _plans(plan, inputs, unknown=rows > 0):
        found.append((name, each, _rows(replace(each, inputs=inputs))))
    frame = pd.DataFrame([_rule(name, each, figures) for name, each, figures in found])
    frame.insert(1, "chosen", [each is plan for _, each, _ in found])
    frame["cost_against_best"] = (frame["cost"] - frame["cost"].min()).round(2)
    detail = [_by_location(name, inputs, figures) for name, _, figures in found]
    return Fairness(frame, pd.concat(detail, ignore_index=True), tuple(notes))


def _with_error(inputs: AllocationInputs) -> tuple[AllocationInputs, list[str]]:
    """Return inputs with a variance: the forecast's own, else what was resolved, else that of `forecast_cv`."""
    demand = inputs.demand
    sd = np.full(demand.quantity.shape, np.nan) if demand.sd is None else demand.sd
    resolved = np.full(sd.shape, np.nan) if inputs.variance is None else inputs.variance
    by_share = (inputs.rules.forecast_cv.values[0] * demand.quantity / GRID) ** 2
    resolved = np.where(np.isnan(resolved) | (resolved == 0), by_share, resolved)
    variance = np.where(np.isnan(sd), resolved, sd**2)
    asks = np.unique(inputs.routes.row[inputs.demand.last[inputs.routes.row] >= 0])
    unknown = int(np.isnan(variance[:, asks]).all(axis=0).sum())
    text = f"The error of the forecast is not known for {unknown:,} rows: their lost sales are those of the forecast"
    notes = [f"{text} itself."] if unknown else []
    return replace(inputs, variance=np.nan_to_num(variance)), notes


def _plans(plan: AllocationPlan, inputs: AllocationInputs, *, unknown: bool) -> Iterator[tuple[str, AllocationPlan]]:
    """Yield the plan under every rule; an edited plan stands beside its rule."""
    if plan.steps:
        yield f"{plan.config.method}, edited", plan
    for method in METHODS:
        if method == plan.config.method and not plan.steps:
            yield method, plan
        elif method != "marginal_value" or not unknown:
            yield method, build_allocation(inputs, plan.config.model_copy(update={"method": method}))


def _rows(plan: AllocationPlan) -> pd.DataFrame:
    """Return the figures of every row that receives, over all ship dates."""
    parts = []
    for block, views in walk(plan):
        lost = np.sum([_lost(block, view) for view in views], axis=0)
        short = np.sum([np.maximum(view.arrays.need - view.received, 0.0) for view in views], axis=0)
        value = np.where(lost > 0, lost * plan.inputs.margin[block.row], 0.0)
        need, received = (
            np.sum(each, axis=0) for each in zip(*((v.arrays.need, v.received) for v in views), strict=True)
        )
        values = (block.row, need, received, short, views[-1].cover_after, lost, value)
        parts.append(pd.DataFrame(dict(zip(ROW_COLUMNS, values, strict=True))))
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: np.zeros(0) for name in ROW_COLUMNS})
    row = rows["row"].to_numpy(np.int64)
    return rows.assign(item=plan.inputs.item[row], location=plan.inputs.location[row])


def _lost(block: AllocationBlock, view: DateView) -> NDArray[np.float64]:
    arrays = view.arrays
    variance = block.variance(np.arange(len(block.row)), arrays.arrival, arrays.stop)
    return expected_lost_units(arrays.demand, np.sqrt(variance), arrays.stock + arrays.inflow + view.received)


def _rule(name: str, plan: AllocationPlan, rows: pd.DataFrame) -> dict[str, str | float]:
    short = rows[rows["short"] >= SHORT]
    cover = rows.loc[rows["need"] > 0, "cover"]
    transfer_cost = round(float((plan.merged.quantity * plan.inputs.routes.unit_cost).sum()), 2)
    # An amount that is not known makes the sum not known.
    value_lost = round(float(rows["value_lost"].sum(skipna=False)), 2)
    return {
        "rule": name, "allocated": float(rows["received"].sum()), "units_short": float(rows["short"].sum()),
        "rows_short": len(short), "locations_short": short["location"].nunique(),
        "items_short": short["item"].nunique(),
        "lowest_cover": float(cover.min()), "mean_cover": float(cover.mean()),
        "cover_spread": float(cover.std(ddof=0)), "expected_lost_units": float(rows["lost"].sum()),
        "value_lost": value_lost, "transfer_cost": transfer_cost, "cost": round(value_lost + transfer_cost, 2),
    }  # fmt: skip


def _by_location(name: str, inputs: AllocationInputs, rows: pd.DataFrame) -> pd.DataFrame:
    needy = rows["cover"].where(rows["need"] > 0)
    grouped = rows.assign(items_short=rows["short"] >= SHORT, lowest_cover=needy).groupby("location", sort=True)
    found = grouped.agg(
        allocated=("received", "sum"), units_short=("short", "sum"), items_short=("items_short", "sum"),
        lowest_cover=("lowest_cover", "min"), expected_lost_units=("lost", "sum"),
        value_lost=("value_lost", lambda values: values.sum(skipna=False)),
    )  # fmt: skip
    code = found.index.to_numpy(np.int64)
    keys = pd.DataFrame({column: names(inputs.locations, column, code) for column in ("location", "name")})
    return pd.concat([keys.assign(rule=name)[["rule", "location", "name"]], found.reset_index(drop=True)], axis=1)
