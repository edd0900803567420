"""The parent of a trace: runs one batch of each cell that is watched event by event, in turn."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns

from asyncbench.core.executor import Scheduler
from asyncbench.errors import DamagedTraceError
from asyncbench.record.event_reader import batch_began, pids
from asyncbench.record.plan import Cell, Plan, Variant, Work
from asyncbench.record.trace import Trace, TraceStatus
from asyncbench.runner import requests
from asyncbench.runner.planning.options import LONGEST_S
from asyncbench.runner.processes.failures import CellFailure, LostProcessError, TimedOut
from asyncbench.runner.processes.handle import Worker
from asyncbench.runner.processes.launcher import Launcher
from asyncbench.runner.processes.target import TargetProcess
from asyncbench.runner.schedule import LEAST_TIMEOUT_S, PATIENCE
from asyncbench.runner.thread_poller import ThreadPoller
from asyncbench.worker import protocol
from asyncbench.worker.instrument import source, stack_dump

# What a batch may take where nothing tells how long it should.
USUAL_TIMEOUT_S = 60.0
# How long a process that hangs may take to tell where.
TELLING_S = 0.5
FRAME = re.compile(r'  File "(?P<file>.*)", line (?P<line>\d+) in (?P<name>.*)')


@dataclass(frozen=True, slots=True)
class Manner:
    """How to trace: what counts as holding a loop; tasks a second, or None for all at once."""

    threshold_ns: int
    rate: float | None = None


def trace(
    plan: Plan,
    launcher: Launcher,
    manner: Manner,
    folder: Path,
    number: int = 0,
    watch: Callable[[Work, str], None] = lambda work, executor: None,
) -> list[Trace]:
    """Trace every cell of one work of a plan, with the events in folders below `folder`.

    A cell that fails or hangs keeps what was traced of it, and the others go on; an interrupt ends
    the trace with the cell that it comes in, which keeps what it has. Whatever ends it, every
    process is gone when this returns.
    """
    work, traces = plan.works[number], list[Trace]()
    with ExitStack() as stack:
        target, failure = _target(plan, launcher, work, stack)
        for cell in plan.cells_of(number):
            traced = Trace(work, cell, folder / str(cell.id), manner.threshold_ns, manner.rate)
            traces.append(traced)
            lacking = cell.unavailable or _lacks(cell, manner)
            if lacking or cell.broken or failure:
                traced.status = TraceStatus.UNAVAILABLE if lacking else TraceStatus.FAILED
                traced.why = lacking or cell.broken or str(failure)
                continue
            watch(work, cell.executor)
            traced.folder.mkdir()
            _one(plan, launcher, cell, target, traced)
            if traced.status == TraceStatus.INTERRUPTED:
                break
    return traces


def _lacks(cell: Cell, manner: Manner) -> str | None:
    """Return why a cell cannot be traced in this manner; None where it can."""
    if manner.rate and cell.blocks_loop:
        return "a fixed rate needs pauses between tasks, and under this executor they hold the loop"
    if cell.scheduler == Scheduler.GEVENT:
        return "a trace tells tasks apart by thread or loop, and greenlets have none of their own"
    return None


def timeout_s(plan: Plan, work: Work, rate: float | None) -> float:
    """Return the seconds that a batch may take before it counts as hanging."""
    if plan.timeout_s is not None:
        return plan.timeout_s
    if not work.demand_known or work.cpu_s is None:
        usual = USUAL_TIMEOUT_S
    else:
        usual = LEAST_TIMEOUT_S + PATIENCE * work.tasks * max(
            work.wait_s + work.cpu_s, work.longest_s
        )
    return min(LONGEST_S, usual + (work.tasks / rate if rate else 0.0))


def _target(
    plan: Plan, launcher: Launcher, work: Work, stack: ExitStack
) -> tuple[TargetProcess | None, CellFailure | None]:
    if not work.has_target or all(cell.unavailable for cell in plan.cells):
        return None, None
    try:
        target = launcher.target(work.reference, work.params | work.secrets, Variant(""))
    except CellFailure as failure:
        return None, failure
    stack.callback(target.close)
    return target, None


def _one(
    plan: Plan, launcher: Launcher, cell: Cell, target: TargetProcess | None, traced: Trace
) -> None:
    limit = timeout_s(plan, traced.work, traced.rate)
    factory = worker = None
    try:
        factory = launcher.factory(plan.variant_of(cell).python)
        worker = factory.worker()
        worker.ask(requests.load(plan, cell, target), limit)
        _ask(worker, traced, limit)
        if not plan.proof:
            traced.checksum = 0
    except TimedOut as failure:
        traced.ended_ns = perf_counter_ns()
        traced.status, traced.why, traced.output = (
            TraceStatus.TIMED_OUT,
            failure.reason,
            failure.output,
        )
        if worker:
            traced.stack = _stacks(worker.pid, traced.folder)
    except CellFailure as failure:
        unsuited, failed = TraceStatus.UNAVAILABLE, TraceStatus.FAILED
        traced.status = unsuited if failure.unsuited else failed
        traced.why = failure.reason
        traced.traceback, traced.output = failure.traceback, failure.output
    except (LostProcessError, DamagedTraceError) as failure:
        traced.status, traced.why = TraceStatus.FAILED, str(failure)
    except KeyboardInterrupt:
        traced.status, traced.why = TraceStatus.INTERRUPTED, "it was interrupted"
    finally:
        traced.ended_ns = traced.ended_ns or perf_counter_ns()
        if worker:
            worker.end()
        if factory:
            factory.close()
        if worker and traced.status != TraceStatus.COMPLETE:
            with contextlib.suppress(OSError, DamagedTraceError):  # it came to no events
                traced.began_ns = batch_began(str(traced.folder), worker.pid)


def _ask(worker: Worker, traced: Trace, limit: float) -> None:
    """Trace one batch in a worker that is loaded, and poll its threads meanwhile."""
    traced.pid = worker.pid
    with _polling(worker, traced):
        request = protocol.Trace(str(traced.folder), traced.rate, traced.threshold_ns)
        answer = worker.ask(request, limit)
    traced.began_ns = batch_began(str(traced.folder), worker.pid)
    traced.ended_ns = traced.began_ns + answer.wall_ns
    traced.startup_ns, traced.lanes = answer.startup_ns, answer.lanes
    traced.count, traced.checksum, traced.facts = answer.count, answer.checksum, answer.facts


@contextlib.contextmanager
def _polling(worker: Worker, traced: Trace) -> Iterator[None]:
    with ThreadPoller(worker.pid) as poller:
        try:
            yield
        finally:
            traced.threads = poller.seen
            traced.resolution_ns = poller.resolution_ns


def _stacks(pid: int, folder: Path) -> str:
    """Ask a worker and the processes below it where they hang; return the user's part of it."""
    if stack_dump.ASK_STACK is None:
        return ""
    path = folder / stack_dump.STACKS
    # Only processes that run tasks, since the signal would end any other; one after the other,
    # since they all write to one file.
    for each in {pid, *pids(folder)}:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(each, stack_dump.ASK_STACK)
            _settle(path)
    if not path.exists():
        return ""
    threads = re.split(r"\n\n|\n(?=(?:Current t|T)hread )", path.read_text(errors="replace"))
    return "\n".join(dict.fromkeys(filter(None, (_users(each.splitlines()) for each in threads))))


def _settle(path: Path) -> None:
    """Wait until a file has grown and then does so no more, but not for ever."""
    before = last = path.stat().st_size if path.exists() else 0
    until = time.monotonic() + TELLING_S
    while time.monotonic() < until:
        time.sleep(0.02)
        now = path.stat().st_size if path.exists() else 0
        if now > before and now == last:
            return
        last = now


def _users(lines: Sequence[str]) -> str:
    """Return one thread's stack, outermost line first; '' where it is in no code of a user's."""
    frames = [frame for line in lines if (frame := FRAME.match(line))]
    if all(source.is_inner(frame["file"]) for frame in frames):
        return ""
    users = [frame for frame in frames[::-1] if not source.is_inner(frame["file"])]
    inmost = frames[0]
    if inmost not in users:
        users.append(inmost)
    return "\n".join(f"  {each['file']}, line {each['line']}, in {each['name']}" for each in users)
