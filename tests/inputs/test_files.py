"""Files as they really arrive: encodings, separators, workbooks with surprises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import moselle_nb as mo
from tests.inputs.tables import assert_same, clean, write_csv, write_excel

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "item,location,date,quantity\n"
LINE = "A1,METZ,2026-11-23,10\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with the clean tables as CSV, whose forecast is to be replaced."""
    return write_csv(clean(), tmp_path / "tables")


def _broken(source: object, **options: object) -> str:
    with pytest.raises(mo.ContractError) as broken:
        mo.load(source, **options)  # type: ignore[arg-type]
    return str(broken.value)


def _rule(source: object) -> str:
    """Give the one broken rule of the forecast."""
    head, _, rule = _broken(source).partition("\n  - ")
    assert head == "forecast: 1 rule broken"
    return rule


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_text_files_in_the_usual_forms(folder: Path, encoding: str, separator: str) -> None:
    expected = mo.load(clean())
    for name, frame in clean().items():
        frame.to_csv(folder / f"{name}.csv", index=False, sep=separator, encoding=encoding, lineterminator="\r\n")
    assert_same(mo.load(folder), expected)


def test_a_decimal_comma_needs_semicolons(folder: Path) -> None:
    lines = "item;location;date;quantity;sd\nA1;METZ;2026-11-23;1,5;2\nA1;METZ;2026-11-30;10;0,25\n"
    (folder / "forecast.csv").write_text(lines, encoding="utf-8")
    forecast = mo.load(folder).forecasts[""]
    assert forecast.quantity[:, 0].tolist() == [1536, 10_240]  # 1.5 and 10 units in steps of 1/1024
    assert forecast.sd is not None
    assert forecast.sd[:, 0].tolist() == [2.0, 0.25]


@pytest.mark.parametrize(
    ("cost", "hint"),
    [
        ("1.045,00", "take out thousands separators"),
        ("1 045,00", "take out thousands separators"),
        ("1\u202f045", "take out thousands separators"),
        ("1'045", "take out thousands separators"),
        ("1.045", "the column has decimal commas; take out thousands separators"),
        ("12,5,0", ""),
    ],
)
def test_thousands_separators_have_to_go(folder: Path, cost: str, hint: str) -> None:
    (folder / "items.csv").write_text(f"item;unit_cost\nA1;{cost}\nB2;2,5\n", encoding="utf-8")
    said = f"A1 unit_cost = {cost!r}{hint and f' ({hint})'}"
    assert _broken(folder) == f"items: 1 rule broken\n  - unit_cost is a number: 1 row, e.g. {said}"


def test_points_and_commas_in_one_column(folder: Path) -> None:
    lines = "item;location;date;quantity\nA1;METZ;2026-11-23;1,5\nA1;METZ;2026-11-30;2.5\n"
    (folder / "forecast.csv").write_text(lines, encoding="utf-8")
    assert _rule(folder) == (
        "quantity is a number: 1 row, e.g. (A1, METZ, 2026-11-30) quantity = '2.5' (the column has decimal commas)"
    )


def test_a_decimal_comma_between_commas(folder: Path) -> None:
    (folder / "forecast.csv").write_text(HEADER + LINE + "A1,METZ,2026-11-30,1,5\n", encoding="utf-8")
    assert _rule(folder) == (
        "every line has the 4 fields of the header: 1 row, e.g. 5 in 'A1,METZ,2026-11-30,1,5' "
        "(a decimal comma needs fields separated by semicolons)"
    )


def test_a_line_that_is_cut_off(folder: Path) -> None:
    (folder / "forecast.csv").write_text(HEADER + LINE + "A1,METZ\n", encoding="utf-8")
    assert _rule(folder) == "every line has the 4 fields of the header: 1 row, e.g. 2 in 'A1,METZ'"


def test_duplicate_column_names(folder: Path) -> None:
    (folder / "forecast.csv").write_text(
        "item,location,date,quantity,quantity\n" + LINE[:-1] + ",10\n", encoding="utf-8"
    )
    assert _rule(folder) == "column names are unique: 'quantity' comes from 'quantity' and 'quantity'"


def test_a_file_in_another_encoding(folder: Path) -> None:
    (folder / "forecast.csv").write_bytes((HEADER + LINE.replace("METZ", "MÜNSTER")).encode("latin-1"))
    assert _rule(folder) == "the file is UTF-8 text: forecast.csv is not: save it as CSV UTF-8"


