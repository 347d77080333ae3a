"""Purchase orders: what must go out now, one order per supplier, ship-to location and order date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from moselle_nb.plans.order_document import OrderDocument
from moselle_nb.plans.order_parts import (
    HEADER_COLUMNS,
    ORDER_COLUMNS,
    headers_of,
    in_order,
    is_firm,
    lines_of,
    messages_of,
    nothing_due,
)

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from moselle_nb.plans.document import ReplenishmentPlan

__all__ = ["PurchaseOrders", "by_supplier", "generate_orders"]

SUPPLIER_COLUMNS = ("supplier", "name", "location", "order_date", "now", *HEADER_COLUMNS[6:], "order_id")


@dataclass(frozen=True, eq=False, repr=False)
class PurchaseOrders(OrderDocument):
    """Purchase orders of a plan; made by `ReplenishmentPlan.generate_orders`.

    Parameters
    ----------
    name
        Name of the plan.
    fingerprint
        Fingerprint of the plan from which they were generated.
    lines
        order_id, supplier, location, order_date, expected_date, item, quantity, unit_cost, value; then item_name and
        currency, which files have too and `to_frame` leaves out.
    headers
        One row per order: order_id, supplier, name, location, order_date, expected_date (of its last line), lines,
        units, value, currency, and the supplier's minimums with what is missing to them.
    schedule
        The lines that need not go out yet, with `firm` false.
    messages
        order_id, supplier, location, order_date, kind, text: no_supplier, no_cost, below_minimum; nothing_due where
        there is no order.
    state
        ``draft``, ``approved`` or ``exported``.
    history
        State, who and when of each step, as the caller gave them.

    Examples
    --------
    >>> import moselle_nb as mo
    >>> data = mo.sample_data("retail", items=5, locations=2, seed=7)
    >>> plan = mo.replenish(data, mo.ReplenishmentConfig(name="Q1", coverage=("2026-11-23", "2027-02-14")))
    >>> orders = plan.generate_orders()
    >>> orders.state, orders.approve(who="ML").state
    ('draft', 'approved')
    """

    title: ClassVar[str] = "Purchase orders"
    noun: ClassVar[str] = "order"
    done: ClassVar[str] = "ordered"
    columns: ClassVar[tuple[str, ...]] = ORDER_COLUMNS
    date: ClassVar[str] = "order_date"


def generate_orders(plan: ReplenishmentPlan, until: dt.date | str | None = None) -> PurchaseOrders:
    """Make the purchase orders of a plan.

    Parameters
    ----------
    plan
        The plan.
    until
        Take all lines up to this day; when left out, each row's lines dated before its own second order date: what
        must go out now.

    Returns
    -------
    PurchaseOrders
        Their ids depend on the plan's lineage, supplier, location and order date only: generating again gives the same
        ones, and after an edit an order is a revision of the one with its id.

    Raises
    ------
    MoselleError
        When `until` is not a day.
    """
    lines, firm = lines_of(plan), is_firm(plan, until)
    placed = (lines["quantity"] > 0).to_numpy()
    due, later = in_order(lines[placed & firm]), in_order(lines[placed & ~firm]).assign(firm=False)
    headers = headers_of(plan, due)
    orders = PurchaseOrders(plan.config.name, plan.fingerprint, due, headers, later, messages_of(due, headers))
    return orders if len(orders) else replace(orders, messages=nothing_due(orders.why_empty))


def by_supplier(plan: ReplenishmentPlan) -> pd.DataFrame:
    """Return one row per order to be: where a buyer starts.

    Returns
    -------
    pandas.DataFrame
        supplier, name, location, order_date, now (whether it holds a line that must go out now), lines, units, value,
        currency, the supplier's minimums and what is missing to them, order_id. Supplier minimums are only compared.
    """
    lines, firm = lines_of(plan), is_firm(plan, None)
    placed = (lines["quantity"] > 0).to_numpy()
    headers = headers_of(plan, lines[placed])
    headers["now"] = headers["order_id"].isin(lines["order_id"][placed & firm])
    return headers[list(SUPPLIER_COLUMNS)]
