"""Simulation of plans: the same paths of demand for every policy, planned anew at every review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.exceptions import BrokenRule, ConfigError, near
from moselle_nb.plans.document import ReplenishmentPlan
from moselle_nb.plans.resolved import FED
from moselle_nb.plans.simulating.demand import DrawnDemand, SoldDemand, forecast_variance
from moselle_nb.plans.simulating.policy import Policy
from moselle_nb.plans.simulating.rows import run
from moselle_nb.plans.simulating.simulation import Simulation
from moselle_nb.plans.simulating.terms import broken_numbers, rows_said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.resolved import ResolvedInputs
    from moselle_nb.plans.simulating.rows import Progress

__all__ = ["simulate"]

MOST_DAYS = 365
"""Orders are late, or early, by at most so much."""


def simulate(  # noqa: PLR0913 (each is one choice of an experiment)
    plans: ReplenishmentPlan | Mapping[str, ReplenishmentPlan],
    *,
    paths: int = 200,
    seed: int = 0,
    weeks: int | None = None,
    replan: bool = True,
    demand: pd.DataFrame | None = None,
    forecast_cv: float | None = None,
    days_late: int | Mapping[str, int] = 0,
    confidence: float = 0.95,
    on_progress: Progress = None,
) -> Simulation:
    """Simulate what becomes of a plan, or of several on the same demand, when demand is not what was expected.

    Time starts at `as_of` and runs by days. At every order date of a row the plan is made anew from the stock and the
    orders of that day, by the same netting and the same rules as `replenish`, and today's order is placed; edits stand.
    The forecast stays the one of the plan, nothing of the demand to come is known. Nothing expires: shelf life limits
    orders, as in the plan, but what outlasts it stays in stock and is sold.

    Parameters
    ----------
    plans
        One plan, or several by name, of the same rows and the same stock count.
    paths
        How many paths of demand are drawn around the first plan's forecast: days are independent, each has its share of
        the forecast's variance, and follows the row's `demand_distribution`; of itself, Poisson or negative binomial
        where demand is counted, else gamma.
    seed
        The same seed gives the same paths: policies are compared on common random numbers. A row's paths depend on
        nothing but the seed and its forecast.
    weeks
        How long; to the end of coverage when left out. Past the forecast demand follows `beyond_forecast`.
    replan
        False places the orders of the plan as they stand, whatever comes; after coverage there are none.
    demand
        What was sold, instead of paths: item, location, date, quantity, as in a forecast. One path, so no intervals.
    forecast_cv
        Standard deviation of a bucket over its forecast, where the plan knows none.
    days_late
        By how many days orders arrive later than a plan believes, negative when earlier, for all plans or for some by
        name: the cost of a wrong lead time. Open orders come as they are expected.
    confidence
        Of the intervals over paths, in (0, 1).
    on_progress
        Called between blocks with the rows done and all rows; an exception that it raises ends the work.

    Returns
    -------
    Simulation
        Fill rate, cycle service level, stockout days, stock, orders and costs, by row and in all, with intervals, and
        paired differences between the plans.

    Raises
    ------
    ConfigError
        When the plans do not have the same rows and stock count, or a number is out of bounds.
    ContractError
        When a forecast's error is not known, or the demand is broken.

    Examples
    --------
    >>> import moselle_nb as mo
    >>> data = mo.sample_data("retail", items=5, locations=2, seed=7)
    >>> plan = mo.replenish(data, mo.ReplenishmentConfig(name="Q1", coverage=("2026-11-23", "2027-02-14")))
    >>> found = mo.simulate(plan, paths=50, seed=1)
    >>> bool(found.totals["fill_rate"].between(0, 1).all())
    True
    """
    named = _named(plans)
    _refuse(named, broken_numbers(paths, weeks, confidence, seed, forecast_cv, replan=replan))
    first = next(iter(named.values()))
    last = first.inputs.coverage_last if weeks is None else 7 * weeks - 1
    late = _days_late(days_late, named)
    policies = {name: Policy.of(plan, last, seed, replan=replan, days_late=late[name]) for name, plan in named.items()}
    rows = np.flatnonzero(first.inputs.ordering != FED)
    believed = policies[next(iter(policies))].inputs
    source: DrawnDemand | SoldDemand
    if demand is None:
        variance = forecast_variance(believed, rows, forecast_cv)
        source = DrawnDemand(believed, first.config, variance, paths, seed)
    else:
        source = SoldDemand.read(demand, believed)
    trials = run(policies, source, rows, confidence=confidence, on_progress=on_progress)
    messages = [*_said(first.inputs, rows, source), *rows_said(first.inputs, rows)]
    return Simulation(
        policies=tuple(named), paths=source.paths, seed=seed, days=last + 1, confidence=confidence,
        keys=_keys(first.inputs, rows), rows_of=trials.rows, differences_of=trials.differences,
        samples=trials.samples, messages=pd.DataFrame(messages, columns=["kind", "rows", "text"]),
    )  # fmt: skip


def _days_late(given: int | Mapping[str, int], plans: Mapping[str, ReplenishmentPlan]) -> dict[str, int]:
    """Return by how many days the orders of each plan are late."""
    late = dict(given) if isinstance(given, Mapping) else dict.fromkeys(plans, given)
    unknown = [f"{name!r}{near(str(name), plans)}" for name in late if name not in plans]
    wrong = [f"received {days!r}" for days in late.values() if not _is_day_count(days)]
    broken = [BrokenRule("days_late", "names one of the plans", len(unknown), tuple(unknown[:3]))] if unknown else []
    if wrong:
        broken.append(BrokenRule("days_late", f"whole days from -{MOST_DAYS} to {MOST_DAYS}", len(wrong), tuple(wrong)))
    if broken:
        raise ConfigError(broken)
    return {name: int(late.get(name, 0)) for name in plans}


def _is_day_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST_DAYS


def _named(plans: object) -> dict[str, ReplenishmentPlan]:
    given = dict(plans) if isinstance(plans, Mapping) else {"plan": plans}
    named = {str(name): plan for name, plan in given.items() if isinstance(plan, ReplenishmentPlan)}
    wrong = [type(plan).__name__ for plan in given.values() if not isinstance(plan, ReplenishmentPlan)]
    if wrong or not named:
        msg = f"simulate takes a ReplenishmentPlan, or several by name; received {', '.join(wrong) or 'none'}"
        raise TypeError(msg)
    return named


def _refuse(plans: Mapping[str, ReplenishmentPlan], broken: list[BrokenRule]) -> None:
    """Refuse numbers out of bounds, and plans that are not of the same rows."""
    (name, first), *others = plans.items()
    for other, plan in others:
        for what, same in _same(first.inputs, plan.inputs).items():
            if not same:
                rule = f"all plans have the same {what}"
                broken.append(BrokenRule("plans", rule, examples=(f"{other!r} has another than {name!r}",)))
    if broken:
        raise ConfigError(broken)


def _same(one: ResolvedInputs, other: ResolvedInputs) -> dict[str, bool]:
    rows = one.rows == other.rows and _keys(one).equals(_keys(other))
    stock = rows and bool((one.opening == other.opening).all() and (one.backorder == other.backorder).all())
    return {"day of the stock count": one.as_of == other.as_of, "rows": rows, "stock": stock or not rows}


def _keys(inputs: ResolvedInputs, rows: NDArray[np.intp] | None = None) -> pd.DataFrame:
    chosen = slice(None) if rows is None else rows
    item = inputs.items["item"].to_numpy(object)[inputs.item[chosen]]
    return pd.DataFrame(
        {"item": item, "location": inputs.locations["location"].to_numpy(object)[inputs.location[chosen]]}
    )


def _said(
    inputs: ResolvedInputs, rows: NDArray[np.intp], source: DrawnDemand | SoldDemand
) -> list[tuple[str, int, str]]:
    """Say what is not simulated as it may be expected."""
    said = []
    fed = inputs.rows - len(rows)
    if fed:
        said.append(("fed_rows", fed, "rows that lanes feed are not simulated: no purchase order supplies them"))
    dependent = int(inputs.has_dependents(rows).sum())
    if dependent:
        text = "what rows ask for that lanes feed comes as expected: only the row's own forecast varies"
        said.append(("dependent_demand", dependent, text))
    if isinstance(source, SoldDemand):
        none = int((source.demand.quantity[:, rows].sum(axis=0) == 0).sum())
        if none:
            said.append(("no_demand_given", none, "rows have no demand in the table that was given"))
        if source.outside:
            said.append(("demand_left_out", source.outside, "lines of demand are of no row of the plan"))
    return said
