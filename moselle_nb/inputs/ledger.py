"""What is found while tables are read: broken rules, which stop, and warnings, which are counted and shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from moselle_nb.exceptions import BrokenRule, ContractError, near

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["EXAMPLES", "UNUSED", "UNUSED_SAID", "Ledger", "hint"]

EXAMPLES = 3
"""Examples per broken rule or warning."""

UNUSED = "columns that are not used"
"""What was found where a table that keeps no columns of the user's own has some."""

UNUSED_SAID = "left out: own columns go to items or locations"
"""What was done about it."""

MANY = 2_000
"""Names beyond which only those that begin alike are compared for a hint: comparing takes time."""


@dataclass
class Ledger:
    """Broken rules and warnings, in the order in which they were found."""

    problems: list[BrokenRule] = field(default_factory=list)
    warnings: list[tuple[str, str, int, str, str]] = field(default_factory=list)

    def breaks(self, table: str, rule: str, count: int = 0, examples: Iterable[str] = ()) -> None:
        """Add a broken rule."""
        self.problems.append(BrokenRule(table, rule, count, tuple(examples)))

    def warn(self, table: str, rule: str, count: int, examples: Iterable[str], what_was_done: str) -> None:
        """Add a warning, unless it counts nothing: the rule says what was found, such as ``rows without stock``."""
        if count:
            self.warnings.append((table, rule, int(count), ", ".join(examples), what_was_done))

    def stop_if_broken(self) -> None:
        """Raise one error that lists every broken rule, if there is any."""
        if self.problems:
            raise ContractError(self.problems)

    def stop_if_broken_in(self, *tables: str) -> None:
        """Raise as `stop_if_broken` does, when a rule of these tables is among the broken ones."""
        if any(problem.table in tables for problem in self.problems):
            self.stop_if_broken()

    def quality(self) -> pd.DataFrame:
        """Return the warnings as a frame."""
        frame = pd.DataFrame(
            self.warnings, columns=["table", "rule", "count", "examples", "what_was_done"], dtype=object
        )
        return frame.astype({"count": "int64"})


def hint(name: str, choices: Sequence[str]) -> str:
    """Return `near`, in bounded time.

    Parameters
    ----------
    name
        The name that arrived.
    choices
        The names that exist.
    """
    if len(choices) > MANY:
        start = name[:2].casefold()
        choices = [choice for choice in choices if choice[:2].casefold() == start][:MANY]
    return near(name, choices)
