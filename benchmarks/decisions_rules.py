"""The rules that are compared: each looks at the weeks before its own only, and orders what it finds missing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

import moselle_nb as mo

if TYPE_CHECKING:
    import numpy.typing as npt

    from benchmarks.decisions_data import Case, Floats
    from benchmarks.decisions_trial import Review

RECENT_WEEKS = 26
YEAR_WEEKS = 52
COVER_WEEKS = 4
REFIT_WEEKS = 4
"""So often the models of statsforecast are fitted anew; in between their forecast stands."""

FORECAST_BEYOND_LEAD = 5
"""Weeks that our forecast reaches beyond the longest lead time."""

BATCH_WEEKS = 26
"""Longest batch of perfect foresight."""


class Rule(Protocol):
    """Gives the order of a week, shape (rows,)."""

    def __call__(self, week: int, review: Review) -> Floats:
        """Return units to order at the opening of a week; demand up to the week before is known."""


def critical_ratio(case: Case) -> Floats:
    """Probability of no stockout that is worth its cost: shortage against a week of holding."""
    return case.shortage / (case.shortage + case.holding)


def standard_normal(probability: Floats) -> Floats:
    """Return the quantiles of the standard normal distribution."""
    from scipy.special import ndtri

    return np.asarray(ndtri(probability))


class UpTo:
    """Orders up to a level of the inventory position that a subclass gives."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def level(self, week: int) -> Floats:
        """Return the order-up-to level of a week."""
        raise NotImplementedError

    def __call__(self, week: int, review: Review) -> Floats:
        """Order what is missing."""
        return self.case.rounded(self.level(week) - review.position)


class Cover(UpTo):
    """Mean of the last four weeks, for the lead time and four weeks."""

    def level(self, week: int) -> Floats:
        """Return the order-up-to level of a week."""
        mean = self.case.demand[week - COVER_WEEKS : week].mean(axis=0)
        return mean * (self.case.lead_weeks + COVER_WEEKS)


class Textbook(UpTo):
    """Mean and standard deviation of the last 26 weeks: ``mean (L + R) + z sd sqrt(L + R)``."""

    def level(self, week: int) -> Floats:
        """Return the order-up-to level of a week."""
        recent = self.case.demand[max(week - RECENT_WEEKS, 0) : week]
        interval = self.case.lead_weeks + 1.0
        factor = standard_normal(critical_ratio(self.case))
        return np.asarray(recent.mean(axis=0) * interval + factor * recent.std(axis=0, ddof=1) * np.sqrt(interval))


class MinMax:
    """Below the largest demand of any lead time and week in the last year: order up to four weeks more."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def __call__(self, week: int, review: Review) -> Floats:
        """Order up to the maximum when the position is below the minimum."""
        case = self.case
        recent = case.demand[max(week - YEAR_WEEKS, 0) : week]
        before = np.concatenate([np.zeros((1, recent.shape[1])), recent.cumsum(axis=0)])
        least = np.zeros(recent.shape[1])
        for lead in np.unique(case.lead_weeks).tolist():
            span, rows = min(lead + 1, len(recent)), case.lead_weeks == lead
            least[rows] = (before[span:, rows] - before[:-span, rows]).max(axis=0)
        most = least + COVER_WEEKS * recent[-RECENT_WEEKS:].mean(axis=0)
        return case.rounded(np.where(review.position < least, most - review.position, 0.0))


class Library(UpTo):
    """A model of statsforecast: its mean over lead time and review, and z times its standard deviations.

    What is fitted is kept in `fitted`, by week: it does not depend on costs.
    """

    def __init__(self, case: Case, model: str, fitted: dict[int, tuple[Floats, Floats]]) -> None:
        super().__init__(case)
        self.model, self.fitted = model, fitted

    def level(self, week: int) -> Floats:
        """Return the order-up-to level of a week."""
        fit = week - (week - self.case.begin) % REFIT_WEEKS
        if fit not in self.fitted:
            self.fitted[fit] = self._fit(fit)
        mean, variance = self.fitted[fit]
        return mean + standard_normal(critical_ratio(self.case)) * np.sqrt(variance)

    def _fit(self, week: int) -> tuple[Floats, Floats]:
        """Return mean and variance of the demand of lead time and review."""
        case = self.case
        longest = int(case.lead_weeks.max()) + 1
        found = mo.baseline_forecast(history(case, week), as_of=day_of(case, week), periods=longest, model=self.model)
        found = found.merge(case.keys.reset_index(), on=["item", "location"])
        ahead = found.groupby(["item", "location"], sort=False).cumcount()
        inside = found[ahead.to_numpy() <= case.lead_weeks[found["index"]]]
        sums = inside.assign(variance=inside["sd"] ** 2).groupby("index")[["quantity", "variance"]].sum()
        mean, variance = (sums[name].reindex(range(len(case.keys)), fill_value=0.0) for name in sums)
        return np.asarray(mean, dtype=np.float64), np.asarray(variance, dtype=np.float64)


class Foresight:
    """Knows all demand: serves each week to come just in time, in batches whose cost per week is least."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def __call__(self, week: int, review: Review) -> Floats:
        """Order when the week of arrival would run short, for as many weeks as lower the cost per week."""
        case, order = self.case, np.zeros(len(self.case.keys))
        for lead in np.unique(case.lead_weeks).tolist():
            rows = np.flatnonzero(case.lead_weeks == lead)
            stock = review.stock[rows].copy()
            for ahead in range(lead):
                for expected, units in review.outstanding:
                    if expected == review.day + ahead:
                        stock += units[rows]
                stock = np.maximum(stock - self._demand(week + ahead)[rows], 0.0)
            for expected, units in review.outstanding:
                if expected == review.day + lead:
                    stock += units[rows]
            order[rows] = self._batch(week + lead, rows, stock)
        return case.rounded(order)

    def _demand(self, week: int) -> Floats:
        return self.case.demand[week] if week < len(self.case.demand) else np.zeros(len(self.case.keys))

    def _batch(self, week: int, rows: npt.NDArray[np.intp], stock: Floats) -> Floats:
        """Silver and Meal's rule: stop before the first week that would raise the cost per week."""
        need = self._demand(week)[rows] - stock
        cost, best, going = self.case.order_cost[rows].copy(), self.case.order_cost[rows].copy(), need > 0
        total = need.copy()
        for more in range(1, BATCH_WEEKS):
            here = self._demand(week + more)[rows]
            cost = cost + self.case.holding[rows] * more * here
            going &= cost / (more + 1) <= best
            best = np.where(going, cost / (more + 1), best)
            total = np.where(going, total + here, total)
        return np.maximum(total, 0.0)


