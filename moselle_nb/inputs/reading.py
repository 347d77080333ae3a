"""Where tables come from: a folder, a workbook, or frames."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moselle_nb.exceptions import near
from moselle_nb.inputs.files import FILES, read_file
from moselle_nb.inputs.frames import read_frame
from moselle_nb.inputs.raw import folded
from moselle_nb.inputs.tables import TABLES
from moselle_nb.inputs.workbook import EXCEL, read_sheets

if TYPE_CHECKING:
    from moselle_nb.inputs.ledger import Ledger
    from moselle_nb.inputs.raw import RawTable

__all__ = ["ACCEPTED", "read_source"]

ACCEPTED = "a folder of CSV, Parquet or Excel files, an Excel workbook, or a mapping of data frames"


def read_source(source: object, ledger: Ledger) -> dict[str, RawTable]:
    """Read every table that a source holds.

    Parameters
    ----------
    source
        What `load` was given.
    ledger
        Where broken rules and warnings go; what cannot be read at all stops at once.
    """
    if isinstance(source, Mapping):
        return _from_frames(source, ledger)
    if not isinstance(source, (str, PathLike)):
        ledger.breaks("source", f"it is {ACCEPTED}", 0, [f"got {type(source).__name__}{_frame_hint(source)}"])
    elif "://" in str(source):
        scheme = str(source).split("://", 1)[0]
        ledger.breaks("source", f"databases are not read yet: give {ACCEPTED}", 0, [f"got {scheme}://…"])
    else:
        return _from_path(Path(source).expanduser(), ledger)
    ledger.stop_if_broken()
    return {}


def _from_path(path: Path, ledger: Ledger) -> dict[str, RawTable]:
    if path.is_dir():
        return _from_folder(path, ledger)
    if not path.exists():
        ledger.breaks("source", f"there is no folder or workbook {str(path)!r}{_near_path(path)}")
    elif path.suffix.casefold() in EXCEL:
        return _from_workbook(path, ledger)
    else:
        ledger.breaks("source", f"it is {ACCEPTED}", 0, [f"got the file {path.name!r}: give its folder"])
    ledger.stop_if_broken()
    return {}


def _frame_hint(source: object) -> str:
    return ": give {'forecast': frame, …}" if hasattr(source, "columns") else ""


def _near_path(path: Path) -> str:
    parent = path.parent
    return near(path.name, [entry.name for entry in parent.iterdir()]) if parent.is_dir() else ""


def _from_frames(source: Mapping[Any, object], ledger: Ledger) -> dict[str, RawTable]:
    tables: dict[str, RawTable] = {}
    for key, frame in source.items():
        name = folded(key)
        if name not in TABLES:
            ledger.breaks("source", "tables have the names of the contract", 0, [f"{key!r}{near(name, TABLES)}"])
            continue
        read = read_frame(name, frame, ledger)
        if read is not None:
            tables[name] = read
    return tables


def _from_folder(folder: Path, ledger: Ledger) -> dict[str, RawTable]:
    paths: dict[str, list[Path]] = {}
    strange: list[str] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "~$")) or not _is_data(path):
            continue
        name = folded(path.stem)
        if name in TABLES:
            paths.setdefault(name, []).append(path)
        else:
            strange.append(f"{path.name!r}{near(name, TABLES)}")
    ledger.warn("source", "files not named as a table", len(strange), strange, "not read")
    tables: dict[str, RawTable] = {}
    for name, found in paths.items():
        if len(found) > 1:
            ledger.breaks(name, "there is one file for the table", 0, [path.name for path in found])
            continue
        read = read_file(name, found[0], ledger)
        if read is not None:
            tables[name] = read
    if not paths:
        ledger.breaks(
            "source",
            "the folder has files named as tables, such as forecast.csv",
            0,
            strange or ["it has none"],
        )
        ledger.stop_if_broken()
    return tables


def _is_data(path: Path) -> bool:
    if path.is_dir():
        return folded(path.stem) in TABLES and any(path.glob("*.parquet"))
    return path.suffix.casefold() in FILES


def _from_workbook(path: Path, ledger: Ledger) -> dict[str, RawTable]:
    tables: dict[str, RawTable] = {}
    strange: list[str] = []
    sheets = read_sheets(path, ledger, lambda title: folded(title) if folded(title) in TABLES else None)
    for title, table in sheets:
        if table is None:
            strange.append(f"{title!r}{near(folded(title), TABLES)}")
        elif table.name in tables:
            ledger.breaks(table.name, "there is one sheet for the table", 0, [tables[table.name].origin, table.origin])
        else:
            tables[table.name] = table
    ledger.warn("source", "sheets not named as a table", len(strange), strange, "not read")
    return tables
