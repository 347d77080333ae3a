"""Simulation of plans: the same paths of demand for every policy, planned anew at every review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from moselle_nb.engines.intervals import Estimate, Sample, difference, estimate, student_quantile
from moselle_nb.exceptions import BrokenRule, ConfigError
from moselle_nb.plans.document import ReplenishmentPlan
from moselle_nb.plans.horizon import extended
from moselle_nb.plans.layout import groups
from moselle_nb.plans.resolved import FED
from moselle_nb.plans.simulated_demand import DrawnDemand, SoldDemand, forecast_variance
from moselle_nb.plans.simulated_policy import COSTS, MEASURES, RATIOS, Policy
from moselle_nb.plans.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["Trials", "run", "simulate"]

CELLS = 1 << 22
"""Days times rows times paths of a block: memory does not grow with the rows of the plan."""

MAX_DAYS = 1461
MAX_PATHS = 100_000

Progress: TypeAlias = "Callable[[int, int], None] | None"


def simulate(  # noqa: PLR0913 (each is one choice of an experiment)
    plans: ReplenishmentPlan | Mapping[str, ReplenishmentPlan],
    *,
    paths: int = 200,
    seed: int = 0,
    weeks: int | None = None,
    replan: bool = True,
    demand: pd.DataFrame | None = None,
    forecast_cv: float | None = None,
    confidence: float = 0.95,
    on_progress: Progress = None,
) -> Simulation:
    """Simulate what becomes of a plan, or of several on the same demand, when demand is not what was expected.

    Time starts at `as_of` and runs by days. At every order date of a row the plan is made anew from the stock and the
    orders of that day, by the same netting and the same rules as `replenish`, and today's order is placed; edits stand.
    The forecast stays the one of the plan, nothing of the demand to come is known.

    Parameters
    ----------
    plans
        One plan, or several by name, of the same rows and the same stock count.
    paths
        How many paths of demand are drawn around the first plan's forecast: days are independent, and each has its
        share of the forecast's variance. The negative binomial is taken where the variance of a day exceeds its mean,
        Poisson where they are equal, gamma below.
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
    _refuse(named, paths, weeks, confidence, seed)
    first = next(iter(named.values()))
    last = first.inputs.coverage_last if weeks is None else 7 * weeks - 1
    policies = {name: _policy(plan, last, seed, replan=replan) for name, plan in named.items()}
    rows = np.flatnonzero(first.inputs.ordering != FED)
    believed = policies[next(iter(policies))].inputs
    source: DrawnDemand | SoldDemand
    if demand is None:
        variance = forecast_variance(believed, rows, forecast_cv)
        source = DrawnDemand(believed, first.config, variance, paths, seed, "auto")
    else:
        source = SoldDemand.read(demand, believed)
    trials = run(policies, source, rows, confidence=confidence, on_progress=on_progress)
    messages = [*_said(first.inputs, rows, source), *_costs_said(named, rows)]
    return Simulation(
        policies=tuple(named), paths=source.paths, seed=seed, days=last + 1, confidence=confidence,
        keys=_keys(first.inputs, rows), rows_of=trials.rows, differences_of=trials.differences,
        samples=trials.samples, messages=pd.DataFrame(messages, columns=["kind", "rows", "text"]),
    )  # fmt: skip


@dataclass(eq=False)
class Trials:
    """What policies gave: by row as estimates, and of groups of rows path by path.

    Parameters
    ----------
    rows
        Policy, measure: estimates, shape (rows,).
    differences
        Policy but the first, measure: how much it exceeds the first, shape (rows,).
    samples
        Policy, measure: shape (groups, paths).
    """

    rows: dict[str, dict[str, Estimate]] = field(default_factory=dict)
    differences: dict[str, dict[str, Estimate]] = field(default_factory=dict)
    samples: dict[str, dict[str, Sample]] = field(default_factory=dict)


