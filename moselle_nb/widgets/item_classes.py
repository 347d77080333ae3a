"""Classes of items in a form: A, B, C and X, Y, Z can be chosen before a plan works them out. No widget."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from moselle_nb.inputs.fields import CLASSES_OF_ITEMS
from moselle_nb.plans.grades import with_grades
from moselle_nb.plans.named import scenario_of
from moselle_nb.plans.variability import with_variability

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd

    from moselle_nb.inputs.data import PlanningData
    from moselle_nb.widgets.form_models import PlanSettings

__all__ = ["classed_items", "values_of"]

_KNOWN: WeakKeyDictionary[PlanningData, dict[Hashable, pd.DataFrame]] = WeakKeyDictionary()
"""Items with their classes, for a form that is checked at every key; as long as the tables live."""


def values_of(data: PlanningData, column: str) -> set[str]:
    """Return the values by which a column of items can be chosen: also the classes that a plan gives.

    Parameters
    ----------
    data
        The tables.
    column
        Of items.
    """
    given = data.items[column]
    return {*given.dropna(), *(CLASSES_OF_ITEMS.get(column, ()) if given.isna().any() else ())}


def classed_items(data: PlanningData, config: PlanSettings) -> pd.DataFrame:
    """Return the items, with the classes that a plan gives where the scope asks for any.

    Parameters
    ----------
    data
        The tables.
    config
        Its scope, scenario and thresholds.
    """
    if not any(column in CLASSES_OF_ITEMS for column, _ in config.scope):
        return data.items
    scenario = scenario_of(data, config)
    thresholds = config.grade_thresholds, config.variability_thresholds
    known = _KNOWN.setdefault(data, {})
    if (scenario, *thresholds) not in known:
        classed = with_variability(with_grades(data, scenario, thresholds[0]), scenario, thresholds[1])
        known[(scenario, *thresholds)] = classed.items
    return known[(scenario, *thresholds)]
