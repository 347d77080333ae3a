"""The fields of a configuration form, read from the configuration's JSON schema. No widget.

Titles, units, bounds and defaults stand once, in `moselle_nb.plans`; headings stand in `form_models`; here stand only
the words for choices, and what a data set offers to choose from.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

from pandas.api.types import is_numeric_dtype

from moselle_nb.inputs.fields import CLASSES_OF_ITEMS, CONSTRAINT_FIELDS, CONSTRAINT_SCOPES
from moselle_nb.widgets.form_models import REPLENISHMENT, likely_source
from moselle_nb.widgets.item_classes import values_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from moselle_nb.inputs.data import PlanningData
    from moselle_nb.widgets.form_models import FormModel

__all__ = ["WORDS", "FormField", "default_values", "form_fields", "item_filters"]

DEFAULT_COVERAGE_DAYS = 84
"""Twelve weeks: long enough for most lead times, short enough to be looked through."""

MOST_OFFERED = 500
"""Choices sent to the browser for one list; beyond them the planner types, and Python checks."""

MOST_FILTER_VALUES = 200
"""An item column with more values than this names products rather than groups them."""

SPECIAL = ("coverage", "source", "scenario", "locations", "scope", "hold_back", "safety_stock", "constraints")
"""Fields with a control of their own; every other one is drawn by its type."""

LAST_GROUP = "Further settings"
"""Heading of the fields that are folded away."""

WORDS = {
    "lost": "Is lost",
    "backorder": "Waits (backorders)",
    "network": "The network: what fed locations need counts at the source",
    "own": "Each location's own forecast",
    "average": "Average of the last 28 days of forecast",
    "same_last_year": "Same day, 52 weeks earlier",
    "cut": "None",
    "none": "None",
    "units": "Units",
    "days_of_cover": "Days of cover",
    "cycle_service_level": "Cycle service level",
    "fill_rate": "Fill rate",
    "ready_rate": "Ready rate",
    "critical_ratio": "Critical ratio",
    "cost": "Least expected cost",
    "auto": "By mean and variance",
    "normal": "Normal",
    "gamma": "Gamma",
    "poisson": "Poisson",
    "negative_binomial": "Negative binomial",
    "empirical": "The forecast's quantiles",
    "expected_leftover": "Less the expected leftover",
    "protection_interval": "As if demand waited",
    "eoq": "Economic order quantity",
    "silver_meal": "Silver–Meal",
    "wagner_whitin": "Wagner–Whitin: least cost",
    "distribute": "The stock of a source",
    "rebalance": "The excess of every location (rebalance)",
    "equal_runout": "Equal runout: lowest cover first",
    "proportional": "In proportion to need",
    "priority": "By priority: locations in tiers",
    "marginal_value": "Marginal value: worth most first",
    "even": "Even split: the same for all",
    "share": "Competes like a location",
    "protect": "Is served first",
    "ignore": "Is ignored",
}
"""Words for choices; one without an entry is shown as it is written in code, capitalised."""

SAFETY_STOCK_UNITS = {
    "units": ("units", "10"),
    "days_of_cover": ("days", "7"),
    "cycle_service_level": ("probability (0.95 is 95 %)", "0.95"),
    "fill_rate": ("share of demand (0.98 is 98 %)", "0.98"),
    "ready_rate": ("share of days (0.98 is 98 %)", "0.98"),
    "critical_ratio": ("cost of a unit short ÷ that and of a unit left (0.9)", "0.9"),
}
"""Unit and first value of a method."""


@dataclasses.dataclass(frozen=True)
class FormField:
    """One field of the form.

    Parameters
    ----------
    name
        Setting of the configuration.
    step
        1 or 2: the page it stands on.
    kind
        ``text``, ``whole``, ``number``, ``flag``, ``choice``, or the name of a field with a control of its own.
    title, description, unit
        For people.
    group
        Heading that it stands under.
    required
        Whether it must have a value.
    minimum, maximum
        Bounds of a number.
    choices
        Pairs of a value and its words.
    extra
        What a control of its own needs besides.
    when
        Field and value without which this one changes nothing, and is not shown; empty: it always is.
    """

    name: str
    step: int
    kind: str
    title: str
    description: str
    unit: str = ""
    group: str = ""
    required: bool = True
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[tuple[str, str], ...] = ()
    extra: Mapping[str, object] = dataclasses.field(default_factory=dict)
    when: tuple[str, ...] = ()

    def record(self) -> dict[str, object]:
        """Return the field as JSON for the browser."""
        record = {**dataclasses.asdict(self), "choices": [list(choice) for choice in self.choices]}
        return {**record, "when": list(self.when)}


def form_fields(data: PlanningData, model: FormModel = REPLENISHMENT) -> tuple[FormField, ...]:
    """Return the fields of the form in the configuration's order, with what `data` offers to choose from.

    Parameters
    ----------
    data
        The tables that are planned.
    model
        The kind of plan.
    """
    schema = model.config.model_json_schema()
    required = schema.get("required", [])
    return tuple(
        _field(name, described, data, model, required=name in required or not _nullable(described))
        for name, described in schema["properties"].items()
        if described.get("step") != 0  # set in code only
    )


def _field(
    name: str, described: Mapping[str, Any], data: PlanningData, model: FormModel, *, required: bool
) -> FormField:
    described = {**described, **_not_null(described)}
    return FormField(
        name=name,
        step=described.get("step", 2),
        kind=_kind(name, described),
        title=described.get("title", _words(name)),
        description=described.get("description", ""),
        unit=described.get("unit", ""),
        group=model.groups.get(name, LAST_GROUP),
        required=required,
        minimum=described.get("minimum"),
        maximum=described.get("maximum"),
        choices=tuple((choice, _words(choice)) for choice in described.get("enum", ())),
        extra=_extra(name, data, model),
        when=tuple(model.when.get(name, ())),
    )


def _nullable(described: Mapping[str, Any]) -> bool:
    return any(option.get("type") == "null" for option in described.get("anyOf", ()))


def _not_null(described: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the part of an optional field's schema that describes its value."""
    return next((option for option in described.get("anyOf", ()) if option.get("type") != "null"), {})


