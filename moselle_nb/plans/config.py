"""Configurations: what a planner decides before a plan is built.

The models are the single source of titles, units, bounds and defaults: the form is drawn from their JSON schema, the
code that rebuilds a plan is written from their values, and every error is a `ConfigError` that lists all broken rules.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_serializer,
    field_validator,
    model_validator,
)
from pydantic.dataclasses import dataclass

from moselle_nb.exceptions import BrokenRule, ConfigError, near
from moselle_nb.inputs.fields import CONSTRAINT_FIELDS

__all__ = ["Constraint", "ReplenishmentConfig", "SafetyStock", "SafetyStockMethod", "Scope", "Weekday"]

MAX_COVERAGE_DAYS = 1096
"""Longest coverage: three years. Further ahead, a purchase plan by day is noise."""

MAX_COVER_DAYS = 366
"""Longest cover that a safety stock may have: a year."""

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
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Scope = Literal["item", "product_type", "product_line", "supplier", "location", "plan"]

COMPUTED_METHODS = ("none", "units", "days_of_cover", "cycle_service_level")
"""Methods that plans are built with today; the others are refused by name, never replaced in silence."""

Model = TypeVar("Model")


def _sentence(error: Any) -> str:
    """Turn one pydantic error into 'what was expected', without its type codes."""
    if error["type"] == "missing":
        return "a value is required"
    return str(error["msg"]).removeprefix("Value error, ")


def _rules(error: ValidationError, fields: Mapping[str, object]) -> list[BrokenRule]:
    found = []
    for detail in error.errors(include_url=False):
        where = ".".join(str(part) for part in detail["loc"]) or "configuration"
        if detail["type"] in {"extra_forbidden", "unexpected_keyword_argument"}:
            name = str(detail["loc"][-1])
            found.append(BrokenRule(name, f"no setting has this name{near(name, fields)}"))
            continue
        received = () if detail["type"] in {"missing", "value_error"} else (f"received {detail['input']!r}",)
        found.append(BrokenRule(where, _sentence(detail), examples=received))
    return found


def _with_our_errors(cls: type[Model]) -> type[Model]:
    """Make the constructor of a pydantic class raise `ConfigError` with every broken rule."""
    original: Callable[..., None] = cls.__init__
    fields: Mapping[str, object] = getattr(cls, "model_fields", None) or cls.__dataclass_fields__  # type: ignore[attr-defined]

    @functools.wraps(original)
    def init(self: Model, *args: Any, **kwargs: Any) -> None:
        try:
            original(self, *args, **kwargs)
        except ValidationError as error:
            raise ConfigError(_rules(error, fields)) from None

    cls.__init__ = init  # type: ignore[assignment, method-assign]
    return cls


@_with_our_errors
@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class SafetyStock:
    """How much stock is kept against uncertainty.

    Parameters
    ----------
    method
        ``none``; ``units``; ``days_of_cover`` (the demand of the next n days, follows the season);
        ``cycle_service_level`` (probability of no stockout in a replenishment cycle). The further methods of the
        constraint tables are named here and refused until they are computed.
    value
        Units, whole days or a probability in (0, 1), by method; nothing for ``none``.

    Examples
    --------
    >>> SafetyStock("cycle_service_level", 0.95)
    SafetyStock(method='cycle_service_level', value=0.95)
    """

    method: SafetyStockMethod = "days_of_cover"
    value: float | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.method not in COMPUTED_METHODS:
            msg = f"safety stock by {self.method} is not computed yet; use {', '.join(COMPUTED_METHODS)}"
            raise ValueError(msg)
        if self.method == "none":
            if self.value is not None:
                msg = f"the method none takes no value, received {self.value!r}"
                raise ValueError(msg)
            return self
        if self.value is None or not math.isfinite(self.value):
            msg = f"{self.method} needs a value, received {self.value!r}"
            raise ValueError(msg)
        if problem := _value_problem(self.method, self.value):
            raise ValueError(problem)
        return self


def _value_problem(method: str, value: float) -> str:
    if method == "cycle_service_level" and not 0 < value < 1:
        return f"cycle_service_level is a probability above 0 and below 1, received {value!r}"
    if method == "units" and value < 0:
        return f"units of safety stock are >= 0, received {value!r}"
    if method == "days_of_cover" and (value < 0 or value != int(value) or value > MAX_COVER_DAYS):
        return f"days_of_cover are whole days from 0 to 366, received {value!r}"
    return ""


def _none_word(value: Any) -> Any:
    return None if isinstance(value, str) and value.strip().casefold() == "none" else value


@_with_our_errors
@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Constraint:
    """One rule for the part of the plan that `scope`, `key` and `location` name.

    The most specific scope wins: item, product_type, product_line, supplier, location, plan; inside a scope, one with
    a location wins over one without, and a constraint of the configuration wins over one of the tables.

    Parameters
    ----------
    scope
        What `key` names.
    field
        Constraint field, such as ``moq``, ``order_multiple``, ``max_order``, ``max_stock``, ``lead_time_days``.
    value
        The value in the field's unit; None (or ``"none"``) unsets what less specific scopes say.
    key
        Item, product type, product line, supplier or location; nothing for the scope ``plan``.
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
    value: Annotated[float | bool | str | None, BeforeValidator(_none_word)]
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
        if (self.scope == "plan") != (self.key is None):
            msg = (
                f"scope {self.scope} {'takes no key' if self.scope == 'plan' else 'needs a key'}, received {self.key!r}"
            )
            raise ValueError(msg)
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            msg = f"valid_from {self.valid_from} is after valid_to {self.valid_to}"
            raise ValueError(msg)
        return self


