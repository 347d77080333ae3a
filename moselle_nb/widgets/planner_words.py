"""Counts with their nouns. No widget."""

from __future__ import annotations

__all__ = ["counted"]


def counted(count: int, noun: str) -> str:
    """Return a count with its noun.

    Parameters
    ----------
    count
        How many.
    noun
        What is counted, one of it.

    Examples
    --------
    >>> counted(1, "edit"), counted(2000, "edit")
    ('1 edit', '2,000 edits')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
