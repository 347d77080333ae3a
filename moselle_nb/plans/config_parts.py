"""What the configurations of both kinds of plan are made of: safety stock, constraints, and the settings they share."""

from __future__ import annotations

import datetime as dt
import math
from typing import Annotated, Any, Literal, Protocol, Self, get_args

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator
from pydantic.dataclasses import dataclass

from moselle_nb.exceptions import near
from moselle_nb.inputs.fields import CONSTRAINT_FIELDS
from moselle_nb.plans.config_errors import with_our_errors
from moselle_nb.plans.config_values import (
    filter_pairs,
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
    "BeyondForecast",
    "Constraint",
    "Constraints",
    "Coverage",
    "GradeThresholds",
    "PlanConfig",
    "PlanName",
    "Products",
    "SafetyStock",
    "SafetyStockMethod",
    "Scenario",
    "Scope",
    "VariabilityThresholds",
    "safety_stock_or_refused",
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
