"""Cells that a spreadsheet shows and never runs, as CSV and as Excel workbooks.

A cell that begins with ``=``, ``+``, ``-`` or ``@`` is a formula to a spreadsheet, whoever wrote it into the tables.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import io
import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

__all__ = ["csv_text", "safe_text", "workbook"]

FORMULA = re.compile(r"\s*[=+\-@]")
"""What a spreadsheet takes for the beginning of a formula; compatibility forms such as ＝ are folded first."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
SEPARATED = re.compile(r"(;\s*)(?=[=+\-@])")
LONGEST_CELL = 32_767
"""Characters that an Excel cell holds."""

MOST_ROWS = 2**20 - 1
"""Rows that an Excel sheet holds under its heading; what is longer goes on in another sheet."""

MOST_KEPT = 2**16
"""Values whose text is kept while a file is written."""

WIDEST = 40
DECIMALS = 6
"""A product of quantity and cost shows no noise of its last bits."""


def begins_like_formula(text: str) -> bool:
    """Tell whether a spreadsheet could run a cell."""
    return bool(FORMULA.match(unicodedata.normalize("NFKC", text[:8]))) or bool(CONTROL.match(text))


def plain_text(text: str) -> str:
    """Replace control characters, which no cell may hold, by a visible sign."""
    return CONTROL.sub("�", text)


def safe_text(text: str) -> str:
    """Return text that a spreadsheet shows as it is; an apostrophe stands before what it would run.

    Parameters
    ----------
    text
        A cell of a CSV file.

    Examples
    --------
    >>> safe_text("=cmd|' /C calc'!A0")
    "'=cmd|' /C calc'!A0"
    >>> safe_text("SKU-1")
    'SKU-1'
    """
    # A comma-separated line is split at semicolons where the decimal sign is a comma.
    shown = SEPARATED.sub(r"\1'", plain_text(text))
    return f"'{shown}" if begins_like_formula(text) else shown


def csv_text(frame: pd.DataFrame) -> str:
    """Return a frame as CSV: ISO days, numbers as numbers, text quoted and made safe."""
    target = io.StringIO()
    writer = csv.writer(target, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
    writer.writerow([safe_text(str(name)) for name in frame.columns])
    # Most cells of a column say the same again.
    shown = functools.lru_cache(MOST_KEPT, typed=True)(_csv_cell)
    writer.writerows(zip(*([shown(value) for value in frame[name]] for name in frame.columns), strict=True))
    return target.getvalue()


def _csv_cell(value: object) -> str | int | float | bool | dt.date | None:
    cell = _cell(value)
    return safe_text(cell) if isinstance(cell, str) else cell


def _cell(value: object) -> str | int | float | bool | dt.date | None:
    """Return a value of a frame as plain Python: whole numbers without a point, days without a time."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, float, np.integer, np.floating)):
        number = float(value)
        if not np.isfinite(number):
            return None
        return int(number) if number.is_integer() else round(number, DECIMALS)
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else str(value)


def workbook(sheets: Mapping[str, pd.DataFrame], title: str) -> bytes:
    """Return an Excel workbook: text cells are typed as text and marked so, whatever they begin with.

    Parameters
    ----------
    sheets
        Sheet name to its frame.
    title
        Title of the document.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.title = plain_text(title)
    book.properties.creator = "moselle_nb"
    for name, frame in sheets.items():
        for number, first in enumerate(range(0, max(len(frame), 1), MOST_ROWS), start=1):
            title_of_part = name if number == 1 else f"{name} {number}"
            _fill(book.create_sheet(title_of_part), frame.iloc[first : first + MOST_ROWS])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _fill(sheet: WriteOnlyWorksheet, frame: pd.DataFrame) -> None:
    from openpyxl.utils import get_column_letter

    titles = [str(name).replace("_", " ") for name in frame.columns]
    columns = [[_cell(value) for value in frame[name]] for name in frame.columns]
    for place, (title, cells) in enumerate(zip(titles, columns, strict=True), start=1):
        widest = max([len(title), *(len(str(value)) for value in cells if value is not None)])
        sheet.column_dimensions[get_column_letter(place)].width = min(widest, WIDEST) + 2
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(titles))}{len(frame) + 1}"
    sheet.append([_typed(sheet, title, heading=True) for title in titles])
    for row in zip(*columns, strict=True):
        sheet.append([_typed(sheet, value) if isinstance(value, str) else value for value in row])


def _typed(sheet: WriteOnlyWorksheet, text: str, *, heading: bool = False) -> object:
    """Return text as a cell of text; plain text as it is, which is much faster."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    shown = plain_text(text)[:LONGEST_CELL]
    runs = begins_like_formula(text)
    # A leading # could be taken for an error such as #N/A.
    if not (runs or heading or text.startswith("#")):
        return shown
    cell = WriteOnlyCell(sheet, shown)
    cell.data_type = "s"
    cell.quotePrefix = runs
    if heading:
        cell.font = Font(bold=True)
    return cell