def _pairs(value: Any) -> Any:
    """Take a mapping of filters as sorted pairs: a frozen configuration holds tuples."""
    if isinstance(value, Mapping):
        return tuple((k, (v,) if isinstance(v, str) else tuple(v)) for k, v in sorted(value.items()))
    return value


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


@_with_our_errors
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
    demand_from
        ``network``: lanes pass net requirements up; ``own``: each row's own forecast only.
    beyond_forecast
        Demand past a row's last forecast day: the average of its last 28 days, the same day 52 weeks earlier, or none.
    constraints
        Rules that win over those of the tables.
    excess_days
        Stock beyond the demand of so many days is excess.

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

    name: str = Field(
        min_length=1,
        max_length=200,
        title="Name",
        description="How the plan is called.",
        json_schema_extra={"step": 1},
    )
    coverage: tuple[dt.date, dt.date] = Field(
        title="Coverage",
        description="First and last day that are judged, shown and ordered in.",
        json_schema_extra={"step": 1},
    )
    scenario: str | None = Field(
        default=None,
        title="Forecast scenario",
        description="The forecast to plan with.",
        json_schema_extra={"step": 2},
    )
    locations: Annotated[tuple[str, ...] | None, BeforeValidator(_one_or_many)] = Field(
        default=None,
        title="Locations",
        description="Locations to plan; none chosen means all.",
        json_schema_extra={"step": 2},
    )
    scope: Annotated[tuple[tuple[str, tuple[str, ...]], ...], BeforeValidator(_pairs)] = Field(
        default=(),
        title="Products",
        description="Filters on item columns; none chosen means all.",
        json_schema_extra={"step": 2},
    )
    bucket: Literal["day", "week", "month"] = Field(
        default="week", title="Time bucket", description="Columns of the plan.", json_schema_extra={"step": 2}
    )
    week_start: Weekday = Field(
        default="monday",
        title="Week starts on",
        description="First day of a weekly column.",
        json_schema_extra={"step": 2},
    )
    review_period_days: int = Field(
        default=7,
        ge=1,
        le=366,
        title="Order frequency",
        description="Days between two order dates where no table says otherwise.",
        json_schema_extra={"step": 2, "unit": "days"},
    )
    safety_stock: SafetyStock = Field(
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
    lead_time_days: int | None = Field(
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
    beyond_forecast: Literal["average", "same_last_year", "cut"] = Field(
        default="average",
        title="Beyond the forecast",
        description="Demand past a row's last forecast day.",
        json_schema_extra={"step": 2},
    )
    constraints: tuple[Constraint, ...] = Field(
        default=(),
        title="Constraints",
        description="Rules that win over those of the tables.",
        json_schema_extra={"step": 2},
    )
    excess_days: int = Field(
        default=90,
        ge=1,
        le=1000,
        title="Excess beyond",
        description="Stock beyond the demand of so many days is excess.",
        json_schema_extra={"step": 2, "unit": "days"},
    )

    @field_validator("coverage")
    @classmethod
    def _check_coverage(cls, value: tuple[dt.date, dt.date]) -> tuple[dt.date, dt.date]:
        first, last = value
        if last < first:
            msg = f"coverage runs from its first to its last day, received {first} to {last}"
            raise ValueError(msg)
        if (days := (last - first).days + 1) > MAX_COVERAGE_DAYS:
            msg = f"coverage is at most {MAX_COVERAGE_DAYS} days, received {days}"
            raise ValueError(msg)
        return value

    @field_serializer("scope")
    def _scope_as_mapping(self, value: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, list[str]]:
        return {column: list(values) for column, values in value}
