"""What both kinds of plan share as documents: steps of edits that can be undone, and frames that can be changed."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Generic, Self, TypeVar

import pandas as pd

from moselle_nb.plans.fingerprint import digest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["History", "handed_out"]

Edit = TypeVar("Edit")

COPY_ON_WRITE = int(pd.__version__.split(".", maxsplit=1)[0]) >= 3  # noqa: PLR2004 (the version in which pandas shares)


def handed_out(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame that its reader may change: the plan's own stays as it is."""
    return frame.copy(deep=not COPY_ON_WRITE)


class History(Generic[Edit]):
    """Steps of edits of a frozen dataclass that has the fields steps, previous and undone."""

    edit_columns: ClassVar[tuple[str, ...]]
    """Fields of an edit that `edits` shows."""

    steps: tuple[tuple[Edit, ...], ...]
    previous: Self | None
    undone: tuple[Self, ...]

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return self.previous is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone edit to restore."""
        return bool(self.undone)

    def undo(self) -> Self:
        """Take the last step of edits back; a plan without edits is returned as it is."""
        if self.previous is None:
            return self
        return replace(self.previous, undone=(self, *self.undone))  # type: ignore[type-var]

    def redo(self) -> Self:
        """Restore the step that was undone last; a plan without one is returned as it is."""
        return replace(self.undone[0], undone=self.undone[1:]) if self.undone else self  # type: ignore[type-var]

    @property
    def edits(self) -> pd.DataFrame:
        """Every edit in force, in the order in which it was made, with who, when and why."""
        return handed_out(self._edits)

    @cached_property
    def _edits(self) -> pd.DataFrame:
        rows = [[getattr(edit, name) for name in self.edit_columns] for step in self.steps for edit in step]
        frame = pd.DataFrame(rows, columns=list(self.edit_columns))
        frame["date"] = pd.to_datetime(frame["date"])
        return frame

    def sections(self, *, edited: bool = True) -> dict[str, str]:
        """Return the hash of each part that decides the plan's numbers, by name; without edits if so asked."""
        raise NotImplementedError

    @cached_property
    def lineage(self) -> str:
        """Fingerprint of the plan without edits: what the ids of orders and transfers are made of."""
        return digest(self.sections(edited=False))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of inputs, configuration, edits in force and engine revision."""
        return digest(self.sections()) if self.steps else self.lineage

    def to_code(self) -> str:
        """Return the Python lines that build this plan and replay its edits."""
        from moselle_nb.plans.code import plan_code

        return plan_code(self)  # type: ignore[arg-type]

    def save(self, path: str | Path) -> Path:
        """Write the plan to a ``*.moselle`` file, and return its path."""
        from moselle_nb.plans.store.file import save

        return save(self, path)  # type: ignore[arg-type]
