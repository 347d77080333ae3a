"""HiGHS confirms: no allocation has a higher expected value than that of `marginal_value`."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.stats import norm

from moselle_nb.engines.exact_certificate import certify_value
from moselle_nb.engines.exact_share import exact_share
from moselle_nb.engines.pack_value import PackValue
from moselle_nb.engines.sharing import Claims, Shares, share
from moselle_nb.engines.sharing_claims import limits_of
from tests.effort import seeds
from tests.oracles.allocation_instances import AllocationDraw
from tests.oracles.planned_allocation import allocation_of
from tests.oracles.scalar_allocation import ScalarAllocation
from tests.oracles.scalar_cell import UNLIMITED
from tests.oracles.scalar_tables import UNIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from tests.oracles.allocation_instances import AllocationInstance
    from tests.oracles.scalar_allocation import Shipment
    from tests.oracles.scalar_cell import Cell

TOLERANCE = 1e-4
"""Currency: values of packs are compared on a grid of 2**-20 per unit, and the solver stops at a gap of 1e-6."""


def worth(cell: Cell, units: int) -> float:
    """Expected value of all the units that a location gets."""
    return cell.pack_value(Fraction(cell.stock + cell.inflow, UNIT), units) if units else 0.0


def choices(cell: Cell, least: int, available: int) -> list[int]:
    """Units that a location may get: none, or the first pack and whole packs on top, at least what it has."""
    packs = [0, *range(cell.first_pack, min(cell.most, available) + 1, cell.pack)]
    return [units for units in packs if units >= least]


def highest_value(cells: Sequence[Cell], available: int, least: Sequence[int]) -> float:
    """Solve for the highest value: one of the choices at each location, not more than there is."""
    offered = [choices(cell, units, available) for cell, units in zip(cells, least, strict=True)]
    columns = [(k, units) for k, each in enumerate(offered) for units in each]
    value = np.array([worth(cells[k], units) for k, units in columns])
    one_each = np.array([[float(k == j) for k, _ in columns] for j in range(len(cells))])
    used = np.array([[float(units) for _, units in columns]])
    solved = milp(
        -value,
        integrality=np.ones(len(columns), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(one_each, 1, 1), LinearConstraint(used, 0, available)],
        options={"mip_rel_gap": 0.0},
    )
    assert solved.success, solved.message
    return float(-solved.fun)


def given_first(cell: Cell) -> int:
    """Units that the presentation minimum, or the source's protected need, took before values counted."""
    if cell.is_source and cell.row.config.source_demand == "protect":
        return cell.units
    missing = cell.presentation * UNIT - cell.stock
    if missing <= 0:
        return 0
    return min(cell.units, max(cell.first_pack, -(-missing // (UNIT * cell.pack)) * cell.pack))


def scarce(seed: int, *, equal_packs: bool = True) -> AllocationInstance:
    """Draw an instance of one ship date."""
    instance = AllocationDraw(seed, "marginal_value", equal_packs=equal_packs, most_items=2).instance()
    return replace(instance, config=replace(instance.config, ship_dates=None, ship_every_days=None))


def array(cells: Sequence[Cell], of: Callable[[Cell], float]) -> NDArray[np.float64]:
    return np.array([[float(of(cell)) for cell in cells]])


def claims_of(cells: Sequence[Cell]) -> Claims:
    """Hand the cells of one item to the engine."""
    stock, demand = array(cells, lambda cell: cell.stock / UNIT), array(cells, lambda cell: cell.demand / UNIT)
    variances = array(cells, lambda cell: float(sum((cell.row.variance(day) for day in cell.window), Fraction(0))))
    value = PackValue(
        mean=demand,
        sd=np.sqrt(variances),
        margin=array(cells, lambda cell: cell.margin),
        holding=array(cells, lambda cell: cell.money("holding_cost", 0.0) * len(cell.window)),
        transfer_cost=array(cells, lambda cell: cell.lane.unit_cost),
        inflow=array(cells, lambda cell: cell.inflow / UNIT),
    )
    return Claims(
        stock=stock,
        need=array(cells, lambda cell: cell.need / UNIT),
        pack=array(cells, lambda cell: cell.pack),
        first_pack=array(cells, lambda cell: cell.first_pack),
        presentation=array(cells, lambda cell: cell.presentation),
        room=array(cells, lambda cell: np.inf if cell.room == UNLIMITED else cell.room),
        priority=array(cells, lambda cell: cell.priority).astype(np.int64),
        demand=demand,
        present=np.ones_like(stock, dtype=bool),
        fixed=np.full_like(stock, np.nan),
        value=value,
    )


def shared(seed: int, *, equal_packs: bool) -> Iterator[tuple[Shipment, NDArray[np.float64], Claims, Shares]]:
    """Let the fast rule share each item: what it was given, and what it gave."""
    instance = scarce(seed, equal_packs=equal_packs)
    settings = replace(instance.config, source_demand="share", push=False)
    for shipment in ScalarAllocation(replace(instance, config=settings)).shipments:
        if shipment.cells:
            available, claims = np.array([float(shipment.available)]), claims_of(shipment.cells)
            yield shipment, available, claims, share(available, claims, "marginal_value")


def value_and_highest(shipment: Shipment, units: NDArray[np.float64], shares: Shares) -> tuple[float, float]:
    """Value of the units that each location gets, and the highest; what is presented stays."""
    cells = shipment.cells
    given = sum(worth(cell, int(each)) for cell, each in zip(cells, units, strict=True))
    return given, highest_value(cells, shipment.available, [int(each) for each in shares.presentation[0]])


@pytest.mark.parametrize("seed", seeds("marginal_value"))
def test_the_fast_rule_reaches_the_highest_value_of_equal_packs(seed: int) -> None:
    for shipment, _, _, shares in shared(seed, equal_packs=True):
        given, highest = value_and_highest(shipment, shares.quantity[0], shares)
        assert given == pytest.approx(highest, abs=TOLERANCE)


@pytest.mark.parametrize("seed", seeds("marginal_value"))
def test_the_exact_step_reaches_the_highest_value_of_packs_that_differ(seed: int) -> None:
    for shipment, available, claims, shares in shared(seed, equal_packs=False):
        solution = exact_share(available, claims, shares, 0, budget=20)
        given, highest = value_and_highest(shipment, solution.quantity, shares)
        assert given == pytest.approx(highest, abs=TOLERANCE)
        assert solution.objective == pytest.approx(highest, abs=TOLERANCE)
        assert solution.optimal


@pytest.mark.parametrize("seed", seeds("marginal_value"))
def test_a_certificate_holds_only_where_the_value_is_highest(seed: int) -> None:
    for shipment, _, claims, shares in shared(seed, equal_packs=False):
        if certify_value(claims, limits_of(claims, push=False), shares).holds[0]:
            given, highest = value_and_highest(shipment, shares.quantity[0], shares)
            assert given == pytest.approx(highest, abs=TOLERANCE)


def check_value(instance: AllocationInstance, shipment: Shipment, given: Mapping[tuple[str, str], int]) -> None:
    """Compare the value of a plan's units with the highest."""
    cells = shipment.cells
    if not cells or cells[0].row.item_record["status"] == "blocked":
        return
    units = [given[shipment.item, cell.row.location] for cell in cells]
    value = sum(map(worth, cells, units))
    best = highest_value(cells, shipment.available, list(map(given_first, cells)))
    assert value == pytest.approx(best, abs=TOLERANCE), (instance.seed, shipment.item)


@pytest.mark.parametrize("seed", seeds("marginal_value"))
def test_a_plan_reaches_the_highest_value_of_equal_packs(seed: int) -> None:
    instance = scarce(seed)
    lines = allocation_of(instance).lines
    names = zip(lines["item"], lines["location"], strict=True)
    given = dict(zip(names, lines["allocated"].astype(int), strict=True))
    for shipment in ScalarAllocation(instance).shipments:
        check_value(instance, shipment, given)


@pytest.mark.parametrize("seed", seeds("marginal_value")[::5])
def test_the_closed_form_of_a_packs_value_is_its_integral(seed: int) -> None:
    for shipment in ScalarAllocation(scarce(seed)).shipments:
        for cell in shipment.cells:
            mean = cell.demand / UNIT
            sd = float(sum((cell.row.variance(day) for day in cell.window), Fraction(0))) ** 0.5
            if sd < 0.05:
                continue
            holding = cell.money("holding_cost", 0.0) * len(cell.window)

            def earned(x: float, cell: Cell = cell, mean: float = mean, sd: float = sd, h: float = holding) -> float:
                sold = float(norm.sf(x, mean, sd))
                return cell.margin * sold - h * (1 - sold) - cell.lane.unit_cost

            low = (cell.stock + cell.inflow) / UNIT
            integral = sum(quad(earned, low + k, low + k + 1)[0] for k in range(5))
            assert worth(cell, 5) == pytest.approx(integral, abs=1e-6)
