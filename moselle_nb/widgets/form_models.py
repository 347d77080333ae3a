"""The two configurations as forms: their headings, first values, and the Python that they end in. No widget."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from moselle_nb.plans.allocating.config import SAFETY_STOCK_METHODS, AllocationConfig
from moselle_nb.plans.config import ReplenishmentConfig
from moselle_nb.plans.config_parts import COMPUTED_METHODS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moselle_nb.inputs.data import PlanningData

__all__ = ["ALLOCATION", "FORM_MODELS", "REPLENISHMENT", "FormModel", "PlanSettings", "likely_source"]

PlanSettings: TypeAlias = ReplenishmentConfig | AllocationConfig
"""The configuration of either kind of plan."""


@dataclass(frozen=True)
class FormModel:
    """What a form needs to know of a configuration beyond its JSON schema.

    Parameters
    ----------
    key
        Kind of plan, as in code.
    title
        Kind of plan, for people.
    config
        The class that is filled.
    name
        First name of a plan; the day of the stock is added.
    call
        The call that builds the plan, without its closing bracket.
    groups
        Heading that each field stands under; a field without one stands under the last, folded away.
    not_read
        Constraint fields that change nothing in plans of this kind: they are not offered.
    when
        Fields that matter only when another one, named first, has a value.
    all_locations
        What choosing no location means.
    methods
        Methods of safety stock that plans of this kind compute.
    about
        Beginnings of rules about the whole configuration, and the field at which each is shown.
    """

    key: str
    title: str
    config: type[PlanSettings]
    name: str
    call: str
    groups: Mapping[str, str]
    not_read: frozenset[str]
    all_locations: str
    methods: tuple[str, ...]
    when: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)

    def field_of(self, setting: str, rule: str) -> str:
        """Return the field at which a broken rule is shown; blank for the whole form."""
        if setting in self.config.model_fields:
            return setting
        return next((name for begin, name in self.about.items() if rule.startswith(begin)), "")


REPLENISHMENT = FormModel(
    key="replenishment",
    title="Replenishment plan",
    config=ReplenishmentConfig,
    name="Replenishment",
    call="mo.replenish(data, config",
    groups={
        "name": "",
        "coverage": "",
        "scenario": "What is planned",
        "locations": "What is planned",
        "scope": "What is planned",
        "bucket": "Time",
        "week_start": "Time",
        "review_period_days": "Time",
        "lead_time_days": "Time",
        "safety_stock": "Stock",
        "unmet": "Stock",
        "demand_distribution": "Stock",
        "lost_sales_sizing": "Stock",
        "constraints": "",
    },
    not_read=frozenset({"pack", "presentation_minimum", "hold_back"}),
    all_locations="All {count}",
    methods=COMPUTED_METHODS,
)  # fmt: skip

ALLOCATION = FormModel(
    key="allocation",
    title="Allocation plan",
    config=AllocationConfig,
    name="Allocation",
    call="mo.allocate(data, config",
    groups={
        "name": "",
        "coverage": "",
        "mode": "",
        "source": "",
        "scenario": "What is planned",
        "locations": "What is planned",
        "scope": "What is planned",
        "method": "How it is divided",
        "push": "How it is divided",
        "ship_every_days": "Time",
        "cover_days": "Time",
        "hold_back": "Stock",
        "source_demand": "Stock",
        "include_inbound": "Stock",
        "safety_stock": "Stock",
        "excess_days": "Rebalancing",
        "min_gain": "Rebalancing",
        "constraints": "",
    },
    not_read=frozenset({
        "lead_time_days", "lead_time_sd_days", "review_period_days", "moq", "order_multiple", "max_order",
        "max_stock_is_hard", "fill_rate", "ready_rate", "critical_ratio", "demand_distribution", "unmet", "order_cost",
    }),
    all_locations="All but the source",
    methods=SAFETY_STOCK_METHODS,
    when={"excess_days": ("mode", "rebalance"), "min_gain": ("mode", "rebalance")},
    about={"source names": "source", "a source does not receive": "locations", "ship dates": "ship_every_days"},
)  # fmt: skip

FORM_MODELS: Mapping[str, FormModel] = MappingProxyType({model.key: model for model in (REPLENISHMENT, ALLOCATION)})
"""Both forms by kind of plan."""


def likely_source(data: PlanningData) -> str | None:
    """Return the location that most lanes leave; without lanes the one with the most stock.

    Parameters
    ----------
    data
        The tables that are planned.
    """
    if not len(data.locations):
        return None
    if len(data.lanes):
        leaving = data.lanes["source"].value_counts()
        return str(min(leaving.index[leaving == leaving.max()]))
    stock = [float(data.on_hand[data.row_location == place].sum()) for place in range(len(data.locations))]
    return str(data.locations["location"].iloc[stock.index(max(stock))])
