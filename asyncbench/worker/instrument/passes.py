"""The extra passes: one batch that is watched, summed up for a run or event by event for a trace.

Watching takes time, so nothing here happens in a timed sample.
"""

from __future__ import annotations

import asyncio
import contextlib
import dis
import inspect
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from asyncbench.core import callables
from asyncbench.core.executor import Executor
from asyncbench.core.functions import FunctionWorkload
from asyncbench.core.workload import FORMS, Proof, Workload
from asyncbench.record.event_reader import processes
from asyncbench.record.events import BLOCKS_NS, EventKind, EventLog, code_place
from asyncbench.worker.instrument import stack_dump, watchdog
from asyncbench.worker.instrument.hops import ThreadHops
from asyncbench.worker.instrument.loop_stats import LoopStats
from asyncbench.worker.instrument.sink import EventSink
from asyncbench.worker.instrument.strays import Strays
from asyncbench.worker.instrument.thread_waits import ThreadWaits
from asyncbench.worker.instrument.unawaited import Unawaited
from asyncbench.worker.instrument.workload import InstrumentedWorkload, threads_noted

# The order of more tasks than this makes a line that nobody reads, and a journal that is refused.
MOST_ORDERED = 1_000_000
# As many tasks are asked for what they are called: no picture has more rows that have a name.
MOST_LABELS = 200


def observe(
    executor: Executor,
    workload: Workload,
    tasks: int,
    concurrency: int,
    *,
    order: bool,
    warmup: bool,
) -> dict[str, Any]:
    """Run one batch and return what it did to its loop; `order`: in which tasks ended, too.

    `warmup`: a batch before it is not looked at. The order is that of all processes, so the end
    of each task goes to an event log.
    """
    with contextlib.ExitStack() as stack:
        ends = None
        if order:
            prefix = "asyncbench-order-"
            ends = EventLog(stack.enter_context(tempfile.TemporaryDirectory(prefix=prefix)))
        stats, beside = LoopStats(BLOCKS_NS, ends), _Beside()
        wall, _, _ = _run(
            executor, workload, stats, tasks, concurrency, None, BLOCKS_NS, beside, warmup=warmup
        )
        ended = sorted(
            (time, index)
            for events in (processes(Path(ends.folder)) if ends else ())
            for kind, index, _, time, *_ in events
            if kind == EventKind.END and time >= stats.began_ns
        )
    return {
        "began_ns": stats.began_ns,
        "wall_ns": wall,
        **stats.figures(min(executor.lanes, tasks)),
        **beside.figures(),
        "by": stats.by(_place(workload, executor.form)),
        "awaits": _awaits(_called(workload, executor.form), executor.form),
        "order": [index for _, index in ended] if order and len(ended) <= MOST_ORDERED else None,
    }


class _Beside:
    """What a run wants to know of a batch beside the steps of its loop."""

    def __init__(self) -> None:
        self.strays = Strays()
        self._hops, self._waits, self._unawaited = ThreadHops(), ThreadWaits(), Unawaited()

    @contextlib.contextmanager
    def counting(
        self, loop: asyncio.AbstractEventLoop | None, watched: InstrumentedWorkload
    ) -> Iterator[None]:
        """Count within a context; where no loop runs tasks, it looks at their threads."""
        with self._unawaited.counting(), self._hops.counting(), contextlib.ExitStack() as stack:
            if loop is None:
                stack.enter_context(self._waits.of(watched.busy))
            else:
                self._hops.watch(loop)
                self.strays.watch(loop)
            yield

    def figures(self) -> dict[str, Any]:
        """Return what a run records of it."""
        parts = (self._hops, self.strays, self._waits, self._unawaited)
        return {name: value for part in parts for name, value in part.figures().items()}


def trace(
    executor: Executor,
    workload: Workload,
    tasks: int,
    concurrency: int,
    folder: str,
    rate: float | None,
    threshold_ns: int,
) -> dict[str, Any]:
    """Run one batch whose events go to a folder; return how long start-up and batch took."""
    sink = EventLog(folder)
    sink.number("labels", labels=_labels(workload, tasks), place=_place(workload, executor.form))
    stack_dump.begin(folder)
    wall, startup, proof = _run(executor, workload, sink, tasks, concurrency, rate, threshold_ns)
    return {
        "wall_ns": wall,
        "startup_ns": startup,
        "lanes": executor.lanes,
        "count": proof.count,
        "checksum": proof.checksum,
        "facts": facts(executor, tasks),
    }


def _run(
    executor: Executor,
    workload: Workload,
    sink: EventSink,
    tasks: int,
    concurrency: int,
    rate: float | None,
    threshold_ns: int,
    beside: _Beside | None = None,
    *,
    warmup: bool = False,
) -> tuple[int, int, Proof]:
    """Start, run and stop; return the nanoseconds of the batch and of the start, and the proof."""
    watched = InstrumentedWorkload(workload, sink, rate)
    began = perf_counter_ns()
    executor.start(watched, concurrency)
    startup = perf_counter_ns() - began
    with contextlib.ExitStack() as stack:
        stack.enter_context(threads_noted(watched))
        loop = executor.loop()
        if loop is not None:
            watched.watch(loop)
        if warmup:
            all_done(executor.run(tasks), tasks)
        if beside:
            watched.threads.clear()
            stack.enter_context(beside.counting(loop, watched))
        for instrument in watched.instruments():
            stack.callback(instrument.close)
            stack.enter_context(watchdog.watching(instrument, threshold_ns))
        began = perf_counter_ns()
        sink.batch(began, lanes=executor.lanes)
        proof = executor.run(tasks)
        ended = perf_counter_ns()
        sink.batch(began, ended, executor.lanes)
        all_done(proof, tasks)
        if beside:
            beside.strays.count(watched.threads)
    executor.stop()
    return ended - began, startup, proof


def facts(executor: Executor, tasks: int) -> dict[str, str]:
    """Return what an executor states, as texts, whatever a user's own has there."""
    return {str(name): str(each) for name, each in executor.describe(tasks).items()}


def all_done(proof: Proof, tasks: int) -> None:
    """Raise RuntimeError where a batch came back without all of its tasks."""
    if proof.count != tasks:
        raise RuntimeError(f"{proof.count} of {tasks} tasks were done")


def _labels(workload: Workload, tasks: int) -> list[str]:
    label = workload.label if callable(workload.label) else str  # or a parameter of that name
    return [str(label(index)) for index in range(min(tasks, MOST_LABELS))]


def _place(workload: Workload, form: str) -> str:
    """Return the name of the code that keeps control during a step, with file and line."""
    called = _called(workload, form)
    inner = callables.body(called)
    code = getattr(inner, "__code__", None)
    if not isinstance(workload, FunctionWorkload):
        name = f"{type(workload).__qualname__}.{called.__name__}"
    else:
        name = getattr(inner, "__qualname__", workload.name)
    return code_place(name, code.co_filename, code.co_firstlineno) if code else name


def _called(workload: Workload, form: str) -> Any:
    if isinstance(workload, FunctionWorkload):
        return workload.blocking if form == "blocking" else workload.cooperative
    return getattr(workload, FORMS[form][1])


def _awaits(called: Any, form: str) -> bool:
    """Return whether there is an await in the code of a task itself.

    A function that hands back an awaitable has its awaits elsewhere.
    """
    code = getattr(callables.body(called), "__code__", None)
    if form != "blocking" and not (code and code.co_flags & inspect.CO_COROUTINE):
        return True
    return code is not None and any(
        each.opname == "GET_AWAITABLE" for each in dis.get_instructions(code)
    )
