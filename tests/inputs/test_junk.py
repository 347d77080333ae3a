"""Ten million lines of junk: refused in seconds, in bounded memory."""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa
import pytest

import moselle_nb as mo
from tests.inputs.tables import clean

LINES = 10_000_000


def test_ten_million_junk_lines() -> None:
    """Every item is unknown, every tenth quantity negative, and keys repeat."""
    rng = np.random.Generator(np.random.PCG64(1))
    words = pa.array([f"JUNK-{i}" for i in range(50_000)])
    items = pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, 50_000, LINES, dtype=np.int32)), words)
    places = pa.DictionaryArray.from_arrays(pa.array(np.zeros(LINES, dtype=np.int8)), pa.array(["METZ"]))
    days = np.datetime64("2026-11-23") + 7 * rng.integers(0, 26, LINES)
    quantity = np.where(np.arange(LINES) % 10 == 0, -1.0, 1.0)
    junk = pa.table({"item": items, "location": places, "date": pa.array(days), "quantity": quantity})
    start = time.process_time()
    with pytest.raises(mo.ContractError) as broken:
        mo.load({**clean(), "forecast": junk})
    assert time.process_time() - start < 20, "seconds of processor time"
    counts = {problem.rule: problem.count for problem in broken.value.problems}
    assert counts["quantity is finite and >= 0"] == LINES // 10
    assert counts["item is known"] == LINES
    assert counts["item, location and date are unique"] > LINES * 0.99
    assert "'JUNK-" in str(broken.value)
    assert len(str(broken.value)) < 1_000


def test_a_million_different_unknown_keys() -> None:
    forecast = pa.table(
        {
            "item": pa.array([f"JUNK-{i}" for i in range(1_000_000)]),
            "location": ["METZ"] * 1_000_000,
            "date": ["2026-12-07"] * 1_000_000,
            "quantity": np.ones(1_000_000),
        }
    )
    start = time.process_time()
    with pytest.raises(mo.ContractError, match=r"item is known: 1,000,000 rows, e\.g\. 'JUNK-0', 'JUNK-1', 'JUNK-2'"):
        mo.load({**clean(), "forecast": forecast})
    assert time.process_time() - start < 10, "seconds of processor time"
