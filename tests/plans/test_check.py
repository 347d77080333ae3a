"""The checker finds nothing on what the engine makes, and every kind of fault in what was altered."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import moselle_nb as mo
from moselle_nb.plans.check import check
from moselle_nb.plans.checker.report import SHOWN
from moselle_nb.plans.checker.rules import RULES
from tests.effort import count
from tests.oracles.draws import random_instance
from tests.oracles.planned import plan_of
from tests.plans.conftest import Shown, shown

if TYPE_CHECKING:
    from collections.abc import Callable

SEEDS = st.integers(0, 2**32 - 1)

Alter = "Callable[[Shown, random.Random], Shown | None]"

# ---- what the engine makes is clean ---------------------------------------------------------------


def with_edits(plan: mo.ReplenishmentPlan, draw: random.Random) -> mo.ReplenishmentPlan:
    """Edit a few order lines at random, by force where the rules refuse, and take some back."""
    rows = [row for row in range(plan.n_rows) if len(plan.order_dates(row))]
    for _ in range(draw.randint(0, 5) if rows else 0):
        row = draw.choice(rows)
        date, quantity = draw.choice(list(plan.order_dates(row))), draw.choice((0, 1, 12, 60, draw.randint(0, 500)))
        edit = dict(zip(("item", "location"), plan.key_of(row), strict=True), date=str(date), quantity=quantity)
        try:
            plan = plan.edit_many([edit])
        except mo.EditError:
            plan = plan.edit_many([{**edit, "force": True, "reason": "agreed by telephone"}])
        if draw.random() < 0.2:
            plan = plan.undo()
    return plan


@given(SEEDS)
@settings(max_examples=count("checked_plans"))
def test_nothing_is_found_on_a_plan_that_the_engine_made(seed: int) -> None:
    plan = with_edits(plan_of(random_instance(seed)), random.Random(seed))  # noqa: S311 (a test's edits)
    report = plan.check()
    assert report.ok, report
    assert len(report.forced_edits) == int(plan.edits["forced"].sum())


def test_every_rule_is_verified_on_some_cells(plan: mo.ReplenishmentPlan) -> None:
    rules = plan.check().rules
    assert rules["rule"].tolist() == list(RULES)
    assert not rules[rules["cells"] == 0]["rule"].tolist()


def test_a_plan_without_rows_orders_or_demand_is_verified_too() -> None:
    forecast = pd.DataFrame({"item": ["A"], "location": ["W"], "date": [pd.Timestamp("2026-11-23")], "quantity": [0.0]})
    data = mo.load({"forecast": forecast}, as_of="2026-11-23")
    config = mo.ReplenishmentConfig(name="nothing", coverage=("2026-11-23", "2026-11-29"), lead_time_days=2)
    assert mo.replenish(data, config).check().ok


# ---- what was altered is found --------------------------------------------------------------------


def _cell(frame: pd.DataFrame, draw: random.Random, column: str, change: Any, where: Any = None) -> pd.DataFrame | None:
    """Change one cell at random; None where there is none to change."""
    rows = np.arange(len(frame)) if where is None else np.flatnonzero(where(frame))
    if not len(rows):
        return None
    row = int(draw.choice(rows.tolist()))
    values = frame[column].astype(object).copy()
    values.iloc[row] = change(values.iloc[row])
    return frame.assign(
        **{column: values.astype(frame[column].dtype) if not isinstance(values.iloc[row], str) else values}
    )


def altered(table: str, column: str, change: Any, where: Any = None) -> Any:
    """Make an alteration of one cell of a frame."""

    def alter(one: Shown, draw: random.Random) -> Shown | None:
        frame = _cell(getattr(one, table), draw, column, change, where)
        return None if frame is None else one.but(**{table: frame})

    return alter


def add(amount: float) -> Any:
    return lambda value: amount if np.isnan(value) else value + amount


def later(value: Any) -> Any:
    return pd.Timestamp("2026-12-02") if value is None or value is pd.NaT else value + pd.Timedelta(days=1)


def dropped(table: str) -> Any:
    def alter(one: Shown, draw: random.Random) -> Shown | None:
        frame: pd.DataFrame = getattr(one, table)
        return one.but(**{table: frame.drop(frame.index[draw.randrange(len(frame))])}) if len(frame) else None

    return alter


def doubled(table: str) -> Any:
    def alter(one: Shown, draw: random.Random) -> Shown | None:
        frame = getattr(one, table)
        again = frame.iloc[[draw.randrange(len(frame))]] if len(frame) else frame
        return one.but(**{table: pd.concat([frame, again], ignore_index=True)}) if len(frame) else None

    return alter


def resized(by: Callable[[pd.Series], float], where: Any = None) -> Any:
    """Make an alteration of an order line's suggestion and quantity alike."""

    def alter(one: Shown, draw: random.Random) -> Shown | None:
        frame = one.order_lines
        keep = ~frame["edited"] & (frame["quantity"] > 0)
        rows = np.flatnonzero(keep if where is None else keep & where(frame))
        if not len(rows):
            return None
        row = int(draw.choice(rows.tolist()))
        frame = frame.copy()
        quantity = frame["quantity"].iloc[row] + by(frame.iloc[row])
        for column in ("suggested_quantity", "quantity"):
            frame.loc[frame.index[row], column] = quantity
        return one.but(order_lines=frame)

    return alter


