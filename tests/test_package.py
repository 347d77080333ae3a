from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

import moselle_nb as mo

PUBLIC = """
    AllocationConfig AllocationGrid AllocationPlan BrokenRule Cancelled Comparison ConfigError ConfigForm Constraint
    ContractError EditError InventoryChart MoselleError OrdersView PlanComparison PlanFileError PlanGrid PlanTypeChooser
    Planner PlanningData PurchaseOrders Reject ReplenishmentConfig ReplenishmentPlan SafetyStock Simulation
    Transfers UnknownNameError allocate baseline_backtest baseline_forecast compare cost_service_curve load open_plan
    replenish sample_data simulate write_templates
""".split()

HEAVY = """
    IPython altair anywidget ipywidgets narwhals numpy openpyxl pandas pyarrow pydantic scipy vl_convert
""".split()


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_exported_names_are_pinned_and_sorted() -> None:
    assert mo.__all__ == PUBLIC
    assert mo.__all__ == sorted(mo.__all__)


def test_dir_lists_the_exported_names() -> None:
    assert set(PUBLIC) < set(dir(mo))
    assert "_HOMES" not in dir(mo)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_exported_name_resolves_to_itself(name: str) -> None:
    assert getattr(mo, name).__name__ == name


def test_every_home_exists() -> None:
    assert [home for home in mo._HOMES if find_spec(home) is None] == []


def test_every_exported_name_has_one_home() -> None:
    homes = [name for names in mo._HOMES.values() for name in names]
    assert sorted(homes) == PUBLIC


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert modules_after("import moselle_nb").isdisjoint(HEAVY)


def test_errors_load_nothing_heavy() -> None:
    assert modules_after("import moselle_nb\nmoselle_nb.ContractError").isdisjoint(HEAVY)


def test_loading_tables_loads_no_widget_and_no_chart() -> None:
    unwanted = {"anywidget", "ipywidgets", "IPython", "altair", "vl_convert", "scipy", "openpyxl"}
    assert modules_after("import moselle_nb\nmoselle_nb.load").isdisjoint(unwanted)


def test_a_wrong_name_lists_the_right_one() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'relpenish' \(did you mean 'replenish'\?\)"):
        mo.relpenish  # noqa: B018 (the lookup is the test)


def test_a_name_near_nothing_gets_no_hint() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'xyzzy'$"):
        mo.xyzzy  # noqa: B018 (the lookup is the test)
