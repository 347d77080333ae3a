"""One order while supplier-level rules are being met: its quantities, what changing them costs, and what was chosen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from moselle_nb.engines.supplier_ladders import Ladders, ladders_of
from moselle_nb.plans.suppliers.words import held, lost, packs_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from numpy.typing import NDArray

    from moselle_nb.engines.supplier_orders import PackChoice
    from moselle_nb.plans.suppliers.orders import OrderArrays

    FloatArray = NDArray[np.float64]

__all__ = ["Asked", "Choice", "Draft", "Price", "Terms"]


@dataclass(frozen=True)
class Terms:
    """What a supplier asks of an order; NaN where it asks nothing.

    Parameters
    ----------
    key, name, currency
        Of the supplier.
    min_order_value, min_order_quantity
        In money and units.
    container_volume, container_weight
        What a container holds.
    """

    key: str
    name: str
    currency: str | None
    min_order_value: float
    min_order_quantity: float
    container_volume: float
    container_weight: float


TIE = 1e-4
"""A unit that avoids no lost sales counts for this share of its cost."""


class Asked(NamedTuple):
    """What a rule asks of an order: its name and limit, what the order holds, and what is missing or too much."""

    rule: str
    limit: float
    amount: float
    gap: float


@dataclass(frozen=True)
class Choice:
    """What is chosen to meet one rule of one order.

    Parameters
    ----------
    rule
        Name of the rule.
    limit, amount, gap
        What is asked, what the order holds, and what is missing or too much.
    action
        ``met``, ``add``, ``wait``, ``cut``, ``keep``, ``impossible`` or ``unknown``.
    text
        Rule, choice and price in words.
    packs, units, value
        What is added, or left out (negative).
    holding_cost, lost_value
        Its price, in money; NaN where not known.
    status
        ``optimal`` or ``gap``; blank where nothing was chosen.
    optimality_gap
        What a better choice could still save at most.
    instead
        The alternative with its price, in words.
    """

    rule: str
    limit: float
    amount: float
    gap: float
    action: str
    text: str
    packs: float = 0.0
    units: float = 0.0
    value: float = 0.0
    holding_cost: float = 0.0
    lost_value: float = 0.0
    status: str = ""
    optimality_gap: float = 0.0
    instead: str = ""

    @classmethod
    def priced(
        cls, asked: Asked, action: str, text: str, price: Price, *, found: PackChoice | None = None,
        gap: float | None = None, instead: str = "",
    ) -> Self:  # fmt: skip
        """Return a choice with its price, and what is proven of it.

        Parameters
        ----------
        asked, action, text, instead
            As in the choice.
        price
            What it changes and costs.
        found
            What was solved; None where there was nothing to choose.
        gap
            What a better choice could save, where that is not the gap of what was solved.
        """
        optimal = found is None or found.optimal
        known = found.gap if found is not None and gap is None else gap
        return cls(
            *asked, action, text, packs=price.packs, units=price.units, value=price.value,
            holding_cost=price.holding_cost, lost_value=price.lost_value, status="optimal" if optimal else "gap",
            optimality_gap=0.0 if optimal or known is None else known, instead=instead,
        )  # fmt: skip


@dataclass(frozen=True)
class Price:
    """What a change of quantities is and costs; NaN where a cost is not known."""

    packs: float
    units: float
    value: float
    holding_cost: float
    unit_days: float
    lost_value: float
    lost_units: float


@dataclass(eq=False)
class Draft:
    """An order and what has been chosen for it so far."""

    arrays: OrderArrays
    terms: Terms
    quantity: FloatArray = field(init=False)
    choices: list[Choice] = field(default_factory=list)
    reasons: dict[int, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with what the plan orders."""
        self.quantity = self.arrays.quantity.copy()

    @property
    def placed(self) -> NDArray[np.bool_]:
        """Which lines hold something."""
        return self.quantity > 0

    @property
    def unit_cost(self) -> FloatArray:
        """What a unit of each line costs at the present quantities; NaN where not known."""
        return self.arrays.prices_at(self.quantity)

    def total(self, per_unit: FloatArray) -> float:
        """Return an amount of what is ordered; NaN where it is not known of a line that holds something."""
        return float((self.quantity * per_unit)[self.placed].sum())

    def most_packs(self) -> NDArray[np.int64]:
        """Return how many packs may be added to each line: whole, within its own rules and the needs of a year."""
        arrays, placed = self.arrays, self.placed
        room = np.floor((arrays.largest - self.quantity) / arrays.pack)
        needed = np.ceil((arrays.needs[-1] - self.quantity) / arrays.pack)
        first = self.first_packs()
        needed = np.where(placed | (needed <= 0), needed, np.maximum(needed, first))
        most = np.where(arrays.fixed, 0.0, np.minimum(room, needed)).clip(0.0)
        return np.where(most >= first, most, 0.0).astype(np.int64)

    def first_packs(self) -> NDArray[np.int64]:
        """Return the packs of the first step: one, or what a line needs to begin with."""
        arrays = self.arrays
        start = np.ceil(arrays.smallest / arrays.pack)
        return np.where(self.placed, 1.0, np.maximum(start, 1.0)).astype(np.int64)

    def unit_days(self, line: int, units: FloatArray) -> FloatArray:
        """Return for how many unit-days quantities beyond the present one of a line are held."""
        arrays = self.arrays
        extra = max(float(self.quantity[line] - arrays.quantity[line]), 0.0)
        return arrays.unit_days(line, extra + units) - arrays.unit_days(line, np.array([extra]))

    def cost_ladders(self, most: NDArray[np.int64], rate: FloatArray) -> Ladders:
        """Return what packs added to each line cost at a rate per unit and day."""
        pack = self.arrays.pack
        totals = [
            rate[line] * self.unit_days(line, np.arange(top + 1) * pack[line]) if top else np.zeros(1)
            for line, top in enumerate(most.tolist())
        ]
        return ladders_of(totals, pack, self.first_packs())

    def worth(self, lines: NDArray[np.intp], units: FloatArray) -> FloatArray:
        """Return the expected lost sales that quantities of lines avoid, in money, or units at cost, else in units."""
        arrays = self.arrays
        cost = np.where(np.isnan(arrays.unit_cost), 1.0, arrays.unit_cost)
        per_unit = np.where(np.isnan(arrays.margin), cost, arrays.margin)
        return per_unit[lines] * arrays.value(lines, units)

    def keep_ladders(self, bonus: FloatArray) -> Ladders:
        """Return what packs kept of each line are worth; fixed lines have none.

        Parameters
        ----------
        bonus
            Worth of a unit that avoids no lost sales; the later it is needed, the less of it counts.
        """
        arrays = self.arrays
        most = np.where(arrays.fixed, 0, np.floor(self.quantity / arrays.pack)).astype(np.int64)
        edges = np.cumsum(most + 1)[:-1]
        lines = np.repeat(np.arange(len(most)), most + 1)
        units = (np.arange(len(lines)) - np.repeat(np.append(0, edges), most + 1)) * arrays.pack[lines]
        totals = np.split(self.worth(lines, units), edges)
        if bonus.any():
            totals = [
                total + bonus[line] * self._soon(line, own)
                for line, (total, own) in enumerate(zip(totals, np.split(units, edges), strict=True))
            ]
        start = np.maximum(np.ceil(arrays.smallest / arrays.pack), 1.0).astype(np.int64)
        return ladders_of(totals, arrays.pack, np.minimum(start, np.maximum(most, 1)))

    def _soon(self, line: int, units: FloatArray) -> FloatArray:
        """Return quantities of a line, of each unit the less the later it is needed: from all of it down to half."""
        needs = self.arrays.needs[:, line]
        days = np.minimum(np.searchsorted(needs, units), len(needs))
        return np.cumsum(np.diff(units, prepend=0.0) * (1 - days / (2 * len(needs))))

    def tie_bonus(self) -> FloatArray:
        """Return what a unit counts for that avoids no lost sales: it decides between equals only."""
        return TIE * np.nan_to_num(self.arrays.unit_cost, nan=1.0)

    def price(self, quantity: FloatArray) -> Price:
        """Return what other quantities are and cost."""
        arrays = self.arrays
        change = quantity - self.quantity
        more, less = np.flatnonzero(change > 0), np.flatnonzero(change < 0)
        days = np.array([float(self.unit_days(line, change[line : line + 1])[0]) for line in more.tolist()])
        gone = arrays.value(less, self.quantity[less]) - arrays.value(less, quantity[less])
        return Price(
            packs=float((change / arrays.pack).sum()), units=float(change.sum()),
            value=float(self.added_value(quantity)[change != 0].sum()),
            holding_cost=_known_sum(days, arrays.holding_cost[more]), unit_days=float(days.sum()),
            lost_value=_known_sum(gone, arrays.margin[less]), lost_units=float(gone.sum()),
        )  # fmt: skip

    def added_value(self, quantity: FloatArray) -> FloatArray:
        """Return what each line costs more at other quantities, each at its price."""
        arrays = self.arrays
        if not arrays.has_breaks:
            return np.asarray((quantity - self.quantity) * arrays.unit_cost)
        return np.asarray(arrays.values_of(quantity) - arrays.values_of(self.quantity))

    def added_text(self, price: Price) -> str:
        """Say what is added and what that costs."""
        cost = held(price.holding_cost, price.unit_days, price.units, self.terms.currency)
        return f"{packs_text(price.packs, price.units, 'more')}, {cost}"

    def left_out_text(self, price: Price) -> str:
        """Say what is left out and what that costs."""
        cost = lost(price.lost_value, price.lost_units, self.terms.currency)
        return f"{packs_text(-price.packs, -price.units, 'less')}, {cost}"

    def take(self, quantity: FloatArray, choice: Choice) -> None:
        """Change quantities, and note the choice as the reason of every line that changes."""
        for line in np.flatnonzero(quantity != self.quantity).tolist():
            self.reasons.setdefault(line, []).append(choice.text)
        self.quantity = quantity
        self.note(choice)

    def start_again(self, why: str) -> None:
        """Take back what was chosen so far: something else decides."""
        self.quantity, self.reasons = self.arrays.quantity.copy(), {}
        taken = ("add", "wait", "cut")
        self.choices = [
            Choice(each.rule, each.limit, each.amount, each.gap, "keep", f"{each.text}; {why}")
            if each.action in taken else each
            for each in self.choices
        ]  # fmt: skip

    def note(self, *choices: Choice) -> None:
        """Note choices that change nothing."""
        self.choices.extend(choices)

    def changed(self) -> Iterable[int]:
        """Return the lines whose quantity is another one now."""
        found: list[int] = np.flatnonzero(self.quantity != self.arrays.quantity).tolist()
        return found


def _known_sum(units: FloatArray, per_unit: FloatArray) -> float:
    """Sum units times a price; a price that is not known counts only where there are units."""
    return float(np.where(units == 0, 0.0, units * per_unit).sum())
