from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent.parent


def load_script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"script_{name}", ROOT / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bundle = load_script("tools/bundle")
FrontEndHook = load_script("hatch_build").FrontEndHook


def hook(root: Path) -> BuildHookInterface[Any]:
    made: BuildHookInterface[Any] = FrontEndHook(str(root), {}, None, None, str(root / "dist"), "wheel")
    return made


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source tree with one entry and no bundle."""
    for name in ("tools", "moselle_nb/widgets/js"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "tools/bundle.py").write_bytes((ROOT / "tools/bundle.py").read_bytes())
    (tmp_path / "tools/bundle.mjs").write_text("// bundler\n", encoding="utf-8")
    (tmp_path / "package.json").write_text("{}\n", encoding="utf-8")
    (tmp_path / "package-lock.json").write_text("{}\n", encoding="utf-8")
    (tmp_path / "moselle_nb/widgets/js/plan_grid.js").write_text("export default {};\n", encoding="utf-8")
    return tmp_path


def mark_as_built(root: Path) -> None:
    static = root / bundle.STATIC
    static.mkdir(parents=True, exist_ok=True)
    (static / bundle.MARK).write_text(bundle.sources_digest(root), encoding="utf-8")


@pytest.fixture
def _without_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)


def test_no_bundle_is_not_current(tree: Path) -> None:
    assert not bundle.is_current(tree)


def test_a_bundle_of_the_present_sources_is_current(tree: Path) -> None:
    mark_as_built(tree)
    assert bundle.is_current(tree)


@pytest.mark.parametrize(
    "changed", ["package.json", "package-lock.json", "tools/bundle.mjs", "moselle_nb/widgets/js/plan_grid.js"]
)
def test_a_changed_source_asks_for_a_new_bundle(tree: Path, changed: str) -> None:
    mark_as_built(tree)
    (tree / changed).write_text("changed\n", encoding="utf-8")
    assert not bundle.is_current(tree)


def test_a_new_source_in_a_folder_asks_for_a_new_bundle(tree: Path) -> None:
    mark_as_built(tree)
    folder = tree / "moselle_nb/widgets/js/lib"
    folder.mkdir()
    (folder / "rows.js").write_text("", encoding="utf-8")
    assert not bundle.is_current(tree)


def test_line_ends_do_not_ask_for_a_new_bundle(tree: Path) -> None:
    mark_as_built(tree)
    (tree / "package.json").write_bytes(b"{}\r\n")
    assert bundle.is_current(tree)


def test_the_hook_asks_for_no_node_where_npm_is_on_the_path(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert hook(tree).dependencies() == []


@pytest.mark.usefixtures("_without_node")
def test_the_hook_asks_for_no_node_where_the_bundle_is_current(tree: Path) -> None:
    mark_as_built(tree)
    assert hook(tree).dependencies() == []


@pytest.mark.usefixtures("_without_node")
def test_the_hook_asks_for_node_where_there_is_neither(tree: Path) -> None:
    assert hook(tree).dependencies() == [bundle.NODE_PACKAGE]


@pytest.mark.usefixtures("_without_node")
def test_a_current_bundle_is_left_alone(tree: Path) -> None:
    mark_as_built(tree)
    assert bundle.build(tree) is False


@pytest.mark.usefixtures("_without_node")
def test_building_without_npm_says_what_to_do(tree: Path) -> None:
    with pytest.raises(bundle.BundleError, match=r"there is no npm\. Install Node\.js 20 or later, or run"):
        bundle.build(tree)


def test_the_lock_file_holds_no_registry_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
