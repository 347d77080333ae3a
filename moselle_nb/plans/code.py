"""Plans as code: the lines of Python that do what the form and the grid did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moselle_nb.plans.config_parts import Constraint, SafetyStock

if TYPE_CHECKING:
    import datetime as dt

    from moselle_nb.plans.allocating.config import AllocationConfig
    from moselle_nb.plans.allocating.edits import AllocationEdit
    from moselle_nb.plans.allocating.plan import AllocationPlan
    from moselle_nb.plans.config import ReplenishmentConfig
    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.edits import Edit

__all__ = ["config_code", "plan_code"]

WIDTH = 100


def _text(value: Any) -> str:
    """Write a value as Python; everything is one of ours or a plain value, so nothing of the data can run."""
    if isinstance(value, SafetyStock):
        parts = (repr(part) for part in (value.method, _plain(value.value)) if part is not None)
        return f"mo.SafetyStock({', '.join(parts)})"
    if isinstance(value, Constraint):
        given = {name: getattr(value, name) for name in ("key", "location", "valid_from", "valid_to")}
        named = "".join(f", {name}={_text(part)}" for name, part in given.items() if part is not None)
        return f"mo.Constraint({value.scope!r}, {value.field!r}, {_plain(value.value)!r}{named})"
    if isinstance(value, tuple):
        return f"({', '.join(_text(part) for part in value)}{',' if len(value) == 1 else ''})"
    if hasattr(value, "isoformat"):
        return repr(_iso(value))
    return repr(_plain(value))


def _iso(value: dt.date) -> str:
    return value.isoformat()


def _scope(pairs: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    return "{" + ", ".join(f"{column!r}: {_text(values)}" for column, values in pairs) + "}"


def _plain(value: Any) -> Any:
    """Show a whole number without its decimal point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def config_code(config: ReplenishmentConfig | AllocationConfig) -> str:
    """Return the call that makes a configuration; settings at their default are left out.

    Examples
    --------
    >>> from moselle_nb.plans.config import ReplenishmentConfig
    >>> print(config_code(ReplenishmentConfig(name="Q1", coverage=("2026-11-23", "2027-02-14"))))
    mo.ReplenishmentConfig(name='Q1', coverage=('2026-11-23', '2027-02-14'))
    """
    given = []
    made = f"mo.{type(config).__name__}"
    for name, about in type(config).model_fields.items():
        value = getattr(config, name)
        if about.is_required() or value != about.default:
            given.append(f"{name}={_scope(value) if name == 'scope' else _text(value)}")
    one_line = f"{made}({', '.join(given)})"
    if len(one_line) <= WIDTH:
        return one_line
    return f"{made}(\n" + "".join(f"    {part},\n" for part in given) + ")"


def plan_code(plan: ReplenishmentPlan | AllocationPlan) -> str:
    """Return the lines that build a plan from `data` and replay its edits, each with its reason, who and when."""
    lines = ["import moselle_nb as mo", "", f"plan = {_made(plan)}"]
    several = len(getattr(plan.config, "source", None) or ()) > 1 or getattr(plan.config, "mode", "") == "rebalance"
    for step in plan.steps:
        calls = [(edit, _about(edit, several=several)) for edit in step]
        if len(calls) == 1:
            lines.append(_one_edit(*calls[0]))
            continue
        lines.append("plan = plan.edit_many([")
        for edit, about in calls:
            named = "".join(f", {name}={value!r}" for name, value in about.items())
            day = str(edit.date)
            call = f"item={edit.item!r}, location={edit.location!r}, date={day!r}, quantity={edit.quantity}{named}"
            lines.append(f"    dict({call}),")
        lines.append("])")
    return "\n".join(lines)


def _made(plan: ReplenishmentPlan | AllocationPlan) -> str:
    """Return the call that makes a plan without edits; planned receipts come from the plan called `replenishment`."""
    config = config_code(plan.config)
    if config.startswith("mo.ReplenishmentConfig"):
        return f"mo.replenish(data, {config})"
    planned = getattr(plan.inputs, "planned", None)
    given = ", replenishment=replenishment" if planned is not None and planned.any() else ""
    return f"mo.allocate(data, {config}{given})"


def _about(edit: Edit | AllocationEdit, *, several: bool) -> dict[str, Any]:
    """Return what an edit says besides its place and quantity, as its keywords."""
    named = {
        "source": getattr(edit, "source", "") if several else "", "reason": edit.reason, "force": edit.forced,
        "lock": getattr(edit, "lock", False), "who": edit.who, "when": edit.when,
    }  # fmt: skip
    return {name: value for name, value in named.items() if value}


def _one_edit(edit: Edit | AllocationEdit, about: dict[str, Any]) -> str:
    verb = "edit"
    if about.get("lock") and not about.get("force"):
        verb, about = "lock", {name: value for name, value in about.items() if name != "lock"}
    named = "".join(f", {name}={value!r}" for name, value in about.items())
    return f"plan = plan.{verb}({edit.item!r}, {edit.location!r}, {str(edit.date)!r}, {edit.quantity}{named})"
