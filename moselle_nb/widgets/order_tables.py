"""Frames as tables of JSON records, and what changed between two sets of orders. No widget."""

from __future__ import annotations

import re
import unicodedata
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from moselle_nb.widgets.planner_words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MOST_RECORDS", "cell_text", "difference", "notes_of", "records_of", "slug", "static_table"]

MOST_RECORDS = 500
"""Rows of a table that are sent to the browser; the downloads hold all."""


def records_of(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the first records of a frame as JSON; columns in which nothing stands are left out.

    Parameters
    ----------
    frame
        Any frame.
    """
    columns = [str(name) for name in frame.columns if frame[name].notna().any()]
    records = [
        {str(name): _plain(value) for name, value in record.items()}
        for record in frame[columns].head(MOST_RECORDS).to_dict(orient="records")
    ]
    return {"records": records, "total": len(frame), "columns": columns}


def notes_of(messages: pd.DataFrame) -> list[str]:
    """Return the messages, each with the order it is about: its id, from or to whom, and where.

    Parameters
    ----------
    messages
        Messages of a document: id, party and location first, and a text.
    """
    columns = messages[[*messages.columns[:3], "text"]].head(MOST_RECORDS).itertuples(index=False, name=None)
    return [
        f"{id_} ({f'no {messages.columns[1]}' if party is None else party}, {location}): {text}" if id_ else str(text)
        for id_, party, location, text in columns
    ]


def _plain(value: object) -> object:
    """Return a cell as JSON holds it: days as ISO text, nothing as null."""
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):  # noqa: PLR0124 (nan)
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    item = getattr(value, "item", None)
    return item() if callable(item) else value


def cell_text(value: object) -> str:
    """Write a value as people read it; nothing for null.

    Parameters
    ----------
    value
        As `records_of` gives it.
    """
    if value is None:
        return ""
    return f"{value:,.2f}".removesuffix(".00") if isinstance(value, float) else str(value)


def difference(before: pd.DataFrame | None, after: pd.DataFrame, noun: str, nothing: str) -> str:
    """Say what is new: orders are the same ones when their ids, the first column, are.

    Parameters
    ----------
    before, after
        Lines of both; none before the first time.
    noun
        What is generated, one of it.
    nothing
        What to say where there is none.
    """
    key = str(after.columns[0])
    count = after[key].nunique()
    total = counted(count, noun)
    if before is None:
        return f"{total} with {counted(len(after), 'line')}." if count else f"{nothing} now."
    old, new = (dict(tuple(frame.groupby(key))) for frame in (before, after))
    made = len(new.keys() - old.keys())
    gone = len(old.keys() - new.keys())
    revised = sum(not _same(old[key], new[key]) for key in old.keys() & new.keys())
    if not (made or gone or revised):
        return f"Nothing new: the same {total} as before."
    parts = [
        f"{made:,} new",
        f"{revised:,} revised",
        f"{count - made - revised:,} unchanged",
        f"{gone:,} withdrawn",
    ]
    return f"{total}: {', '.join(parts)}."


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return one.reset_index(drop=True).equals(other.reset_index(drop=True))


def slug(name: str) -> str:
    """Return a name as part of a file name: lower case, ASCII, dashes.

    Parameters
    ----------
    name
        Any text.
    """
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "plan"


def static_table(caption: str, table: Mapping[str, Any], most: int = MOST_RECORDS) -> str:
    """Return records as accessible HTML; nothing where there are none.

    Parameters
    ----------
    caption
        Of the table; blank for none.
    table
        Records and columns, from `records_of`.
    most
        Rows that are written.
    """
    if not table["records"]:
        return ""
    head = "".join(f"<th scope='col'>{escape(name.replace('_', ' '))}</th>" for name in table["columns"])
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell_text(record[name]))}</td>' for name in table['columns'])}</tr>"
        for record in table["records"][:most]
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
