"""What follows from an allocation plan: transfers, pegging, checks, fairness, optimality and charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import datetime as dt

    import altair as alt
    import pandas as pd

    from moselle_nb.plans.allocating.fairness import Fairness
    from moselle_nb.plans.allocating.over_time import OverTime
    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.plans.allocating.transfers import Transfers
    from moselle_nb.plans.checker.report import CheckReport

__all__ = ["AllocationReports"]


class AllocationReports:
    """Reports on a plan, each made when it is asked for; `AllocationPlan` inherits them."""

    @property
    def _whole(self) -> AllocationPlan:
        return cast("AllocationPlan", self)

    @property
    def pegging(self) -> pd.DataFrame:
        """One row per piece of what is allocated: the stock or the receipt that it comes from.

        Stock is used first, then receipts in the order of their dates; earlier ship dates come first.
        """
        from moselle_nb.plans.allocating.pegging import pegging

        return pegging(self._whole)

    def check(self) -> CheckReport:
        """Verify the plan cell by cell with a checker that shares no code with the engines."""
        from moselle_nb.plans.checker.allocation import check_allocation

        return check_allocation(self._whole)

    def fairness(self) -> Fairness:
        """Divide the same stock by every rule: who is short, how covers spread, what is lost and what it costs.

        Raises
        ------
        MoselleError
            When the plan rebalances.
        """
        from moselle_nb.plans.allocating.fairness import fairness

        return fairness(self._whole)

    @property
    def optimality(self) -> pd.DataFrame:
        """One row per item and ship date: `optimal`, or the proven gap, the price of the last pack, and the proof.

        Each call solves again, within `solver_seconds`.
        """
        from moselle_nb.plans.allocating.optimality import optimality

        return optimality(self._whole)

    def over_time(self) -> OverTime:
        """Solve all ship dates at once for the items that run short: what the rule loses, and the best answer.

        Raises
        ------
        MoselleError
            When the configuration does not ask for it (`over_time`), or several sources serve the plan.
        """
        from moselle_nb.plans.allocating.over_time import over_time

        return over_time(self._whole)

    def generate_transfers(self, until: dt.date | str | None = None) -> Transfers:
        """Make the transfers of the plan, or those up to a day; a source's own share is none.

        Parameters
        ----------
        until
            Take all that leaves up to this day, the rest is a schedule; everything when left out.

        Raises
        ------
        MoselleError
            When `until` is not a day.
        """
        from moselle_nb.plans.allocating.transfers import generate_transfers

        return generate_transfers(self._whole, until)

    def chart(self, item: str, date: dt.date | str | None = None) -> alt.LayerChart:
        """Return an altair chart of the cover of an item at each location, before and after the allocation.

        Parameters
        ----------
        item
            Its key.
        date
            A ship date; the first one when left out.

        Raises
        ------
        UnknownNameError
            When the plan has no such item.
        """
        from moselle_nb.plans.allocating.charts import cover_chart

        return cover_chart(self._whole, item, date)
