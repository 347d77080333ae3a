"""Comparison of a replenishment and an allocation plan of one forecast: what each does for the same demand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from moselle_nb.exceptions import BrokenRule, ConfigError
from moselle_nb.plans.allocating.plan import AllocationPlan
from moselle_nb.plans.document import ReplenishmentPlan
from moselle_nb.plans.history import handed_out
from moselle_nb.plans.price_breaks import order_totals
from moselle_nb.plans.scenarios import moves_between, orders_after, rows_in, unserved_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.scenarios import Moves

__all__ = ["Comparison", "compare"]

DIFFERENCES = (
    ("question", "What do I need to buy, and when?", "How do I divide the stock that I have?"),
    ("flow", "inbound: supplier → warehouse", "outbound: warehouse → locations"),
    ("reads", "forecast, stock, open orders, lead times, safety stock, constraints",
     "forecast by location, stock at the source and at each location, inbound, constraints"),
    ("says", "how much to order, and when, per item and location", "how much of each item goes where, and when"),
    ("ends in", "purchase orders", "transfers"),
)  # fmt: skip


Plan: TypeAlias = "ReplenishmentPlan | AllocationPlan"


def compare(replenishment: Plan, allocation: Plan) -> Comparison:
    """Compare what buying and what moving do for the same demand.

    Parameters
    ----------
    replenishment, allocation
        Plans of the same tables: one stock count and one forecast. Their order does not matter.

    Returns
    -------
    Comparison
        Both answers side by side, and one ledger of who promised what.

    Raises
    ------
    ConfigError
        When the plans do not stand on the same stock count and forecast; it names what differs.
    TypeError
        When they are not one of each kind.
    """
    plans = replenishment, allocation
    buying = next((plan for plan in plans if isinstance(plan, ReplenishmentPlan)), None)
    moving = next((plan for plan in plans if isinstance(plan, AllocationPlan)), None)
    if buying is None or moving is None:
        kinds = " and ".join(type(plan).__name__ for plan in plans)
        msg = f"compare takes a replenishment plan and an allocation plan, received {kinds}"
        raise TypeError(msg)
    _refuse_other_ground(buying, moving)
    return Comparison(buying, moving)


def _refuse_other_ground(plan: ReplenishmentPlan, shares: AllocationPlan) -> None:
    """Refuse plans that do not answer the same question: another stock count, other rows, another forecast."""
    ours, theirs = plan.inputs, shares.inputs
    problems = []
    if ours.as_of != theirs.as_of:
        dates = f"{ours.as_of} and {theirs.as_of}"
        problems.append(BrokenRule("as_of", "both plans start from the same stock count", examples=(dates,)))
    rows = _rows_of(plan, shares)
    missing = np.flatnonzero(rows < 0)
    if len(missing):
        names = tuple(_name(shares, row) for row in missing[:3])
        rule = "the replenishment plan has every row of the allocation; plan all locations and items"
        problems.append(BrokenRule("rows", rule, len(missing), names))
    elif not problems:
        problems += _other_numbers(plan, shares, rows)
    if problems:
        raise ConfigError(problems)


def _other_numbers(plan: ReplenishmentPlan, shares: AllocationPlan, rows: NDArray[np.int64]) -> list[BrokenRule]:
    ours, theirs = plan.inputs, shares.inputs
    same = (len(ours.demand.starts) == len(theirs.demand.starts)) and (ours.demand.starts == theirs.demand.starts).all()
    other = ~np.full(len(rows), bool(same))
    if same:
        other = (ours.demand.quantity[:, rows] != theirs.demand.quantity).any(axis=0)
    problems = []
    for name, differs in (("forecast", other), ("stock", ours.on_hand[rows] != theirs.on_hand)):
        where = np.flatnonzero(differs)
        if len(where):
            names = tuple(_name(shares, row) for row in where[:3])
            problems.append(BrokenRule(name, f"both plans stand on the same {name}", len(where), names))
    return problems


def _rows_of(plan: ReplenishmentPlan, shares: AllocationPlan) -> NDArray[np.int64]:
    inputs = shares.inputs
    return rows_in(plan, inputs.items["item"].iloc[inputs.item], inputs.locations["location"].iloc[inputs.location])


def _name(shares: AllocationPlan, row: int) -> str:
    inputs = shares.inputs
    return f"({inputs.items['item'].iat[inputs.item[row]]}, {inputs.locations['location'].iat[inputs.location[row]]})"


def _lines(count: int, of: str) -> str:
    return f"{count:,} {of} line{'' if count == 1 else 's'}"


@dataclass(frozen=True, eq=False)
class Comparison:
    """A replenishment and an allocation plan of one forecast, side by side.

    Parameters
    ----------
    replenishment, allocation
        The plans.
    """

    replenishment: ReplenishmentPlan
    allocation: AllocationPlan

    @cached_property
    def _moves(self) -> Moves:
        return moves_between(self.replenishment, self.allocation)

    @cached_property
    def _scope(self) -> NDArray[np.int64]:
        """Rows of the replenishment plan that the allocation looks at."""
        return np.unique(_rows_of(self.replenishment, self.allocation))

    @cached_property
    def _rows(self) -> pd.DataFrame:
        """One row per item and location of both plans, with what each of them does."""
        plan, moves = self.replenishment, self._moves
        inputs, none = plan.inputs, moves.none()
        after = orders_after(plan, moves)
        cost = np.nan_to_num(inputs.unit_cost)

        def ordered(lines: object) -> NDArray[np.float64]:
            row, quantity = lines.row, lines.quantity  # type: ignore[attr-defined]
            return np.bincount(row, weights=quantity, minlength=inputs.rows).astype(np.float64)

        def moved(rows: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
            known = rows >= 0
            return np.bincount(rows[known], weights=weights[known], minlength=inputs.rows).astype(np.float64)

        frame = pd.DataFrame({
            "item": inputs.items["item"].to_numpy(object)[inputs.item],
            "location": inputs.locations["location"].to_numpy(object)[inputs.location],
            "buy_units": ordered(plan.merged.lines), "buy_after_move": ordered(after.lines),
            "moved_in": moved(moves.destination, moves.quantity), "moved_out": moved(moves.source, moves.quantity),
            "move_cost": moved(moves.destination, moves.cost),
            "unserved_neither": unserved_units(plan, none, ordered=False),
            "unserved_buy": unserved_units(plan, none, ordered=True),
            "unserved_move": unserved_units(plan, moves, ordered=False),
            "unserved_both": unserved_units(plan, moves, ordered=True),
        })  # fmt: skip
        frame["buy_value"] = frame["buy_units"] * cost
        frame["buy_less_units"] = frame["buy_units"] - frame["buy_after_move"]
        frame["buy_less_value"] = frame["buy_less_units"] * cost
        if inputs.price_breaks is not None:
            priced = inputs.price_breaks.of(np.arange(inputs.rows))
            lines, left = plan.merged.lines, after.lines
            now, then = (order_totals(inputs, each.row, each.quantity)[priced] for each in (lines, left))
            frame.loc[priced, "buy_value"], frame.loc[priced, "buy_less_value"] = now, now - then
        sends = frame["moved_out"].to_numpy() > 0
        frame["promised_twice"] = np.where(sends, np.maximum(frame["unserved_both"] - frame["unserved_buy"], 0.0), 0.0)
        return frame.iloc[self._scope].reset_index(drop=True)

    @property
    def by_row(self) -> pd.DataFrame:
        """One row per item and location: what is bought, moved in and out, and unserved with neither, either and both.

        `promised_twice` is what a location cannot serve because the allocation ships units on which its replenishment
        plan counts; `buy_less_units` is what the replenishment plan would order less if the transfers were a fact.
        """
        return handed_out(self._rows)

    @property
    def summary(self) -> pd.DataFrame:
        """The same by item, with what the allocation says is needed."""
        return handed_out(self._summary)

    @cached_property
    def _summary(self) -> pd.DataFrame:
        names = ["buy_units", "buy_value", "moved_in", "move_cost", "unserved_neither", "unserved_buy", "unserved_move",
                 "unserved_both", "buy_less_units", "buy_less_value", "promised_twice"]  # fmt: skip
        found = self._rows.groupby("item", sort=True)[names].sum().reset_index()
        need = self.allocation.summary.set_index("item")["need"]
        found.insert(1, "need", need.reindex(found["item"]).to_numpy())
        return found.rename(columns={"moved_in": "move_units"})

    @cached_property
    def totals(self) -> pd.Series:
        """The sums of `summary`."""
        return self._summary.drop(columns="item").sum()

    @property
    def table(self) -> pd.DataFrame:
        """How the two kinds of plan differ, in words and in the numbers of these two."""
        total = self.totals
        bought, moved = self.replenishment.order_lines, self.allocation.merged.quantity
        live = [
            ("lines", _lines(int((bought["quantity"] > 0).sum()), "order"),
             _lines(int(((moved > 0) & ~self.allocation.inputs.routes.own).sum()), "transfer")),
            ("units", f"{total['buy_units']:,.0f} bought", f"{total['move_units']:,.0f} moved"),
            ("costs", f"{total['buy_value']:,.2f} of goods", f"{total['move_cost']:,.2f} of transport"),
            ("unserved without it", *[f"{total['unserved_neither']:,.0f} units"] * 2),
            ("unserved with it", f"{total['unserved_buy']:,.0f} units", f"{total['unserved_move']:,.0f} units"),
        ]  # fmt: skip
        return pd.DataFrame([*DIFFERENCES, *live], columns=["", "replenishment", "allocation"])

    @property
    def ledger(self) -> pd.DataFrame:
        """Every promise of a unit: what each location has and expects, and to whom it is promised, by day.

        `kind` is on_hand, scheduled, planned (a purchase of the replenishment plan), received (a transfer), demand (on
        the judged days) or shipped (a transfer out); `quantity` is positive for what comes and negative for what goes.
        """
        return handed_out(self._ledger)

    @cached_property
    def _ledger(self) -> pd.DataFrame:
        from moselle_nb.plans.ledger import ledger

        return ledger(self.replenishment, self._moves, self._scope)

    @property
    def promised_twice(self) -> pd.DataFrame:
        """The rows of `by_row` whose location cannot keep what both plans promise, worst first."""
        found = self._rows[self._rows["promised_twice"] > 0]
        return handed_out(found.sort_values("promised_twice", ascending=False, kind="stable").reset_index(drop=True))

    @property
    def move_now(self) -> pd.DataFrame:
        """Items of which less has to be bought once stock has moved, most valuable first."""
        found = self._summary[(self._summary["buy_less_units"] > 0) & (self._summary["move_units"] > 0)]
        order = ["buy_less_value", "buy_less_units"]
        return handed_out(found.sort_values(order, ascending=False, kind="stable").reset_index(drop=True))

    def __repr__(self) -> str:
        """Give both totals in one line."""
        total = self.totals
        less = round(float(total["buy_less_units"]))
        return (
            f"Comparison({total['buy_units']:,.0f} units bought, {total['move_units']:,.0f} moved; moving first buys "
            f"{abs(less):,} {'more' if less < 0 else 'fewer'})"
        )
