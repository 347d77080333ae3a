"""What differs between plan files of the two kinds: their tables, their edits, and how a plan follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moselle_nb.plans.store.allocation import (
    ALLOCATION_OPTIONAL,
    ALLOCATION_TABLES,
    allocated_columns,
    allocation_of_tables,
    allocation_tables,
    cut_off_columns,
)
from moselle_nb.plans.store.arrays import OPTIONAL, TABLES, order_line_columns, tables_of_inputs
from moselle_nb.plans.store.inputs import inputs_of_tables

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CONFIG", "EDITS", "KINDS", "MANIFEST", "PlanKind", "kind_of"]

MANIFEST, CONFIG, EDITS = "manifest.json", "config.json", "edits.jsonl"

EDIT_KINDS = {
    "step": int, "item": str, "location": str, "date": str, "quantity": int, "force": bool, "reason": str, "who": str,
    "when": str,
}  # fmt: skip


@dataclass(frozen=True)
class PlanKind:
    """One kind of plan.

    Parameters
    ----------
    name
        What the manifest calls it.
    tables, optional
        Tables that a file has, and that it may have.
    result
        The table of what follows from them, to compare with.
    edit_kinds
        The parts of an edit and their types.
    tables_of, inputs_of
        Inputs as tables, and back.
    result_of
        The result of a plan as columns.
    """

    name: str
    tables: tuple[str, ...]
    optional: tuple[str, ...]
    result: str
    edit_kinds: dict[str, type]
    tables_of: Callable[[Any], dict[str, Any]]
    inputs_of: Callable[..., Any]
    result_of: Callable[[Any], dict[str, Any]]

    @property
    def required(self) -> tuple[str, ...]:
        """The members that every file has."""
        return (MANIFEST, CONFIG, EDITS, member(self.result), *map(member, self.tables))

    @property
    def known(self) -> tuple[str, ...]:
        """The members that a file may have."""
        return (*self.required, *map(member, self.optional))

    def configuration(self, settings: dict[str, Any]) -> Any:
        """Return the configuration with these settings."""
        from moselle_nb.plans.allocating.config import AllocationConfig
        from moselle_nb.plans.config import ReplenishmentConfig

        return (AllocationConfig if self.name == "allocation" else ReplenishmentConfig)(**settings)

    def build(self, inputs: Any, config: Any) -> Any:
        """Return the plan without edits that follows from inputs."""
        if self.name == "allocation":
            from moselle_nb.plans.allocation import build_allocation

            return build_allocation(inputs, config)
        from moselle_nb.plans.replenishment import build

        return build(inputs, config)

    def cut_off_of(self, plan: Any) -> dict[str, Any]:
        """Return the table of what the time for solvers cut off, where it cut something off."""
        decided = getattr(plan, "decided", {})
        return {"cut_off": cut_off_columns(decided)} if decided else {}


def member(table: str) -> str:
    """Return the name that a table has in the file."""
    return f"arrays/{table}.parquet"


REPLENISHMENT = PlanKind(
    "replenishment", TABLES, OPTIONAL, "order_lines", EDIT_KINDS, tables_of_inputs, inputs_of_tables, order_line_columns
)
ALLOCATION = PlanKind(
    "allocation", ALLOCATION_TABLES, ALLOCATION_OPTIONAL, "allocated", {**EDIT_KINDS, "source": str, "lock": bool},
    allocation_tables, allocation_of_tables, allocated_columns,
)  # fmt: skip

KINDS = {kind.name: kind for kind in (REPLENISHMENT, ALLOCATION)}


def kind_of(plan: object) -> PlanKind:
    """Return the kind of a plan."""
    return ALLOCATION if type(plan).__name__ == "AllocationPlan" else REPLENISHMENT
