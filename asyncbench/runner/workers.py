"""The workers of one work in one round: started, sampled and stopped one at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import TracebackType
from typing import Any

from asyncbench.core.system import affinity
from asyncbench.record.lines import LoopObservation, Sample, WorkerLife
from asyncbench.runner import requests, schedule
from asyncbench.runner.processes.failures import CellFailure
from asyncbench.runner.processes.handle import Worker
from asyncbench.runner.processes.launcher import WorkerFactories
from asyncbench.runner.state import RunState
from asyncbench.runner.thread_poller import ThreadPoller
from asyncbench.worker import protocol, wire
from asyncbench.worker.protocol import A, Request


class WorkerSet:
    """One worker a cell: all live side by side, one at a time works; all end with the context."""

    def __init__(self, state: RunState, factories: WorkerFactories, work: int, number: int) -> None:
        self._state = state
        self._factories = factories
        self._work = work
        self._round = number
        self._complete = True  # no worker was lost on the way
        self._cpu: int | None = None
        self._cpus = affinity()
        self._started: dict[int, protocol.Started] = {}
        self._facts: dict[int, dict[str, Any]] = {}
        self._workers: dict[int, Worker] = {}
        #: The cells whose first sample was so long that it counts.
        self.told: set[int] = set()

    def __enter__(self) -> WorkerSet:
        """Start: load side by side, then start one by one, so that none slows another down."""
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every worker, whatever it is doing."""
        self._end()

    def present(self) -> list[int]:
        """Return the cells whose workers can still work."""
        return [cell for cell in self._workers if cell not in self._state.lost]

    def lanes(self, cell: int) -> int:
        """Return how many lanes a cell really has."""
        return self._started[cell].lanes

    def move(self) -> None:
        """Choose the CPU that the samples from now on start on.

        Cores differ in speed from one spell to the next. Where a worker happens to sit then tells
        twins apart, so every sample of a block starts on the same core.
        """
        self._cpu = self._state.draw.choice(self._cpus) if self._cpus else None

    def sample(
        self, cell: int, block: int = 0, order: int = 0, *, warmup: bool = False
    ) -> float | None:
        """Take a sample of a cell; return the seconds it took, None where it failed."""
        pace = self._state.paces.get(cell)
        seconds = self._run(cell, pace.batches if pace else 1, block, order, warmup=warmup)
        if pace and seconds is not None:
            pace.saw(seconds)
        return seconds

    def first(self, cell: int, counts_from_s: float) -> float | None:
        """Run a batch of a cell, and return the seconds it took, None where it failed.

        It is a sample where it takes so long: what a cold start costs is little beside that.
        """
        return self._run(cell, 1, 1, len(self.told), warmup=True, counts_from_s=counts_from_s)

    def warm_up(self, cell: int) -> None:
        """Run a cell for as long as its worker takes to get warm."""
        pace = self._state.paces.get(cell)
        self._run(cell, schedule.warming_batches(pace) if pace else 1, warmup=True)

    def _run(
        self,
        cell: int,
        batches: int,
        block: int = 0,
        order: int = 0,
        *,
        warmup: bool,
        counts_from_s: float = math.inf,
    ) -> float | None:
        state = self._state
        if cell in state.lost:
            return None
        state.announce(cell, self._round)
        request = protocol.Run(batches, warmup, self._cpu)
        target = state.targets.of(self._work)
        with self._losing(cell):
            before = target.cpu_ns() if target else 0
            answer = self._ask(cell, request)
            spent = max(0, target.cpu_ns() - before) if target else None
            used = wire.to_dict(answer)
            if warmup and answer.wall_ns >= counts_from_s * 1e9:
                warmup = False
                self.told.add(cell)
            block = 0 if warmup else block
            state.record(
                Sample(cell, self._round, block, order, warmup, batches, **used, target_ns=spent)
            )
            return answer.wall_ns / 1e9
        return None

    def observe(self, cell: int, *, warmup: bool) -> float | None:
        """Watch one batch of a cell; return the seconds it took, None where it failed.

        `warmup`: one that nobody watches comes before it, as before the samples.

        In a worker of its own: a lock or queue of the user's module belongs to the first loop that
        waits for it, and the samples are taken on another.
        """
        state = self._state
        state.announce(cell, self._round)
        with self._losing(cell):
            order = state.plan.works[self._work].shows_order
            observed, poller = self._alone(cell, protocol.Observe(order, warmup))
            seen = wire.to_dict(observed)
            began = seen.pop("began_ns")
            looker = seen.pop("looker")
            gil, longest = poller.gil_waits(began, began + observed.wall_ns, looker)
            state.record(LoopObservation(cell, **seen, gil_ns=gil, gil_longest_ns=longest))
            return observed.wall_ns / 1e9
        return None

    def stop(self) -> float | None:
        """Stop one by one; return the CPU seconds of all lives, None where one was cut short."""
        used = 0.0
        for cell in schedule.shuffled(self._state.draw, self.present()):
            with self._losing(cell):
                stopped, started = self._ask(cell, protocol.Stop()), self._started[cell]
                self._state.record(
                    WorkerLife(
                        cell,
                        self._round,
                        started.lanes,
                        started.startup_ns,
                        stopped.shutdown_ns,
                        stopped.peak_rss_bytes,
                        self._facts[cell] | _state_of(stopped),
                        stopped.engine_rss_bytes,
                    )
                )
                used += stopped.used_ns / 1e9
        return used if self._complete else None

    def _start(self) -> None:
        state, target = self._state, self._state.targets.of(self._work)
        loads = {}
        for each in state.cells_due(self._work):
            loads[each.id] = load = requests.load(state.plan, each, target)
            self._workers[each.id] = worker = self._worker(each.id)
            worker.send(load)  # which it does while the next one is started
        for cell, load in loads.items():
            with self._losing(cell):
                loaded = self._workers[cell].answer(load, self._state.patience(cell))
                self._facts[cell] = loaded.facts
        for cell in schedule.shuffled(self._state.draw, self.present()):
            self._state.announce(cell, self._round)
            with self._losing(cell):
                patience = self._state.patience(cell)
                started = self._workers[cell].ask(protocol.Start(), patience)
                self._started[cell] = started
                self._facts[cell] |= started.facts

    def _worker(self, cell: int) -> Worker:
        return self._factories.worker(self._state.plan.variant_of(self._state.cells[cell]).python)

    def _alone(self, cell: int, request: Request[A]) -> tuple[A, ThreadPoller]:
        """Ask a worker that is started for this and ended after it; return who saw its threads."""
        state, worker = self._state, self._worker(cell)
        poller = ThreadPoller(worker.pid)
        try:
            load = requests.load(state.plan, state.cells[cell], state.targets.of(self._work))
            worker.send(load)
            worker.answer(load, state.timeout(cell))
            # Only threads of one process share a GIL, and looking at them takes a CPU now and then.
            with poller if state.cells[cell].is_threaded else nullcontext():
                return worker.ask(request, state.timeout(cell)), poller
        finally:
            worker.end()

    def _ask(self, cell: int, request: Request[A]) -> A:
        return self._workers[cell].ask(request, self._state.timeout(cell))

    def _end(self) -> None:
        for worker in self._workers.values():
            worker.end()

    @contextmanager
    def _losing(self, cell: int) -> Iterator[None]:
        """Let a cell that cannot go on fail alone; where its target is dead, its whole work."""
        try:
            yield
        except CellFailure as failure:
            target = self._state.targets.of(self._work)
            if target:
                try:
                    target.cpu_ns()
                except CellFailure as cause:
                    self._state.lose_all(self._work, self._round, cause)
            self._state.lose(cell, self._round, failure)
            # What hangs or is left below it must not run on beside the others.
            self._complete = False
            self._workers.pop(cell).end()


def _state_of(stopped: protocol.Stopped) -> dict[str, object]:
    """Return what an interpreter had on in the end; of the JIT, which few have, only that."""
    return {"gil": stopped.gil, **({"JIT": "on"} if stopped.jit else {})}
