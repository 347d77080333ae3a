"""Build hook: sdist, wheel and editable install all carry the front end's bundle."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from types import ModuleType


class FrontEndHook(BuildHookInterface[Any]):
    """Bundle the widgets' sources where the bundle that is there is not current."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for a packaged node only where there is neither a current bundle nor npm."""
        bundle = self._bundle()
        needed = not bundle.is_current(Path(self.root)) and bundle.npm_command() is None
        return [bundle.NODE_PACKAGE] if needed else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's signature)
        """Build the bundle before the files are collected."""
        self._bundle().build(Path(self.root))

    def _bundle(self) -> ModuleType:
        # Build front ends do not put the project's folder on the path.
        spec = importlib.util.spec_from_file_location("moselle_nb_bundle", Path(self.root, "tools", "bundle.py"))
        if spec is None or spec.loader is None:
            msg = "tools/bundle.py cannot be loaded; the source tree is incomplete."
            raise RuntimeError(msg)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
