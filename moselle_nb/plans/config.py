"""Configurations: what a planner decides before a plan is built.

The models are the single source of titles, units, bounds and defaults: the form is drawn from their JSON schema, the
code that rebuilds a plan is written from their values, and every error is a `ConfigError` that lists all broken rules.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from moselle_nb.plans.config_errors import with_our_errors
from moselle_nb.plans.config_parts import (
    BeyondForecast,
    Constraints,
    Coverage,
    GradeThresholds,
    PlanName,
    Products,
    SafetyStock,
    Scenario,
    VariabilityThresholds,
    safety_stock_or_refused,
)
from moselle_nb.plans.config_values import names_or_all, no_flag

__all__ = ["DemandDistribution", "LotSizingMethod", "ReplenishmentConfig", "Weekday"]

DemandDistribution = Literal["auto", "normal", "gamma", "poisson", "negative_binomial", "empirical"]
LotSizingMethod = Literal["lot_for_lot", "eoq", "period_order_quantity", "silver_meal", "wagner_whitin"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


@with_our_errors("configuration")
class ReplenishmentConfig(BaseModel):
    """What to plan, for which days, and by which policy.

    Parameters
    ----------
    name
        Name of the plan.
    coverage
        First and last day that are judged, shown and ordered in.
    scenario
        Forecast scenario; may be left out when there is only one.
    locations
        Locations to plan; all of them when left out.
    scope
        Filters on item columns: ``{"product_line": ("Garden", "Tools"), "grade": "A"}``.
    bucket, week_start
        Columns of the plan; the arithmetic itself runs in days.
    review_period_days
        Days between two order dates where no table says otherwise.
    safety_stock
        Where no table says otherwise.
    unmet
        ``lost``: demand that is not served on its day is gone; ``backorder``: it waits.
    lead_time_days
        Days from order to arrival where no table says so.
    demand_distribution
        Of uncertain demand, where safety stock is given by a share or by cost: chosen by mean and variance of each
        window (``auto``), or the same for all. ``empirical`` is the shape of the forecast's quantiles, which rows with
        a forecast must then have: over exactly one forecast period their quantile function, scaled to its mean and
        deviation; over other days a distribution of its skewness, for the sum of several periods tends to normal. How
        far off that is stands at `moselle_nb.engines.empirical.EmpiricalShape`.
    lost_sales_sizing
        Where sales are lost and safety stock is given by a share or by cost: ``protection_interval`` keeps the quantile
        less the mean of the days from order to next arrival, as if unmet demand waited; ``expected_leftover`` orders
        the quantile of the demand of the days that the order serves, less what is expected to be left at its arrival.
        The latter carries less stock and is cheaper where a unit short costs less than some twenty times what holding
        it over a window costs; it leaves out how uncertain the leftover is, so that it falls up to ten points short of
        a fill rate over long lead times. On real demand it was 13 % cheaper for one set where a unit short costs
        little, 8 % dearer for it where that costs much, and 15 % dearer for another (see ``benchmarks/README.md``).
    demand_from
        ``network``: lanes pass net requirements up; ``own``: each row's own forecast only.
    beyond_forecast
        Demand past a row's last forecast day: the average of its last 28 days, the same day 52 weeks earlier, or none.
    lot_sizing
        ``lot_for_lot``: each order carries its row until the next can arrive; ``eoq``: it is at least the economic
        order quantity; ``period_order_quantity``, ``silver_meal``, ``wagner_whitin``: it covers as many order dates as
        is cheapest by that rule. All but the first need `order_cost` and `holding_cost` for every bought row.
    order_ahead
        Whether what a maximum order cuts is moved to the nearest earlier order dates that have room for it.
    constraints
        Rules that win over those of the tables.
    excess_days
        Stock beyond the demand of so many days is excess.
    grade_thresholds
        Shares of cumulative revenue at which the grades A and B end, for items without a grade in the table.
    variability_thresholds
        Coefficients of variation of sales per forecast bucket (of the forecast without sales) up to which items are X
        and Y, where the table has no `variability`. There is no standard: textbooks end Y at 0.5 or at 1. The wider
        pair suits weeks, in which chance alone (Poisson) varies by 0.5 at 4 units and by 1 at 1 unit.

    Raises
    ------
    ConfigError
        Listing every setting that is wrong, what was expected and what was received.

    Examples
    --------
    >>> config = ReplenishmentConfig(name="Q1", coverage=("2026-11-23", "2027-02-14"))
    >>> config.bucket, config.safety_stock
    ('week', SafetyStock(method='days_of_cover', value=7.0))
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: PlanName
    coverage: Coverage = Field(
        title="Coverage",
        description="First and last day that are judged, shown and ordered in.",
        json_schema_extra={"step": 1},
    )
    scenario: Scenario = None
    locations: Annotated[tuple[str, ...] | None, BeforeValidator(names_or_all)] = Field(
        default=None,
        title="Locations",
        description="Locations to plan; none chosen means all.",
        json_schema_extra={"step": 2},
    )
    scope: Products = ()
    bucket: Literal["day", "week", "month"] = Field(
        default="week", title="Time bucket", description="Columns of the plan.", json_schema_extra={"step": 2}
    )
    week_start: Weekday = Field(
        default="monday",
        title="Week starts on",
        description="First day of a weekly column.",
        json_schema_extra={"step": 2},
    )
    review_period_days: Annotated[int, BeforeValidator(no_flag)] = Field(
        default=7,
        ge=1,
        le=366,
        title="Order frequency",
        description="Days between two order dates where no table says otherwise.",
        json_schema_extra={"step": 2, "unit": "days"},
    )
    safety_stock: Annotated[SafetyStock, BeforeValidator(safety_stock_or_refused)] = Field(
        default=SafetyStock("days_of_cover", 7),
        title="Safety stock",
        description="Kept against uncertainty where no table says otherwise.",
        json_schema_extra={"step": 2},
    )
    unmet: Literal["lost", "backorder"] = Field(
        default="lost",
        title="Unmet demand",
        description="Is lost, or waits until stock arrives.",
        json_schema_extra={"step": 2},
    )
    demand_distribution: DemandDistribution = Field(
        default="auto",
        title="Distribution of demand",
        description="Where safety stock is given by a share or by cost; by mean and variance, or the same for all.",
        json_schema_extra={"step": 2},
    )
    lost_sales_sizing: Literal["expected_leftover", "protection_interval"] = Field(
        default="protection_interval",
        title="Sizing for lost sales",
        description="Where safety stock is given by a share or by cost. As if it waited carries more and loses less.",
        json_schema_extra={"step": 2},
    )
    lead_time_days: Annotated[int | None, BeforeValidator(no_flag)] = Field(
        default=None,
        ge=0,
        le=1000,
        title="Lead time",
        description="Days from order to arrival where no table says so.",
        json_schema_extra={"step": 2, "unit": "days"},
    )
    demand_from: Literal["network", "own"] = Field(
        default="network",
        title="Demand from",
        description="Lanes pass net requirements up, or each row's own forecast only.",
        json_schema_extra={"step": 2},
    )
    beyond_forecast: BeyondForecast = "average"
    lot_sizing: LotSizingMethod = Field(
        default="lot_for_lot",
        title="Lot sizing",
        description="How many order dates one order covers; all but lot for lot need an order cost and a holding cost.",
        json_schema_extra={"step": 2},
    )
    order_ahead: bool = Field(
        default=True,
        title="Order ahead",
        description="What a maximum order cuts is moved to the nearest earlier order dates with room.",
        json_schema_extra={"step": 2},
    )
    constraints: Constraints = ()
    excess_days: Annotated[int, BeforeValidator(no_flag)] = Field(
        default=90,
        ge=1,
        le=1000,
        title="Excess beyond",
        description="Stock beyond the demand of so many days is excess.",
        json_schema_extra={"step": 2, "unit": "days"},
    )

    grade_thresholds: GradeThresholds = (0.8, 0.95)
    variability_thresholds: VariabilityThresholds = (0.5, 1.0)
