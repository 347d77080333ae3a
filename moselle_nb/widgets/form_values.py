"""From what a planner typed to a configuration, or to every problem at its field. No widget.

The browser's values are text, lists and mappings as they were typed; nothing about them is trusted. Bounds
and rules are the configuration's own (`ConfigError`); what only the data can tell (unknown locations, keys,
filters) is added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.exceptions import BrokenRule, ConfigError, near
from moselle_nb.inputs.fields import CONSTRAINT_FIELDS
from moselle_nb.plans.allocating.config import AllocationConfig
from moselle_nb.plans.allocating.routes import check_sources
from moselle_nb.plans.config_parts import WITHOUT_VALUE, Constraint, SafetyStock
from moselle_nb.plans.resolved import coverage_days
from moselle_nb.widgets.form_fields import WORDS
from moselle_nb.widgets.form_models import REPLENISHMENT
from moselle_nb.widgets.item_classes import classed_items, values_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from moselle_nb.inputs.data import PlanningData
    from moselle_nb.inputs.fields import Field
    from moselle_nb.widgets.form_models import FormModel, PlanSettings

__all__ = ["Checked", "check_values", "rows_in_scope"]

MOST_CONSTRAINTS = 1000
MISSING = "a value is required"
NO_VALUE = "a value is required; none unsets what the tables say"
NOTHING_LEFT = "no item and location is left to plan; choose fewer filters or more locations"

Problems = dict[str, list[str]]


@dataclass(frozen=True)
class Checked:
    """What came of the values.

    Parameters
    ----------
    config
        The configuration; None while anything is wrong.
    problems
        What is wrong, by field: ``coverage``, ``safety_stock``; ``constraints.0.key`` is the first
        constraint's key.
    """

    config: PlanSettings | None
    problems: Mapping[str, list[str]] = field(default_factory=dict)

    def broken_rules(self) -> tuple[BrokenRule, ...]:
        """Return the problems in the form that errors list them."""
        return tuple(
            BrokenRule(name or "configuration", text) for name, texts in self.problems.items() for text in texts
        )


def check_values(values: Mapping[str, Any], data: PlanningData, model: FormModel = REPLENISHMENT) -> Checked:
    """Return the configuration that the values make, or all that is wrong with them.

    Parameters
    ----------
    values
        What was typed, by setting.
    data
        The tables that are planned.
    model
        The kind of plan.
    """
    problems: Problems = {}
    settings = _settings(values, model, problems)
    config = _config(settings, model, problems)
    _check_names(settings, data, problems)
    if config is None or problems:
        return Checked(None, problems)
    items = classed_items(data, config)
    for column, wanted in config.scope:
        _check_known(problems, "scope", column, wanted, set(items[column].dropna()))
    if not problems and not rows_in_scope(config, data).any():
        return Checked(None, {"scope": [NOTHING_LEFT]})
    _check_ground(config, data, model, problems)
    return Checked(None, problems) if problems else Checked(config)


def rows_in_scope(config: PlanSettings, data: PlanningData) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell which rows of the data the filters keep.

    Parameters
    ----------
    config
        Its locations and scope; the source of an allocation does not receive.
    data
        The tables that are planned.
    """
    items = classed_items(data, config)
    kept = np.ones(len(items), dtype=bool)
    for column, wanted in config.scope:
        kept &= items[column].isin(wanted).to_numpy()
    keep = kept[data.row_item]
    if config.locations is not None:
        keep &= data.locations["location"].isin(config.locations).to_numpy()[data.row_location]
    if isinstance(config, AllocationConfig) and config.mode == "distribute":
        keep &= ~data.locations["location"].isin(config.source or ()).to_numpy()[data.row_location]
    return keep


