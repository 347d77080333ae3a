"""Configurations: what a planner decides before a plan is built.

The models are the single source of titles, units, bounds and defaults: the form is drawn from their JSON schema, the
code that rebuilds a plan is written from their values, and every error is a `ConfigError` that lists all broken rules.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Annotated, Any, Literal, Protocol, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)
from pydantic.dataclasses import dataclass

from moselle_nb.exceptions import near
from moselle_nb.inputs.fields import CONSTRAINT_FIELDS
from moselle_nb.plans.config_errors import with_our_errors
from moselle_nb.plans.config_values import (
    filter_pairs,
    names_or_all,
    no_flag,
    none_word,
    printable,
    rising_numbers,
    rising_shares,
    safety_stock_problem,
    two_days,
)

__all__ = [
    "COMPUTED_METHODS",
    "WITHOUT_VALUE",
    "Constraint",
    "DemandDistribution",
    "PlanConfig",
    "ReplenishmentConfig",
    "SafetyStock",
    "SafetyStockMethod",
    "Scope",
    "Weekday",
]  # fmt: skip

MAX_COVERAGE_DAYS = 1096
"""Longest coverage: three years. Further ahead, a purchase plan by day is noise."""

SafetyStockMethod = Literal[
    "none",
    "units",
    "days_of_cover",
    "cycle_service_level",
    "fill_rate",
    "ready_rate",
    "critical_ratio",
    "cost",
]
DemandDistribution = Literal["auto", "normal", "gamma", "poisson", "negative_binomial", "empirical"]
LotSizingMethod = Literal["lot_for_lot", "eoq", "period_order_quantity", "silver_meal", "wagner_whitin"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Scope = Literal["item", "grade", "variability", "product_type", "product_line", "supplier", "location", "plan"]

COMPUTED_METHODS: tuple[SafetyStockMethod, ...] = get_args(SafetyStockMethod)
"""Methods that replenishment plans are built with."""

WITHOUT_VALUE = ("none", "cost")
"""Methods that need no value of their own."""


@with_our_errors("safety_stock")
@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class SafetyStock:
    """How much stock is kept against uncertainty.

    Parameters
    ----------
    method
        ``none``; ``units``; ``days_of_cover`` (the demand of the next n days, follows the season);
        ``cycle_service_level`` (probability of no stockout in a replenishment cycle); ``fill_rate`` (share of demand
        that is served from stock); ``ready_rate`` (share of days that end with stock left or all demand served);
        ``critical_ratio`` (the newsvendor's: cost of a unit short over cost of a unit short plus that of a unit left);
        ``cost`` (the same, worked out from each row's shortage cost, or unit price less unit cost, and holding cost).
        The last two may keep less than the forecast, a safety stock below 0, where a unit left costs more than a unit
        short; a ``min_stock`` of 0 prevents it. All others keep at least 0.
    value
        Units, whole days or a share in (0, 1), by method; nothing for ``none`` and ``cost``.

    Examples
    --------
    >>> SafetyStock("cycle_service_level", 0.95)
    SafetyStock(method='cycle_service_level', value=0.95)
    """

    method: SafetyStockMethod = "days_of_cover"
    value: Annotated[float | None, BeforeValidator(no_flag)] = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.method in WITHOUT_VALUE:
            if self.value is not None:
                msg = f"the method {self.method} takes no value, received {self.value!r}"
                raise ValueError(msg)
            return self
        if self.value is None or not math.isfinite(self.value):
            msg = f"{self.method} needs a value, received {self.value!r}"
            raise ValueError(msg)
        if problem := safety_stock_problem(self.method, self.value):
            raise ValueError(problem)
        return self


@with_our_errors("constraint")
@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Constraint:
    """One rule for the part of the plan that `scope`, `key` and `location` name.

    The most specific scope wins: item, grade, variability, product_type, product_line, supplier, location, plan; inside
    a scope, one with a location wins over one without, and a constraint of the configuration over one of the tables.

    Parameters
    ----------
    scope
        What `key` names.
    field
        Constraint field, such as ``moq``, ``order_multiple``, ``max_order``, ``max_stock``, ``lead_time_days``.
    value
        The value in the field's unit; None (or ``"none"``) unsets what less specific scopes say.
    key
        Item, grade, variability, product type, product line, supplier or location; nothing for the scope ``plan``.
    location
        Narrows the rule to one location.
    valid_from, valid_to
        First and last day on which the rule holds, both included; nothing leaves the side open.

    Examples
    --------
    >>> Constraint("supplier", "moq", 24, key="ACME").value
    24.0
    """

    scope: Scope
    field: str
    value: Annotated[float | bool | str | None, BeforeValidator(none_word)]
    key: str | None = None
    location: str | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.field not in CONSTRAINT_FIELDS:
            msg = f"no constraint field {self.field!r}{near(self.field, CONSTRAINT_FIELDS)}"
            raise ValueError(msg)
        if self.value is not None and (problem := CONSTRAINT_FIELDS[self.field].problem(self.value)):
            msg = f"{self.field}: {problem}"
            raise ValueError(msg)
        if (self.scope == "plan") != (not self.key):
            msg = (
                f"scope {self.scope} {'takes no key' if self.scope == 'plan' else 'needs a key'}, received {self.key!r}"
            )
            raise ValueError(msg)
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            msg = f"valid_from {self.valid_from} is after valid_to {self.valid_to}"
            raise ValueError(msg)
        return self


def safety_stock_or_refused(value: Any) -> Any:
    """Take a safety stock or its parts; refuse a bare number, which says no method."""
    if isinstance(value, (SafetyStock, dict)):
        return value
    msg = f"a safety stock such as SafetyStock('days_of_cover', 7), received {value!r}"
    raise ValueError(msg)


def checked_coverage(value: tuple[dt.date, dt.date]) -> tuple[dt.date, dt.date]:
    """Refuse a coverage that ends before it begins, or years later."""
    first, last = value
    if last < first:
        msg = f"coverage runs from its first to its last day, received {first} to {last}"
        raise ValueError(msg)
    if (days := (last - first).days + 1) > MAX_COVERAGE_DAYS:
        msg = f"coverage is at most {MAX_COVERAGE_DAYS} days, received {days}"
        raise ValueError(msg)
    return value


class PlanConfig(Protocol):
    """What the configurations of both kinds of plan have in common."""

    @property
    def name(self) -> str:
        """Name of the plan."""

    @property
    def coverage(self) -> tuple[dt.date, dt.date]:
        """First and last day."""

    @property
    def scenario(self) -> str | None:
        """Forecast scenario."""

    @property
    def locations(self) -> tuple[str, ...] | None:
        """Locations."""

    @property
    def scope(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Filters on item columns."""

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """Rules that win over those of the tables."""


def _as_mapping(pairs: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, list[str]]:
    return {column: list(values) for column, values in pairs}


PlanName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        title="Name",
        description="How the plan is called.",
        json_schema_extra={"step": 1},
    ),
    AfterValidator(printable),
]
Coverage = Annotated[tuple[dt.date, dt.date], BeforeValidator(two_days), AfterValidator(checked_coverage)]
Scenario = Annotated[
    str | None,
    Field(title="Forecast scenario", description="The forecast to plan with.", json_schema_extra={"step": 2}),
]
Products = Annotated[
    tuple[tuple[str, tuple[str, ...]], ...],
    BeforeValidator(filter_pairs),
    PlainSerializer(_as_mapping),
    Field(
        title="Products",
        description="Filters on item columns; none chosen means all.",
        json_schema_extra={"step": 2},
    ),
]
BeyondForecast = Annotated[
    Literal["average", "same_last_year", "cut"],
    Field(
        title="Beyond the forecast",
        description="Demand past a row's last forecast day.",
        json_schema_extra={"step": 2},
    ),
]
Constraints = Annotated[
    tuple[Constraint, ...],
    Field(title="Constraints", description="Rules that win over those of the tables.", json_schema_extra={"step": 2}),
]
VariabilityThresholds = Annotated[
    tuple[float, float],
    AfterValidator(rising_numbers),
    Field(
        title="Variability X and Y end at",
        description="Coefficients of variation per bucket; steadier items are X and Y, the rest Z.",
        json_schema_extra={"step": 0},
    ),
]
GradeThresholds = Annotated[
    tuple[float, float],
    AfterValidator(rising_shares),
    Field(
        title="Grades A and B end at",
        description="Shares of revenue; items above them are A and B, the rest C. Grades of the item table stand.",
        json_schema_extra={"step": 0},
    ),
]


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
        a fill rate over long lead times. On real demand it was 11 % cheaper for one set, where a unit short costs
        little, and 15 % dearer for another (see ``benchmarks/README.md``).
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