def of_item(*items: str) -> Any:
    return lambda frame: frame["item"].isin(items)


def unedited(frame: pd.DataFrame) -> Any:
    return ~frame["edited"]


def has_stock(frame: pd.DataFrame) -> Any:
    return (frame["ending"] > 1) & frame["days_on_hand"].notna()


def advised(frame: pd.DataFrame) -> Any:
    return frame["advice"] != "keep"


def put_off(frame: pd.DataFrame) -> Any:
    return frame["advice"] == "delay"


def about_size(frame: pd.DataFrame) -> Any:
    return frame["kind"].isin(["capped", "over_max_stock", "moq_cover"])


STEP = 1 / 1024

FIRST_CLASH = pd.Timestamp("2026-12-02")
"""An order date on which rules of item E clash."""

OF_ANY_PLAN = set(RULES) - {
    "conflicts",
    "conflict ways out",
    "legal quantities",
    "maximum stock",
    "suggestion",
    "risk list",
    "edits",
    "messages",
    "served or not",
    "order dates",
    "open order promises",
}
"""Rules that an alteration breaks whatever the plan; what is legal or needed, and when, differs from plan to plan."""

ALTERATIONS: list[tuple[str, Any]] = [
    ("line keys", dropped("lines")),
    ("line keys", doubled("lines")),
    ("line keys", altered("lines", "item", lambda _: "NOBODY")),
    ("line keys", altered("lines", "date", later)),
    ("in coverage", altered("lines", "in_coverage", lambda value: not value)),
    ("demand", altered("lines", "demand", add(STEP))),
    ("demand", altered("lines", "demand", lambda _: np.nan)),
    ("scheduled receipts", altered("lines", "scheduled_receipts", add(1))),
    ("planned receipts", altered("lines", "planned_receipts", add(1))),
    ("starting stock", altered("lines", "starting", add(STEP))),
    ("conservation", altered("lines", "sales", add(STEP))),
    ("served or not", altered("lines", "unserved", add(STEP), lambda frame: frame["item"] != "B")),
    ("served or not", altered("lines", "backlog", add(STEP), of_item("B"))),
    ("not negative", altered("lines", "sales", lambda _: -1.0)),
    ("not negative", altered("lines", "order_quantity", lambda _: -1.0)),
    *((("daily balance"), altered("lines", name, add(STEP))) for name in ("sales", "unserved", "ending", "backlog")),
    ("safety stock", altered("lines", "safety_stock", add(2 * STEP))),
    ("days on hand", altered("lines", "days_on_hand", add(0.001), has_stock)),
    ("days on hand", altered("lines", "days_on_hand", lambda _: np.nan, has_stock)),
    ("bucket orders", altered("lines", "suggested_quantity", add(1))),
    ("bucket orders", altered("lines", "order_quantity", add(1))),
    ("bucket orders", altered("lines", "edited", lambda value: not value)),
    ("order line keys", doubled("order_lines")),
    ("order line keys", altered("order_lines", "location", lambda _: "NOWHERE")),
    ("order dates", altered("order_lines", "order_date", later)),
    ("order dates", altered("order_lines", "order_date", lambda _: pd.Timestamp("2026-11-16"))),
    ("order dates", altered("order_lines", "order_date", lambda _: pd.Timestamp("2027-02-15"))),
    ("arrival dates", altered("order_lines", "arrival_date", later)),
    ("whole quantities", altered("order_lines", "quantity", add(0.5))),
    ("whole quantities", altered("order_lines", "suggested_quantity", lambda _: -12.0)),
    ("no idle lines", altered("order_lines", "quantity", add(12), unedited)),
    ("no idle lines", resized(lambda line: -line["quantity"])),
    ("legal quantities", resized(lambda _: 1, of_item("A", "C", "D"))),
    ("legal quantities", resized(lambda line: 12 - line["quantity"], of_item("A"))),
    ("legal quantities", resized(lambda _: 400, of_item("C"))),
    ("maximum stock", resized(lambda _: 500, of_item("B", "D"))),
    ("suggestion", resized(lambda _: 12)),
    ("suggestion", resized(lambda _: 1, of_item("E"))),
    ("suggestion", resized(lambda _: -1, of_item("E"))),
    ("suggestion", dropped("order_lines")),
    ("order values", altered("order_lines", "supplier", lambda _: "SOMEBODY")),
    ("order values", altered("order_lines", "unit_cost", add(0.01))),
    ("order values", altered("order_lines", "value", add(0.01))),
    ("edits", altered("order_lines", "edited", lambda value: not value)),
    ("edits", altered("edits", "quantity", add(12))),
    ("edits", altered("edits", "date", later)),
    ("edits", dropped("edits")),
    ("legal quantities", altered("edits", "forced", lambda _: False, of_item("C"))),
    ("edits", altered("edits", "suggested", add(1))),
    ("edits", altered("edits", "reason", lambda _: " ", lambda frame: frame["forced"])),
    ("messages", altered("messages", "kind", lambda _: "late_inbound", about_size)),
    ("messages", altered("messages", "kind", lambda kind: "capped" if kind != "capped" else "conflict")),
    ("messages", altered("messages", "quantity", add(1), about_size)),
    ("conflicts", lambda one, _: one.but(conflicts=one.conflicts[one.conflicts["order_date"] != FIRST_CLASH])),
    ("conflicts", altered("conflicts", "item", lambda _: "NOBODY")),
    ("conflicts", lambda one, _: one.but(conflicts=one.conflicts.assign(clashing="moq"))),
    ("conflicts", lambda one, _: one.but(conflicts=one.conflicts.assign(clashing="moq, max_order, max_stock"))),
    ("conflicts", lambda one, _: one.but(conflicts=one.conflicts.assign(clashing="moq, need"))),
    ("conflict ways out", altered("conflicts", "rule", lambda _: "order_multiple")),
    ("conflict ways out", altered("conflicts", "from", add(1))),
    ("conflict ways out", altered("conflicts", "to", add(1), lambda frame: frame["rule"] == "moq")),
    ("conflict ways out", altered("conflicts", "to", add(-1), lambda frame: frame["rule"] == "max_order")),
    ("conflict ways out", altered("conflicts", "quantity", add(100))),
    ("conflict ways out", altered("conflicts", "total_cost", lambda _: 1.0)),
    ("conflict ways out", lambda one, _: one.but(conflicts=one.conflicts.assign(rank=1))),
    ("summary keys", dropped("summary")),
    ("summary keys", doubled("summary")),
    ("summary keys", altered("summary", "item", lambda _: "NOBODY")),
    ("status", altered("summary", "status", lambda value: "low" if value != "low" else "healthy")),
    ("reason", altered("summary", "reason", lambda _: "bad_luck")),
    ("first stockout", altered("summary", "first_stockout", later)),
    ("order by", altered("summary", "order_by", later)),
    ("next order", altered("summary", "next_order_date", later)),
    ("next order", altered("summary", "next_order_quantity", add(1))),
    ("order totals", altered("summary", "total_order_quantity", add(1))),
    ("order totals", altered("summary", "total_order_value", add(1), lambda f: f["total_order_value"].notna())),
    *(("stock figures", altered("summary", name, add(1))) for name in (
        "on_hand", "on_order", "lead_time_days", "ending", "safety_stock", "demand_28d", "days_on_hand")),
    *(("unserved figures", altered("summary", name, add(1))) for name in (
        "unserved_without_orders", "unserved", "unserved_value")),
    ("excess", altered("summary", "excess_units", add(1))),
    ("excess", altered("summary", "excess_value", add(1))),
    *(("names", altered("summary", name, lambda _: "another")) for name in ("name", "supplier", "product_line")),
    ("open order lines", dropped("open_orders")),
    ("open order lines", doubled("open_orders")),
    ("open order lines", altered("open_orders", "item", lambda _: "NOBODY")),
    ("open order lines", altered("open_orders", "quantity", add(1))),
    ("open order lines", altered("open_orders", "arrival_date", later)),
    ("open order lines", altered("open_orders", "reference", lambda _: "PO-2")),
    ("open order lines", altered("open_orders", "advice", lambda _: "sell")),
    ("open order lines", altered("open_orders", "advised_quantity", lambda _: 1e6, advised)),
    ("open order values", altered("open_orders", "holding_saved", add(1))),
    ("open order values", altered("open_orders", "value", add(1))),
    ("open order promises", altered("open_orders", "units_saved", add(STEP), advised)),
    ("open order promises", altered("open_orders", "advised_date", later, put_off)),
    ("open order promises", altered("open_orders", "advised_date", lambda _: pd.Timestamp("2026-12-05"), put_off)),
    ("risk list", dropped("at_risk")),
    ("risk list", lambda one, _: one.but(at_risk=one.at_risk.iloc[::-1].reset_index(drop=True))),
]  # fmt: skip


