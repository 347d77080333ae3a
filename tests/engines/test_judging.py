"""What a planner must know of a row: every status and reason once, in both layouts."""

from __future__ import annotations

import numpy as np
import pytest

from moselle_nb.engines.judging import NO_DAY, REASONS, STATUSES, Judgement, judge
from tests.engines.rows import Rows

LAST = 9
"""Last judged day."""
ARRIVALS = (3, 6)


def judged(rows: Rows, excess: float = 0) -> Judgement:
    """Judge a single row, in the same way in both layouts."""
    found = [judge(position, LAST, ARRIVALS, np.array([excess])) for position in rows.both(LAST)]
    for name in ("status", "reason", "first_stockout", "unserved"):
        assert getattr(found[0], name).tolist() == getattr(found[1], name).tolist(), name
    if STATUSES[found[0].status[0]] == "low":
        assert found[0].first_breach.tolist() == found[1].first_breach.tolist()
    return found[0]


def words(found: Judgement) -> tuple[str, str, int]:
    return STATUSES[found.status[0]], REASONS[found.reason[0]], int(found.first_stockout[0])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # nothing is asked for, whatever lies there
        (Rows([[0] * 10], [50]), ("no_demand", "", NO_DAY)),
        # nothing on hand, nothing comes before somebody asks on day 0
        (Rows([[10] * 10], [0]), ("out", "lead_time_gap", 0)),
        # nothing on hand; 20 come on day 2, when the first ones ask: not out, but short on day 4
        (Rows([[0, 0] + [10] * 8], [0], receipts=[{2: 20}]), ("at_risk", "no_order", 4)),
        # 25 serve days 0 and 1 and half of day 2, before the first arrival
        (Rows([[10] * 10], [25]), ("unavoidable", "lead_time_gap", 2)),
        # 45 serve up to day 3: an order that arrives on day 3 helps, one on day 6 is too late
        (Rows([[10] * 10], [45]), ("at_risk", "no_order", 4)),
        # 65 serve up to day 5, the stock is 5 then; a floor of 8 is broken before day 6
        (Rows([[10] * 10], [65], floor=[8]), ("low", "no_order", 6)),
        (Rows([[10] * 10], [200], floor=[150]), ("low", "safety_stock", NO_DAY)),
        # days of cover 5: the end of day 5 has 90 - 60 = 30 and 50 are asked for afterwards
        (Rows([[10] * 16], [90], cover=[5]), ("low", "no_order", 9)),
        (Rows([[10] * 10], [200]), ("healthy", "", NO_DAY)),
        (Rows([[10] * 10], [70]), ("healthy", "", 7)),
    ],
)
def test_statuses_and_their_reasons(rows: Rows, expected: tuple[str, str, int]) -> None:
    assert words(judged(rows)) == expected


def test_excess_comes_after_everything_that_needs_a_decision() -> None:
    assert words(judged(Rows([[10] * 10], [200]), excess=40))[0] == "excess"
    assert words(judged(Rows([[10] * 10], [45]), excess=40))[0] == "at_risk"


def test_overdue_inbound_is_to_blame_when_the_row_lives_on_it() -> None:
    # 20 on hand and 30 that are late serve days 0 to 4; without them day 2 is short already
    assert words(judged(Rows([[10] * 10], [20], overdue=[{0: 30}]))) == ("at_risk", "overdue_inbound", 5)


def test_a_spike_is_to_blame_when_the_mean_would_have_been_served() -> None:
    # 40 on day 4 and 0 afterwards: the mean of 4 a day would leave stock on day 4
    spiky = Rows([[0, 0, 0, 0, 40, 0, 0, 0, 0, 0]], [30])
    assert words(judged(spiky)) == ("at_risk", "demand_spike", 4)


def test_a_spike_is_not_to_blame_when_a_receipt_saved_the_days_before() -> None:
    # the mean of 10 a day would leave day 1 without stock before 60 come on day 2
    rows = Rows([[0, 0, 0, 0, 100, 0, 0, 0, 0, 0]], [15], receipts=[{2: 60}])
    assert words(judged(rows)) == ("at_risk", "no_order", 4)


def test_what_goes_unserved_is_counted_to_the_last_judged_day() -> None:
    # 25 on hand; 10 come on day 5: days 0-4 lose 25, then days 6-9 lose 40
    found = judged(Rows([[10] * 10], [25], receipts=[{5: 10}]))
    assert found.unserved.tolist() == [65]


def test_backlog_is_unserved_on_the_day_that_asks() -> None:
    # 5 wait from before; nobody asks on days 0-2, so nothing is unserved before day 3
    position = Rows([[0, 0, 0, 10] + [0] * 6], [-5]).daily(LAST, backorder=True)
    found = judge(position, LAST, ARRIVALS, np.zeros(1))
    assert words(found) == ("out", "no_order", 3)
    assert found.unserved.tolist() == [10]
