"""Meeting supplier-level rules: orders of a plan, date after date, and the edits that follow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from moselle_nb.exceptions import BrokenRule, ConfigError, ContractError, EditError, MoselleError, Reject, near
from moselle_nb.plans.order_parts import day_of
from moselle_nb.plans.resolved import BOUGHT
from moselle_nb.plans.row_names import code_of
from moselle_nb.plans.suppliers.budget import keep_budget, one_currency
from moselle_nb.plans.suppliers.choices import SupplierChoices
from moselle_nb.plans.suppliers.containers import meet_containers
from moselle_nb.plans.suppliers.draft import Choice, Draft, Terms
from moselle_nb.plans.suppliers.minimums import meet_minimums
from moselle_nb.plans.suppliers.orders import order_arrays

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.resolved import ResolvedInputs

__all__ = ["meet_supplier_rules", "supplier_choices"]

KEYS = ("order_id", "supplier", "name", "location", "order_date")
FIGURES = ("rule", "limit", "amount", "gap", "action", "packs", "units", "value")
COSTS = ("holding_cost", "lost_value", "status", "optimality_gap", "text", "instead")
COLUMNS = (*KEYS, *FIGURES, "currency", *COSTS)
LINES = (
    "order_id", "supplier", "item", "location", "order_date", "before", "quantity", "packs", "value", "holding_cost",
    "days_earlier", "reason",
)  # fmt: skip
RANKING = (
    "order_id", "supplier", "item", "location", "packs", "units", "cost", "value", "value_per_money", "first_unserved",
    "kept_packs",
)  # fmt: skip

Budgets = float | dict[int, float] | None


@dataclass(frozen=True)
class Settings:
    """How rules are met; see `supplier_choices`."""

    budget: float | Mapping[str, float] | None = None
    fill_containers: bool = True
    nearly_empty: float = 0.25
    may_wait: bool = True
    until: Any = None

    def __post_init__(self) -> None:
        """Refuse nonsense.

        Raises
        ------
        ConfigError
            Saying what is admissible and what arrived.
        """
        one: list[Any] = [] if self.budget is None else [self.budget]
        given: list[Any] = list(self.budget.values()) if isinstance(self.budget, Mapping) else one
        expected = "a budget is a number above 0, or one for each supplier"
        problems = [
            BrokenRule("budget", expected, examples=(f"received {budget!r}",))
            for budget in given
            if not (_is_number(budget) and 0 < budget < math.inf)
        ]
        for name in ("fill_containers", "may_wait"):
            value = getattr(self, name)
            if not isinstance(value, bool):
                problems.append(BrokenRule(name, f"{name} is true or false", examples=(f"received {value!r}",)))
        if not (_is_number(self.nearly_empty) and 0 <= self.nearly_empty <= 1):
            rule = "nearly_empty is a share of a container from 0 to 1"
            problems.append(BrokenRule("nearly_empty", rule, examples=(f"received {self.nearly_empty!r}",)))
        if problems:
            raise ConfigError(problems)


SETTINGS = tuple(part.name for part in fields(Settings))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def supplier_choices(plan: ReplenishmentPlan, **settings: Any) -> SupplierChoices:
    """Propose how orders meet the rules of their suppliers; see `ReplenishmentPlan.supplier_choices`."""
    settled = Settings(**settings)
    budgets = _budgets(plan, settled)
    if settled.fill_containers:
        _refuse_small_containers(plan.inputs)
    working, drafts, ranking = plan, list[Draft](), list[dict[str, Any]]()
    last, first = None, True
    while True:
        orders = _orders(working, settled, last)
        if orders.empty:
            break
        last = orders["order_date"].min()
        found = _drafts(working, orders[orders["order_date"] == last], budgets, everyone=first)
        for draft in found:
            meet_minimums(draft, may_wait=settled.may_wait)
        for limit, group in _groups(found, budgets, first=first):
            ranking += keep_budget(working, group, limit)
        if settled.fill_containers:
            _fill(found, settled, budgets, first=first)
        drafts += found
        edits = [edit for draft in found for edit in _edits(plan, draft)]
        working, first = working.edit_many(edits) if edits else working, False
    return SupplierChoices(
        plan, pd.DataFrame([r for draft in drafts for r in _rows(plan, draft)], columns=list(COLUMNS)),
        pd.DataFrame([r for draft in drafts for r in _line_rows(plan, draft)], columns=list(LINES)),
        pd.DataFrame(ranking, columns=list(RANKING)),
    )  # fmt: skip


def _budgets(plan: ReplenishmentPlan, settings: Settings) -> Budgets:
    """Return one budget, or one by the code of each supplier."""
    if not isinstance(settings.budget, Mapping):
        return settings.budget
    suppliers = plan.inputs.suppliers
    return {code_of("supplier", name, suppliers): float(limit) for name, limit in settings.budget.items()}


def _orders(plan: ReplenishmentPlan, settings: Settings, last: pd.Timestamp | None) -> pd.DataFrame:
    """Return the orders that are judged and come after a date."""
    frame = plan.by_supplier
    frame = frame[frame["supplier"].notna()]
    chosen = frame["now"] if settings.until is None else frame["order_date"] <= pd.Timestamp(day_of(settings.until))
    return frame[chosen & (frame["order_date"] > last)] if last is not None else frame[chosen]


def _terms(inputs: ResolvedInputs, supplier: int) -> Terms:
    record = inputs.suppliers.iloc[supplier]
    numbers = [float(record[name]) for name in (
        "min_order_value", "min_order_quantity", "container_volume", "container_weight")]  # fmt: skip
    name, currency = (record[column] if isinstance(record[column], str) else None for column in ("name", "currency"))
    return Terms(str(record["supplier"]), name or str(record["supplier"]), currency, *numbers)


def _drafts(plan: ReplenishmentPlan, orders: pd.DataFrame, budgets: Budgets, *, everyone: bool) -> list[Draft]:
    """Gather the orders of one date whose supplier has rules, or that share a budget."""
    inputs, found = plan.inputs, []
    for supplier, location, date in zip(orders["supplier"], orders["location"], orders["order_date"], strict=True):
        code = code_of("supplier", supplier, inputs.suppliers)
        terms = _terms(inputs, code)
        ruled = any(limit > 0 for limit in (terms.min_order_value, terms.min_order_quantity, terms.container_volume,
                                            terms.container_weight))  # fmt: skip
        budgeted = code in budgets if isinstance(budgets, dict) else budgets is not None and everyone
        if ruled or budgeted:
            place = code_of("location", location, inputs.locations)
            found.append(Draft(order_arrays(plan, code, place, np.datetime64(date, "D")), terms))
    return found


def _groups(drafts: list[Draft], budgets: Budgets, *, first: bool) -> Iterator[tuple[float, list[Draft]]]:
    """Yield budgets, each with the orders that share it."""
    drafts = [draft for draft in drafts if draft.placed.any()]
    if isinstance(budgets, dict):
        for supplier, limit in budgets.items():
            group = [draft for draft in drafts if draft.arrays.supplier == supplier]
            if group:
                yield limit, group
    elif budgets is not None and first and drafts:
        one_currency(drafts)
        yield budgets, drafts


def _fill(drafts: list[Draft], settings: Settings, budgets: Budgets, *, first: bool) -> None:
    """Fill the containers of orders, within what budgets leave."""
    groups = list(_groups(drafts, budgets, first=first))
    for draft in drafts:
        limit, group = next(((limit, group) for limit, group in groups if draft in group), (math.inf, []))
        left = limit - sum(each.total(each.unit_cost) for each in group)
        meet_containers(
            draft, nearly_empty=settings.nearly_empty, may_wait=settings.may_wait,
            left=math.inf if math.isnan(left) else max(left, 0.0),
        )  # fmt: skip


def _refuse_small_containers(inputs: ResolvedInputs) -> None:
    """Refuse containers into which not even one pack goes."""
    (rows,) = ((inputs.supplier >= 0) & (inputs.ordering == BOUGHT)).nonzero()
    supplier, item = inputs.supplier[rows], inputs.item[rows]
    pack = inputs.rules.order_multiple.values[0][rows]
    pack, problems = np.where(np.isnan(pack), 1.0, pack), []
    for measure in ("volume", "weight"):
        column = f"container_{measure}"
        capacity = inputs.suppliers[column].to_numpy(np.float64)[supplier]
        size = pack * inputs.items[measure].to_numpy(np.float64)[item]
        (over,) = ((capacity > 0) & (size > capacity * (1 + 1e-9))).nonzero()
        if len(over):
            shown = tuple(
                f"{inputs.suppliers['supplier'].iat[supplier[at]]} holds {capacity[at]:,g}, "
                f"a pack of {pack[at]:,.0f} {inputs.items['item'].iat[item[at]]} takes {size[at]:,g}"
                for at in over[:3].tolist()
            )
            rule = f"{column} holds at least one pack of each item"
            problems.append(BrokenRule("suppliers", rule, len(over), shown))
    if problems:
        raise ContractError(problems)


def _edits(plan: ReplenishmentPlan, draft: Draft) -> Iterator[dict[str, Any]]:
    for line in draft.changed():
        item, location = plan.key_of(int(draft.arrays.row[line]))
        yield {"item": item, "location": location, "date": str(draft.arrays.date),
               "quantity": int(draft.quantity[line]), "reason": "; ".join(draft.reasons[line])}  # fmt: skip


def _keys(plan: ReplenishmentPlan, draft: Draft) -> dict[str, Any]:
    location = str(plan.inputs.locations["location"].iat[draft.arrays.location])
    date = pd.Timestamp(draft.arrays.date)
    return dict(zip(KEYS, (draft.arrays.id, draft.terms.key, draft.terms.name, location, date), strict=True))


def _rows(plan: ReplenishmentPlan, draft: Draft) -> Iterator[dict[str, Any]]:
    for choice in draft.choices:
        shown = {part.name: getattr(choice, part.name) for part in fields(Choice)}
        yield {**_keys(plan, draft), "currency": draft.terms.currency, **shown}


def _line_rows(plan: ReplenishmentPlan, draft: Draft) -> Iterator[dict[str, Any]]:
    arrays, keys = draft.arrays, _keys(plan, draft)
    value = draft.added_value(arrays.quantity) * -1.0
    for edit, line in zip(_edits(plan, draft), draft.changed(), strict=True):
        change = float(draft.quantity[line] - arrays.quantity[line])
        days = float(arrays.unit_days(line, np.array([max(change, 0.0)]))[0])
        yield {
            "order_id": keys["order_id"], "supplier": keys["supplier"], "item": edit["item"],
            "location": edit["location"], "order_date": keys["order_date"], "before": float(arrays.quantity[line]),
            "quantity": edit["quantity"], "packs": change / float(arrays.pack[line]),
            "value": float(value[line]),
            "holding_cost": days * float(arrays.holding_cost[line]) if days else 0.0,
            "days_earlier": days / change if change > 0 else 0.0, "reason": edit["reason"],
        }  # fmt: skip


def meet_supplier_rules(
    plan: ReplenishmentPlan,
    choices: object,
    orders: object,
    who: str,
    when: str,
    settings: Mapping[str, Any],
) -> ReplenishmentPlan:
    """Do what choices say as one step of undo; see `ReplenishmentPlan.meet_supplier_rules`."""
    if unknown := [
        BrokenRule(name, f"no setting of supplier_choices has this name{near(name, SETTINGS)}")
        for name in settings if name not in SETTINGS
    ]:  # fmt: skip
        raise ConfigError(unknown)
    if choices is None:
        choices = supplier_choices(plan, **settings)
    elif not isinstance(choices, SupplierChoices):
        rule = "choices are what supplier_choices of this plan returns; settings go by their names"
        raise ConfigError([BrokenRule("choices", rule, examples=(f"received {choices!r}",))])
    elif settings:
        rule = "choices were made already; these belong to supplier_choices"
        raise ConfigError([BrokenRule("settings", rule, examples=(f"received {', '.join(settings)}",))])
    elif choices.plan is not plan and choices.plan.fingerprint != plan.fingerprint:
        msg = "These choices are about another state of the plan; ask for supplier_choices again."
        raise MoselleError(msg)
    wanted = None if orders is None else choices.named(orders)
    edits = [{**edit, "who": who, "when": when} for edit in choices.edits(wanted)]
    stuck = choices.impossible
    if wanted is not None:
        stuck = stuck[stuck["order_id"].isin(wanted)]
    if not edits and len(stuck):
        raise EditError([_reject(row) for row in stuck.to_dict("records")])
    return plan.edit_many(edits)


def _reject(row: Mapping[Any, Any]) -> Reject:
    instead = f"; instead: {row['instead']}" if row["instead"] else ""
    date = f"{row['order_date']:%Y-%m-%d}"
    return Reject(row["supplier"], row["location"], date, row["rule"], f"{row['text']}{instead}.")
