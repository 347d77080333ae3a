"""What an instance is: tables for `mo.load`, and a configuration without the package's code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd


@dataclass(frozen=True)
class PlainSafetyStock:
    """Method and value, as the configuration holds them."""

    method: str
    value: float | None = None


@dataclass(frozen=True)
class PlainConstraint:
    """One constraint of the configuration."""

    scope: str
    field: str
    value: float | bool | str | None
    key: str | None = None
    location: str | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(frozen=True)
class PlainConfig:
    """Settings of ``mo.ReplenishmentConfig`` by the same names, without its code."""

    name: str
    coverage: tuple[dt.date, dt.date]
    safety_stock: PlainSafetyStock
    lead_time_days: int | None = None
    scenario: str | None = None
    locations: tuple[str, ...] | None = None
    scope: dict[str, tuple[str, ...]] = field(default_factory=dict)
    bucket: str = "week"
    week_start: str = "monday"
    review_period_days: int = 7
    unmet: str = "lost"
    demand_distribution: str = "auto"
    lost_sales_sizing: str = "protection_interval"
    demand_from: str = "own"
    beyond_forecast: str = "average"
    order_ahead: bool = True
    lot_sizing: str = "lot_for_lot"
    constraints: tuple[PlainConstraint, ...] = ()
    excess_days: int = 90


@dataclass(frozen=True)
class Instance:
    """Tables for ``mo.load`` and the settings of a plan."""

    seed: int
    frames: dict[str, pd.DataFrame]
    as_of: dt.date
    config: PlainConfig
