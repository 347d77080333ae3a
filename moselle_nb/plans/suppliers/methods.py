"""What a replenishment plan can do about the rules of its suppliers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.suppliers.choices import SupplierChoices

__all__ = ["MeetsSupplierRules"]


class MeetsSupplierRules:
    """The methods of `ReplenishmentPlan` about supplier-level rules."""

    def supplier_choices(
        self,
        budget: float | Mapping[str, float] | None = None,
        *,
        fill_containers: bool = True,
        nearly_empty: float = 0.25,
        may_wait: bool = True,
        until: dt.date | str | None = None,
    ) -> SupplierChoices:
        """Propose how orders meet the rules of their suppliers, each rule with its price; the plan stays as it is.

        An order is what one supplier ships to one location from one order date. A minimum is reached by the packs that
        cost least to hold until they are needed, or by waiting for the next order date where the lost sales of that
        cost less. Containers are filled with the next needs, all lines covered to one day, rounded to whole packs.
        Lines that were edited stay as they are, and none is raised beyond what its shelf life can use. Small choices
        are exact, larger ones say what a better one could save. Where prices change with the quantity, each line has
        the price of its final quantity; what a rule then asks for once more is not proven best, and says so.

        Parameters
        ----------
        budget
            What all orders of the first date may cost, in their one currency; or by supplier, on every order date.
            What avoids least lost sales per money is left out.
        fill_containers
            Whether the last container of an order is filled.
        nearly_empty
            Up to which share of the last container it is weighed to do without it.
        may_wait
            Whether an order may wait for the next order date.
        until
            Judge all orders up to this day, date after date; those that must go out now when left out.

        Returns
        -------
        SupplierChoices
            Where margin (shortage cost, else price less cost) or holding cost is not known, it says so.

        Notes
        -----
        A unit that is brought forward is held from this arrival to the one that would bring it otherwise; that is what
        it costs, to the cent where later orders give back as much. Where their packs or MOQ do not let them, it is an
        estimate. What is not needed within a year is never added. Waiting and leaving out cost the expected lost sales
        of the order's own window, by the error of the forecast where the plan uses it, else by the forecast itself:
        then breaking into safety stock costs nothing.

        Raises
        ------
        ConfigError
            When the budget is below the smallest order, or for orders of several currencies.
        ContractError
            When a container is smaller than one pack.

        Examples
        --------
        >>> import moselle_nb as mo
        >>> data = mo.sample_data("retail", items=20, locations=2, seed=7)
        >>> plan = mo.replenish(data, mo.ReplenishmentConfig(name="Q1", coverage=("2026-11-23", "2027-02-14")))
        >>> choices = plan.supplier_choices()
        >>> sorted(choices.frame["rule"].unique())
        ['container_volume', 'min_order_value']
        """
        from moselle_nb.plans.suppliers.meeting import supplier_choices

        plan = cast("ReplenishmentPlan", self)
        return supplier_choices(
            plan, budget=budget, fill_containers=fill_containers, nearly_empty=nearly_empty, may_wait=may_wait,
            until=until,
        )  # fmt: skip

    def meet_supplier_rules(
        self,
        choices: SupplierChoices | None = None,
        *,
        orders: Iterable[str] | None = None,
        who: str = "",
        when: str = "",
        **settings: Any,
    ) -> ReplenishmentPlan:
        """Change orders so that they meet the rules of their suppliers, as one step of undo.

        Every changed line is an edit whose reason names the rule and its price; later suggestions react.

        Parameters
        ----------
        choices
            From `supplier_choices` of this plan; made anew when left out.
        orders
            Ids of the orders to change; all when left out.
        who, when
            Recorded with the edits.
        **settings
            As for `supplier_choices`, where `choices` are left out.

        Raises
        ------
        ConfigError
            When a setting, `choices` or `orders` is not what it can be.
        UnknownNameError
            When there is no such order.
        EditError
            When rules are broken and no legal change meets any of them.
        MoselleError
            When the choices are about another state of the plan.
        """
        from moselle_nb.plans.suppliers.meeting import meet_supplier_rules

        return meet_supplier_rules(cast("ReplenishmentPlan", self), choices, orders, who, when, settings)