def _settings(values: Mapping[str, Any], model: FormModel, problems: Problems) -> dict[str, Any]:
    """Return keyword arguments of the configuration, with problems noted where they cannot be read."""
    readers: dict[str, Callable[[object, Problems], object]] = {
        "safety_stock": _safety_stock,
        "constraints": _constraints,
        "scope": _scope,
        "coverage": _coverage,
        "source": _source,
        "hold_back": _hold_back,
    }
    settings: dict[str, Any] = {}
    for name, value in values.items():
        settings[name] = readers[name](value, problems) if name in readers else _blank(value)
    for name, described in model.config.model_fields.items():
        extra = described.json_schema_extra
        if isinstance(extra, dict) and extra.get("step") == 0:
            # It is not asked for; code may set it, and the browser knows nothing of it.
            continue
        if settings.get(name) is None and described.default is not None and name not in problems:
            _add(problems, name, MISSING)
    return {name: value for name, value in settings.items() if value is not None}


def _config(settings: Mapping[str, Any], model: FormModel, problems: Problems) -> PlanSettings | None:
    """Make the configuration; its problems join those of fields that could be read."""
    unread = set(problems)
    try:
        return model.config(**settings)
    except ConfigError as error:
        for problem in error.problems:
            name = model.field_of(problem.table.split(".")[0], problem.rule)
            if name not in unread:
                _add(problems, name, str(problem))
        return None


def _source(value: object, _problems: Problems) -> object:
    return [value] if isinstance(value, str) and value else value or None


def _hold_back(value: object, _problems: Problems) -> object:
    """Read units as a number; a share of the stock stays text, as the configuration takes it."""
    text = value.strip() if isinstance(value, str) else value
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else _blank(text)


def _check_ground(config: PlanSettings, data: PlanningData, model: FormModel, problems: Problems) -> None:
    """Add what the plan would refuse once it meets the tables: days that are past, sources that lead nowhere."""
    try:
        coverage_days(data, config)
        if isinstance(config, AllocationConfig):
            check_sources(data, config)
    except ConfigError as error:
        for problem in error.problems:
            _add(problems, model.field_of(problem.table, problem.rule), str(problem))


def _safety_stock(value: object, problems: Problems) -> SafetyStock | None:
    record = value if isinstance(value, Mapping) else {}
    method: Any = record.get("method")
    amount: Any = None if method in WITHOUT_VALUE else _blank(record.get("value"))
    try:
        return SafetyStock(method=method, value=amount)
    except ConfigError as error:
        for problem in error.problems:
            # The rule names the method as it is written in code; the form has words for it.
            _add(problems, "safety_stock", str(problem).replace(str(method), WORDS.get(str(method), str(method)), 1))
        return None


def _constraints(value: object, problems: Problems) -> tuple[Constraint, ...]:
    records = value if isinstance(value, list) else []
    if len(records) > MOST_CONSTRAINTS:
        _add(problems, "constraints", f"at most {MOST_CONSTRAINTS:,}; put more into the constraints table")
        return ()
    made = []
    for position, record in enumerate(records):
        named = dict(record) if isinstance(record, Mapping) else {}
        settings: dict[str, Any] = {name: _blank(each) for name, each in named.items()}
        field = CONSTRAINT_FIELDS.get(str(named.get("field")))
        if settings.get("value") is None:
            _add(problems, f"constraints.{position}.value", NO_VALUE if field is None else _wanted(field))
            continue
        settings["value"] = value = _constraint_value(named)
        try:
            made.append(Constraint(**settings))
        except ConfigError as error:
            for problem in error.problems:
                text = str(problem).removeprefix(f"{named.get('field')}: ")
                part = _part(text)
                if part == "value" and field is not None and field.problem(value) is not None:
                    hint = field.hint(value) if isinstance(value, float) else ""
                    text = f"{_wanted(field)} Received {named['value']!r}{hint}."
                _add(problems, f"constraints.{position}.{part}", text)
    return tuple(made)


def _wanted(field: Field) -> str:
    """Say what a constraint's value may be, under the name that the form gives it."""
    low, high = field.minimum, field.maximum
    bounds = "" if low is None else f", {low:g} or more" if high is None else f" from {low:g} to {high:,g}"
    match field.kind:
        case "fraction":
            wanted = "a number between 0 and 1, such as 0.95"
        case "flag":
            wanted = "true or false"
        case "choice":
            wanted = " or ".join(field.choices)
        case kind:
            wanted = f"{'a whole number' if kind == 'whole' else 'a number'}{bounds}"
    return f"{field.title}: give {wanted}."