@pytest.mark.parametrize(
    "number", range(len(ALTERATIONS)), ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(ALTERATIONS)]
)
def test_an_alteration_is_reported_by_its_rule(as_shown: Shown, number: int) -> None:
    rule, alter = ALTERATIONS[number]
    for seed in range(3):
        broken = alter(as_shown, random.Random(seed))  # noqa: S311 (which cell)
        assert broken is not None
        report = check(broken)
        assert rule in set(report.violations["rule"]), report


def test_every_rule_has_an_alteration() -> None:
    of_inputs = {"order calendar", "receipt days"}
    assert {rule for rule, _ in ALTERATIONS} | of_inputs == set(RULES)


@given(SEEDS)
@settings(max_examples=count("corrupted_plans"))
def test_alterations_of_random_plans_are_reported(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 (which fault)
    one = shown(with_edits(plan_of(random_instance(seed)), draw))
    for rule, alter in draw.sample(ALTERATIONS, 5):
        broken = alter(one, draw)
        if broken is None:
            continue
        report = check(broken)
        if rule in OF_ANY_PLAN:
            assert rule in set(report.violations["rule"]), rule
        elif rule == "order dates":  # the day may be another order date of the row: then it arrives on the wrong day
            assert not report.ok


def with_inputs(one: Shown, **changes: Any) -> Shown:
    return one.but(inputs=replace(one.inputs, **changes))


def test_a_wrong_calendar_is_reported(as_shown: Shown) -> None:
    first, *others = as_shown.inputs.calendars
    for wrong in (
        replace(first, arrival_days=first.arrival_days + 1),
        replace(first, order_days=first.order_days + 1),
        replace(first, order_days=first.order_days[1:], arrival_days=first.arrival_days[1:], orders=first.orders - 1),
    ):
        broken = with_inputs(as_shown, calendars=(wrong, *others))
        assert set(check(broken).violations["rule"]) == {"order calendar"}


def test_a_receipt_on_a_wrong_day_is_reported(as_shown: Shown) -> None:
    receipts = as_shown.inputs.receipts
    broken = with_inputs(as_shown, receipts=replace(receipts, day=receipts.day + 1))
    assert set(check(broken).violations["rule"]) == {"receipt days"}


@pytest.mark.parametrize("quantity", [1e300, np.inf, -1e19, 2.0**60])
def test_numbers_that_no_plan_holds_are_violations_not_warnings(as_shown: Shown, quantity: float) -> None:
    order_lines, lines = as_shown.order_lines.copy(), as_shown.lines.copy()
    order_lines.loc[0, ["quantity", "suggested_quantity"]] = quantity
    lines.loc[3, ["ending", "sales"]] = quantity
    assert not check(as_shown.but(order_lines=order_lines)).ok
    assert not check(as_shown.but(lines=lines)).ok


def test_a_status_that_does_not_exist_is_reported(plan: mo.ReplenishmentPlan) -> None:
    for name, rule in (("status", "status"), ("reason", "reason")):
        figures = plan.arrays.figures
        codes = np.full_like(getattr(figures, name), 99)
        arrays = replace(plan.arrays, figures=replace(figures, **{name: codes}))
        broken = replace(plan, arrays=arrays, changed={}, steps=())
        assert rule in set(broken.check().violations["rule"])


# ---- the report -----------------------------------------------------------------------------------


def test_a_violation_says_where_what_was_expected_and_what_was_found(as_shown: Shown) -> None:
    lines = as_shown.lines.copy()
    row = lines.index[(lines["item"] == "E") & (lines["location"] == "METZ")][1]
    was = lines.loc[row, "demand"]
    lines.loc[row, "demand"] = was + 1
    report = check(as_shown.but(lines=lines))
    assert not report.ok
    found = report.violations[report.violations["rule"] == "demand"]
    assert found.to_dict("records") == [
        {
            "rule": "demand",
            "item": "E",
            "location": "METZ",
            "date": pd.Timestamp("2026-11-30"),
            "expected": was,
            "found": was + 1,
        }
    ]
    assert f"demand (E, METZ, 2026-11-30): expected {was}, found {was + 1}" in repr(report)
    assert "<td>demand</td>" in report._repr_html_()


def test_a_clean_report_is_one_line_and_lists_forced_edits_apart(plan: mo.ReplenishmentPlan) -> None:
    report = plan.check()
    assert report.ok
    assert report.forced_edits[["item", "location", "reason", "who"]].values.tolist() == [
        ["C", "NANCY", "last pallet", "ML"]
    ]
    text = repr(report)
    assert "\n" not in text
    assert text.startswith("CheckReport: no violations in ")
    assert text.endswith(f"cells by {len(RULES)} rules; 1 forced edit")


def test_html_is_escaped(as_shown: Shown) -> None:
    summary = as_shown.summary.assign(name="<script>alert(1)</script>")
    page = check(as_shown.but(summary=summary))._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_violations_are_counted_in_full_and_kept_in_part(as_shown: Shown) -> None:
    lines = pd.concat([as_shown.lines.assign(item=f"NO-{n}") for n in range(12)], ignore_index=True)
    report = check(as_shown.but(lines=lines))
    rules = report.rules.set_index("rule")["violations"]
    # Each of 12 copies of each line is of no row, and each line itself is missing.
    assert rules["line keys"] == 13 * len(as_shown.lines)
    assert (report.violations["rule"] == "line keys").sum() == SHOWN


def test_the_checker_loads_no_engine() -> None:
    code = "import sys, moselle_nb.plans.check; print([name for name in sys.modules if 'moselle_nb.engines' in name])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
