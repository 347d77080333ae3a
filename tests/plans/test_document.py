"""The plan as a document: immutable, shared, reproducible, and writable as code."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.exceptions import UnknownNameError
from moselle_nb.inputs.sample import sample_tables
from moselle_nb.plans.days import as_day
from moselle_nb.plans.replenishment import build
from moselle_nb.plans.resolved import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG = mo.ReplenishmentConfig(
    name="Q1", coverage=("2026-11-23", "2027-02-14"), safety_stock=mo.SafetyStock("cycle_service_level", 0.9)
)


@pytest.fixture(scope="module")
def data() -> mo.PlanningData:
    return mo.sample_data("retail", items=30, locations=4, seed=7)


@pytest.fixture(scope="module")
def plan(data: mo.PlanningData) -> mo.ReplenishmentPlan:
    return mo.replenish(data, CONFIG)


def shuffled(tables: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return the tables as frames with their rows in another order."""
    frames = {name: table if isinstance(table, pd.DataFrame) else table.to_pandas() for name, table in tables.items()}
    return {name: frame.sample(frac=1, random_state=3) for name, frame in frames.items()}


def first_line(plan: mo.ReplenishmentPlan) -> tuple[tuple[str, str, Any], int]:
    line = plan.order_lines.iloc[0]
    return (line["item"], line["location"], line["order_date"]), int(line["quantity"])


def test_an_edit_leaves_the_old_plan_as_it_is(plan: mo.ReplenishmentPlan) -> None:
    before = plan.order_lines.copy()
    key, quantity = first_line(plan)
    edited = plan.edit(*key, 2 * quantity)
    pd.testing.assert_frame_equal(plan.order_lines, before)
    assert edited.order_lines.iloc[0]["quantity"] == 2 * quantity
    assert edited.arrays is plan.arrays


def test_undo_and_redo_walk_through_steps(plan: mo.ReplenishmentPlan) -> None:
    key, quantity = first_line(plan)
    once = plan.edit(*key, 2 * quantity)
    twice = once.edit(*key, 3 * quantity)
    assert twice.undo().fingerprint == once.fingerprint
    assert twice.undo().undo().fingerprint == plan.fingerprint
    assert twice.undo().undo().redo().redo().fingerprint == twice.fingerprint
    assert not plan.can_undo
    assert plan.undo() is plan
    assert not once.undo().edit(*key, quantity).can_redo


def test_many_edits_are_one_step_and_all_or_none(plan: mo.ReplenishmentPlan) -> None:
    key, quantity = first_line(plan)
    with pytest.raises(mo.EditError) as refused:
        plan.edit_many([(*key, 2 * quantity), (*key[:2], "2026-11-24", 5), ("SKU-x", "METZ", "2026-11-23", 5)])
    assert [reject.forcible for reject in refused.value.rejects] == [False, False]
    assert "is not an order date of this row; the nearest are" in str(refused.value)
    frame = pd.DataFrame([(*key, 2 * quantity)], columns=["item", "location", "date", "quantity"])
    assert plan.edit_many(frame).undo().fingerprint == plan.fingerprint


@pytest.mark.parametrize(
    "quantity", [True, "12", -1, 0.5, float("nan"), float("inf"), 10**12, 10**400, np.timedelta64(5), None]
)
def test_an_edit_is_a_whole_number(plan: mo.ReplenishmentPlan, quantity: Any) -> None:
    key, _ = first_line(plan)
    with pytest.raises(mo.EditError, match="the quantity is a whole number"):
        plan.edit(*key, quantity)


@pytest.mark.parametrize("date", ["soon", "today", "12/07/2026", 20261207, None, pd.NaT, "2031-01-01", 5])
def test_an_edit_needs_an_order_date(plan: mo.ReplenishmentPlan, date: Any) -> None:
    (item, location, _), _ = first_line(plan)
    with pytest.raises(mo.EditError, match=r"a day is written like|is not an order date|has no date"):
        plan.edit(item, location, date, 12)


