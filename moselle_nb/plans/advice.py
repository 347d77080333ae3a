"""What a replenishment plan says of its own numbers: messages, and advice on orders, conflicts, waste and edits."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from moselle_nb.plans.history import handed_out

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from moselle_nb.engines.open_orders import Advice
    from moselle_nb.plans.conflicts import ConflictCase
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.simulating.edit_values import EditValues

__all__ = ["Advises"]


class Advises:
    """The parts of `ReplenishmentPlan` that tell what to make of it."""

    @property
    def by_supplier(self) -> pd.DataFrame:
        """What goes to each supplier on each order date, and the gap to its minimums."""
        from moselle_nb.plans.orders import by_supplier

        return by_supplier(self._plan)

    @property
    def messages(self) -> pd.DataFrame:
        """What a planner must know beyond the numbers: item, location, date, kind, quantity, text."""
        return handed_out(self._messages)

    @cached_property
    def _messages(self) -> pd.DataFrame:
        from moselle_nb.plans.messages import messages

        return messages(self._plan)

    @cached_property
    def unserved_by_cost(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Rows whose suggestions leave demand unserved because its stock is not worth it, and the units of each.

        Edits change nothing of it, so that an edited plan takes it from the plan before.
        """
        from moselle_nb.plans.replenishment import lost_by_cost

        plan = self._plan
        if plan.previous is not None and plan.previous.arrays is plan.arrays:
            return plan.previous.unserved_by_cost
        return lost_by_cost(plan.inputs, plan.config, plan.arrays.figures)

    @property
    def open_orders(self) -> pd.DataFrame:
        """One row per scheduled receipt: what to do with it, to when, how many units, why, and what that is worth.

        Every advice supposes that the ones on earlier receipts of its row are followed too; see
        `engines.open_orders.advise` for when a receipt is to be brought forward, put off or cancelled.

        Returns
        -------
        pandas.DataFrame
            item, location, reference, expected_date, arrival_date (from when the plan counts on it), quantity; advice
            (keep, expedite, delay, cancel), reason, advised_date, advised_quantity (units to move or to cancel; the
            rest stays as it is); units_saved (demand that is served only then), holding_saved and value in currency.
            A unit saved is worth its shortage cost, or where none is known price less cost; a delayed one
            `holding_cost` for each day; a cancelled one its cost, and holding for the days in which it is not needed.
            What depends on an unknown cost is null.
        """
        return handed_out(self._open_orders)

    @cached_property
    def advice(self) -> Advice:
        """What is advised for each scheduled receipt, as arrays."""
        from moselle_nb.plans.open_orders import advice_of

        return advice_of(self._plan)

    @cached_property
    def _open_orders(self) -> pd.DataFrame:
        from moselle_nb.plans.open_orders import open_orders

        return open_orders(self._plan)

    @property
    def conflicts(self) -> pd.DataFrame:
        """The ways out of each `conflict`: which rules could give way, what is ordered then, and what that costs.

        Returns
        -------
        pandas.DataFrame
            item, location, order_date; clashing (the smallest set of rules that leaves no legal order: without any one
            of them there is one), needed (units); then one row per rule of each least set of rules that could give
            way: rank (1 is the cheapest; rules that have to give way together share it), rule, from, to (units; of the
            order calendar days by which the arrival is late), quantity (ordered then), unserved_avoided (units, until
            the next possible arrival), unserved_value (of what is still unserved until then), holding_cost (of the
            order until it is sold, at most to the last day planned), total_cost. A unit lost is worth its shortage
            cost, or where none is known price less cost; what depends on an unknown cost is null, and units rank.
        """
        return handed_out(self._conflicts)

    @cached_property
    def _conflicts(self) -> pd.DataFrame:
        from moselle_nb.plans.conflicts import conflicts

        return conflicts(self._plan)

    @cached_property
    def conflict_cases(self) -> tuple[ConflictCase, ...]:
        """The order dates on which something is needed and nothing is legal."""
        from moselle_nb.plans.conflicts import conflict_cases

        return conflict_cases(self._plan)

    @property
    def waste(self) -> pd.DataFrame:
        """What of each order is expected to expire: one row per order line of an item with `shelf_life_days`.

        Returns
        -------
        pandas.DataFrame
            item, location, order_date, arrival_date, quantity, shelf_life_days; stock_before (units at the opening of
            the arrival day without the order), demand (of the shelf life from that day on), expected_waste (units of
            this order that are left when it expires: what is there already is sold first) and its value at unit cost.
            The age of stock is not known: what is there on the first day is taken as fresh.
        """
        return handed_out(self._waste)

    @cached_property
    def _waste(self) -> pd.DataFrame:
        from moselle_nb.plans.waste import waste

        return waste(self._plan)

    def value_of_edits(
        self,
        *,
        paths: int = 200,
        seed: int = 0,
        weeks: int | None = None,
        forecast_cv: float | None = None,
        confidence: float = 0.95,
    ) -> EditValues:
        """Simulate what each edit in force, and all together, change in cost, fill rate and lost units.

        The plan with and without an edit meets the same paths of demand, as in `simulate`, and is made anew at every
        order date, so that later orders react to the edit and to what came. Regret is what the plan costs above the
        least that is possible with perfect information: see `engines.hindsight.least_cost`, which leaves out MOQ,
        multiples, maximums and order cost, so that regret is never understated.

        Parameters
        ----------
        paths, seed, weeks, forecast_cv, confidence
            As for `simulate`.

        Raises
        ------
        ConfigError
            When a number is out of bounds.
        ContractError
            When the forecast's error is not known.
        MoselleError
            When the plan has no edits.
        """
        from moselle_nb.plans.simulating.edit_values import value_of_edits

        return value_of_edits(
            self._plan, paths=paths, seed=seed, weeks=weeks, forecast_cv=forecast_cv, confidence=confidence
        )  # fmt: skip

    @property
    def _plan(self) -> ReplenishmentPlan:
        return cast("ReplenishmentPlan", self)
