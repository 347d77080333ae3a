"""The widgets: everything that imports anywidget, ipywidgets or IPython."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parent / "static"
"""Where the front end's bundle lies."""
