"""The child: one process that runs one cell, and answers its runner."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from asyncbench.core import callables, catalogue, loading
from asyncbench.core.executor import Executor
from asyncbench.core.functions import FunctionWorkload
from asyncbench.core.system import gil_enabled, interpreter_facts, jit_enabled
from asyncbench.core.workload import Proof, Workload
from asyncbench.errors import UnprovenError
from asyncbench.executors import registry
from asyncbench.worker import demand, failures, state
from asyncbench.worker.channel import Channel
from asyncbench.worker.instrument import passes
from asyncbench.worker.protocol import (
    Answer,
    DemandMeasured,
    Load,
    Loaded,
    MeasureDemand,
    Message,
    Observe,
    Observed,
    Ran,
    Run,
    Start,
    Started,
    Stop,
    Stopped,
    Trace,
    Traced,
)
from asyncbench.worker.usage import Meter, between, own_ns, plus


class Session:
    """Answers a runner's requests for one cell; `clock` returns nanoseconds."""

    _workload: Workload
    _executor: Executor
    _proof: Proof | None = None

    def __init__(self, clock: Callable[[], int] = time.perf_counter_ns) -> None:
        self._clock = clock
        self._meter = Meter()
        self._actions: dict[type[Message], Callable[[Any], Answer]] = {
            Load: self._load,
            Start: self._start,
            MeasureDemand: self._measure_demand,
            Observe: self._observe,
            Trace: self._trace,
            Run: self._run,
            Stop: self._stop,
        }

    def answer(self, request: Message) -> Answer:
        """Do what is asked and return the answer; a failure of the user's code is one, too."""
        try:
            return self._actions[type(request)](request)
        except BaseException as error:  # a task may raise KeyboardInterrupt too
            return failures.answer(error, vars(self).get("_executor"))

    def _load(self, request: Load) -> Loaded:
        # What is ours comes before the user's folder is on the import path.
        loading.start_from(os.getcwd())  # noqa: PTH109
        ours = registry.is_ours(request.executor)
        if ours:
            self._prepare(request)
            state.note_clocks()
        loading.prefer(request.path)
        self._tasks = request.tasks
        self._concurrency = request.concurrency
        self._collect_garbage, self._proves = request.gc, request.proof
        if not ours:
            self._prepare(request)
        self._workload = catalogue.build(request.workload, request.params, request.call)
        self._workload.address = request.address
        self._workload.tasks, self._workload.concurrency = self._tasks, self._concurrency
        self._workload.load(self._executor.form)
        self._collects = gc.isenabled()
        return Loaded(interpreter_facts())

    def _prepare(self, request: Load) -> None:
        """Make the executor, before the workload: what patches this process comes first."""
        self._reference, self._processes = request.executor, request.processes
        self._executor = self._fresh()
        self._executor.load()

    def _start(self, _: Start) -> Started:
        began = self._clock()
        self._executor.start(self._workload, self._concurrency)
        startup = self._clock() - began
        self._settle_garbage()
        self._meter.find_processes()
        facts = passes.facts(self._executor, self._tasks)
        found = state.changed(self._executor.loop(), collects=self._collects)
        if found:
            facts["state"] = found
        if isinstance(self._workload, FunctionWorkload) and any(
            map(callables.keeps, self._workload.found)
        ):
            facts["keeps"] = "results"
        return Started(startup, self._executor.lanes, facts)

    def _measure_demand(self, _: MeasureDemand) -> DemandMeasured:
        return demand.measure(self._workload, self._executor)

    def _observe(self, request: Observe) -> Observed:
        return Observed(
            **passes.observe(
                self._fresh(),
                self._workload,
                self._tasks,
                self._concurrency,
                order=request.order,
                warmup=request.warmup,
            )
        )

    def _trace(self, request: Trace) -> Traced:
        self._settle_garbage()
        return Traced(
            **passes.trace(
                self._fresh(),
                self._workload,
                self._tasks,
                self._concurrency,
                request.folder,
                request.rate,
                request.threshold_ns,
            )
        )

    def _fresh(self) -> Executor:
        """Return an executor, with its parameters, that nothing has used yet."""
        executor = registry.make(self._reference)
        executor.processes = self._processes
        return executor

    def _settle_garbage(self) -> None:
        """Exempt what exists now from collection; disable collection if the run asks for that.

        The same policy for every cell: a collection costs what the workload's own objects cost.
        """
        gc.collect()
        gc.freeze()
        if not self._collect_garbage:
            gc.disable()

    def _run(self, request: Run) -> Ran:
        tasks, clock = self._tasks, self._clock
        run = self._executor.run if self._proves else self._run_unproven
        if not self._collect_garbage:
            gc.collect()
        _go_to(request.cpu)
        elsewhere = self._executor.elsewhere()
        before = self._meter.read()
        began = clock()
        proof = other = run(tasks)
        for _ in range(request.batches - 1):
            if (again := run(tasks)) != proof:
                other = again
        wall = clock() - began
        after, elsewhere_after = self._meter.read(), self._executor.elsewhere()
        used = plus(between(before, after), elsewhere, elsewhere_after)
        engine = None
        if self._executor.has_engine:
            engine = own_ns(before, after) + elsewhere_after.engine_ns - elsewhere.engine_ns
        if request.warmup:
            self._meter.find_processes()
        self._prove(proof)
        self._prove(other)
        return Ran(wall, *used, proof.count, proof.checksum, engine)

    def _run_unproven(self, tasks: int) -> Proof:
        return Proof(self._executor.run(tasks).count, 0)

    def _prove(self, proof: Proof) -> None:
        passes.all_done(proof, self._tasks)
        self._proof = self._proof or proof
        if proof != self._proof:
            raise UnprovenError(
                "what its tasks return is not the same in each batch (added up "
                f"{self._proof.checksum}, then {proof.checksum}), so nothing shows that each did "
                "the same work; --proof none measures it all the same"
            )

    def _stop(self, _: Stop) -> Stopped:
        own = self._executor.peak_bytes()
        peak = self._meter.peak_rss() if own is None else own
        elsewhere = self._executor.elsewhere()
        peak += elsewhere.peak_bytes
        engine = None
        if self._executor.has_engine:
            engine = self._meter.own_peak_rss() + elsewhere.engine_bytes
        began = self._clock()
        self._executor.stop()
        shutdown = self._clock() - began
        self._meter.find_processes()
        used = between({}, self._meter.read())
        total = used.user_ns + used.system_ns
        return Stopped(shutdown, total, peak, gil_enabled(), jit_enabled(), engine)


def serve(channel: Channel) -> None:
    """Answer requests until the runner hangs up."""
    session, here = Session(), os.getpid()
    while True:
        try:
            request = channel.receive()
        except (EOFError, OSError):
            return
        answer = session.answer(request)
        if os.getpid() != here:
            os._exit(0)  # a task has forked, and its child came back instead of leaving
        flush_output()
        channel.send(answer)


def flush_output() -> None:
    """Flush what the user's code has printed: with each answer, and before a worker exits.

    Python buffers output to a pipe or a file, and a killed process never flushes it.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed or replaced
            stream.flush()


def _go_to(cpu: int | None) -> None:
    """Move to a CPU and be free again to leave it: a place to start from, not a pin."""
    if cpu is not None:
        free = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {cpu})
        os.sched_setaffinity(0, free)
