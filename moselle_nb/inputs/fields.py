"""The constraint fields: what each means, its unit and which values it takes."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CLASSES_OF_ITEMS",
    "CONSTRAINT_FIELDS",
    "CONSTRAINT_SCOPES",
    "DEMAND_DISTRIBUTIONS",
    "LARGEST_QUANTITY",
    "SAFETY_STOCK_FIELDS",
    "Field",
    "FieldKind",
]

FieldKind = Literal["whole", "number", "fraction", "flag", "choice"]

LARGEST = 10**12
"""Numbers beyond this are mistakes."""

LARGEST_QUANTITY = 10**9
"""Units: what adds up over twenty years of days is below 2**53 / 1024, so that sums on the grid of 1/1024 are exact."""

CONSTRAINT_SCOPES = ("item", "grade", "variability", "product_type", "product_line", "supplier", "location", "plan")
"""Where a constraint can stand, the most specific first."""

CLASSES_OF_ITEMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"grade": ("A", "B", "C"), "variability": ("X", "Y", "Z")}
)
"""Columns of items that a plan fills in where they are empty, and the words that it uses."""

SAFETY_STOCK_FIELDS = (
    "safety_stock_units", "safety_stock_days", "cycle_service_level", "fill_rate", "ready_rate", "critical_ratio",
)  # fmt: skip
"""Ways to name one thing: the most specific level that names any of them decides."""


@dataclass(frozen=True)
class Field:
    """One constraint field.

    Parameters
    ----------
    name
        Column, and name in the constraints table.
    kind
        ``whole`` and ``number`` have inclusive bounds; a ``fraction`` lies strictly between 0 and 1; a ``flag`` is
        true or false; a ``choice`` is one of `choices`.
    title
        What it means, for people.
    unit
        Unit of the value; blank where it has none.
    minimum, maximum
        Bounds; None where there is none.
    choices
        The admissible words of a ``choice``.
    """

    name: str
    kind: FieldKind
    title: str
    unit: str = ""
    minimum: float | None = 0
    maximum: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def limit(self) -> int:
        """Size beyond which a number without bounds of its own is refused."""
        return LARGEST_QUANTITY if self.unit == "units" else LARGEST

    @property
    def size_rule(self) -> str:
        """The rule that a number beyond `limit` breaks."""
        size = f"at most {self.limit:,}" if self.minimum is not None else f"between -{self.limit:,} and {self.limit:,}"
        return f"{size} units, so that sums are exact" if self.unit == "units" else size

    def is_too_large(self, value: float) -> bool:
        """Tell whether a number is beyond `limit`, where there are no bounds of its own."""
        if self.maximum is not None or self.kind == "fraction" or not math.isfinite(value):
            return False
        return (value if self.minimum is not None else abs(value)) > self.limit

    @property
    def expected(self) -> str:
        """The admissible range as words, such as ``whole and >= 0``."""
        if self.kind == "flag":
            return "true or false"
        if self.kind == "choice":
            return f"one of {', '.join(self.choices)}"
        if self.kind == "fraction":
            return "above 0 and below 1"
        kind = "whole" if self.kind == "whole" else "finite"
        if self.minimum is not None and self.maximum is not None:
            return f"{kind} and between {self.minimum:,} and {self.maximum:,}"
        return f"{kind} and >= {self.minimum:,}" if self.minimum is not None else kind

    def problem(self, value: object) -> str | None:
        """Say what is wrong with a value, or None when it is admissible.

        Parameters
        ----------
        value
            A number, a flag or a word, already typed; text that looks like a number is not one.

        Examples
        --------
        >>> CONSTRAINT_FIELDS["moq"].problem(-5)
        'moq is whole and >= 0, got -5'
        >>> CONSTRAINT_FIELDS["cycle_service_level"].problem(95)
        'cycle_service_level is above 0 and below 1, got 95 (for 95 % give 0.95)'
        """
        if self._admits(value):
            return None
        if _is_number(value):
            number = float(value)
            got, hint = f"{number:.15g}", self.hint(number)
            return f"{self.name} is {self.size_rule if self.is_too_large(number) else self.expected}, got {got}{hint}"
        return f"{self.name} is {self.expected}, got {value!r}"

    def hint(self, value: float) -> str:
        """Say what was probably meant by a number that is not admissible; mostly blank."""
        meant = self.kind == "fraction" and 1 < value < 100  # noqa: PLR2004
        return f" (for {value:g} % give {value / 100:g})" if meant else ""

    def _admits(self, value: object) -> bool:
        if self.kind == "flag":
            return isinstance(value, bool)
        if self.kind == "choice":
            return isinstance(value, str) and value in self.choices
        if not _is_number(value):
            return False
        number = float(value)
        if not math.isfinite(number) or (self.kind == "whole" and number != math.floor(number)):
            return False
        if self.kind == "fraction":
            return 0 < number < 1
        low = -self.limit if self.minimum is None else self.minimum
        return low <= number <= (self.limit if self.maximum is None else self.maximum)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


LONGEST_DAYS = 3650

DEMAND_DISTRIBUTIONS = ("auto", "normal", "gamma", "poisson", "negative_binomial", "empirical")
"""What uncertain demand may be said to follow; ``auto`` chooses by mean and variance."""

_FIELDS = (
    Field("lead_time_days", "whole", "Lead time", "days", maximum=LONGEST_DAYS),
    Field("lead_time_sd_days", "number", "Standard deviation of the lead time", "days", maximum=LONGEST_DAYS),
    Field("review_period_days", "whole", "Review period", "days", minimum=1, maximum=LONGEST_DAYS),
    Field("moq", "whole", "Minimum order quantity", "units"),
    Field("order_multiple", "whole", "Order multiple", "units", minimum=1),
    Field("max_order", "whole", "Maximum order quantity", "units"),
    Field("min_stock", "number", "Minimum stock", "units"),
    Field("max_stock", "number", "Maximum stock", "units"),
    Field("max_stock_is_hard", "flag", "Maximum stock is never exceeded"),
    Field("safety_stock_units", "number", "Safety stock", "units"),
    Field("safety_stock_days", "whole", "Safety stock in days of cover", "days", maximum=LONGEST_DAYS),
    Field("cycle_service_level", "fraction", "Cycle service level", minimum=None),
    Field("fill_rate", "fraction", "Fill rate", minimum=None),
    Field("ready_rate", "fraction", "Ready rate", minimum=None),
    Field("critical_ratio", "fraction", "Critical ratio", minimum=None),
    Field("demand_distribution", "choice", "Distribution of demand", choices=DEMAND_DISTRIBUTIONS),
    Field("forecast_cv", "number", "Forecast error as a share of the forecast", maximum=100),
    Field("unmet", "choice", "Unserved demand", choices=("lost", "backorder")),
    Field("holding_cost", "number", "Holding cost", "currency per unit and day"),
    Field("shortage_cost", "number", "Shortage cost", "currency per unit"),
    Field("order_cost", "number", "Order cost", "currency per order"),
    Field("pack", "whole", "Pack of a transfer", "units", minimum=1),
    Field("presentation_minimum", "whole", "Presentation minimum", "units"),
    Field("hold_back", "number", "Hold-back", "units"),
)

CONSTRAINT_FIELDS: Mapping[str, Field] = MappingProxyType({field.name: field for field in _FIELDS})
"""Every constraint field by name."""
