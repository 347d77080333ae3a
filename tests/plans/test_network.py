"""Plans over lanes as documents: refused circles, checked, saved, opened and told apart."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import moselle_nb as mo
from moselle_nb.inputs.rebucketing import GRID
from moselle_nb.plans.check import check
from moselle_nb.plans.network import DependentDemand
from moselle_nb.plans.store.tables import from_parquet, to_parquet
from tests.effort import seeds
from tests.oracles.draws_network import network_instance
from tests.oracles.planned import plan_of
from tests.oracles.scalar_tables import spread
from tests.plans.conftest import shown
from tests.plans.test_store_file import assert_same, refused, sealed, zipped

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plans.conftest import Shown

AS_OF = "2026-11-23"
CONFIG = mo.ReplenishmentConfig(name="lanes", coverage=("2026-11-23", "2026-12-20"))


def lanes(*pairs: str, **columns: Any) -> pd.DataFrame:
    """Give lanes such as HS from H to S."""
    return pd.DataFrame([tuple(pair) for pair in pairs], columns=["source", "destination"]).assign(**columns)


def tables(**changes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Two items: a central warehouse C feeds a hub H, and that the stores S and T."""
    keys = pd.DataFrame([(item, place) for item in "AB" for place in "ST"], columns=["item", "location"])
    weeks = pd.DataFrame({"date": pd.date_range(AS_OF, periods=12, freq="7D")})
    return {
        "items": pd.DataFrame({"item": ["A", "B"], "supplier": "V", "lead_time_days": 5}),
        "locations": pd.DataFrame({"location": list("CHST")}),
        "suppliers": pd.DataFrame({"supplier": ["V"]}),
        "forecast": keys.merge(weeks, how="cross").assign(quantity=np.arange(48) % 13 * 3.7),
        "inventory": keys.assign(on_hand=[10, 40, 0, 25]),
        "lanes": lanes("CH", "HS", "HT", lead_time_days=[3, 1, 2], pack=[None, 6, None]),
        "sales": pd.DataFrame({"item": [], "location": [], "date": [], "quantity": []}),
        **changes,
    }


def made(config: mo.ReplenishmentConfig = CONFIG, **changes: pd.DataFrame) -> mo.ReplenishmentPlan:
    return mo.replenish(mo.load(tables(**changes), as_of=AS_OF), config)


@pytest.fixture(scope="module")
def plan() -> mo.ReplenishmentPlan:
    """Give the plan of three levels."""
    return made()


# ---- what is refused ------------------------------------------------------------------------------


def test_a_circle_of_lanes_is_named() -> None:
    with pytest.raises(mo.ContractError) as error:
        made(lanes=lanes("CH", "HS", "SC"))
    assert str(error.value) == (
        "lanes: 1 rule broken\n"
        "  - no lane leads back to where it came from: name a supplier in sourcing for one of the locations, take a "
        "lane out, or plan with demand_from='own': 6 rows, e.g. C → H → S → C for item A"
    )


def test_rows_below_a_circle_are_counted_with_it() -> None:
    with pytest.raises(mo.ContractError, match=r"6 rows, e\.g\. H → S → H for item A"):
        made(lanes=lanes("HS", "SH", "ST"))


def test_a_supplier_opens_the_circle() -> None:
    sourcing = pd.DataFrame({"item": ["A", "B"], "location": "C", "supplier": "V"})
    plan = made(lanes=lanes("CH", "HS", "SC"), sourcing=sourcing)
    assert set(plan.order_lines["location"]) == {"C", "T"}
    assert plan.check().ok
    own = made(CONFIG.model_copy(update={"demand_from": "own"}), lanes=lanes("CH", "HS", "SC"))
    assert set(own.order_lines["location"]) == {"T"}


def test_two_lanes_for_one_pair_are_refused() -> None:
    with pytest.raises(mo.ContractError, match=r"lanes: 1 rule broken\n  - source and destination are unique: 2 rows"):
        made(lanes=lanes("HS", "HS"))


# ---- what is checked ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", seeds("network"))
def test_nothing_is_found_on_a_network_that_the_engine_made(seed: int) -> None:
    report = plan_of(network_instance(seed)).check()
    assert report.ok, report


def test_demand_that_nobody_asked_for_is_found(plan: mo.ReplenishmentPlan) -> None:
    dependent = plan.inputs.dependent
    assert dependent is not None
    quantity = dependent.quantity.copy()
    quantity[0] += 1
    inputs = replace(plan.inputs, dependent=replace(dependent, quantity=quantity))
    report = check(replace(plan, inputs=inputs))
    assert "demand" in set(report.violations["rule"])


def rules_broken(one: Shown) -> set[str]:
    return set(check(one).violations["rule"])


def test_a_message_with_other_units_or_none_is_found(plan: mo.ReplenishmentPlan) -> None:
    one, fed = shown(plan), plan.messages["kind"] == "fed_by_lane"
    assert rules_broken(one) == set()
    more = one.messages.assign(quantity=one.messages["quantity"] + fed)
    assert rules_broken(one.but(messages=more)) == {"messages"}
    assert rules_broken(one.but(messages=one.messages.drop(one.messages.index[fed][0]))) == {"messages"}


def test_a_wrong_ship_date_is_found(plan: mo.ReplenishmentPlan) -> None:
    network = plan.inputs.network
    assert network is not None
    first, *others = network.calendars
    wrong = replace(network, calendars=(replace(first, arrival_days=first.arrival_days + 1), *others))
    assert rules_broken(shown(plan).but(inputs=replace(plan.inputs, network=wrong))) == {"order calendar"}


