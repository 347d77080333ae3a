"""Replenishment and allocation planning, inline in JupyterLab.

Every public name is resolved on first use: importing the package loads neither pandas nor a widget library.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moselle_nb.exceptions import (
        BrokenRule,
        Cancelled,
        ConfigError,
        ContractError,
        EditError,
        MoselleError,
        PlanFileError,
        Reject,
        UnknownNameError,
    )
    from moselle_nb.inputs import PlanningData, load, sample_data, write_templates
    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.plans.allocating.transfers import Transfers
    from moselle_nb.plans.allocation import allocate
    from moselle_nb.plans.backtest import baseline_backtest
    from moselle_nb.plans.baseline import baseline_forecast
    from moselle_nb.plans.compare import Comparison, compare
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.config_parts import Constraint, SafetyStock
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.orders import PurchaseOrders
    from moselle_nb.plans.replenishment import replenish
    from moselle_nb.plans.simulating.service_curve import cost_service_curve
    from moselle_nb.plans.simulating.simulate import simulate
    from moselle_nb.plans.simulating.simulation import Simulation
    from moselle_nb.plans.store.file import open_plan
    from moselle_nb.widgets.allocation_grid import AllocationGrid
    from moselle_nb.widgets.config_form import ConfigForm
    from moselle_nb.widgets.inventory_chart import InventoryChart
    from moselle_nb.widgets.orders_view import OrdersView
    from moselle_nb.widgets.plan_comparison import PlanComparison
    from moselle_nb.widgets.plan_grid import PlanGrid
    from moselle_nb.widgets.plan_type_chooser import PlanTypeChooser
    from moselle_nb.widgets.planner import Planner

__all__ = [
    "AllocationConfig",
    "AllocationGrid",
    "AllocationPlan",
    "BrokenRule",
    "Cancelled",
    "Comparison",
    "ConfigError",
    "ConfigForm",
    "Constraint",
    "ContractError",
    "EditError",
    "InventoryChart",
    "MoselleError",
    "OrdersView",
    "PlanComparison",
    "PlanFileError",
    "PlanGrid",
    "PlanTypeChooser",
    "Planner",
    "PlanningData",
    "PurchaseOrders",
    "Reject",
    "ReplenishmentConfig",
    "ReplenishmentPlan",
    "SafetyStock",
    "Simulation",
    "Transfers",
    "UnknownNameError",
    "allocate",
    "baseline_backtest",
    "baseline_forecast",
    "compare",
    "cost_service_curve",
    "load",
    "open_plan",
    "replenish",
    "sample_data",
    "simulate",
    "write_templates",
]

_HOMES = {
    "moselle_nb.exceptions": (
        "BrokenRule",
        "Cancelled",
        "ConfigError",
        "ContractError",
        "EditError",
        "MoselleError",
        "PlanFileError",
        "Reject",
        "UnknownNameError",
    ),
    "moselle_nb.inputs": ("PlanningData", "load", "sample_data", "write_templates"),
    "moselle_nb.plans.allocation": ("allocate",),
    "moselle_nb.plans.allocating.config": ("AllocationConfig",),
    "moselle_nb.plans.allocating.plan": ("AllocationPlan",),
    "moselle_nb.plans.backtest": ("baseline_backtest",),
    "moselle_nb.plans.baseline": ("baseline_forecast",),
    "moselle_nb.plans.compare": ("Comparison", "compare"),
    "moselle_nb.plans.config": ("ReplenishmentConfig",),
    "moselle_nb.plans.config_parts": ("Constraint", "SafetyStock"),
    "moselle_nb.plans.document": ("ReplenishmentPlan",),
    "moselle_nb.plans.orders": ("PurchaseOrders",),
    "moselle_nb.plans.replenishment": ("replenish",),
    "moselle_nb.plans.simulating.service_curve": ("cost_service_curve",),
    "moselle_nb.plans.simulating.simulate": ("simulate",),
    "moselle_nb.plans.simulating.simulation": ("Simulation",),
    "moselle_nb.plans.store.file": ("open_plan",),
    "moselle_nb.plans.allocating.transfers": ("Transfers",),
    "moselle_nb.widgets.allocation_grid": ("AllocationGrid",),
    "moselle_nb.widgets.config_form": ("ConfigForm",),
    "moselle_nb.widgets.inventory_chart": ("InventoryChart",),
    "moselle_nb.widgets.orders_view": ("OrdersView",),
    "moselle_nb.widgets.plan_comparison": ("PlanComparison",),
    "moselle_nb.widgets.plan_grid": ("PlanGrid",),
    "moselle_nb.widgets.plan_type_chooser": ("PlanTypeChooser",),
    "moselle_nb.widgets.planner": ("Planner",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Resolve a public name on first use, and keep it."""
    if name == "__version__":
        return version("moselle-nb")
    home = _HOME_OF.get(name)
    if home is None:
        from moselle_nb.exceptions import near

        msg = f"module 'moselle_nb' has no attribute {name!r}{near(name, __all__)}"
        raise AttributeError(msg)
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return [*__all__, "__version__"]