def _part(problem: str) -> str:
    """Return the control of a constraint that a problem is about: its rule names the setting first."""
    if problem.startswith("scope "):
        return "key"
    return "valid_from" if problem.startswith("valid_from ") else "value"


def _constraint_value(record: Mapping[str, Any]) -> object:
    """Read a constraint's value by the kind of its field; what cannot be read is left as it is."""
    known = CONSTRAINT_FIELDS.get(str(record.get("field")))
    text = record.get("value")
    if known is None or not isinstance(text, str) or text.strip().casefold() == "none":
        return text
    text = text.strip()
    if known.kind == "flag":
        return {"true": True, "false": False}.get(text.casefold(), text)
    if known.kind == "choice":
        return text
    try:
        return float(text)
    except ValueError:
        return text


def _scope(value: object, problems: Problems) -> dict[str, tuple[str, ...]] | None:
    if not isinstance(value, Mapping) or not all(isinstance(chosen, list) for chosen in value.values()):
        _add(problems, "scope", f"filters are lists of values by item column, received {value!r}")
        return None
    return {str(column): tuple(str(each) for each in chosen) for column, chosen in value.items() if chosen}


def _coverage(value: object, problems: Problems) -> list[Any] | None:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 (first and last)
        return None
    missing = [words for day, words in zip(value, ("first", "last"), strict=True) if not day]
    if missing:
        _add(problems, "coverage", f"the {' and the '.join(missing)} day is missing")
        return None
    return value


def _check_names(settings: Mapping[str, Any], data: PlanningData, problems: Problems) -> None:
    """Add the names that the data does not have, for fields that are right otherwise."""
    readable = {name: value for name, value in settings.items() if name not in problems}
    if readable.get("scenario") is not None:
        _check_known(problems, "scenario", "scenario", [readable["scenario"]], data.forecasts)
    elif len(data.forecasts) > 1 and "scenario" not in problems:
        _add(problems, "scenario", f"there are {len(data.forecasts)} scenarios: choose one")
    places = set(data.locations["location"])
    _check_known(problems, "source", "location", readable.get("source") or (), places)
    if "locations" in readable:
        if not readable["locations"]:
            _add(problems, "locations", "no location is chosen; choose some, or all")
        _check_known(problems, "locations", "location", readable["locations"], places)
    for column, wanted in readable.get("scope", {}).items():
        if column not in data.items.columns:
            _add(problems, "scope", f"items have no column {column!r}{near(column, data.items.columns)}")
        else:
            _check_known(problems, "scope", column, wanted, values_of(data, column))
    if not any(name.startswith("constraints") for name in problems):
        for position, constraint in enumerate(readable.get("constraints", ())):
            _check_constraint(constraint, f"constraints.{position}", data, problems)


def _check_constraint(constraint: Constraint, name: str, data: PlanningData, problems: Problems) -> None:
    if constraint.key is not None and constraint.scope != "plan":
        tables = {"supplier": data.suppliers, "location": data.locations}
        table = tables.get(constraint.scope)
        known = values_of(data, constraint.scope) if table is None else set(table[constraint.scope].dropna())
        if constraint.scope == "supplier":
            known |= set(data.items["supplier"].dropna()) | set(data.sourcing["supplier"].dropna())
        _check_known(problems, f"{name}.key", constraint.scope.replace("_", " "), [constraint.key], known)
    if constraint.location is not None:
        places = set(data.locations["location"])
        _check_known(problems, f"{name}.location", "location", [constraint.location], places)


def _check_known(problems: Problems, name: str, kind: str, wanted: Iterable[str], known: Collection[str]) -> None:
    for value in wanted:
        if value not in known:
            _add(problems, name, f"no {kind} {str(value)!r}{near(str(value), known)}")


def _blank(value: object) -> object:
    return None if value == "" else value


def _add(problems: Problems, name: str, text: str) -> None:
    found = problems.setdefault(name, [])
    if text not in found:
        found.append(text)
