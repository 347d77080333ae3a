"""What edits are worth: a plan with and without them on the same paths of demand, and beside perfect information."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.engines.hindsight import least_cost
from moselle_nb.engines.intervals import Estimate, Sample, difference, student_quantile
from moselle_nb.exceptions import ConfigError, MoselleError
from moselle_nb.plans.history import handed_out
from moselle_nb.plans.layout import DAILY_ROWS, groups, lay_out
from moselle_nb.plans.simulating.demand import DrawnDemand, forecast_variance
from moselle_nb.plans.simulating.policy import MEASURES, RATIOS, Policy, reviews_of
from moselle_nb.plans.simulating.rows import run
from moselle_nb.plans.simulating.terms import broken_numbers, rows_said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.resolved import ResolvedInputs
    from moselle_nb.plans.simulating.rows import Trials

__all__ = ["EditValues", "PerfectInformation", "value_of_edits"]

SHOWN = ("cost", "fill_rate", "unserved", "average_stock")
"""Measures that are compared."""


@dataclass(frozen=True, eq=False, repr=False)
class EditValues:
    """What edits change, and what is left to gain. Made by `ReplenishmentPlan.value_of_edits`.

    Parameters
    ----------
    edits
        One line per edit in force: item, location, date, quantity, reason, and the plan with it less the plan without
        it, the other edits standing: cost, fill rate, unserved units and average stock of its row, each with `_low` and
        `_high`. A negative cost is money that the edit saves.
    together
        The same of all edits at once, over the rows that they touch: measure, difference, low, high.
    regret
        Plan (with edits, without edits), regret, low, high: how much it costs above the least with perfect information,
        over the rows of the edits whose holding and shortage costs are known. Nothing where none is.
    messages
        What is not known: kind, rows, text.
    """

    edits: pd.DataFrame
    together: pd.DataFrame
    regret: pd.DataFrame
    messages: pd.DataFrame

    def __repr__(self) -> str:
        """Give what all edits change together in one line."""
        found = zip(*(self.together[name] for name in ("measure", "difference", "low", "high")), strict=True)
        parts = [
            f"{measure} not known" if np.isnan(value) else f"{measure} {value:+,.3f} ({low:+,.3f} to {high:+,.3f})"
            for measure, value, low, high in found
        ]
        count = len(self.edits)
        return f"EditValues({count:,} edit{'' if count == 1 else 's'}: {', '.join(parts)})"

    def _repr_html_(self) -> str:
        said = "".join(
            f"<p>{int(rows):,} {escape(text)}.</p>"
            for rows, text in zip(self.messages["rows"], self.messages["text"], strict=True)
        )
        parts = [
            f"<h4>{title}</h4>{frame.to_html(index=False, float_format='{:,.3f}'.format, na_rep='not known')}"
            for title, frame in (("Each edit", self.edits), ("All edits", self.together), ("Regret", self.regret))
        ]
        return "".join(parts) + said


@dataclass(frozen=True, eq=False)
class PerfectInformation:
    """The least cost on each path when all demand is known: `engines.hindsight.least_cost`.

    Parameters
    ----------
    policy
        Gives calendars, opening stock, open orders and lead times; its edits do not bind.
    """

    policy: Policy

    @property
    def inputs(self) -> ResolvedInputs:
        """What the plan is made of."""
        return self.policy.inputs

    @property
    def last_day(self) -> int:
        """Last day that is simulated."""
        return self.policy.last_day

    def measure(self, rows: NDArray[np.intp], demand: NDArray[np.float64], paths: int) -> dict[str, Sample]:
        """Return for each measure what each path of each row gives; NaN where the bound says nothing of it."""
        nothing, ones = np.full((len(rows), paths), np.nan), np.ones((len(rows), paths))
        cost = nothing.copy()
        by_path, rules = demand.reshape(len(demand), len(rows), paths), self.inputs.rules
        holding, shortage = (getattr(rules, name).values[0][rows] for name in ("holding_cost", "shortage_cost"))
        for place in groups(self.inputs, rows, DAILY_ROWS):
            block = lay_out(self.inputs, self.policy.config, rows[place])
            with np.errstate(divide="ignore", invalid="ignore"):
                worth = np.where(holding[place] > 0, shortage[place] / holding[place], np.inf)
            found = least_cost(
                by_path[:, place].reshape(len(demand), -1), self.policy.supply(block, len(demand), paths),
                reviews_of(block), backorder=block.position.backorder, days_worth=np.repeat(worth, paths),
            )  # fmt: skip
            prices = holding[place][:, None], shortage[place][:, None]
            amounts = (units.reshape(len(place), paths) for units in (found.stock_days, found.unserved))
            cost[place] = sum(price * units for price, units in zip(prices, amounts, strict=True))
        return {name: Sample(cost if name == "cost" else nothing, ones) for name in MEASURES}


def value_of_edits(
    plan: ReplenishmentPlan,
    *,
    paths: int = 200,
    seed: int = 0,
    weeks: int | None = None,
    forecast_cv: float | None = None,
    confidence: float = 0.95,
) -> EditValues:
    """Simulate a plan with and without its edits; see `ReplenishmentPlan.value_of_edits`."""
    broken = broken_numbers(paths, weeks, confidence, seed, forecast_cv)
    if broken:
        raise ConfigError(broken)
    if not plan.fixed:
        msg = (
            "The plan has no edits, so there is none to value. Use simulate(plan) for what becomes of the plan itself."
        )
        raise MoselleError(msg)
    last = plan.inputs.coverage_last if weeks is None else 7 * weeks - 1
    kept = Policy.of(plan, last, seed)
    rows = np.array(sorted(plan.fixed), dtype=np.intp)
    policies = {"with": kept, "without": replace(kept, edits={})}
    most = max(len(edits) for edits in plan.fixed.values())
    policies |= {f"less {number}": replace(kept, edits=_without(plan.fixed, number)) for number in range(most)}
    source = DrawnDemand(
        kept.inputs, plan.config, forecast_variance(kept.inputs, rows, forecast_cv), paths, seed
    )  # fmt: skip
    priced = _priced(plan, rows)
    trials = run(
        {**policies, "least": PerfectInformation(kept)}, source, rows,
        groups_of=np.where(priced, 0, 1), confidence=confidence,
    )  # fmt: skip
    quantile = student_quantile(confidence, paths)
    messages = rows_said(plan.inputs, rows)
    if plan.inputs.backorder[rows].any():
        text = "rows wait for what is not served: their least cost is a bound that may not be reached"
        messages.append(("loose_bound", int(plan.inputs.backorder[rows].sum()), text))
    regret = _regret(trials, quantile, any_priced=bool(priced.any()))
    said = pd.DataFrame(messages, columns=["kind", "rows", "text"])
    return EditValues(_each(plan, rows, trials), _together(trials, quantile), regret, said)


def _without(fixed: Mapping[int, Mapping[int, float]], number: int) -> dict[int, dict[int, float]]:
    """Leave out the edit of this number of each row that has so many, by order date."""
    return {
        row: {order: units for place, (order, units) in enumerate(sorted(edits.items())) if place != number}
        for row, edits in fixed.items()
    }


def _priced(plan: ReplenishmentPlan, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    rules = plan.inputs.rules
    known = [~np.isnan(getattr(rules, name).values[0][rows]) for name in ("holding_cost", "shortage_cost")]
    return np.logical_and(*known)


def _each(plan: ReplenishmentPlan, rows: NDArray[np.intp], trials: Trials) -> pd.DataFrame:
    """Return one line per edit: the plan with it less the plan without it."""
    reasons = {(edit.row, edit.order): edit for step in plan.steps for edit in step}
    lines = []
    for place, row in enumerate(rows.tolist()):
        for number, order in enumerate(sorted(plan.fixed[row])):
            edit = reasons[row, order]
            line: dict[str, object] = {
                "item": edit.item, "location": edit.location, "date": pd.Timestamp(str(edit.date)),
                "quantity": edit.quantity, "reason": edit.reason,
            }  # fmt: skip
            for measure in SHOWN:
                part = trials.differences[f"less {number}"][measure]
                gain, half = -float(part.value[place]), float(part.half_width[place])
                line |= {measure: gain, f"{measure}_low": gain - half, f"{measure}_high": gain + half}
            lines.append(line)
    return pd.DataFrame(lines)


def _together(trials: Trials, quantile: float) -> pd.DataFrame:
    one, other = trials.samples["with"], trials.samples["without"]
    found = {name: difference(_all(name, one[name]), _all(name, other[name]), quantile) for name in SHOWN}
    return _frame("measure", "difference", found)


def _all(measure: str, sample: Sample) -> Sample:
    """Add groups of rows up: a share is of all units, an amount of all rows where it is known."""
    top = np.where(np.isnan(sample.top).all(axis=0), np.nan, np.nansum(sample.top, axis=0))
    return Sample(top, sample.bottom.sum(axis=0) if measure in RATIOS else sample.bottom[0])


def _regret(trials: Trials, quantile: float, *, any_priced: bool) -> pd.DataFrame:
    found = {}
    for policy in ("with", "without") if any_priced else ():
        cost, least = (trials.samples[name]["cost"] for name in (policy, "least"))
        found[f"{policy} edits"] = difference(_first(cost), _first(least), quantile)
    return _frame("plan", "regret", found)


def _first(sample: Sample) -> Sample:
    """Return the sample of the first group: rows whose costs are known."""
    return Sample(sample.top[0], sample.bottom[0])


def _frame(name: str, value: str, found: Mapping[str, Estimate]) -> pd.DataFrame:
    middle = np.array([float(part.value) for part in found.values()])
    half = np.array([float(part.half_width) for part in found.values()])
    return handed_out(pd.DataFrame({name: list(found), value: middle, "low": middle - half, "high": middle + half}))