class Ours:
    """The package through its public names: tables of the week, forecast from sales, plan, today's orders."""

    def __init__(self, case: Case, model: str = "robust", **options: Any) -> None:
        self.case, self.model, self.options = case, model, options
        whole = {
            "lead_time_days": 7 * case.lead_weeks, "order_multiple": case.pack, "moq": case.moq,
            "holding_cost": case.holding / 7, "shortage_cost": case.shortage, "order_cost": case.order_cost,
        }  # fmt: skip
        per_item = pd.DataFrame({"item": case.keys["item"], "product_line": case.keys["product_line"], **whole})
        self.items = per_item.drop_duplicates("item").assign(supplier="S")

    def __call__(self, week: int, review: Review) -> Floats:
        """Plan the week, and return what it says to order today."""
        case, day = self.case, day_of(self.case, week)
        periods = int(case.lead_weeks.max()) + FORECAST_BEYOND_LEAD
        forecast = mo.baseline_forecast(history(case, week), as_of=day, periods=periods, model=self.model)
        places = case.keys[["item", "location"]]
        tables = {
            "items": self.items,
            "forecast": forecast,
            "inventory": places.assign(on_hand=np.floor(review.stock)),
            "inbound": self._inbound(review, day),
        }
        config = mo.ReplenishmentConfig(
            name=case.name, coverage=(day, day + dt.timedelta(days=6)), review_period_days=7, **self.options
        )
        plan = mo.replenish(mo.load({name: table for name, table in tables.items() if len(table)}, as_of=day), config)
        lines = plan.order_lines
        today = lines[lines["order_date"] == pd.Timestamp(day)].set_index(["item", "location"])["quantity"]
        return today.reindex(pd.MultiIndex.from_frame(places), fill_value=0.0).to_numpy(np.float64)

    def _inbound(self, review: Review, day: dt.date) -> pd.DataFrame:
        parts = []
        for expected, units in review.outstanding:
            rows = np.flatnonzero(units > 0)
            date = day + dt.timedelta(weeks=expected - review.day)
            parts.append(self.case.keys.loc[rows, ["item", "location"]].assign(date=date, quantity=units[rows]))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def day_of(case: Case, week: int) -> dt.date:
    """Return the Monday of a week."""
    return pd.Timestamp(case.mondays[week]).date()


def history(case: Case, week: int) -> pd.DataFrame:
    """Return the sales before a week as a table, without rows that have not sold yet."""
    sold = case.demand[:week]
    rows = np.flatnonzero(sold.sum(axis=0) > 0)
    table = case.keys.loc[np.repeat(rows, week)].reset_index(drop=True)
    table["date"] = np.tile(case.mondays[:week], len(rows))
    return table.assign(quantity=sold[:, rows].T.ravel(), in_stock=case.in_stock[:week, rows].T.ravel())
