"""What supplier-level choices say: each rule with its limit and its price."""

from __future__ import annotations

import math

from moselle_nb.plans.order_parts import plural

__all__ = ["RULE_NAMES", "UNITS", "amount", "counted", "gap_text", "held", "lost", "money", "packs_text"]

RULE_NAMES = {
    "min_order_value": "minimum order value",
    "min_order_quantity": "minimum order quantity",
    "container_volume": "container volume",
    "container_weight": "container weight",
    "budget": "budget",
}

UNITS = {"min_order_quantity": " units", "container_volume": "", "container_weight": ""}
"""What follows the limit of a rule that is not one of money."""

CENT = 0.005

WHOLE_FROM = 100.0
"""From so much on, cents are left out."""


def amount(value: float) -> str:
    """Write an amount: cents only where they matter."""
    if math.isinf(value):
        return "no limit"
    text = f"{value:,.0f}" if abs(value) >= WHOLE_FROM else f"{value:,.2f}"
    return text.removesuffix(".00")


def money(value: float, currency: str | None) -> str:
    """Write an amount of money."""
    return f"{amount(value)} {currency or ''}".strip()


def gap_text(rule: str, gap: float, currency: str | None) -> str:
    """Write what is missing or too much, in what the rule is about; nothing where that is not known."""
    if math.isnan(gap):
        return ""
    if rule.startswith("container_"):
        return f"{amount(gap)} of {rule.removeprefix('container_')}"
    return f"{amount(gap)}{UNITS[rule]}" if rule in UNITS else money(gap, currency)


def counted(count: float, noun: str) -> str:
    """Write a number of things."""
    return f"{count:,.0f} {noun}{plural(int(count))}"


def packs_text(packs: float, units: float, change: str) -> str:
    """Write packs that are added or left out: ``3 packs more``; packs of one are units."""
    return f"{counted(packs, 'unit' if packs == units else 'pack')} {change}"


def held(cost: float, unit_days: float, units: float, currency: str | None) -> str:
    """Write what holding costs; where that is not known, what is brought forward and by how long."""
    if not math.isnan(cost):
        return f"costs {money(cost, currency)} of holding"
    days = unit_days / units if units else 0.0
    return f"holding cost not known, {amount(units)} units come {days:,.1f} days earlier on average"


def lost(value: float, units: float, currency: str | None) -> str:
    """Write what lost sales cost; where that is not known, the units."""
    if not math.isnan(value):
        return f"costs {money(value, currency)} of lost sales" if value >= CENT else "costs no sales"
    return f"loses {amount(units)} units of sales of unknown margin"
