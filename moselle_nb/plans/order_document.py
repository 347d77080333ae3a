"""What purchase orders and transfers share: states, and files that no spreadsheet runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Self, overload

from moselle_nb.exceptions import MoselleError
from moselle_nb.plans.order_parts import plural

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OrderDocument", "State"]

State = Literal["draft", "approved", "exported"]


@dataclass(frozen=True, eq=False)
class OrderDocument:
    """What goes out because of a plan: lines under ids, in a state.

    Parameters
    ----------
    name
        Name of the plan.
    fingerprint
        Fingerprint of the plan from which it was generated.
    lines
        One row per line.
    headers
        One row per order or transfer.
    schedule
        The lines that need not go out yet, with `firm` false.
    messages
        What is to be said, by id.
    state
        ``draft``, ``approved`` or ``exported``.
    history
        State, who and when of each step, as the caller gave them.
    """

    title: ClassVar[str]
    noun: ClassVar[str]
    done: ClassVar[str]
    """What is done with the goods, as in "has to be ordered"."""
    columns: ClassVar[tuple[str, ...]]
    """Columns of `to_frame`; the first is the id."""
    date: ClassVar[str]
    """The column of the day on which a line goes out."""

    name: str
    fingerprint: str
    lines: pd.DataFrame
    headers: pd.DataFrame
    schedule: pd.DataFrame
    messages: pd.DataFrame
    state: State = "draft"
    history: tuple[tuple[State, str, str], ...] = ()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.headers)

    def __repr__(self) -> str:
        """Give the sizes and the state in one line."""
        count, lines = len(self), len(self.lines)
        sizes = f"{count:,} {self.noun}{plural(count)}, {lines:,} line{plural(lines)}, {self.state}"
        text = f"{type(self).__name__}({sizes})"
        return text if count else f"{text}: {self.why_empty}"

    @property
    def why_empty(self) -> str:
        """When the next one is due, where none is now; else nothing."""
        if len(self):
            return ""
        if not len(self.schedule):
            return f"Nothing has to be {self.done}."
        due = f"{self.schedule[self.date].min():%Y-%m-%d}"
        return f"Nothing has to be {self.done} now; the next {self.noun} is due on {due}."

    def approve(self, *, who: str = "", when: str = "") -> Self:
        """Return the same document, approved.

        Raises
        ------
        MoselleError
            When it is approved or exported already.
        """
        return self._move("draft", "approved", who, when)

    def exported(self, *, who: str = "", when: str = "") -> Self:
        """Return the same document, marked as handed over.

        Raises
        ------
        MoselleError
            When it is not approved, or exported already.
        """
        return self._move("approved", "exported", who, when)

    def _move(self, before: State, after: State, who: str, when: str) -> Self:
        if self.state != before:
            msg = f"Only {before} {self.noun}s become {after}; these are {self.state}."
            raise MoselleError(msg)
        return replace(self, state=after, history=(*self.history, (after, who, when)))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per line, a copy."""
        return self.lines[list(self.columns)].copy()

    @overload
    def to_csv(self, path: None = None, *, schedule: bool = False) -> str: ...

    @overload
    def to_csv(self, path: str | Path, *, schedule: bool = False) -> Path: ...

    def to_csv(self, path: str | Path | None = None, *, schedule: bool = False) -> str | Path:
        """Return the lines as CSV, or write them to a file and return its path.

        Text that a spreadsheet would run begins with an apostrophe.

        Parameters
        ----------
        path
            The file; nothing is written without one.
        schedule
            Give the schedule instead, which is not firm.
        """
        from moselle_nb.plans.spreadsheet import csv_text

        text = csv_text(self.schedule if schedule else self.lines)
        return text if path is None else _written(path, text.encode())

    @overload
    def to_excel(self, path: None = None, *, schedule: bool = False) -> bytes: ...

    @overload
    def to_excel(self, path: str | Path, *, schedule: bool = False) -> Path: ...

    def to_excel(self, path: str | Path | None = None, *, schedule: bool = False) -> bytes | Path:
        """Return a workbook with headers, lines and messages, or write it to a file and return its path.

        Parameters
        ----------
        path
            The file; nothing is written without one.
        schedule
            Give the schedule instead, which is not firm.

        Raises
        ------
        MoselleError
            When openpyxl is not installed.
        """
        from moselle_nb.plans.spreadsheet import workbook

        sheets = {f"{self.noun.capitalize()}s": self.headers, "Lines": self.lines, "Messages": self.messages}
        if schedule:
            sheets = {"Schedule, not firm": self.schedule}
        try:
            data = workbook(sheets, f"{self.title}: {self.name}")
        except ModuleNotFoundError as error:
            msg = "Excel files need openpyxl: pip install 'moselle-nb[excel]'."
            raise MoselleError(msg) from error
        return data if path is None else _written(path, data)

    @overload
    def to_html(self, path: None = None) -> str: ...

    @overload
    def to_html(self, path: str | Path) -> Path: ...

    def to_html(self, path: str | Path | None = None) -> str | Path:
        """Return a page to print, or write it to a file and return its path.

        It has one order or transfer per sheet of paper, loads nothing and runs nothing.

        Parameters
        ----------
        path
            The file; nothing is written without one.
        """
        from moselle_nb.plans.orders_page import orders_page

        page = orders_page(self)
        return page if path is None else _written(path, page.encode())

    def _repr_html_(self) -> str:
        from moselle_nb.plans.orders_page import orders_body

        return orders_body(self)


def _written(path: str | Path, content: bytes) -> Path:
    target = Path(path)
    target.write_bytes(content)
    return target
