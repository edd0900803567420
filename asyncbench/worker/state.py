"""What in a worker's interpreter changes what is measured, by its environment or its modules."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time

# As they were before any code of a user's.
_SWITCH = sys.getswitchinterval()
_THRESHOLDS = gc.get_threshold()
_RECURSION = sys.getrecursionlimit()
_CLOCKS = {name: getattr(time, name) for name in ("monotonic", "perf_counter", "sleep", "time")}
SEPARATOR = "; "


def note_clocks() -> None:
    """Take the clocks as they are now for those of a plain interpreter: gevent brings its own."""
    _CLOCKS.update({name: getattr(time, name) for name in _CLOCKS})


def changed(loop: asyncio.AbstractEventLoop | None, *, collects: bool) -> str:
    """Return what is not as a plain interpreter has it, '' where nothing is.

    `collects`: garbage collection was on before the run's own settings.
    """
    found = []
    if loop is not None and loop.get_debug():
        found.append("asyncio's debug mode is on")
    if sys.flags.dev_mode:
        found.append("Python's development mode (-X dev) is on")
    if sys.gettrace() or threading.gettrace():
        found.append("a trace function is set, as debuggers and coverage do")
    if sys.getprofile() or threading.getprofile():
        found.append("a profile function is set, as profilers do")
    found += [f"{tool} watches by sys.monitoring" for tool in _monitors()]
    if sys.getswitchinterval() != _SWITCH:
        found.append(f"the switch interval is {sys.getswitchinterval() * 1e3:g} ms")
    if gc.get_threshold() != _THRESHOLDS:
        found.append(f"the thresholds of garbage collection are {gc.get_threshold()}")
    if not collects:
        found.append("garbage collection is switched off by the code")
    if sys.getrecursionlimit() != _RECURSION:
        found.append(f"the recursion limit is {sys.getrecursionlimit()}")
    tracemalloc = sys.modules.get("tracemalloc")
    if tracemalloc and tracemalloc.is_tracing():
        found.append("tracemalloc is on")
    replaced = [name for name, clock in _CLOCKS.items() if getattr(time, name, None) is not clock]
    if replaced:
        found.append(f"{', '.join(f'time.{name}' for name in replaced)} replaced by the code")
    return SEPARATOR.join(found)


def _monitors() -> list[str]:
    """Return the tools of sys.monitoring, which Python 3.12 brought."""
    monitoring = getattr(sys, "monitoring", None)
    if monitoring is None:
        return []
    return [str(tool) for number in range(6) if (tool := monitoring.get_tool(number))]
