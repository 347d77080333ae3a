"""What the planner keeps of one kind of plan: its form, the plan, the widgets that show it, and its file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from moselle_nb.exceptions import MoselleError
from moselle_nb.widgets.config_form import ConfigForm
from moselle_nb.widgets.latest import Latest
from moselle_nb.widgets.order_tables import slug

if TYPE_CHECKING:
    from collections.abc import Callable

    import ipywidgets

    from moselle_nb.inputs.data import PlanningData
    from moselle_nb.widgets.base import MoselleWidget

__all__ = ["PlanDesk"]

LONGEST_SHOWN = 60
"""Characters of a file name that an error repeats."""

Plan = TypeVar("Plan")


class PlanDesk(ABC, Generic[Plan]):
    """One kind of plan in the planner.

    Parameters
    ----------
    data
        The tables that are planned.
    who
        Who edits; recorded with each edit.
    on_edit
        Told the plan after an edit in its grid.
    on_fingerprint
        Called when the fingerprint of the plan is there.
    """

    key: ClassVar[str]
    """Kind of plan, as in code."""

    title: ClassVar[str]
    """Kind of plan, for people."""

    trait: ClassVar[str]
    """Attribute of the planner that holds the plan."""

    papers_title: ClassVar[str]
    """What the plan ends in: title of the last step."""

    def __init__(
        self, data: PlanningData, who: str, on_edit: Callable[[Plan], object], on_fingerprint: Callable[[], object]
    ) -> None:
        self._data, self._who, self._on_edit, self._on_fingerprint = data, who, on_edit, on_fingerprint
        self.form = ConfigForm(data, self.key)
        self.plan: Any = None
        self.former: Any = None
        self.opened = False
        self.step = "settings"
        self.file = self.fingerprint = ""
        self.saved: Path | None = None
        # Hashing a million rows takes longer than an edit may.
        self._fingerprint: Latest[str] = Latest(self._fingerprinted, background=True)

    @abstractmethod
    def work(self, config: Any) -> Callable[[Callable[[int, int], None]], Plan]:
        """Return the work that builds a plan; it reads only what does not change."""

    @abstractmethod
    def progress(self, done: int, total: int) -> str:
        """Say how far the work is."""

    @abstractmethod
    def review(self) -> tuple[ipywidgets.Widget, ...]:
        """Return the widgets that show the plan."""

    @abstractmethod
    def papers(self) -> tuple[ipywidgets.Widget, ...]:
        """Return the widgets that show what the plan ends in."""

    @abstractmethod
    def refresh(self) -> None:
        """Hand the plan to the widgets that are there."""

    @abstractmethod
    def text(self) -> str:
        """Return the plan's size in one line."""

    @abstractmethod
    def static_widgets(self) -> list[MoselleWidget]:
        """Return what a reader without a kernel sees of the plan; empty before it was shown."""

    def take(self, plan: Plan | None) -> None:
        """Hold another plan, or none, and show it wherever the former one is shown."""
        self.plan, self.fingerprint = plan, ""
        if plan is None:
            self.step = "settings"
            return
        self.opened = True
        self.file = self.file or f"{slug(self.plan.config.name)}.moselle"
        self.refresh()
        self._fingerprint.ask(lambda: str(plan.fingerprint))  # type: ignore[attr-defined]  # either kind of plan

    def edits(self) -> int:
        """Return how many edits are in force."""
        return 0 if self.plan is None else sum(len(step) for step in self.plan.steps)

    def wait(self, timeout: float | None) -> bool:
        """Wait until the fingerprint is there; tell whether it is."""
        return self._fingerprint.wait(timeout)

    def code(self) -> str:
        """Return the Python that makes the plan, edits and all."""
        return self.form.code if self.plan is None else str(self.plan.to_code())

    def save(self, path: str) -> str:
        """Save the plan, and say where; a file that was not written here is not overwritten."""
        if self.plan is None:
            msg = "there is no plan to save yet"
            raise MoselleError(msg)
        try:
            self.saved = self._write(path.strip() or self.file)
        except (OSError, RuntimeError, ValueError) as error:
            if isinstance(error, MoselleError):
                raise
            msg = f"the plan could not be saved as {path[:LONGEST_SHOWN]!r}: {error}"
            raise MoselleError(msg) from error
        return f"Saved to {self.saved}"

    def _write(self, path: str) -> Path:
        wanted = Path(path).expanduser()
        wanted = wanted if wanted.suffix == ".moselle" else wanted.with_name(f"{wanted.name}.moselle")
        if wanted.exists() and wanted.resolve() != self.saved:
            msg = f"{wanted} is there already and was not saved here; choose another name"
            raise MoselleError(msg)
        return Path(self.plan.save(wanted)).resolve()

    def _fingerprinted(self, fingerprint: str | None, _error: Exception | None) -> None:
        self.fingerprint = fingerprint or ""
        self._on_fingerprint()
