"""The configuration of an allocation plan: what is divided, among whom, when and by which rule."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from moselle_nb.plans.config_errors import with_our_errors
from moselle_nb.plans.config_parts import (
    BeyondForecast,
    Constraints,
    Coverage,
    GradeThresholds,
    PlanName,
    Products,
    SafetyStock,
    SafetyStockMethod,
    Scenario,
    VariabilityThresholds,
    safety_stock_or_refused,
)
from moselle_nb.plans.config_values import MAX_UNITS, days_or_none, names_or_all, no_flag

__all__ = ["SAFETY_STOCK_METHODS", "AllocationConfig", "AllocationMethod", "held_back"]

AllocationMethod = Literal["equal_runout", "proportional", "priority", "marginal_value", "even"]

SAFETY_STOCK_METHODS: tuple[SafetyStockMethod, ...] = ("none", "units", "days_of_cover", "cycle_service_level")
"""Methods that allocation plans compute."""

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def _hold_back(value: Any) -> Any:
    """Take whole units, or a share of the stock on hand as text such as ``10%``."""
    if isinstance(value, str):
        found = _PERCENT.fullmatch(value.strip())
        if found and float(found[1]) <= 100:  # noqa: PLR2004 (all of it)
            return f"{float(found[1]):g}%"
    elif _is_number(value) and 0 <= value <= MAX_UNITS and value == int(value):
        return int(value)
    msg = f"whole units such as 50, or a share of the stock on hand such as '10%', received {value!r}"
    raise ValueError(msg)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _known_safety_stock(value: SafetyStock) -> SafetyStock:
    """Refuse methods that only replenishment plans compute."""
    if value.method not in SAFETY_STOCK_METHODS:
        msg = f"safety stock of an allocation is given by {', '.join(SAFETY_STOCK_METHODS)}, received {value.method}"
        raise ValueError(msg)
    return value


def held_back(value: int | str) -> tuple[float, float]:
    """Return the units and the per cent of the stock on hand that a setting of hold-back keeps; one of them is 0.

    Examples
    --------
    >>> held_back(50), held_back("10%")
    ((50.0, 0.0), (0.0, 10.0))
    """
    return (0.0, float(value[:-1])) if isinstance(value, str) else (float(value), 0.0)


@with_our_errors("configuration")
class AllocationConfig(BaseModel):
    """What to divide, among whom, when, and by which rule.

    Parameters
    ----------
    name
        Name of the plan.
    coverage
        First and last day of the demand that is to be covered; goods are shipped on days inside it.
    source
        The location whose stock is divided, or several. ``mode="rebalance"`` needs none: every location with excess
        is one.
    mode
        ``distribute``: divide the stock of the source; ``rebalance``: move excess between locations where it pays.
    scenario
        Forecast scenario; may be left out when there is only one.
    locations
        Locations that receive; all but the sources when left out.
    scope
        Filters on item columns: ``{"product_line": ("Garden", "Tools"), "grade": "A"}``.
    ship_every_days, ship_dates
        On which days goods leave: every n days from the first day on, or on given days; else once, on the first day.
    method
        ``equal_runout``: the lowest cover is raised first; ``proportional`` to need; ``priority``: locations in
        tiers; ``marginal_value``: each pack where its expected value is highest; ``even``: the same for all.
    safety_stock
        Part of need where no table says otherwise.
    hold_back
        Kept at the source for each item: units, or a share of its stock on hand such as ``"10%"``.
    source_demand
        ``share``: the source's own demand competes like a location; ``protect``: it is served first; ``ignore``.
    transfer_lead_time_days
        Days from shipping to arrival where no lane says so.
    beyond_forecast
        Demand past a row's last forecast day: the average of its last 28 days, the same day 52 weeks earlier, or none.
    cover_days
        Days that the last shipment must cover, from its arrival; to the end of coverage when left out.
    constraints
        Rules that win over those of the tables.
    push
        Ship beyond need, until the stock is used or the locations are full.
    include_inbound
        Count receipts at the source that have landed by a ship date.
    excess_days
        When rebalancing: stock beyond the demand of so many days, and beyond the location's own need, may leave it.
    min_gain
        When rebalancing: a transfer must gain at least so much more than it costs, in currency.
    over_time
        Also solve the shipments of all ship dates at once for the items that run short, and say what is lost without.
    solver_seconds
        Time that exact solvers may take in all; what is not solved by then states its gap.

    Raises
    ------
    ConfigError
        Listing every setting that is wrong, what was expected and what was received.

    Examples
    --------
    >>> config = AllocationConfig(name="January push", source="DC1", coverage=("2026-11-23", "2027-01-31"))
    >>> config.source, config.method, config.hold_back
    (('DC1',), 'equal_runout', 0)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: PlanName
    coverage: Coverage = Field(
        title="Coverage",
        description="First and last day of the demand that is to be covered.",
        json_schema_extra={"step": 1},
    )
    mode: Literal["distribute", "rebalance"] = Field(
        default="distribute",
        title="What is divided",
        description="The stock of the source, or the excess of every location where moving it pays.",
        json_schema_extra={"step": 1},
    )
    source: Annotated[tuple[str, ...] | None, BeforeValidator(names_or_all)] = Field(
        default=None,
        title="Source",
        description="Locations whose stock is divided. When rebalancing, none chosen means every one with excess.",
        json_schema_extra={"step": 1},
    )
    scenario: Scenario = None
    locations: Annotated[tuple[str, ...] | None, BeforeValidator(names_or_all)] = Field(
        default=None,
        title="Locations",
        description="Locations that receive; none chosen means all but the sources.",
        json_schema_extra={"step": 2},
    )
    scope: Products = ()
    ship_every_days: Annotated[int | None, BeforeValidator(no_flag)] = Field(
        default=None,
        ge=1,
        le=366,
        title="Ship every",
        description="Days between two ship dates; empty: one shipment, on the first day.",
        json_schema_extra={"step": 2, "unit": "days"},
    )
    ship_dates: Annotated[tuple[dt.date, ...], BeforeValidator(days_or_none)] = Field(
        default=(),
        title="Ship dates",
        description="The days on which goods leave, instead of every n days.",
        json_schema_extra={"step": 0},
    )
    method: AllocationMethod = Field(
        default="equal_runout",
        title="Rule",
        description="How scarce stock is divided.",
        json_schema_extra={"step": 2},
    )
    safety_stock: Annotated[
        SafetyStock, BeforeValidator(safety_stock_or_refused), AfterValidator(_known_safety_stock)
    ] = Field(
        default=SafetyStock("none"),
        title="Safety stock",
        description="Part of need where no table says otherwise.",
        json_schema_extra={"step": 2},
    )
    hold_back: Annotated[int | str, BeforeValidator(_hold_back)] = Field(
        default=0,
        title="Hold back",
        description="Kept at the source for each item: units, or a share of its stock such as 10%.",
        json_schema_extra={"step": 2},
    )
    source_demand: Literal["share", "protect", "ignore"] = Field(
        default="share",
        title="The source's own demand",
        description="Competes like a location, is served first, or is ignored.",
        json_schema_extra={"step": 2},
    )
    transfer_lead_time_days: Annotated[int, BeforeValidator(no_flag)] = Field(
        default=0,
        ge=0,
        le=1000,
        title="Transfer lead time",
        description="Days from shipping to arrival where no lane says so.",
        json_schema_extra={"step": 2, "unit": "days"},
    )
    beyond_forecast: BeyondForecast = "average"
    cover_days: Annotated[int | None, BeforeValidator(no_flag)] = Field(
        default=None,
        ge=1,
        le=366,
        title="Last shipment covers",
        description="Days from its arrival; empty: to the end of coverage.",
        json_schema_extra={"step": 2, "unit": "days"},
    )
    constraints: Constraints = ()
    push: bool = Field(
        default=False,
        title="Push",
        description="Ship beyond need, until the stock is used or the locations are full.",
        json_schema_extra={"step": 2},
    )
    include_inbound: bool = Field(
        default=True,
        title="Count inbound",
        description="Receipts at the source that have landed by a ship date can be shipped.",
        json_schema_extra={"step": 2},
    )
    excess_days: Annotated[int, BeforeValidator(no_flag)] = Field(
        default=90,
        ge=1,
        le=1000,
        title="Excess beyond",
        description="When rebalancing, stock beyond the demand of so many days may leave a location.",
        json_schema_extra={"step": 2, "unit": "days"},
    )
    min_gain: Annotated[float, BeforeValidator(no_flag)] = Field(
        default=0.0,
        ge=0,
        le=MAX_UNITS,
        allow_inf_nan=False,
        title="Least gain",
        description="When rebalancing, a transfer gains at least so much more than it costs.",
        json_schema_extra={"step": 2, "unit": "currency"},
    )
    over_time: bool = Field(
        default=False,
        title="Solve over time",
        description="Also solve all ship dates at once for the items that run short.",
        json_schema_extra={"step": 2},
    )
    solver_seconds: Annotated[float, BeforeValidator(no_flag)] = Field(
        default=30.0,
        gt=0,
        le=3600,
        allow_inf_nan=False,
        title="Solver time",
        description="Seconds that exact solvers may take in all.",
        json_schema_extra={"step": 0, "unit": "seconds"},
    )
    grade_thresholds: GradeThresholds = (0.8, 0.95)
    variability_thresholds: VariabilityThresholds = (0.5, 1.0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.mode == "distribute" and not self.source:
            msg = "source names the location whose stock is divided, or several; received none"
            raise ValueError(msg)
        if self.ship_dates and self.ship_every_days is not None:
            given = f"{self.ship_every_days} and {len(self.ship_dates)} days"
            msg = f"ship_every_days or ship_dates, not both; received {given}"
            raise ValueError(msg)
        if self.mode == "rebalance" and (self.ship_every_days is not None or len(self.ship_dates) > 1):
            msg = "rebalancing ships once: leave ship_every_days out and give at most one of ship_dates"
            raise ValueError(msg)
        first, last = self.coverage
        outside = [str(day) for day in self.ship_dates if not first <= day <= last]
        if outside:
            msg = f"ship dates lie inside coverage, {first} to {last}; received {', '.join(outside)}"
            raise ValueError(msg)
        both = set(self.source or ()) & set(self.locations or ())
        if self.mode == "distribute" and both:
            msg = f"a source does not receive from itself: {', '.join(sorted(both))} is in source and in locations"
            raise ValueError(msg)
        return self