def run(
    policies: Mapping[str, Policy],
    source: DrawnDemand | SoldDemand,
    rows: NDArray[np.intp],
    *,
    groups_of: NDArray[np.int64] | None = None,
    confidence: float = 0.95,
    on_progress: Progress = None,
) -> Trials:
    """Simulate policies on the same demand, a block of rows at a time.

    Parameters
    ----------
    policies
        By name; the first is the one that others are compared with row by row.
    source
        Of demand.
    rows
        Rows of the plan, increasing.
    groups_of
        Group of each of them; one group when left out.
    confidence, on_progress
        As for `simulate`.
    """
    first = next(iter(policies.values()))
    days, paths = first.last_day + 1, source.paths
    codes = np.zeros(len(rows), dtype=np.int64) if groups_of is None else groups_of
    quantile, trials = student_quantile(confidence, paths), Trials()
    collected = _Collected(policies, len(rows), int(codes.max(initial=0)) + 1, paths)
    done = 0
    for place in groups(first.inputs, rows, max(1, CELLS // (days * paths))):
        place = np.sort(place)  # noqa: PLW2901 (a block in the order of the plan)
        drawn = source.of(rows[place], days)
        collected.add(
            place, codes[place], {n: p.measure(rows[place], drawn, paths) for n, p in policies.items()}, quantile
        )
        done += len(place)
        if on_progress is not None:
            on_progress(done, len(rows))
    trials.rows, trials.differences, trials.samples = collected.result()
    return trials


class _Collected:
    """What blocks give: estimates by row, sums by group and path."""

    def __init__(self, policies: Mapping[str, Policy], rows: int, count: int, paths: int) -> None:
        self._names = list(policies)

        def by_row() -> dict[str, Estimate]:
            return {measure: Estimate(*np.full((2, rows), np.nan)) for measure in MEASURES}

        self._rows = {name: by_row() for name in self._names}
        self._differences = {name: by_row() for name in self._names[1:]}
        self._tops = {name: {measure: np.zeros((count, paths)) for measure in MEASURES} for name in self._names}
        self._bottoms = {name: {measure: np.zeros((count, paths)) for measure in RATIOS} for name in self._names}
        self._known = {name: {measure: np.zeros(count, dtype=bool) for measure in MEASURES} for name in self._names}

    def add(
        self, place: NDArray[np.intp], codes: NDArray[np.int64], found: dict[str, dict[str, Sample]], quantile: float
    ) -> None:
        """Add a block."""
        for name, samples in found.items():
            for measure, sample in samples.items():
                _put(self._rows[name][measure], place, estimate(sample, quantile))
                if name in self._differences:
                    against = found[self._names[0]][measure]
                    _put(self._differences[name][measure], place, difference(sample, against, quantile))
                known = ~np.isnan(sample.top).any(axis=1)
                np.add.at(self._tops[name][measure], codes[known], sample.top[known])
                self._known[name][measure][codes[known]] = True
                if measure in RATIOS:
                    np.add.at(self._bottoms[name][measure], codes[known], sample.bottom[known])

    def result(
        self,
    ) -> tuple[dict[str, dict[str, Estimate]], dict[str, dict[str, Estimate]], dict[str, dict[str, Sample]]]:
        """Return estimates, differences from the first policy, and samples of groups."""
        samples = {
            name: {
                measure: Sample(
                    np.where(self._known[name][measure][:, None], top, np.nan),
                    self._bottoms[name][measure] if measure in RATIOS else np.ones_like(top),
                )
                for measure, top in tops.items()
            }
            for name, tops in self._tops.items()
        }
        return self._rows, self._differences, samples


def _put(into: Estimate, place: NDArray[np.intp], part: Estimate) -> None:
    into.value[place], into.half_width[place] = part.value, part.half_width


def _policy(plan: ReplenishmentPlan, last: int, seed: int, *, replan: bool) -> Policy:
    lines = None if replan else plan.merged.lines
    return Policy(extended(plan.inputs, last), plan.config, plan.fixed, lines, last, seed)


def _named(plans: object) -> dict[str, ReplenishmentPlan]:
    given = dict(plans) if isinstance(plans, Mapping) else {"plan": plans}
    named = {str(name): plan for name, plan in given.items() if isinstance(plan, ReplenishmentPlan)}
    wrong = [type(plan).__name__ for plan in given.values() if not isinstance(plan, ReplenishmentPlan)]
    if wrong or not named:
        msg = f"simulate takes a ReplenishmentPlan, or several by name; received {', '.join(wrong) or 'none'}"
        raise TypeError(msg)
    return named


def _refuse(
    plans: Mapping[str, ReplenishmentPlan], paths: int, weeks: int | None, confidence: float, seed: int
) -> None:
    """Refuse numbers out of bounds, and plans that are not of the same rows."""
    broken = []
    if not 1 <= paths <= MAX_PATHS:
        broken.append(BrokenRule("paths", f"from 1 to {MAX_PATHS:,}", examples=(f"received {paths!r}",)))
    if weeks is not None and not 1 <= 7 * weeks <= MAX_DAYS:
        broken.append(BrokenRule("weeks", f"from 1 to {MAX_DAYS // 7}", examples=(f"received {weeks!r}",)))
    if not 0 < confidence < 1:
        broken.append(BrokenRule("confidence", "above 0 and below 1", examples=(f"received {confidence!r}",)))
    if seed < 0:
        broken.append(BrokenRule("seed", "a whole number >= 0", examples=(f"received {seed!r}",)))
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


def _costs_said(plans: Mapping[str, ReplenishmentPlan], rows: NDArray[np.intp]) -> list[tuple[str, int, str]]:
    """Say which costs are not known, and so not in the totals."""
    said = []
    inputs = next(iter(plans.values())).inputs
    for name in COSTS:
        values = getattr(inputs.rules, name).values
        unknown = int(np.isnan(values[0][rows]).sum())
        if unknown:
            said.append((f"no_{name}", unknown, f"rows have no {name}: it is not known and not in any cost"))
        if len(values) > 1:
            text = f"{name} changes with time; the one at the day of the stock count is taken"
            said.append((f"dated_{name}", len(rows), text))
    return said
