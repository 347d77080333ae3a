"""Names in a configuration: every one that the tables do not have, with near ones, before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moselle_nb.exceptions import BrokenRule, ConfigError, near
from moselle_nb.inputs.fields import CLASSES_OF_ITEMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moselle_nb.inputs import PlanningData
    from moselle_nb.plans.config_parts import Constraint, PlanConfig

__all__ = ["check_names", "scenario_of"]


def scenario_of(data: PlanningData, config: PlanConfig) -> str:
    """Return the scenario to plan: the one that is named, else the only one.

    Raises
    ------
    ConfigError
        When there is none of that name, or several and none is named.
    """
    names = list(data.forecasts)
    if config.scenario is None and len(names) == 1:
        return names[0]
    if config.scenario in names:
        return str(config.scenario)
    if names == [""]:
        rule = "the forecast has no scenarios: leave scenario out"
        raise ConfigError([BrokenRule("scenario", rule, examples=(f"received {config.scenario!r}",))])
    hint = "" if config.scenario is None else near(config.scenario, names)
    received = "none chosen" if config.scenario is None else f"received {config.scenario!r}{hint}"
    rule = f"the scenario is one of {', '.join(repr(name) for name in names) or '(the forecast is empty)'}"
    raise ConfigError([BrokenRule("scenario", rule, examples=(received,))])


def check_names(data: PlanningData, config: PlanConfig) -> None:
    """Refuse locations, filters and constraints that name what the tables do not have.

    Raises
    ------
    ConfigError
        Listing all of them.
    """
    known = set(data.locations["location"])
    problems = [
        BrokenRule("locations", f"no location {name!r}{near(name, known)}")
        for name in config.locations or ()
        if name not in known
    ]
    for column, values in config.scope:
        if column not in data.items:
            columns = [str(name) for name in data.items]
            problems.append(BrokenRule("scope", f"items have no column {column!r}{near(column, columns)}"))
            continue
        present = {str(value) for value in data.items[column].dropna()}
        problems += [
            BrokenRule("scope", f"no item has {column} {value!r}{near(value, present)}")
            for value in values
            if value not in present
        ]
    tables = {"location": data.locations, "supplier": data.suppliers}
    scopes = {constraint.scope for constraint in config.constraints} | {"location"}
    names = {scope: set(table[scope].dropna()) for scope in scopes if scope in (table := tables.get(scope, data.items))}
    names = {scope: found | set(CLASSES_OF_ITEMS.get(scope, ())) for scope, found in names.items()}
    for constraint in config.constraints:
        problems += _unknown_in(names, constraint)
    if problems:
        raise ConfigError(problems)


def _unknown_in(names: Mapping[str, set[str]], constraint: Constraint) -> list[BrokenRule]:
    """Return what a constraint names that is not among the names of its scope, or no location."""
    scope, key, location = constraint.scope, constraint.key, constraint.location
    problems = []
    if scope in names and key is not None and key not in names[scope]:
        problems.append(BrokenRule("constraints", f"no {scope.replace('_', ' ')} {key!r}{near(key, names[scope])}"))
    if location is not None and location not in names["location"]:
        problems.append(BrokenRule("constraints", f"no location {location!r}{near(location, names['location'])}"))
    return problems
