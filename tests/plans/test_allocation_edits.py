"""Edits and locks of an allocation: what is accepted, what reacts, and what each refusal says."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import moselle_nb as mo
from tests.effort import count
from tests.plans.allocations import allocated, allocation, constraints, lanes

DAY = "2026-11-23"
SECOND, THIRD, FOURTH = "2026-11-30", "2026-12-07", "2026-12-14"


@pytest.fixture(scope="module")
def scarce() -> mo.AllocationPlan:
    """100 units for three shops that need 56, 56 and 56: equal runout gives 34, 33 and 33."""
    return allocation({"N1": 2, "N2": 2, "N3": 2}, {"HUB": 100})


@pytest.fixture(scope="module")
def weekly() -> mo.AllocationPlan:
    """50 units over four weeks, 14 a week at each of two shops: 14 + 14, then 11 + 11, then nothing."""
    return allocation({"N1": 2, "N2": 2}, {"HUB": 50}, ship_every_days=7)


def refusal(plan: mo.AllocationPlan, *key: object, **about: object) -> mo.Reject:
    with pytest.raises(mo.EditError) as refused:
        plan.edit(*key, **about)  # type: ignore[arg-type]
    (reject,) = refused.value.rejects
    return reject


# ---- what is accepted, and what reacts ------------------------------------------------------------


def test_an_edit_keeps_the_other_cells_of_its_ship_date(scarce: mo.AllocationPlan) -> None:
    assert allocated(scarce) == {"N1": [34], "N2": [33], "N3": [33]}
    edited = scarce.edit("A", "N1", DAY, 10)
    assert allocated(edited) == {"N1": [10], "N2": [33], "N3": [33]}
    assert edited.summary["left"].tolist() == [24]
    assert allocated(scarce) == {"N1": [34], "N2": [33], "N3": [33]}
    assert edited.arrays is scarce.arrays


def test_the_lines_of_an_edited_item_cost_that_item_only(scarce: mo.AllocationPlan) -> None:
    edited = scarce.edit("A", "N1", DAY, 10)
    lines = edited.lines_for(["A"])
    assert "merged" not in vars(edited)
    assert lines[["allocated", "suggested_quantity", "edited"]].to_numpy().tolist() == [
        [10, 34, True], [33, 33, False], [33, 33, False],
    ]  # fmt: skip
    pd.testing.assert_frame_equal(lines, edited.lines)


def test_what_an_edit_frees_can_be_given_to_another(scarce: mo.AllocationPlan) -> None:
    edited = scarce.edit("A", "N1", DAY, 10).edit("A", "N3", DAY, 57)
    assert allocated(edited) == {"N1": [10], "N2": [33], "N3": [57]}
    both = scarce.edit_many([("A", "N3", DAY, 57), ("A", "N1", DAY, 10)])
    assert allocated(both) == allocated(edited)


def test_a_lock_shares_the_rest_again(scarce: mo.AllocationPlan) -> None:
    # 100 − 10 = 90 for the two others.
    locked = scarce.lock("A", "N1", DAY, 10)
    assert allocated(locked) == {"N1": [10], "N2": [45], "N3": [45]}
    # What was edited before is held too: 100 − 10 − 20.
    assert allocated(scarce.edit("A", "N2", DAY, 20).lock("A", "N1", DAY, 10)) == {"N1": [10], "N2": [20], "N3": [56]}
    assert allocated(scarce.edit("A", "N1", DAY, 10).lock("A", "N1", DAY)) == allocated(locked)


def test_an_edit_after_a_lock_moves_nobody(scarce: mo.AllocationPlan) -> None:
    edited = scarce.lock("A", "N1", DAY, 10).edit("A", "N1", DAY, 4).edit("A", "N2", DAY, 40)
    assert allocated(edited) == {"N1": [4], "N2": [40], "N3": [45]}
    assert edited.lines["suggested_quantity"].tolist() == [10, 45, 45]


def test_later_ship_dates_react_and_earlier_ones_stay(weekly: mo.AllocationPlan) -> None:
    assert allocated(weekly) == {"N1": [14, 11, 0, 0], "N2": [14, 11, 0, 0]}
    # N1 gets 20 in the first week: 6 are left for its second, and 16 of the 50 for both; 5 + 11.
    edited = weekly.edit("A", "N1", DAY, 20)
    assert allocated(edited) == {"N1": [20, 5, 0, 0], "N2": [14, 11, 0, 0]}
    later = weekly.edit("A", "N1", SECOND, 3)
    assert allocated(later)["N1"][:2] == [14, 3]
    assert allocated(later)["N2"][:2] == [14, 11]
    assert sum(map(sum, allocated(later).values())) == 50


def test_an_earlier_edit_is_paid_by_cells_that_are_not_fixed(weekly: mo.AllocationPlan) -> None:
    # The second week has 22: N1 is fixed at 14, N2 at what is left of it, 8. Then 4 more leave in the first week, 18
    # are there in the second: N1 keeps its 14, and 4 are left for N2.
    fixed = weekly.edit_many([("A", "N1", SECOND, 14), ("A", "N2", SECOND, 8)]).edit("A", "N2", SECOND, 0)
    assert allocated(fixed)["N1"] == [14, 14, 4, 0]
    one = weekly.edit("A", "N2", SECOND, 8).edit("A", "N1", SECOND, 14)
    assert allocated(one) == {"N1": [14, 14, 0, 0], "N2": [14, 8, 0, 0]}
    more = weekly.lock("A", "N1", SECOND, 14).edit("A", "N2", DAY, 18)
    assert allocated(more) == {"N1": [14, 14, 0, 0], "N2": [18, 4, 0, 0]}
    assert more.lines["suggested_quantity"].sum() <= 50


def test_edits_are_listed_with_who_when_and_why(scarce: mo.AllocationPlan) -> None:
    edited = scarce.lock("A", "N1", DAY, 10, reason="promotion", who="ML", when="2026-11-24")
    row = edited.edits.iloc[0]
    assert row[["item", "source", "location"]].tolist() == ["A", "HUB", "N1"]
    assert (row["date"], row["quantity"], row["previous"], row["lock"], row["forced"]) == (
        pd.Timestamp(DAY), 10, 34, True, False,
    )  # fmt: skip
    assert row[["reason", "who", "when"]].tolist() == ["promotion", "ML", "2026-11-24"]
    again = scarce.edit_many(edited.edits)
    assert allocated(again) == allocated(edited)
    assert edited.lines["edited"].tolist() == [True, False, False]
    assert repr(edited).endswith("1 items, 1 edit)")


def test_steps_are_undone_and_done_again(scarce: mo.AllocationPlan) -> None:
    once = scarce.edit("A", "N1", DAY, 10)
    twice = once.lock("A", "N2", DAY)
    assert allocated(twice.undo()) == allocated(once)
    assert allocated(twice.undo().undo()) == allocated(scarce)
    assert allocated(twice.undo().undo().redo().redo()) == allocated(twice)
    assert scarce.undo() is scarce
    assert not once.undo().edit("A", "N1", DAY, 3).can_redo
    batch = scarce.edit_many([("A", "N1", DAY, 3), ("A", "N2", DAY, 4)])
    assert allocated(batch.undo()) == allocated(scarce)
    assert scarce.edit_many([]) is scarce


# ---- physical rules always refuse -----------------------------------------------------------------


def test_more_than_is_left_is_refused(scarce: mo.AllocationPlan) -> None:
    reject = refusal(scarce, "A", "N1", DAY, 40, force=True, reason="please")
    assert reject.reason == (
        "40 is more than the 34 that HUB has left for it on 2026-11-23: 100 are available, 66 are allocated elsewhere."
    )
    assert (reject.nearest, reject.forcible) == ((34,), False)
    far = refusal(scarce, "A", "N1", DAY, 1_000_000)
    assert far.reason == (
        "1,000,000 is more than the 34 that HUB has left for it on 2026-11-23: 100 are available, 66 are allocated "
        "elsewhere."
    )
    assert far.nearest == (34,)


def test_a_lock_competes_with_what_is_fixed_only(scarce: mo.AllocationPlan) -> None:
    fixed = scarce.edit("A", "N2", DAY, 20)
    assert allocated(fixed.lock("A", "N1", DAY, 80)) == {"N1": [80], "N2": [20], "N3": [0]}
    reject = refusal(fixed, "A", "N1", DAY, 81, lock=True)
    assert reject.reason == (
        "81 is more than the 80 that HUB has left for it on 2026-11-23: 100 are available, 20 are held by edits "
        "elsewhere."
    )
    assert reject.nearest == (80,)


def test_what_later_edits_hold_is_not_given_away(weekly: mo.AllocationPlan) -> None:
    fixed = weekly.edit_many([("A", "N1", SECOND, 11), ("A", "N2", SECOND, 11)])
    reject = refusal(fixed, "A", "N1", DAY, 17)
    assert reject.reason == "with 17 here HUB would have 19 on 2026-11-30, where 22 are asked for by edits."
    assert reject.nearest == (14,)
    assert allocated(fixed.edit("A", "N1", DAY, 14)) == allocated(fixed)


def test_capacity_is_physical() -> None:
    full = allocation(
        {"N1": 2, "N2": 2}, {"HUB": 200, "N1": 10}, {"constraints": constraints(("location", "N1", "max_stock", 40))}
    )
    assert allocated(full)["N1"] == [30]
    reject = refusal(full, "A", "N1", DAY, 31, force=True, reason="please")
    text = "31 is more than the 30 that fit under the maximum stock of 40 at arrival on 2026-11-23."
    assert (reject.reason, reject.nearest) == (text, (30,))


def test_capacity_of_later_edits_counts_too() -> None:
    limits = constraints(("location", "N1", "max_stock", 20))
    full = allocation({"N1": 2}, {"HUB": 200}, {"constraints": limits}, ship_every_days=7)
    # 14 leave each week and are sold; an edit of 20 in the second week needs empty shelves.
    fixed = full.edit("A", "N1", SECOND, 20)
    reject = refusal(fixed, "A", "N1", DAY, 16)
    assert reject.reason == (
        "with 16 here 18 would fit under the maximum stock of what leaves on 2026-11-30, where 20 are asked for."
    )
    assert reject.nearest == (14,)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (("A", "N1", "2026-11-24", 5), "2026-11-24 is not a ship date of this plan; the nearest are 2026-11-23."),
        (("A", "N1", "soon", 5), "a day is written like 2026-12-07, received 'soon'."),
        (("B", "N1", DAY, 5), "No item 'B'."),
        (("A", "N9", DAY, 5), "No location 'N9'."),
        (("A", "HUB", DAY, 5), "No cell of this plan '(A, HUB)'."),
        (("A", "N1", DAY, -1), "the quantity is a whole number from 0 to 1,000,000,000, received -1."),
        (("A", "N1", DAY, 2.5), "the quantity is a whole number from 0 to 1,000,000,000, received 2.5."),
        (("A", "N1", DAY, True), "the quantity is a whole number from 0 to 1,000,000,000, received True."),
    ],
)
def test_what_is_no_cell_and_no_quantity_is_refused(
    scarce: mo.AllocationPlan, key: tuple[object, ...], text: str
) -> None:
    reject = refusal(scarce, *key)
    assert (reject.reason, reject.forcible) == (text, False)
    with pytest.raises(mo.EditError):
        scarce.lock(*key)  # type: ignore[arg-type]


def test_the_source_is_named_where_several_serve_a_location() -> None:
    plan = allocation({"N1": 2}, {"HUB": 30, "WEST": 40}, source=("HUB", "WEST"))
    reject = refusal(plan, "A", "N1", DAY, 5)
    assert reject.reason == "HUB and WEST serve N1: say which of them is meant by source."
    edited = plan.edit("A", "N1", DAY, 5, source="WEST")
    assert edited.edits["source"].tolist() == ["WEST"]
    assert refusal(plan, "A", "N1", DAY, 5, source="N1").reason == "No cell of this plan '(A, N1, from N1)'."


def test_all_rejects_are_listed_and_nothing_is_applied(scarce: mo.AllocationPlan) -> None:
    with pytest.raises(mo.EditError) as refused:
        scarce.edit_many([("A", "N1", DAY, 10), ("A", "N2", DAY, 99), ("A", "N9", DAY, 1), {"item": "A"}])
    assert [reject.location for reject in refused.value.rejects] == ["", "N9", "N2"]
    assert str(refused.value).startswith("3 edits refused; the plan is unchanged")
    assert refused.value.rejects[2].nearest == (57,)
    with pytest.raises(mo.EditError, match="the same cell is asked for twice, as 10 and 11"):
        scarce.edit_many([("A", "N1", DAY, 10), ("A", "N1", DAY, 11)])
    with pytest.raises(mo.EditError, match=r"an edit has no part 'loc' \(did you mean 'lock'\?\)"):
        scarce.edit_many([{"item": "A", "location": "N1", "date": DAY, "quantity": 1, "loc": True}])


def test_blocked_items_are_not_moved() -> None:
    items = pd.DataFrame({"item": ["A"], "status": ["blocked"]})
    plan = allocation({"N1": 2}, {"HUB": 100}, {"items": items})
    assert refusal(plan, "A", "N1", DAY, 5).reason == "the item is blocked: nothing of it is moved."
    assert allocated(plan.edit("A", "N1", DAY, 0)) == {"N1": [0]}


# ---- commercial rules refuse with what would be accepted ------------------------------------------


@pytest.fixture(scope="module")
def packed() -> mo.AllocationPlan:
    """100 units, packs of 12 and at least 30 at once: N1 needs 56, five packs."""
    return allocation({"N1": 2}, {"HUB": 100}, {"lanes": lanes(("HUB", "N1", 0, 12, 30))})


@pytest.mark.parametrize(
    ("quantity", "problem", "nearest"),
    [
        (50, "50 is not a whole number of packs of 12.", (48, 60)),
        (24, "24 is below the transfer minimum of 36.", (0, 36)),
        (5, "5 is below the transfer minimum of 36; not a whole number of packs of 12.", (0, 36)),
        (97, "97 is not a whole number of packs of 12.", (96,)),
    ],
)
def test_packs_and_transfer_minimum(
    packed: mo.AllocationPlan, quantity: int, problem: str, nearest: tuple[int, ...]
) -> None:
    assert allocated(packed) == {"N1": [60]}
    reject = refusal(packed, "A", "N1", DAY, quantity)
    assert (reject.reason, reject.nearest, reject.forcible) == (problem, nearest, True)
    unsaid = refusal(packed, "A", "N1", DAY, quantity, force=True)
    assert unsaid.reason == f"{problem} A forced edit needs a reason."
    forced = packed.edit("A", "N1", DAY, quantity, force=True, reason="last pallet")
    assert allocated(forced) == {"N1": [quantity]}
    assert forced.edits["forced"].tolist() == [True]
    for accepted in nearest:
        assert allocated(packed.edit("A", "N1", DAY, accepted)) == {"N1": [accepted]}


def test_nearest_quantities_of_a_physical_refusal_keep_packs(packed: mo.AllocationPlan) -> None:
    assert refusal(packed, "A", "N1", DAY, 120).nearest == (96,)


def test_a_lock_keeps_what_was_forced(packed: mo.AllocationPlan) -> None:
    locked = packed.edit("A", "N1", DAY, 50, force=True, reason="last pallet").lock("A", "N1", DAY)
    assert locked.edits["forced"].tolist() == [True, True]
    assert allocated(locked) == {"N1": [50]}


# ---- any sequence of edits ------------------------------------------------------------------------


def mixed(seed: int) -> mo.AllocationPlan:
    """Give a plan of random packs, minimums, capacities, lead times and demand over three ship dates."""
    rng = random.Random(seed)  # noqa: S311 (instances)
    shops = [f"N{number}" for number in range(1, rng.randint(2, 4) + 1)]
    limits = [("location", shop, "max_stock", rng.randint(5, 60)) for shop in shops if rng.random() < 0.4]
    limits += [("location", shop, "presentation_minimum", rng.randint(1, 9)) for shop in shops if rng.random() < 0.3]
    sources = rng.choice([("HUB",), ("HUB",), ("HUB", "WEST")])
    pairs = [(source, shop) for source in sources for shop in shops if source == "HUB" or rng.random() < 0.6]
    rows = [(*pair, rng.choice([0, 1, 5]), rng.choice([1, 1, 4, 6]), rng.choice([0, 0, 10])) for pair in pairs]
    others = {"lanes": lanes(*rows, ("WEST", "ELSEWHERE"))}
    if limits:
        others["constraints"] = constraints(*limits)
    stock = {
        "ELSEWHERE": 0,
        "HUB": rng.randint(0, 150),
        "WEST": rng.randint(0, 40),
        **{shop: rng.randint(0, 20) for shop in shops},
    }
    demand: dict[str, float] = {shop: rng.choice([0.25, 1, 2, 3]) for shop in shops}
    if rng.random() < 0.4:
        demand["HUB"] = 1.0
    method = rng.choice(["equal_runout", "proportional", "priority", "even", "marginal_value"])
    if method == "marginal_value":
        others["constraints"] = constraints(*limits, ("plan", None, "forecast_cv", 0.4))
    return allocation(
        demand, stock, others, ship_every_days=7, method=method, source=sources,
        source_demand=rng.choice(["share", "protect"]), hold_back=rng.choice([0, 5]),
    )  # fmt: skip


def random_step(plan: mo.AllocationPlan, rng: random.Random) -> mo.AllocationPlan:
    """Edit or lock a random cell; take the nearest accepted quantity when the first is refused."""
    cell, date = rng.randrange(plan.n_cells), rng.randrange(len(plan.ship_dates))
    item, source, location = plan.key_of(cell)
    key = item, location, str(plan.ship_dates[date])
    about = {"source": source, "lock": rng.random() < 0.4}
    asked = rng.choice([0, rng.randint(0, 12), rng.randint(0, 80)])
    try:
        return plan.edit(*key, asked, **about)  # type: ignore[arg-type]
    except mo.EditError as error:
        (reject,) = error.rejects
    assert reject.reason
    for quantity in reject.nearest:
        accepted = plan.edit(*key, quantity, **about)  # type: ignore[arg-type]
        assert accepted.merged.quantity[date, cell] == quantity
    if reject.forcible:
        return plan.edit(*key, asked, force=True, reason="because", **about)  # type: ignore[arg-type]
    return plan.edit(*key, reject.nearest[0], **about) if reject.nearest else plan  # type: ignore[arg-type]


def assert_sound(plan: mo.AllocationPlan) -> None:
    """No more leaves than there is, no shelf overflows, and what is fixed stands."""
    lines, quantity = plan.lines, plan.merged.quantity
    drawn = lines.groupby(["item", "source", "date"]).agg(given=("allocated", "sum"), there=("available", "first"))
    assert (drawn["given"] <= drawn["there"]).all()
    assert (quantity >= 0).all()
    assert (quantity == np.floor(quantity)).all()
    largest = plan.inputs.rules.max_stock.values[0][plan.inputs.routes.row]
    limited = lines.assign(most=np.repeat(largest, len(plan.ship_dates)), own=lines["source"] == lines["location"])
    full = limited[~limited["own"] & (limited["allocated"] > 0) & limited["most"].notna()]
    assert (full["on_hand"] + full["allocated"] <= full["most"]).all()
    for step in plan.steps:
        for edit in step:
            last = [one for steps in plan.steps for one in steps if (one.cell, one.date) == (edit.cell, edit.date)][-1]
            assert quantity[last.date_position, last.cell] == last.quantity


@settings(max_examples=count("allocation_edits"), deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_any_sequence_of_edits_conserves(seed: int) -> None:
    rng, plan = random.Random(seed), mixed(seed)  # noqa: S311 (a test's edits)
    before = [allocated(plan)]
    for _ in range(4):
        after = random_step(plan, rng)
        assert_sound(after)
        if after is not plan:
            (edit,) = after.steps[-1]
            changed = (after.merged.quantity != plan.merged.quantity).any(axis=1)
            assert not changed[: edit.date_position].any()
            if not edit.lock:
                same = np.flatnonzero(np.arange(plan.n_cells) != edit.cell)
                at = edit.date_position
                assert (after.merged.quantity[at, same] == plan.merged.quantity[at, same]).all()
            before.append(allocated(after))
        plan = after
    while plan.can_undo:
        assert allocated(plan) == before.pop()
        redone = plan.undo().redo()
        assert allocated(redone) == allocated(plan)
        plan = plan.undo()
    assert allocated(plan) == before.pop()
