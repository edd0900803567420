"""The child: one process that runs one cell, and answers its pilot."""

from __future__ import annotations

import gc
import os
import sys
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Client
from typing import Any

from asyncbench import catalogue, executors, loading
from asyncbench.engine import demand, look
from asyncbench.engine.protocol import Channel, Message
from asyncbench.engine.usage import Meter, between
from asyncbench.executors.base import Executor
from asyncbench.system import PACKAGE
from asyncbench.workload import Proof, Workload

# Where executors add up what tasks return: a TypeError from here is about what that was.
SUMMING = frozenset(
    {"Sequential.run", "Threads.run", "Processes.run", "batch.<locals>.work", "Proof.of"}
)


class Session:
    """Answers a pilot's requests for one cell; `clock` gives nanoseconds."""

    _workload: Workload
    _executor: Executor
    _proof: Proof | None = None

    def __init__(self, clock: Callable[[], int] = time.perf_counter_ns) -> None:
        self._clock = clock
        self._meter = Meter()
        self._actions: dict[str, Callable[[Message], Message]] = {
            "load": self._load,
            "start": self._start,
            "demand": self._demand,
            "look": self._look,
            "trace": self._trace,
            "run": self._run,
            "stop": self._stop,
        }

    def answer(self, request: Message) -> Message:
        """Do what is asked; a failure of the user's code is an answer too."""
        try:
            return self._actions[request["do"]](request)
        except BaseException as error:  # a task may raise KeyboardInterrupt too
            return {"failed": _reason(error), "traceback": _own_part(error)}

    def _load(self, request: Message) -> Message:
        loading.prefer(request["path"])
        self._tasks = request["tasks"]
        self._concurrency = request["concurrency"]
        self._collect_garbage = request["gc"]
        self._workload = catalogue.build(request["workload"], request["params"])
        self._workload.address = request["address"]
        self._workload.tasks, self._workload.concurrency = self._tasks, self._concurrency
        _, executor = executors.find(request["executor"])
        self._executor = executor()
        self._executor.processes = request["processes"]
        self._executor.load()
        self._workload.load(self._executor.form)
        return {"facts": _interpreter_facts()}

    def _start(self, request: Message) -> Message:
        began = self._clock()
        self._executor.start(self._workload, self._concurrency)
        startup = self._clock() - began
        # The same policy for every cell: what exists by now is never looked at again, so a
        # collection costs what the workload's own objects cost.
        gc.collect()
        gc.freeze()
        if not self._collect_garbage:
            gc.disable()
        self._meter.find_processes()
        return {
            "startup_ns": startup,
            "lanes": self._executor.lanes,
            "facts": self._executor.describe(self._tasks),
        }

    def _look(self, request: Message) -> Message:
        return look.look(
            self._fresh(),
            self._workload,
            self._tasks,
            self._concurrency,
            order=request["order"],
        )

    def _trace(self, request: Message) -> Message:
        gc.collect()
        gc.freeze()
        if not self._collect_garbage:
            gc.disable()
        return look.trace(
            self._fresh(),
            self._workload,
            self._tasks,
            self._concurrency,
            request["folder"],
            request["rate"],
            request["threshold_ns"],
        )

    def _fresh(self) -> Executor:
        """Give an executor that is for one pass alone."""
        executor = type(self._executor)()
        executor.processes = self._executor.processes
        return executor

    def _demand(self, request: Message) -> Message:
        return demand.measure(self._workload)

    def _run(self, request: Message) -> Message:
        batches, tasks = request["batches"], self._tasks
        run, clock = self._executor.run, self._clock
        if not self._collect_garbage:
            gc.collect()
        _go_to(request["cpu"])
        before = self._meter.read()
        began = clock()
        proof, same = run(tasks), True
        for _ in range(batches - 1):
            same = run(tasks) == proof and same
        wall = clock() - began
        used = between(before, self._meter.read())
        if request["warmup"]:
            self._meter.find_processes()
        self._prove(proof, same=same)
        return {
            "wall_ns": wall,
            **used._asdict(),
            "count": proof.count,
            "checksum": proof.checksum,
        }

    def _prove(self, proof: Proof, *, same: bool) -> None:
        self._proof = self._proof or proof
        if not same or proof != self._proof:
            raise RuntimeError(f"the work changed from one batch to the next: first {self._proof}")

    def _stop(self, request: Message) -> Message:
        peak = self._meter.peak_rss()
        began = self._clock()
        self._executor.stop()
        shutdown = self._clock() - began
        self._meter.find_processes()
        used = between({}, self._meter.read())
        return {
            "shutdown_ns": shutdown,
            "used_ns": used.user_ns + used.system_ns,
            "peak_rss_bytes": peak,
            "gil": _gil_enabled(),
        }


def serve(channel: Channel) -> None:
    """Answer requests until the pilot hangs up."""
    session, here = Session(), os.getpid()
    while True:
        try:
            request = channel.receive()
        except (EOFError, OSError):
            return
        answer = session.answer(request)
        if os.getpid() != here:
            os._exit(0)  # a task has forked, and its child came back instead of leaving
        channel.send(answer)


def main() -> None:
    """Connect to the pilot at the address that is the first argument, and serve it."""
    key = bytes.fromhex(os.environ.pop("ASYNCBENCH_WORKER_KEY"))
    serve(Channel(Client(sys.argv[1], authkey=key)))


def _go_to(cpu: int | None) -> None:
    """Move to a CPU and be free again to leave it: a place to start from, not a pin."""
    if cpu is not None:
        free = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {cpu})
        os.sched_setaffinity(0, free)


def _interpreter_facts() -> dict[str, Any]:
    return {
        "python": f"{sys.implementation.name} {sys.version.split()[0]}",
        "switch interval": f"{sys.getswitchinterval() * 1e3:g} ms",
    }


def _gil_enabled() -> bool:
    # Told after the run: on a free-threaded build an import can switch the GIL back on.
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _reason(error: BaseException) -> str:
    first = _first(error)
    if isinstance(first, TypeError) and _where(first) in SUMMING:
        return "TypeError: a task returned something else than an int, its proof of work"
    text = str(first).strip().splitlines()
    name = type(first).__name__
    return f"{name}: {text[0]}" if text else name


def _where(error: BaseException) -> str:
    """Name the function that an error came from."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_qualname if trace else ""


def _own_part(error: BaseException) -> str:
    """Format the traceback without the frames of asyncbench above the user's code."""
    first = _first(error)
    trace = first.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(PACKAGE):
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(first), first, trace or first.__traceback__))


if __name__ == "__main__":
    main()
