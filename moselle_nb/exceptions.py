"""The errors of moselle_nb.

::

    MoselleError
    ├── ContractError     tables that break their contract (every broken rule at once)
    ├── ConfigError       a configuration that cannot be planned with
    ├── EditError         edits that were refused, each with its reason and what would be accepted
    ├── PlanFileError     a plan file that cannot be opened or does not say what it did
    ├── UnknownNameError  an item, location, supplier or day that the plan does not hold
    └── Cancelled         a long piece of work stopped on request; nothing was changed
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

__all__ = [
    "BrokenRule",
    "Cancelled",
    "ConfigError",
    "ContractError",
    "EditError",
    "MoselleError",
    "PlanFileError",
    "Reject",
    "UnknownNameError",
    "near",
]

SHOWN = 3
"""Rejected edits spelt out in the text of an `EditError`; all of them are in `EditError.rejects`."""

LIKE = 0.7
"""Share of letters in common from which a name counts as near to another."""

SHORT = 5
"""Names of up to so many letters are near to what is one slip away only: item is not a slip of Site."""


class MoselleError(Exception):
    """Any error that this package raises on purpose."""


@dataclass(frozen=True)
class BrokenRule:
    """One rule of a table's or configuration's contract that does not hold.

    Parameters
    ----------
    table
        Table or configuration field that breaks it.
    rule
        What was expected, as a sentence: ``quantity is finite and >= 0``.
    count
        How many rows break it; 0 where the rule is about the table as a whole.
    examples
        What arrived, of the first rows.
    """

    table: str
    rule: str
    count: int = 0
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Give the rule, the number of rows and the first of them."""
        rows = f": {self.count:,} row{'' if self.count == 1 else 's'}" if self.count else ""
        shown = ", ".join(self.examples)
        if not shown:
            return f"{self.rule}{rows}"
        return f"{self.rule}{rows}, e.g. {shown}" if rows else f"{self.rule}: {shown}"


class _RulesError(MoselleError, ValueError):
    """An error that lists broken rules, grouped by the table that breaks them."""

    def __init__(self, problems: Iterable[BrokenRule]) -> None:
        self.problems: tuple[BrokenRule, ...] = tuple(problems)
        super().__init__(self._text())

    def _text(self) -> str:
        lines: list[str] = []
        for table in dict.fromkeys(problem.table for problem in self.problems):
            broken = [problem for problem in self.problems if problem.table == table]
            lines.append(f"{table}: {len(broken)} rule{'' if len(broken) == 1 else 's'} broken")
            lines.extend(f"  - {problem}" for problem in broken)
        return "\n".join(lines)


class ContractError(_RulesError):
    """Tables that break their contract; `problems` lists every broken rule."""


class ConfigError(_RulesError):
    """A configuration that cannot be planned with; `problems` lists every broken rule."""


@dataclass(frozen=True)
class Reject:
    """One refused edit.

    Parameters
    ----------
    item, location
        Keys of the row.
    date
        Order date of the edit.
    quantity
        What was asked for.
    reason
        Why it was refused.
    nearest
        The nearest quantities that would be accepted, in units.
    forcible
        Whether ``force=True`` with a reason would carry it through.
    """

    item: str
    location: str
    date: dt.date | str
    quantity: object
    reason: str
    nearest: tuple[int, ...] = ()
    forcible: bool = False

    def __str__(self) -> str:
        """Say which edit was refused, why, and what to do."""
        text = f"({self.item}, {self.location}, {self.date}) {self.quantity}: {self.reason}"
        if self.nearest:
            text += f" Accepted: {' or '.join(f'{quantity:,}' for quantity in self.nearest)}."
        if self.forcible:
            text += " To place it all the same, give force=True and a reason."
        return text


class EditError(MoselleError, ValueError):
    """Edits that were refused; nothing of the batch was applied."""

    def __init__(self, rejects: Sequence[Reject]) -> None:
        self.rejects: tuple[Reject, ...] = tuple(rejects)
        count = len(self.rejects)
        head = f"{count:,} edit{'' if count == 1 else 's'} refused; the plan is unchanged"
        lines = [f"  - {reject}" for reject in self.rejects[:SHOWN]]
        if count > SHOWN:
            lines.append(f"  - … and {count - SHOWN:,} more")
        super().__init__("\n".join([head, *lines]))


class PlanFileError(MoselleError, ValueError):
    """A plan file that cannot be opened, or whose content does not match what it promises."""


class UnknownNameError(MoselleError, KeyError):
    """A name that is not there; the text lists near ones."""

    def __init__(self, kind: str, name: object, choices: Iterable[str] = ()) -> None:
        self.kind, self.name = kind, name
        super().__init__(f"No {kind} {str(name)!r}{near(str(name), choices)}")

    def __str__(self) -> str:
        """Give the text itself: KeyError would show its repr."""
        return str(self.args[0])


class Cancelled(MoselleError):  # noqa: N818 (a request that was met, not a fault)
    """Long work was stopped on request; nothing was changed."""


def near(name: str, choices: Iterable[str]) -> str:
    """Return a hint such as `` (did you mean 'METZ'?)``, or an empty text when nothing is near.

    Parameters
    ----------
    name
        The name that arrived.
    choices
        The names that exist.
    """
    by_folded = {choice.casefold(): choice for choice in choices}
    folded = name.casefold()
    found = get_close_matches(folded, by_folded, cutoff=LIKE)
    alike = next((one for one in found if len(folded) > SHORT or _one_slip(folded, one)), None)
    return "" if alike is None else f" (did you mean {by_folded[alike]!r}?)"


def _one_slip(one: str, other: str) -> bool:
    """Tell whether one letter was changed, added or left out, or two neighbours were swapped."""
    start = _alike(one, other)
    end = _alike(one[start:][::-1], other[start:][::-1])
    left, right = one[start : len(one) - end], other[start : len(other) - end]
    return max(len(left), len(right)) <= 1 or (len(left) == 2 and left == right[::-1])  # noqa: PLR2004


def _alike(one: str, other: str) -> int:
    """Return how many first letters are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))