def test_a_file_in_utf_16(folder: Path) -> None:
    (folder / "forecast.csv").write_bytes((HEADER + LINE).encode("utf-16"))
    assert _rule(folder) == "the file is UTF-8 text: forecast.csv is not: save it as CSV UTF-8"


def test_an_empty_file(folder: Path) -> None:
    (folder / "forecast.csv").write_text("", encoding="utf-8")
    assert _rule(folder) == "the file has column names and lines: forecast.csv is empty"


def test_a_file_with_column_names_only(folder: Path) -> None:
    (folder / "forecast.csv").write_text(HEADER.strip(), encoding="utf-8")
    assert _rule(folder) == "the table has lines: forecast.csv has none"


def test_what_a_spreadsheet_leaves_behind(folder: Path) -> None:
    lines = "sep=;\nitem;location;date;quantity;\nA1;METZ;2026-11-23;10;\n;;;;\n"
    (folder / "forecast.csv").write_text(lines, encoding="utf-8-sig")
    data = mo.load(folder)
    assert data.forecasts[""].quantity[0, 0] == 10 * 1024
    assert ("blank lines", 1) in set(zip(data.quality["rule"], data.quality["count"], strict=True))


def test_leading_zeros_live_in_text_files(folder: Path) -> None:
    for name in ("items", "forecast", "inventory", "inbound"):
        path = folder / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8").replace("A1", "00017"), encoding="utf-8")
    assert mo.load(folder).items["item"].tolist() == ["00017", "B2"]


def test_formula_like_text_and_quotes(folder: Path) -> None:
    text = 'item,name,supplier,unit_cost\nA1,"=HYPERLINK(""x"", 1)\nnext line",MOSEL,2\nB2,+1,MOSEL,2\n'
    (folder / "items.csv").write_text(text, encoding="utf-8")
    assert mo.load(folder).items["name"].tolist() == ['=HYPERLINK("x", 1)\nnext line', "+1"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "planning-data").mkdir()
    missing = str(tmp_path / "planing-data")
    assert _broken(missing) == (
        f"source: 1 rule broken\n  - there is no folder or workbook {missing!r} (did you mean 'planning-data'?)"
    )


def test_a_folder_without_tables(tmp_path: Path) -> None:
    (tmp_path / "forecats.csv").write_text(HEADER + LINE, encoding="utf-8")
    assert _broken(tmp_path) == (
        "source: 1 rule broken\n  - the folder has files named as tables, such as forecast.csv: "
        "'forecats.csv' (did you mean 'forecast'?)"
    )


def test_files_of_other_names_are_said(folder: Path) -> None:
    (folder / "prices.csv").write_text(HEADER, encoding="utf-8")
    (folder / "notes.md").write_text("no table", encoding="utf-8")
    assert mo.load(folder).quality.to_numpy().tolist() == [
        ["source", "files not named as a table", 1, "'prices.csv'", "not read"]
    ]


def test_one_table_in_two_files(folder: Path) -> None:
    clean()["forecast"].to_parquet(folder / "forecast.parquet")
    assert _rule(folder) == "there is one file for the table: forecast.csv, forecast.parquet"


@pytest.mark.parametrize(
    ("source", "got"),
    [
        ("postgresql://planner:secret@host/plans", "databases are not read yet: give {}: got postgresql://…"),
        (17, "it is {}: got int"),
        (pd.DataFrame({"item": ["A1"]}), "it is {}: got DataFrame: give {{'forecast': frame, …}}"),
    ],
)
def test_a_source_of_another_kind(source: object, got: str) -> None:
    accepted = "a folder of CSV, Parquet or Excel files, an Excel workbook, or a mapping of data frames"
    assert _broken(source) == f"source: 1 rule broken\n  - {got.format(accepted)}"


def test_one_file_is_no_source(folder: Path) -> None:
    assert _broken(folder / "items.csv").endswith("got the file 'items.csv': give its folder")


def test_a_folder_of_parquet_files_is_one_table(folder: Path) -> None:
    forecast = clean()["forecast"]
    (folder / "forecast.csv").unlink()
    (folder / "forecast").mkdir()
    forecast[:7].to_parquet(folder / "forecast" / "part-0.parquet")
    forecast[7:].to_parquet(folder / "forecast" / "part-1.parquet")
    assert_same(mo.load(folder), mo.load(clean()))


def test_unused_columns_of_parquet_are_said(folder: Path) -> None:
    (folder / "forecast.csv").unlink()
    clean()["forecast"].assign(comment="x").to_parquet(folder / "forecast.parquet")
    quality = mo.load(folder).quality
    assert quality["examples"].tolist() == ["'comment'"]


