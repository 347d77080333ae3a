"""Constraints as tables: those of the data and those of a configuration, in one shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from moselle_nb.exceptions import BrokenRule, ConfigError, ContractError
from moselle_nb.inputs.fields import CONSTRAINT_FIELDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from moselle_nb.plans.config_parts import PlanConfig

__all__ = ["config_frame", "constraint_frame", "constraint_numbers", "refuse_two_values"]


def constraint_numbers(field: str, values: pd.Series) -> NDArray[np.float64]:
    """Return values as float64: choices become their position, flags 1 and 0."""
    if CONSTRAINT_FIELDS[field].kind == "choice":
        positions = {name: float(place) for place, name in enumerate(CONSTRAINT_FIELDS[field].choices)}
        return np.asarray(values.map(positions), dtype=np.float64)
    if values.dtype != object:
        return values.to_numpy(dtype=np.float64)
    return np.fromiter((np.nan if value is None else float(value) for value in values), np.float64, len(values))


def constraint_frame(table: pd.DataFrame) -> pd.DataFrame:
    """Return the constraints table with a flag for rows that are narrowed to a location."""
    frame = table[["scope", "key", "location", "field", "value", "valid_from", "valid_to"]].copy()
    return _with_located(frame)


def config_frame(config: PlanConfig) -> pd.DataFrame:
    """Return the constraints of a configuration as such a table."""
    rows = [(c.scope, c.key, c.location, c.field, c.value, c.valid_from, c.valid_to) for c in config.constraints]
    frame = pd.DataFrame(
        rows, columns=["scope", "key", "location", "field", "value", "valid_from", "valid_to"], dtype=object
    )
    for column in ("valid_from", "valid_to"):
        frame[column] = pd.to_datetime(frame[column])
    return _with_located(frame)


def _with_located(frame: pd.DataFrame) -> pd.DataFrame:
    frame["located"] = frame["location"].notna() & (frame["scope"] != "location")
    return frame


def refuse_two_values(source: str, frame: pd.DataFrame) -> None:
    """Refuse two values for one thing on one day.

    Raises
    ------
    ContractError, ConfigError
        By where they stand.
    """
    keys = ["scope", "key", "location", "field"]
    doubled = frame[frame.duplicated(keys, keep=False)]
    if not len(doubled):
        return
    dated = doubled.sort_values([*keys, "valid_from"], na_position="first")
    early, far = pd.Timestamp("1700-01-01"), pd.Timestamp("2250-01-01")
    previous_end = dated.groupby(keys, dropna=False)["valid_to"].shift().fillna(far)
    follows = dated.groupby(keys, dropna=False).cumcount() > 0
    begin = dated["valid_from"].fillna(early)
    clash = dated[follows & (begin <= previous_end)]
    if len(clash):
        examples = tuple(
            " ".join(str(v) for v in row if not pd.isna(v)) for row in clash[keys].head(3).itertuples(index=False)
        )
        rule = "one value per scope, key, location, field and day"
        table, error = (
            ("constraints", ContractError)
            if source == "constraints table"
            else ("constraints of the configuration", ConfigError)
        )
        raise error([BrokenRule(table, rule, len(clash), examples)])
