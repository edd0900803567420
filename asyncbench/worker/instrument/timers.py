"""Notes when timers of an asyncio loop are due: `loop.AsyncioInstrument` puts these in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from asyncbench.worker.instrument.callbacks import Noting

# What the timer of `asyncio.sleep` calls; other timers are set by tasks that do not wait for them.
_SLEPT = getattr(asyncio.futures, "_set_result_unless_cancelled", None)


def call_later_of(instrument: Any, later: Any, noted: Noting) -> Callable[..., Any]:
    """Return what takes the place of a loop's `call_later`."""
    dues, clock = instrument.dues, perf_counter_ns

    def call_later(delay: float, callback: Any, *arguments: Any, context: Any = None) -> Any:
        if callback is _SLEPT and instrument.running:
            dues[instrument.running] = clock() + int(delay * 1e9)
        return later(delay, noted(callback), *arguments, context=context)

    return call_later


def call_at_of(instrument: Any, at: Any, noted: Noting) -> Callable[..., Any]:
    """Return what takes the place of a loop's `call_at`."""
    dues, clock = instrument.dues, perf_counter_ns
    loop = instrument.loop

    def call_at(when: float, callback: Any, *arguments: Any, context: Any = None) -> Any:
        if callback is _SLEPT and instrument.running:
            dues[instrument.running] = clock() + int((when - loop.time()) * 1e9)
        return at(when, noted(callback), *arguments, context=context)

    return call_at