@pytest.mark.parametrize(
    ("about", "text"),
    [
        ({"force": "False", "reason": "x"}, "force is True or False, received 'False'"),
        ({"reason": 5}, "reason is text, received 5"),
        ({"who": "\ud800"}, "who is text, received"),
        ({"dat": "2026-12-07"}, "an edit has no part 'dat' (did you mean 'date'?)"),
    ],
)
def test_what_is_said_about_an_edit_is_checked(plan: mo.ReplenishmentPlan, about: dict[str, Any], text: str) -> None:
    (item, location, date), quantity = first_line(plan)
    record = {"item": item, "location": location, "date": date, "quantity": quantity, **about}
    with pytest.raises(mo.EditError) as refused:
        plan.edit_many([record])
    assert text in str(refused.value)


def test_empty_cells_of_a_frame_of_edits_say_nothing(plan: mo.ReplenishmentPlan) -> None:
    (item, location, date), quantity = first_line(plan)
    frame = pd.DataFrame(
        {"item": [item], "location": location, "date": date, "quantity": quantity, "reason": np.nan, "force": np.nan}
    )
    edited = plan.edit_many(frame)
    assert edited.edits["reason"].tolist() == [""]
    again = plan.edit_many(edited.edits)
    assert again.fingerprint == edited.fingerprint


def test_one_line_cannot_be_two_things_at_once(plan: mo.ReplenishmentPlan) -> None:
    key, quantity = first_line(plan)
    with pytest.raises(mo.EditError, match="the same order line is asked for twice, as"):
        plan.edit_many([(*key, quantity), (*key, 2 * quantity)])


@pytest.mark.parametrize("edits", [None, 5, "edits", [None], [5]])
def test_what_is_no_edit_is_refused(plan: mo.ReplenishmentPlan, edits: Any) -> None:
    with pytest.raises(mo.EditError, match=r"edits are a frame or a list of edits|has no item, location, date"):
        plan.edit_many(edits)


@pytest.mark.parametrize(
    "date",
    [
        pd.Timestamp("2026-12-07 05:00").to_pydatetime(),
        pd.Timestamp("2026-12-07 05:00", tz="Asia/Tokyo"),
        np.datetime64("2026-12-07"),
    ],
)
def test_a_moment_counts_on_its_own_wall_clock(date: Any) -> None:
    assert str(as_day(date)) == "2026-12-07"


def test_a_forced_edit_needs_a_reason(plan: mo.ReplenishmentPlan) -> None:
    lines, rules = plan.order_lines, plan.inputs.rules.order_multiple.values[0]
    row = int(np.flatnonzero(rules > 1)[0])
    key = (*plan.key_of(row), plan.order_dates(row)[0])
    assert len(lines)
    with pytest.raises(mo.EditError, match="A forced edit needs a reason"):
        plan.edit(*key, 1, force=True)
    assert plan.edit(*key, 1, force=True, reason="sample").check().ok


def test_fingerprints_know_neither_row_order_nor_blocks_nor_names(data: mo.PlanningData) -> None:
    tables = sample_tables("retail", items=30, locations=4, seed=7)
    plan = mo.replenish(data, CONFIG)
    assert mo.replenish(mo.load(shuffled(tables)), CONFIG).fingerprint == plan.fingerprint
    assert build(resolve(data, CONFIG), CONFIG, block_rows=7).fingerprint == plan.fingerprint
    renamed = CONFIG.model_copy(update={"name": "other"})
    assert mo.replenish(data, renamed).fingerprint == plan.fingerprint
    wider = CONFIG.model_copy(update={"review_period_days": 8})
    assert mo.replenish(data, wider).fingerprint != plan.fingerprint


@pytest.mark.parametrize("block_rows", [1, 7, 64])
def test_results_do_not_depend_on_the_block_size(data: mo.PlanningData, block_rows: int) -> None:
    plan = mo.replenish(data, CONFIG)
    blocks = build(resolve(data, CONFIG), CONFIG, block_rows=block_rows)
    pd.testing.assert_frame_equal(blocks.order_lines, plan.order_lines)
    pd.testing.assert_frame_equal(blocks.summary, plan.summary)


