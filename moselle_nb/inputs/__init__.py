"""Tables in: what a planner has, checked and laid out for planning."""

from __future__ import annotations

from moselle_nb.inputs.data import Forecast, PlanningData
from moselle_nb.inputs.fields import CONSTRAINT_FIELDS, Field
from moselle_nb.inputs.load import load
from moselle_nb.inputs.sample import sample_data, sample_tables
from moselle_nb.inputs.templates import write_templates

__all__ = [
    "CONSTRAINT_FIELDS",
    "Field",
    "Forecast",
    "PlanningData",
    "load",
    "sample_data",
    "sample_tables",
    "write_templates",
]
