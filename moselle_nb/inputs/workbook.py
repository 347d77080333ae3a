"""Excel workbooks in."""

from __future__ import annotations

import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from moselle_nb.inputs.ledger import EXAMPLES
from moselle_nb.inputs.raw import RawTable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from moselle_nb.inputs.columns import Raw
    from moselle_nb.inputs.ledger import Ledger

__all__ = ["EXCEL", "read_sheets"]

EXCEL = (".xlsx", ".xlsm", ".xls")

EXCEL_ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"))


def read_sheets(
    path: Path, ledger: Ledger, name_of: Callable[[str], str | None], *, first: bool = False
) -> list[tuple[str, RawTable | None]]:
    """Read the sheets of a workbook: title and table, None for sheets that are no table.

    Parameters
    ----------
    path
        Where it stands.
    ledger
        Where broken rules go.
    name_of
        Table of a sheet's title, None when it is none.
    first
        Read the first sheet only.
    """
    workbook = _open_workbook(path, ledger)
    if workbook is None:
        return []
    found: list[tuple[str, RawTable | None]] = []
    try:
        for sheet in workbook.worksheets[: 1 if first else None]:
            name = name_of(sheet.title)
            if name is None:
                if _rows(sheet):
                    found.append((sheet.title, None))
            else:
                found.append((sheet.title, _sheet(name, sheet, f"{path.name}, sheet {sheet.title}", ledger)))
    finally:
        workbook.close()
    _check_formulas(path, [(title, table.name) for title, table in found if table is not None], ledger)
    return found


def _open_workbook(path: Path, ledger: Ledger, *, formulas: bool = False) -> Any:
    try:
        import openpyxl
    except ImportError:
        ledger.breaks("source", "Excel files need openpyxl", 0, ["install it with pip install 'moselle-nb[excel]'"])
        ledger.stop_if_broken()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations that are not read
            return openpyxl.load_workbook(path, read_only=True, data_only=not formulas)
    except (
        zipfile.BadZipFile,
        KeyError,
        OSError,
        ValueError,
        openpyxl.utils.exceptions.InvalidFileException,
    ):
        ledger.breaks("source", "the workbook can be read", 0, [f"{path.name} is no .xlsx file: save it as one"])
        return None


def _rows(sheet: Any) -> list[tuple[object, ...]]:
    """Return the rows of a sheet up to the last one that has anything in it."""
    sheet.reset_dimensions()
    rows = list(sheet.iter_rows(values_only=True))
    while rows and all(value is None or value == "" for value in rows[-1]):
        rows.pop()
    return rows


def _sheet(name: str, sheet: Any, origin: str, ledger: Ledger) -> RawTable | None:
    rows = _rows(sheet)
    if not rows:
        ledger.breaks(name, "the sheet has column names and lines", 0, [f"{origin} is empty"])
        return None
    top = next(place for place, row in enumerate(rows) if any(value is not None for value in row))
    header, lines = rows[top], rows[top + 1 :]
    width = max(len(header), max(map(len, lines), default=0))
    columns: list[tuple[str, Raw]] = []
    for place in range(width):
        title = header[place] if place < len(header) and header[place] is not None else ""
        values = np.empty(len(lines), dtype=object)
        values[:] = [row[place] if place < len(row) else None for row in lines]
        columns.append((str(title), values))
        wrong = [value for value in values if isinstance(value, str) and value in EXCEL_ERRORS]
        if wrong:
            examples = list(dict.fromkeys(map(str, wrong)))[:EXAMPLES]
            ledger.breaks(name, f"{str(title).strip()} holds no Excel errors", len(wrong), examples)
    return RawTable(name, tuple(columns), len(lines), "excel", origin, lines=np.arange(len(lines)) + top)


def _check_formulas(path: Path, sheets: list[tuple[str, str]], ledger: Ledger) -> None:
    """Note formulas that were never calculated: they read as empty cells."""
    with zipfile.ZipFile(path) as archive:
        parts = [part for part in archive.namelist() if part.startswith("xl/worksheets/")]
        if not any(b"<f>" in archive.read(part) or b"<f " in archive.read(part) for part in parts):
            return
    values, formulas = _open_workbook(path, ledger), _open_workbook(path, ledger, formulas=True)
    for title, name in sheets:
        pairs = zip(values[title].iter_rows(), formulas[title].iter_rows(), strict=False)
        cells = [
            f"{formula.coordinate} {formula.value}"
            for value_row, formula_row in pairs
            for value, formula in zip(value_row, formula_row, strict=False)
            if value.value is None and isinstance(formula.value, str) and formula.data_type == "f"
        ]
        if cells:
            rule = "formulas have been calculated: open the workbook in Excel and save it"
            ledger.breaks(name, rule, len(cells), cells[:EXAMPLES])
    values.close()
    formulas.close()
