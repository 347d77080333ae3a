"""The cost-service curve: what each service target costs and gives, by group of items."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.engines.intervals import estimate, student_quantile
from moselle_nb.exceptions import BrokenRule, ConfigError, UnknownNameError
from moselle_nb.plans.constraints import SAFETY_METHODS, Resolved
from moselle_nb.plans.document import ReplenishmentPlan
from moselle_nb.plans.history import handed_out
from moselle_nb.plans.horizon import extended
from moselle_nb.plans.resolved import BOUGHT
from moselle_nb.plans.simulating.demand import DrawnDemand, forecast_variance
from moselle_nb.plans.simulating.policy import MEASURES, Policy
from moselle_nb.plans.simulating.rows import run
from moselle_nb.plans.simulating.terms import broken_numbers, is_number, rows_said

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt
    from numpy.typing import NDArray

    from moselle_nb.plans.resolved import ResolvedInputs
    from moselle_nb.plans.simulating.rows import Progress, Trials

__all__ = ["CostServiceCurve", "cost_service_curve"]

METHODS = ("cycle_service_level", "fill_rate", "ready_rate")
LEVELS = (0.8, 0.9, 0.95, 0.98, 0.99)
NO_GROUP = "(none)"


@dataclass(frozen=True, eq=False, repr=False)
class CostServiceCurve:
    """What service targets cost and give. Made by `cost_service_curve`.

    Parameters
    ----------
    by, method
        Column that the groups are of, and what the targets are.
    table
        One line per group and target: rows, every measure of `simulate` with `_low` and `_high`, and `stock_value`:
        average stock at unit cost, where it is known for all rows of the group.
    messages
        What is not known: kind, rows, text.
    """

    by: str
    method: str
    table: pd.DataFrame
    messages: pd.DataFrame

    @property
    def frame(self) -> pd.DataFrame:
        """One line per group and target."""
        return handed_out(self.table)

    def chart(self, *, width: int = 560, height: int = 320) -> alt.LayerChart:
        """Return an altair chart: fill rate against cost, a line for each group; average stock where cost is not known.

        Parameters
        ----------
        width, height
            In pixels.
        """
        from moselle_nb.plans.simulating.charts import curve_chart

        return curve_chart(self.table, self.by, width=width, height=height)

    def __repr__(self) -> str:
        """Give the groups and targets in one line."""
        groups, targets = self.table[self.by].unique(), self.table["target"].unique()
        return f"CostServiceCurve({self.by} {', '.join(groups)}: {self.method} {', '.join(f'{t:g}' for t in targets)})"

    def _repr_html_(self) -> str:
        columns = [self.by, "target", "rows", "fill_rate", "cycle_service_level", "average_stock", "cost"]
        return self.table[columns].to_html(index=False, float_format="{:,.3f}".format, na_rep="not known")


def cost_service_curve(  # noqa: PLR0913 (each is one choice of an experiment)
    plan: ReplenishmentPlan,
    *,
    by: str = "grade",
    levels: Sequence[float] = LEVELS,
    method: str = "cycle_service_level",
    paths: int = 100,
    seed: int = 0,
    weeks: int | None = None,
    forecast_cv: float | None = None,
    confidence: float = 0.95,
    on_progress: Progress = None,
) -> CostServiceCurve:
    """Simulate a plan at several service targets on the same paths, and show what each group of items gets for them.

    Every row that is bought takes the target as its safety stock, whatever method it has in the plan; `min_stock` and
    all other rules stay. Edits are left out.

    Parameters
    ----------
    plan
        Its forecast, rules and stock.
    by
        Column of the items, such as grade, product_line or supplier; or location.
    levels
        Targets, each above 0 and below 1.
    method
        What they are: cycle_service_level, fill_rate or ready_rate.
    paths, seed, weeks, forecast_cv, confidence, on_progress
        As for `simulate`.

    Raises
    ------
    ConfigError
        When a number is out of bounds or the method is another one.
    ContractError
        When the forecast's error is not known.
    UnknownNameError
        When the items have no such column; with near names.

    Examples
    --------
    >>> import moselle_nb as mo
    >>> data = mo.sample_data("retail", items=5, locations=2, seed=7)
    >>> plan = mo.replenish(data, mo.ReplenishmentConfig(name="Q1", coverage=("2026-11-23", "2027-02-14")))
    >>> curve = mo.cost_service_curve(plan, by="product_line", levels=(0.8, 0.98), paths=20)
    >>> bool(curve.frame.groupby("target")["average_stock"].sum().is_monotonic_increasing)
    True
    """
    _refuse_other(plan)
    levels = _refuse(levels, method, broken_numbers(paths, weeks, confidence, seed, forecast_cv))
    last = plan.inputs.coverage_last if weeks is None else 7 * weeks - 1
    inputs = extended(plan.inputs, last)
    rows = np.flatnonzero(inputs.ordering == BOUGHT)
    variance = forecast_variance(inputs, rows, forecast_cv)
    codes, names = _groups(inputs, rows, by)
    policies = {
        str(level): Policy(_aimed(inputs, variance, method, level), plan.config, {}, None, last, seed)
        for level in levels
    }
    source = DrawnDemand(inputs, plan.config, variance, paths, seed)
    trials = run(policies, source, rows, groups_of=codes, confidence=confidence, on_progress=on_progress)
    table = _table(trials, by, names, levels, student_quantile(confidence, paths))
    table.insert(2, "rows", np.tile(np.bincount(codes, minlength=len(names)), len(levels)))
    table["stock_value"] = np.concatenate([_values(inputs, rows, codes, trials, str(level)) for level in levels])
    messages = pd.DataFrame(rows_said(inputs, rows), columns=["kind", "rows", "text"])
    return CostServiceCurve(by, method, table.sort_values([by, "target"], ignore_index=True), messages)


def _refuse_other(plan: object) -> None:
    if not isinstance(plan, ReplenishmentPlan):
        msg = f"cost_service_curve takes a ReplenishmentPlan; received {type(plan).__name__}"
        raise TypeError(msg)


def _refuse(levels: object, method: object, broken: list[BrokenRule]) -> list[float]:
    """Return the levels, each once, or refuse what is out of bounds."""
    given: list[Any] = list(levels) if isinstance(levels, Iterable) and not isinstance(levels, str) else [levels]
    if method not in METHODS:
        broken.append(BrokenRule("method", f"one of {', '.join(METHODS)}", examples=(f"received {method!r}",)))
    wrong = [level for level in given if not (is_number(level) and 0 < level < 1)]
    if wrong or not given:
        received = ", ".join(str(level) for level in wrong) or "none"
        broken.append(BrokenRule("levels", "each above 0 and below 1", examples=(f"received {received}",)))
    if broken:
        raise ConfigError(broken)
    return list(dict.fromkeys(float(level) for level in given))


def _groups(inputs: ResolvedInputs, rows: NDArray[np.intp], by: str) -> tuple[NDArray[np.int64], list[str]]:
    """Return each row's group and their names."""
    if by == "location":
        values = inputs.locations["location"].to_numpy(object)[inputs.location[rows]]
    elif by == "supplier":
        names = np.array([*inputs.suppliers["supplier"], None], dtype=object)
        values = names[inputs.supplier[rows]]
    elif by in inputs.items.columns:
        values = inputs.items[by].to_numpy(object)[inputs.item[rows]]
    else:
        kind = "column of items"
        raise UnknownNameError(kind, by, [*inputs.items.columns, "location"])
    text = pd.Series(values, dtype=object).where(pd.notna(values), NO_GROUP).astype(str)
    codes, found = pd.factorize(text, sort=True)
    return codes.astype(np.int64), list(found)