# ---- what is kept and told apart ------------------------------------------------------------------


def test_a_plan_over_lanes_comes_back(plan: mo.ReplenishmentPlan, tmp_path: Path) -> None:
    edited = plan.edit("A", "C", "2026-11-30", 77)
    back = mo.open_plan(edited.save(tmp_path / "lanes.moselle"))
    assert_same(edited, back)
    assert back.check().ok


@pytest.mark.parametrize("seed", seeds("network")[::8])
def test_random_networks_come_back(seed: int, tmp_path: Path) -> None:
    plan = plan_of(network_instance(seed))
    assert_same(plan, mo.open_plan(plan.save(tmp_path / "random.moselle")))


def test_what_lanes_say_is_in_the_fingerprint(plan: mo.ReplenishmentPlan) -> None:
    table = tables()["lanes"]
    others = [table.assign(**change) for change in (
        {"lead_time_days": [3, 1, 3]}, {"pack": [None, 6, 2]}, {"transfer_minimum": [None, None, 9]})]  # fmt: skip
    closed = pd.DataFrame(
        {"scope": ["location"], "key": ["S"], "from": [pd.Timestamp("2027-06-01")], "to": [pd.Timestamp("2027-06-09")]}
    )
    own = made(CONFIG.model_copy(update={"demand_from": "own"}))
    found = [plan, own, made(closures=closed), *(made(lanes=other) for other in others)]
    assert len({one.fingerprint for one in found}) == len(found)
    assert made(lanes=table.assign(unit_cost=3.0)).fingerprint == plan.fingerprint
    assert made(lanes=table[::-1]).fingerprint == plan.fingerprint


def test_lanes_that_feed_nobody_change_nothing() -> None:
    sourcing = pd.DataFrame({"item": ["A", "B"], "supplier": "V"})
    without = made(lanes=lanes(), sourcing=sourcing)
    assert_same(without, made(sourcing=sourcing))
    assert made(sourcing=sourcing).inputs.network is None


def lanes_changed(path: Path, **columns: Any) -> bytes:
    """Give a file whose table of lanes has other columns, sealed again."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = "arrays/lanes.parquet"
    changed = from_parquet(members[name], "arrays/lanes") | {name: np.array(part) for name, part in columns.items()}
    return zipped(sealed({**members, name: to_parquet(changed)}))


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        pytest.param({"source": [1, 0, 1, 5, 4, 5]}, "none feeds itself in a circle", id="a circle"),
        pytest.param({"source": [0, 0, 0, 4, 5, 5]}, "the row of the same item at the location", id="another source"),
        pytest.param({"row": [1, 1, 3, 5, 6, 7]}, "each stands once", id="a row twice"),
        pytest.param({"pack/0": [1.0, 6.5, 1, 1, 6, 1]}, "pack: whole units", id="half a unit"),
        pytest.param({"pack/0": [1.0, 0, 1, 1, 6, 1]}, "values lie between 1 and", id="no pack"),
        pytest.param({"lead_time_days": [3, -1, 2, 3, 1, 2]}, "values lie between 0 and", id="a lane back in time"),
        pytest.param({"lead_time_days": [3, 1, 2, 3, 1, 9]}, "what differs: lanes", id="a longer lane"),
    ],
)
def test_a_file_with_other_lanes_is_refused(
    plan: mo.ReplenishmentPlan, tmp_path: Path, columns: dict[str, Any], text: str
) -> None:
    path = plan.save(tmp_path / "sound.moselle")
    content = lanes_changed(path, **columns)
    path.unlink()
    assert text in refused(content, tmp_path)


# ---- what follows the horizon ---------------------------------------------------------------------


def dependent(asked: dict[int, float], last_day: int) -> DependentDemand:
    """Give what is asked of the second of three rows."""
    day, units = np.array(sorted(asked)), np.array([asked[day] for day in sorted(asked)])
    return DependentDemand(np.array([0, 0, len(day), len(day)]), day, units, last_day, np.zeros(0))


def test_past_the_horizon_demand_follows_the_settings() -> None:
    # The last 364 days are 36 to 399: 24 + 47 + 5 of 88.
    asked = dependent({3: 12.0, 100: 24.0, 380: 47.0, 399: 5.0}, 399)
    rows = np.array([0, 1])
    year = asked.daily(rows, 1200, "average")
    assert not year[:, 0].any()
    assert {day: units for day, units in enumerate(year[:400, 1]) if units} == {3: 12, 100: 24, 380: 47, 399: 5}
    wanted = [spread(76 * GRID, 364, (day - 400) % 364) / GRID for day in range(400, 1200)]
    assert year[400:, 1].tolist() == wanted
    again = asked.daily(rows, 1200, "same_last_year")[400:, 1]
    assert {day + 400: units for day, units in enumerate(again) if units} == {
        464: 24, 744: 47, 763: 5, 828: 24, 1108: 47, 1127: 5, 1192: 24,
    }  # fmt: skip
    assert not asked.daily(rows, 1200, "cut")[400:].any()
    assert asked.daily(rows, 50, "average").shape == (50, 2)


def test_progress_counts_fed_rows_and_rows() -> None:
    seen: list[tuple[int, int]] = []
    plan = mo.replenish(mo.load(tables(), as_of=AS_OF), CONFIG, on_progress=lambda *done: seen.append(done))
    assert plan.n_rows == 8
    assert seen[-1] == (14, 14)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
