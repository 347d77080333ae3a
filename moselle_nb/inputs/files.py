"""Files in, one per table: CSV, Parquet and Excel."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from moselle_nb.inputs.frames import from_arrow
from moselle_nb.inputs.ledger import EXAMPLES, UNUSED, UNUSED_SAID
from moselle_nb.inputs.raw import folded
from moselle_nb.inputs.tables import TABLES
from moselle_nb.inputs.workbook import EXCEL, read_sheets

if TYPE_CHECKING:
    from pathlib import Path

    from moselle_nb.inputs.ledger import Ledger
    from moselle_nb.inputs.raw import RawTable

__all__ = ["FILES", "read_file"]

TEXT = (".csv", ".tsv", ".txt")
PARQUET = (".parquet", ".pq")
NO_LINES = ("Empty CSV", "Could not skip initial")
"""How pyarrow says that nothing follows the header."""

FILES = (*TEXT, *PARQUET, *EXCEL)


def read_file(name: str, path: Path, ledger: Ledger) -> RawTable | None:
    """Read the file, or the folder of Parquet files, of one table.

    Parameters
    ----------
    name
        Table that it is.
    path
        Where it stands.
    ledger
        Where broken rules go.
    """
    suffix = path.suffix.casefold()
    if path.is_file() and not path.stat().st_size:
        ledger.breaks(name, "the file has column names and lines", 0, [f"{path.name} is empty"])
        return None
    if path.is_dir() or suffix in PARQUET:
        return _read_parquet(name, path, ledger)
    if suffix in TEXT:
        return _read_csv(name, path, ledger)
    sheets = [table for _, table in read_sheets(path, ledger, lambda title: name if folded(title) == name else None)]
    named = [table for table in sheets if table is not None]
    if not named and not ledger.problems:
        named = [table for _, table in read_sheets(path, ledger, lambda _: name, first=True) if table is not None]
    return named[0] if named else None


def _read_parquet(name: str, path: Path, ledger: Ledger) -> RawTable | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.ParquetDataset(path).schema if path.is_dir() else pq.read_schema(path)
        words = [
            field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        ]
        contract = TABLES[name]
        used = None
        if not contract.keeps_extras and {folded(field) for field in schema.names} >= set(contract.required):
            used = [field for field in schema.names if folded(field) in contract.names]
        if path.is_dir():
            table = pq.read_table(path, columns=used, read_dictionary=words)
        else:
            table = pq.ParquetFile(path, read_dictionary=words).read(columns=used)
    except (pa.ArrowException, OSError) as error:
        ledger.breaks(name, "the Parquet file can be read", 0, [f"{path.name}: {str(error).splitlines()[0][:120]}"])
        return None
    if used is not None:
        lost = [field for field in schema.names if field not in used]
        ledger.warn(name, UNUSED, len(lost), [repr(each) for each in lost[:EXAMPLES]], UNUSED_SAID)
    return from_arrow(name, table, "parquet", path.name)


def _read_csv(name: str, path: Path, ledger: Ledger) -> RawTable | None:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    header = _header(path)
    if header is None:
        ledger.breaks(name, "the file is UTF-8 text", 0, [f"{path.name} is not: save it as CSV UTF-8"])
        return None
    ragged: list[Any] = []

    def note(row: Any) -> str:
        ragged.append(row)
        return "skip"

    places = [str(place) for place in range(len(header.names))]
    parse = arrow_csv.ParseOptions(delimiter=header.separator, newlines_in_values=True, invalid_row_handler=note)
    read = arrow_csv.ReadOptions(column_names=places, skip_rows=header.lines)
    convert = arrow_csv.ConvertOptions(column_types=dict.fromkeys(places, pa.string()))
    try:
        table = arrow_csv.read_csv(path, read_options=read, parse_options=parse, convert_options=convert)
    except pa.ArrowInvalid as error:
        if not any(said in str(error) for said in NO_LINES):
            _unreadable_csv(name, path, str(error), ledger)
            return None
        table = pa.table({place: pa.array([], pa.string()) for place in places})
    if ragged:
        rule = f"every line has the {len(places)} fields of the header"
        ledger.breaks(name, rule, len(ragged), [_ragged(row, header.separator) for row in ragged[:EXAMPLES]])
    table = table.rename_columns(header.names)
    return from_arrow(name, table, "csv", path.name, decimal_comma=header.separator == ";")


@dataclass(frozen=True)
class _Header:
    names: list[str]
    separator: str
    lines: int


def _header(path: Path) -> _Header | None:
    """Return the column names, what separates them, and the lines that they take; None when it is not UTF-8."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            lines, first = 1, file.readline()
            separator = first[4:5] if first.casefold().startswith("sep=") else ""
            while (separator and lines == 1) or (first and not first.strip()):
                lines, first = lines + 1, file.readline()
            separator = separator or max("\t;,", key=first.count)
            rest = chain([first], file)
            reader = csv.reader(rest, delimiter=separator)
            names = next(reader, [])
        except UnicodeDecodeError:
            return None
    return _Header(names, separator, lines - 1 + reader.line_num)


def _unreadable_csv(name: str, path: Path, error: str, ledger: Ledger) -> None:
    if "UTF8" in error:
        ledger.breaks(name, "the file is UTF-8 text", 0, [f"{path.name} is not: save it as CSV UTF-8"])
    else:
        ledger.breaks(name, "the file can be read as CSV", 0, [f"{path.name}: {error.splitlines()[0][:120]}"])


def _ragged(row: Any, separator: str) -> str:
    more = row.actual_columns == row.expected_columns + 1 and separator == ","
    note = " (a decimal comma needs fields separated by semicolons)" if more else ""
    return f"{row.actual_columns} in {row.text.strip()[:60]!r}{note}"