def _aimed(inputs: ResolvedInputs, variance: NDArray[np.float64], method: str, level: float) -> ResolvedInputs:
    """Return the inputs with one service target for all rows."""
    shape = (1, inputs.rows)
    rules = replace(
        inputs.rules, safety_stock=Resolved(np.full(shape, level), np.zeros(shape, dtype=np.int8)),
        safety_method=np.full(shape, SAFETY_METHODS.index(method), dtype=np.int8),
    )  # fmt: skip
    return replace(inputs, rules=rules, variance=variance)


def _table(trials: Trials, by: str, names: Sequence[str], levels: Sequence[float], quantile: float) -> pd.DataFrame:
    parts = []
    for level in levels:
        columns: dict[str, object] = {by: list(names), "target": float(level)}
        for measure in MEASURES:
            found = estimate(trials.samples[str(level)][measure], quantile)
            columns |= {
                measure: found.value, f"{measure}_low": found.value - found.half_width,
                f"{measure}_high": found.value + found.half_width,
            }  # fmt: skip
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _values(
    inputs: ResolvedInputs, rows: NDArray[np.intp], codes: NDArray[np.int64], trials: Trials, level: str
) -> NDArray[np.float64]:
    """Return average stock at unit cost by group; NaN where a row's cost is not known."""
    value = trials.rows[level]["average_stock"].value * inputs.unit_cost[rows]
    return np.bincount(codes, weights=value).astype(np.float64)
