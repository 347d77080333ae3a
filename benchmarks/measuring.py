"""Clocks, peak memory and the floor: what all measurements share."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import os
import resource
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt


@dataclasses.dataclass
class Clock:
    """Seconds on the wall and on the processors, from `clock`'s beginning to its end."""

    seconds: float = 0.0
    processor_seconds: float = 0.0


@contextlib.contextmanager
def clock() -> Iterator[Clock]:
    """Time a block."""
    taken = Clock()
    wall, processor = time.perf_counter(), time.process_time()
    yield taken
    taken.seconds = time.perf_counter() - wall
    taken.processor_seconds = time.process_time() - processor


@contextlib.contextmanager
def phases(places: Sequence[tuple[str, str, str]]) -> Iterator[dict[str, float]]:
    """Add up the seconds inside functions, each given as (phase, module, name); threads add up."""
    seconds = {phase: 0.0 for phase, _, _ in places}
    originals = []

    def timed(phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: object, **named: object) -> object:
            begin = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                seconds[phase] += time.perf_counter() - begin

        return run

    for phase, module_name, name in places:
        module = importlib.import_module(module_name)
        function = getattr(module, name)
        originals.append((module, name, function))
        setattr(module, name, timed(phase, function))
    try:
        yield seconds
    finally:
        for module, name, function in reversed(originals):
            setattr(module, name, function)


def peak_bytes() -> int:
    """Return the most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def machine() -> str:
    """Name processors and memory, for the line under the table."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as stream:  # noqa: PTH123
        names = [line.partition(":")[2].strip() for line in stream if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{os.cpu_count()} × {names[0] if names else 'processor'}, {memory:.0f} GB"


def arrays_of(*documents: object) -> list[npt.NDArray[Any]]:
    """Return every number array that these documents reach, each once; frames and text are left out."""
    found: dict[int, npt.NDArray[Any]] = {}
    seen: set[int] = set()
    waiting = list(documents)
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, np.ndarray):
            if thing.dtype.kind != "O" and thing.size:
                found[thing.__array_interface__["data"][0]] = thing
        elif dataclasses.is_dataclass(thing) and not isinstance(thing, type):
            waiting += [getattr(thing, field.name) for field in dataclasses.fields(thing)]
        elif isinstance(thing, Mapping):
            waiting += list(thing.values())
        elif isinstance(thing, list | tuple):
            waiting += list(thing)
    return list(found.values())


def floor(arrays: list[npt.NDArray[Any]], rounds: int = 3) -> float:
    """Return the seconds to copy every array once with ``np.copyto``, into memory that is there."""
    copies = [np.zeros_like(array) for array in arrays]
    best = float("inf")
    for _ in range(rounds):
        with clock() as taken:
            for copy, array in zip(copies, arrays, strict=True):
                np.copyto(copy, array)
        best = min(best, taken.seconds)
    return best