KINDS = {"integer": "whole", "number": "number", "boolean": "flag"}


def _kind(name: str, described: Mapping[str, Any]) -> str:
    if name in SPECIAL:
        return name
    if "enum" in described:
        return "choice"
    return KINDS.get(str(described.get("type")), "text")


def _words(choice: str) -> str:
    return WORDS.get(choice) or choice.replace("_", " ").capitalize()


def _extra(name: str, data: PlanningData, model: FormModel) -> dict[str, object]:
    match name:
        case "scenario":
            return {"scenarios": list(data.forecasts)}
        case "locations" | "source":
            offered = _named(data.locations, "location")
            count = f"{len(offered):,} location{'' if len(offered) == 1 else 's'}"
            return {"locations": offered, "all": model.all_locations.format(count=count)}
        case "scope":
            return {"filters": item_filters(data)}
        case "safety_stock":
            return {
                "methods": [[method, _words(method)] for method in model.methods],
                "units": {method: list(unit) for method, unit in SAFETY_STOCK_UNITS.items()},
            }
        case "constraints":
            return {
                "fields": [
                    {
                        **dataclasses.asdict(each),
                        "choices": list(each.choices),
                    }
                    for name, each in CONSTRAINT_FIELDS.items()
                    if name not in model.not_read
                ],
                "scopes": [[scope, _words(scope)] for scope in CONSTRAINT_SCOPES],
                "keys": {scope: _keys(data, scope) for scope in CONSTRAINT_SCOPES if scope != "plan"},
            }
        case _:
            return {}


def _named(frame: pd.DataFrame, key: str) -> list[list[str]]:
    """Return key and label of each record."""
    names = frame["name"] if "name" in frame else frame[key]
    pairs = zip(frame[key], names, strict=True)
    return [[id_, f"{id_} – {name}" if isinstance(name, str) and name != id_ else id_] for id_, name in pairs]


def _keys(data: PlanningData, scope: str) -> list[str]:
    match scope:
        case "supplier":
            found = {*data.suppliers["supplier"].dropna(), *data.items["supplier"].dropna()}
        case "location":
            found = set(data.locations["location"])
        case _:
            found = values_of(data, scope)
    return sorted(found)[:MOST_OFFERED]


def item_filters(data: PlanningData) -> dict[str, list[str]]:
    """Return the item columns that group products, each with its values.

    Parameters
    ----------
    data
        The tables that are planned.
    """
    groups: dict[str, list[str]] = {}
    for column in data.items.columns:
        numeric = is_numeric_dtype(data.items[column].dtype) and column not in CLASSES_OF_ITEMS
        if column in ("item", "name") or numeric:
            continue
        unique = values_of(data, column)
        if 0 < len(unique) <= MOST_FILTER_VALUES and all(isinstance(value, str) for value in unique):
            groups[column] = sorted(unique)
    return groups


def default_values(data: PlanningData, model: FormModel = REPLENISHMENT) -> dict[str, Any]:
    """Return the form's first values: a configuration that works, as the browser would send it.

    Parameters
    ----------
    data
        The tables that are planned.
    model
        The kind of plan.
    """
    last = data.as_of + dt.timedelta(days=DEFAULT_COVERAGE_DAYS - 1)
    settings: dict[str, Any] = {"name": f"{model.name} from {data.as_of}", "coverage": (data.as_of, last)}
    if "source" in model.config.model_fields:
        settings["source"] = likely_source(data)
    config = model.config(**settings)
    values = {name: _as_text(value) for name, value in config.model_dump(mode="json").items()}
    scenario = next(iter(data.forecasts), "") if len(data.forecasts) > 1 else ""
    return {**values, "scenario": scenario, "locations": None}


def _as_text(value: object) -> object:
    """Write numbers as the browser's fields hold them: text, so that what is no number can be told."""
    if isinstance(value, dict):
        return {name: _as_text(each) for name, each in value.items()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}"
    return "" if value is None else value