def test_a_plan_is_code(data: mo.PlanningData, plan: mo.ReplenishmentPlan) -> None:
    key, quantity = first_line(plan)
    edited = plan.edit(*key, 2 * quantity, reason='say "why"', who="Ada")
    names: dict[str, Any] = {"data": data}
    exec(edited.to_code(), names)  # noqa: S102 (our own text: the promise is that it runs)
    assert names["plan"].fingerprint == edited.fingerprint
    assert list(names["plan"].edits["reason"]) == ['say "why"']


def test_lines_of_some_rows_are_those_of_all(plan: mo.ReplenishmentPlan) -> None:
    (item, location, _), _ = first_line(plan)
    part = plan.lines_for(items=[item], locations=[location])
    whole = plan.lines
    same = whole[(whole["item"] == item) & (whole["location"] == location)].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, same)
    with pytest.raises(UnknownNameError, match="No item 'SKU-x'"):
        plan.lines_for(items=["SKU-x"])


@pytest.mark.parametrize("few", [0, 10**6])
def test_lines_of_many_rows_are_those_of_each(
    plan: mo.ReplenishmentPlan, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr("moselle_nb.plans.frames.FEW_ROWS", few)
    (item, location, date), _ = first_line(plan)
    edited = plan.edit(item, location, date, 5, force=True, reason="test")
    rows = np.random.default_rng(3).permutation(plan.n_rows)[: plan.n_rows - 1]
    for one in (plan, edited):
        parts = [one.lines_for(rows=[row]) for row in rows]
        pd.testing.assert_frame_equal(one.lines_for(rows=rows), pd.concat(parts, ignore_index=True))


def test_buckets_are_cut_at_coverage() -> None:
    data = mo.sample_data("retail", items=3, locations=1, seed=7)
    config = mo.ReplenishmentConfig(name="cut", coverage=("2026-11-26", "2026-12-09"))
    buckets = mo.replenish(data, config).buckets
    # as_of is Monday 23 November, coverage runs from a Thursday to a Wednesday: both weeks are cut.
    assert list(buckets["date"].dt.date) == [
        dt.date(2026, 11, 23),
        dt.date(2026, 11, 26),
        dt.date(2026, 11, 30),
        dt.date(2026, 12, 7),
    ]
    assert list(buckets["in_coverage"]) == [False, True, True, True]


def test_long_work_can_be_cancelled_between_blocks(data: mo.PlanningData) -> None:
    seen = []

    def stop(done: int, total: int) -> None:
        seen.append((done, total))
        raise mo.Cancelled

    with pytest.raises(mo.Cancelled):
        mo.replenish(data, CONFIG, on_progress=stop)
    assert seen[0][1] == data.n_rows


def test_progress_ends_with_all_rows(data: mo.PlanningData) -> None:
    seen: list[tuple[int, int]] = []
    mo.replenish(data, CONFIG, on_progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (data.n_rows, data.n_rows)


def test_a_frame_that_is_changed_does_not_change_the_plan(plan: mo.ReplenishmentPlan) -> None:
    for name in ("lines", "order_lines", "summary", "messages", "edits", "buckets"):
        before = getattr(plan, name).copy()
        frame = getattr(plan, name)
        frame.insert(0, "mine", 777)
        frame[before.columns[-1]] = None
        pd.testing.assert_frame_equal(getattr(plan, name), before)


def test_the_order_of_constraints_says_nothing(data: mo.PlanningData) -> None:
    rules = (mo.Constraint("plan", "moq", 6), mo.Constraint("plan", "max_order", 600))
    one, other = (CONFIG.model_copy(update={"constraints": order}) for order in (rules, rules[::-1]))
    assert mo.replenish(data, one).fingerprint == mo.replenish(data, other).fingerprint


def test_edits_that_lose_sales_are_said(data: mo.PlanningData) -> None:
    plan = mo.replenish(data, CONFIG)
    saved = plan.summary["unserved_without_orders"] - plan.summary["unserved"]
    row = int(saved.to_numpy().argmax())
    item, location = plan.key_of(row)
    edited = plan.edit_many([(item, location, day, 0) for day in plan.order_dates(row)])
    said = edited.messages[edited.messages["kind"] == "unserved_by_edits"]
    assert said["item"].tolist() == [item]
    assert said["quantity"].tolist() == [saved[row]]