def test_a_parquet_file_that_is_none(folder: Path) -> None:
    (folder / "forecast.csv").rename(folder / "forecast.parquet")
    assert _rule(folder).startswith("the Parquet file can be read: forecast.parquet: ")


def test_a_dictionary_whose_words_do_not_all_occur(tmp_path: Path) -> None:
    """A category that was filtered away is no unknown key."""
    tables: dict[str, object] = dict(clean())
    keys = pa.DictionaryArray.from_arrays(pa.array([1, 1, None]), pa.array(["GONE", "A1"]))
    days = pa.array(["2026-11-23", "2026-11-30", None])
    lines = {"item": keys, "location": ["METZ", "METZ", None], "date": days, "quantity": [1, 2, None]}
    tables["forecast"] = pa.table(lines)
    assert mo.load(tables).forecasts[""].quantity[:, 0].tolist() == [1024, 2048]
    pq.write_table(pa.table(lines), tmp_path / "forecast.parquet")
    assert mo.load(tmp_path, as_of="2026-11-23").n_rows == 1


def _sheet(path: Path, rows: list[list[object]]) -> Path:
    """Replace the forecast's sheet in a workbook of the clean tables."""
    write_excel(clean(), path)
    workbook = openpyxl.load_workbook(path)
    del workbook["forecast"]
    sheet = workbook.create_sheet("forecast")
    for row in rows:
        sheet.append(row)
    workbook.save(path)
    return path


NAMES: list[object] = ["item", "location", "date", "quantity"]


def test_two_header_rows_in_a_workbook(tmp_path: Path) -> None:
    path = _sheet(tmp_path / "plan.xlsx", [["Forecast, week 48"], NAMES, ["A1", "METZ", "2026-11-23", 10]])
    assert _rule(path) == "the first row holds the column names: they are in row 2; delete the rows above it"


def test_a_row_of_units_in_a_workbook(tmp_path: Path) -> None:
    units: list[object] = [None, None, "yyyy-mm-dd", "pieces"]
    text = _broken(_sheet(tmp_path / "plan.xlsx", [NAMES, units, ["A1", "METZ", "2026-11-23", 10]]))
    assert "quantity is a number: 1 row, e.g. (empty, empty, 'yyyy-mm-dd') quantity = 'pieces'" in text


def test_numbers_as_keys_in_a_workbook(tmp_path: Path) -> None:
    tables = {name: frame.replace({"A1": 17}) for name, frame in clean().items()}
    data = mo.load(write_excel(tables, tmp_path / "plan.xlsx"))
    assert data.items["item"].tolist() == ["17", "B2"]
    said = data.quality.iloc[0]
    assert said["rule"] == "item given as numbers, not as text"
    assert said["what_was_done"] == "read as digits: zeros in front may be lost"


def test_a_formula_that_was_never_calculated(tmp_path: Path) -> None:
    path = _sheet(tmp_path / "plan.xlsx", [NAMES, ["A1", "METZ", "2026-11-23", "=5+5"]])
    assert "formulas have been calculated: open the workbook in Excel and save it: 1 row, e.g. D2 =5+5" in _broken(path)


def test_an_error_in_a_cell(tmp_path: Path) -> None:
    path = _sheet(tmp_path / "plan.xlsx", [NAMES, ["A1", "METZ", "2026-11-23", "#N/A"]])
    assert "quantity holds no Excel errors: 1 row, e.g. #N/A" in _broken(path)


def test_an_empty_sheet(tmp_path: Path) -> None:
    path = _sheet(tmp_path / "plan.xlsx", [])
    assert _rule(path) == "the sheet has column names and lines: plan.xlsx, sheet forecast is empty"


def test_sheets_of_other_names_are_said(tmp_path: Path) -> None:
    tables = {**clean(), "Forcast": clean()["forecast"]}
    data = mo.load(write_excel(tables, tmp_path / "plan.xlsx"))
    assert data.quality["examples"].tolist() == ["'Forcast' (did you mean 'forecast'?)"]


def test_a_workbook_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "plan.xlsx").write_text("no workbook", encoding="utf-8")
    assert _broken(tmp_path / "plan.xlsx") == (
        "source: 1 rule broken\n  - the workbook can be read: plan.xlsx is no .xlsx file: save it as one"
    )


def test_a_workbook_for_one_table(folder: Path) -> None:
    (folder / "forecast.csv").unlink()
    clean()["forecast"].to_excel(folder / "forecast.xlsx", sheet_name="Sheet1", index=False)
    assert_same(mo.load(folder), mo.load(clean()))
