"""Which rows are shown, and in what order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moselle_nb.widgets.plan_rows import MEASURES, PlanRows, RowView

FRAME = pd.DataFrame(
    {
        "item": ["A1", "A1", "B2", "B2", "C3"],
        "location": ["METZ", "NANCY", "METZ", "NANCY", "METZ"],
        "name": ["Éclair", "Éclair", "Kettle", "Kettle", None],
        "status": ["healthy", "out", "low", "at_risk", "no_demand"],
        "grade": ["A", None, "B", "B", None],
        "on_hand": [5.0, np.nan, 7.0, 5.0, 0.0],
        "order_by": np.array(["2026-12-01", "NaT", "2026-11-30", "2026-12-02", "NaT"], dtype="datetime64[ns]"),
    }
)


def shown(view: RowView) -> list[int]:
    rows = PlanRows(FRAME)
    rows.show(view)
    found: list[int] = rows.window(0, 10).rows.tolist()
    return found


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("éCLAIR", [0, 1]),
        ("metz b2", [2]),
        ("kettle nancy", [3]),
        ("zzz", []),
        ("  ", [0, 1, 2, 3, 4]),
    ],
)
def test_every_word_is_found_in_item_name_or_location(search: str, expected: list[int]) -> None:
    assert shown(RowView(search=search)) == expected


def test_filters_take_any_of_their_values_and_all_of_their_columns() -> None:
    assert shown(RowView(filters={"status": ["out", "low"]})) == [1, 2]
    assert shown(RowView(filters={"grade": ["B", ""]})) == [1, 2, 3, 4]
    assert shown(RowView(filters={"grade": ["B"], "status": ["low", "healthy"]})) == [2]


def test_missing_values_come_last_both_ways_and_equal_rows_keep_their_order() -> None:
    assert shown(RowView(sort="on_hand")) == [4, 0, 3, 2, 1]
    assert shown(RowView(sort="on_hand", descending=True)) == [2, 0, 3, 4, 1]
    assert shown(RowView(sort="order_by")) == [2, 0, 3, 1, 4]
    assert shown(RowView(sort="name", descending=True)) == [0, 1, 2, 3, 4]


def test_status_sorts_by_urgency() -> None:
    assert shown(RowView(sort="status")) == [1, 3, 2, 0, 4]


def test_a_patched_value_is_shown_and_sorted_by_but_moves_nothing() -> None:
    rows = PlanRows(FRAME)
    rows.show(RowView(sort="on_hand"))
    rows.patch(np.array([4]), {"on_hand": np.array([9.0])})
    assert rows.window(0, 5).rows.tolist() == [4, 0, 3, 2, 1]
    assert rows.values("on_hand", np.array([4, 0])).tolist() == [9.0, 5.0]
    rows.show(RowView(sort="on_hand", descending=True))
    assert rows.window(0, 5).rows.tolist() == [4, 2, 0, 3, 1]
    assert FRAME["on_hand"].iloc[4] == 0


@given(
    st.lists(st.integers(0, 4), max_size=5),
    st.sampled_from(["", "metz", "nancy"]),
    st.sampled_from(["", "status", "on_hand"]),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_windows_are_parts_of_the_whole(opened: list[int], search: str, sort: str, start: int, count: int) -> None:
    rows = PlanRows(FRAME)
    rows.show(RowView(search=search, sort=sort))
    for row in opened:
        rows.expand(row, expanded=True)
    expected = [
        (row, measure)
        for row in rows.first(10).tolist()
        for measure in range(len(MEASURES) + 1 if row in opened else 1)
    ]
    window = rows.window(start, count)
    assert list(zip(window.rows.tolist(), window.measures.tolist(), strict=True)) == expected[start : start + count]
    assert len(rows) == len(expected)
    for row in range(len(FRAME)):
        place = rows.line_of(row)
        assert expected[place] == (row, 0) if place is not None else (row, 0) not in expected
