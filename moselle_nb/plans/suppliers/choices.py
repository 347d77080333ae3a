"""Supplier-level choices: what each rule of each order asks, what would be done, and what it costs."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from moselle_nb.exceptions import BrokenRule, ConfigError, UnknownNameError
from moselle_nb.plans.suppliers.words import RULE_NAMES, amount, counted, money

if TYPE_CHECKING:
    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = ["SupplierChoices"]

SHOWN = ("supplier", "location", "order_date", "rule", "limit", "gap", "action", "packs", "value", "text", "instead")
MOST_SHOWN = 200


@dataclass(frozen=True, eq=False, repr=False)
class SupplierChoices:
    """What supplier-level rules ask of a plan's orders; made by `ReplenishmentPlan.supplier_choices`.

    Nothing of the plan changes; `ReplenishmentPlan.meet_supplier_rules` does what stands here.

    Parameters
    ----------
    plan
        The plan they are about.
    frame
        One row per order and rule: order_id, supplier, name, location, order_date, rule, limit, amount (what the order
        holds), gap, action (met, add, wait, cut, keep, impossible, unknown), packs, units and value (added, or left out
        where negative), currency, holding_cost and lost_value (the price; NaN where not known), status (optimal, or gap
        with what a better choice could save at most in `optimality_gap`), text, instead (the alternative).
    lines
        One row per order line that changes: order_id, supplier, item, location, order_date, before, quantity, packs,
        value, holding_cost, days_earlier (mean of the units that are added), reason.
    ranking
        Packs under a budget, most value per money first: order_id, supplier, item, location, packs, units, cost, value
        (of the lost sales that they are expected to avoid), value_per_money, first_unserved, kept_packs.
    """

    plan: ReplenishmentPlan
    frame: pd.DataFrame
    lines: pd.DataFrame
    ranking: pd.DataFrame

    @property
    def impossible(self) -> pd.DataFrame:
        """The rows of `frame` whose rule no legal order meets."""
        return self.frame[self.frame["action"] == "impossible"]

    def edits(self, orders: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """Return the edits that meet the rules.

        Parameters
        ----------
        orders
            Ids of the orders to change; all when left out.

        Raises
        ------
        ConfigError
            When they are not ids.
        UnknownNameError
            When there is no such order.
        """
        lines = self.lines if orders is None else self.lines[self.lines["order_id"].isin(self.named(orders))]
        columns = {"item": "item", "location": "location", "order_date": "date", "quantity": "quantity",
                   "reason": "reason"}  # fmt: skip
        records = lines[list(columns)].rename(columns=columns).to_dict("records")
        return [{str(key): value for key, value in record.items()} | {"date": f"{record['date']:%Y-%m-%d}"}
                for record in records]  # fmt: skip

    def named(self, orders: object) -> list[str]:
        """Return the ids of orders, each of which is there; one id alone may stand for a list of one.

        Raises
        ------
        ConfigError
            When they are not ids.
        UnknownNameError
            When there is no such order.
        """
        if not isinstance(orders, Iterable):
            rule = "orders are ids, such as those of `frame`"
            raise ConfigError([BrokenRule("orders", rule, examples=(f"received {orders!r}",))])
        wanted, known = [orders] if isinstance(orders, str) else list(orders), set(self.frame["order_id"])
        for name in wanted:
            if name not in known:
                kind = "order"
                raise UnknownNameError(kind, name, known)
        return wanted

    def __len__(self) -> int:
        """Return how many orders would change."""
        return int(self.lines["order_id"].nunique())

    def __repr__(self) -> str:
        """Say in one line what would change and what it costs."""
        return f"SupplierChoices({self.headline})"

    @property
    def headline(self) -> str:
        """What would change, what it costs, and what cannot be met, in one line."""
        frame = self.frame
        if frame.empty:
            return "no order has a rule of its supplier to meet"
        orders, gaps = frame["order_id"].nunique(), int((frame["gap"] > 0).sum())
        parts = [f"{len(self):,} of {counted(orders, 'order')} {'changes' if len(self) == 1 else 'change'}"]
        for name, what in (("holding_cost", "of holding"), ("lost_value", "of lost sales")):
            sums = frame.groupby(frame["currency"].fillna(""))[name].sum()
            parts += [f"{money(value, str(key))} {what}" for key, value in sums.items() if value > 0]
        parts += ["holding cost not known"] if frame["holding_cost"].isna().any() else []
        impossible, unknown = len(self.impossible), int((frame["action"] == "unknown").sum())
        parts += [f"{impossible:,} cannot be met"] if impossible else []
        parts += [f"{unknown:,} cannot be judged"] if unknown else []
        return ", ".join(parts) if gaps or unknown else f"every rule of {counted(orders, 'order')} is met"

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{name.replace("_", " ")}</th>' for name in SHOWN)
        shown = self.frame[self.frame["action"] != "met"]
        body = "".join(
            f"<tr>{''.join(f'<td>{html.escape(_cell(value))}</td>' for value in row)}</tr>"
            for row in shown[list(SHOWN)].head(MOST_SHOWN).itertuples(index=False)
        )
        more = len(shown) - MOST_SHOWN
        rest = f"<p>… and {more:,} more.</p>" if more > 0 else ""
        caption = f"<caption>{html.escape(self.headline)}</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


def _cell(value: object) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, (int, float)):
        return amount(float(value))
    return RULE_NAMES.get(str(value), str(value))
