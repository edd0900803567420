"""Measuring, tracing and reading: what the command line and Python callers both do."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asyncbench.analysis.result import Result
from asyncbench.core.system import usable_cpus
from asyncbench.errors import AsyncbenchError, EmptyRunError, UsageError
from asyncbench.record import journal, keeping, store
from asyncbench.record.lines import RunStatus
from asyncbench.record.plan import Plan, Work
from asyncbench.record.run import Run
from asyncbench.runner import environment, finer, in_turn, opening, resuming, stopping
from asyncbench.runner.measure import measuring
from asyncbench.runner.planning import asking, plan
from asyncbench.runner.planning.options import (
    DEFAULT_BUDGET_S,
    RunOptions,
    TraceOptions,
    WorkOptions,
)
from asyncbench.runner.processes.launcher import ProcessLauncher
from asyncbench.runner.progress import Moment
from asyncbench.targets.folder import Folder

# Who measures need not wait for what traces, advises or compares: that is imported where it is
# done, and it is a third of all there is to import.
if TYPE_CHECKING:
    from asyncbench.analysis.comparison import Comparison
    from asyncbench.analysis.prediction import Prediction
    from asyncbench.analysis.trace.summary import TracedWork


def measure(
    planned: Plan,
    save: Path | None = None,
    progress: Callable[[Moment], None] | None = None,
    name: str | None = None,
) -> Result:
    """Measure a plan, with a journal in the folder `save` written as it happens.

    `name` is what the run can be found by later; UsageError where it cannot be one.
    """
    return _filled(begun(planned, name), save, progress)


def begun(planned: Plan, name: str | None = None) -> Run:
    """Return the run of a plan, of which nothing is measured yet.

    Raises UsageError where `name` cannot be one, and EmptyRunError where no cell can run.
    """
    if name is not None:
        store.check_name(name)
    _refuse_empty(planned)
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    run = Run(planned, environment.describe(gc=planned.gc), started, name or "")
    journal.head(run)  # what could not be told is not measured
    return run


def fill_in_turn(runs: Sequence[tuple[Run, Path | None]]) -> list[AsyncbenchError | None]:
    """Measure several runs at once, a round of each in turn, and say what kept one from it.

    Each has the time of its own plan, and its journal in its folder where it has one. An interrupt
    ends all of them and is raised; each keeps what it has.
    """

    def steps(run: Run, save: Path | None, clock: Callable[[], float]) -> Iterator[None]:
        yield from _filling(run, save, None, clock)
        if run.was_stopped:
            raise KeyboardInterrupt  # it was one run's, and is meant for all

    clocks = [in_turn.StopWatch() for _ in runs]
    each = [steps(run, save, clock) for (run, save), clock in zip(runs, clocks, strict=True)]
    return in_turn.go(each, clocks)


def resume(
    path: Path,
    budget_s: float = DEFAULT_BUDGET_S,
    save: Path | None = None,
    progress: Callable[[Moment], None] | None = None,
    name: str | None = None,
) -> Result:
    """Go on with a saved sweep or map for up to `budget_s` more seconds, and return all of it.

    The journal of the whole goes to a new file in the folder `save`. Raises UsageError where it
    cannot go on here, and JournalError where the saved one cannot be read.
    """
    if name is not None:
        store.check_name(name)
    saved = journal.read(path)
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    here = environment.describe(gc=saved.plan.gc)
    run = resuming.resumed(saved, here, started, budget_s, asking.like)
    run.name = name or run.name
    return _filled(run, save, progress)


def _filled(run: Run, save: Path | None, progress: Callable[[Moment], None] | None) -> Result:
    for _ in _filling(run, save, progress):
        pass
    return Result(run)


def _filling(
    run: Run,
    save: Path | None,
    progress: Callable[[Moment], None] | None,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[None]:
    """Measure a run that is begun, and pause after each round."""
    rule = stopping.rule_for(run.plan)
    keeper = keeping.Keeper(run, save) if save else None
    between = finer.Between(asking.like)
    try:
        with ProcessLauncher(clean=run.plan.clean_env) as launcher:
            record = keeper.add if keeper else None
            yield from measuring(
                run, launcher, rule, record, progress, clock, between, opening.of_frontier
            )
    finally:
        if keeper:
            keeper.close()
            if run.status is RunStatus.COMPLETE and not run.samples.any_count():
                # What failed everywhere is told once; nobody looks for it among the saved runs.
                keeper.discard()


def advising(asked: WorkOptions, rules: Mapping[str, Any]) -> tuple[Plan, Prediction]:
    """Return the plan that an advice on one work takes, and what is predicted to come of it.

    A first look of a second at a few tasks tells how long they are and what they do, and where they
    wait a second one at a whole batch how long they wait for one another; `rules` are how the rest
    is measured, fields of `RunOptions`. Raises UsageError for what does not exist or does not fit,
    EmptyRunError where tasks take too long for any advice in that time, and KeyboardInterrupt where
    a look is interrupted.
    """
    from asyncbench.analysis.advice import BUSY
    from asyncbench.runner.planning import sizes

    began = time.perf_counter()
    few = min(asked.concurrency or FEW, asked.tasks or FEW, FEW)
    budget_s = rules.get("budget_s") or DEFAULT_BUDGET_S
    # Of tasks that take longer than this the whole would take longer than it may.
    patience = asked.timeout_s or max(LEAST_PATIENCE_S, budget_s / few)
    probe = replace(asked, tasks=few, concurrency=few, timeout_s=patience)
    first = plan.build(RunOptions(**probe.arguments(), budget_s=PROBE_S, full=True))
    if len(first.works) > 1:
        names = list(dict.fromkeys(work.workload for work in first.works))
        if len(names) == 1:
            raise UsageError(f"advice is of one value of each parameter of {names[0]}; give one")
        raise UsageError(
            f"advice is of one workload, and these are {len(names)}: {', '.join(names)}"
        )
    look = _looked(first).judgements[0]
    size = sizes.sized(asked, look)
    sizes.check_time(look, size, budget_s)
    crowd = sizes.crowd(asked, size)
    if crowd and time.perf_counter() - began < budget_s:
        batch = _looked(plan.build(RunOptions(**crowd.arguments(), budget_s=CROWD_S, full=True)))
        # What waits on a busy machine may wait for a CPU, and not for one another.
        if (batch.run.mean_share("foreign") or 0.0) < BUSY:
            size = sizes.sized(asked, look, batch.judgements[0])
    options = RunOptions(**size.work.arguments(), **rules, vary=(size.vary,), advises=True)
    planned = plan.build(options)
    # The looks are part of the time that an advice may take.
    looked_s = time.perf_counter() - began
    predicted = replace(size.predicted, budget_s=planned.budget_s, looked_s=looked_s)
    left_s = max(PROBE_S, round(planned.budget_s - looked_s, 1))
    return replace(planned, budget_s=left_s), predicted


# The tasks of a first look, and how long that and a second one may take, with what leads to them.
FEW, PROBE_S, CROWD_S = 6, 1.5, 1.2
# So long a batch of a few tasks may take in any case.
LEAST_PATIENCE_S = 5.0


def _looked(planned: Plan) -> Result:
    """Measure for a moment, and return what it comes to."""
    found = measure(planned)
    if found.run.status is RunStatus.INTERRUPTED:
        raise KeyboardInterrupt
    return found


def _refuse_empty(planned: Plan) -> None:
    """Raise EmptyRunError, with the reasons, where no cell of a plan can run."""
    if not all(cell.unavailable for cell in planned.cells):
        return
    why: dict[str, list[str]] = {}
    for cell in planned.cells:
        why.setdefault(str(cell.unavailable), []).append(cell.executor)
    told = (f"{', '.join(dict.fromkeys(names))}: {reason}" for reason, names in why.items())
    raise EmptyRunError(f"nothing can be measured; {'; '.join(told)}")


def load(path: str | Path) -> Result:
    """Return a saved run, judged; raises JournalError where its journal cannot be read."""
    return Result(journal.read(Path(path)))


def compare(first: Result, other: Result, *, margin: float | None = None) -> Comparison:
    """Return `other` beside `first`, cell by cell, with the drift that lies between two runs.

    `margin` (0.03: 3 %) is the first run's unless given.
    """
    from asyncbench.analysis import comparison

    return comparison.compare(first, other, margin)


def trace_program(
    words: Sequence[str],
    threshold_s: float = 0.010,
    last_s: float | None = None,
    *,
    every_step: bool = False,
) -> tuple[TracedWork, int]:
    """Run a whole Python program as it is, and return what was seen of it and its exit status.

    `words` are what is typed: a file or `-m` and a module, or a command that is a Python script,
    and arguments. With `last_s` the last so many seconds are kept alone. Of a program that takes
    many steps a part of the time is noted, and what holds its loop all the time; with `every_step`
    all is. Its streams and signals are its own. Raises UsageError where there is no such program.
    """
    from asyncbench.analysis.trace.summary import TracedWork, summarise
    from asyncbench.runner import program as programs

    with Folder() as folder:
        found, status = programs.trace(
            programs.find(words), folder, round(threshold_s * 1e9), round((last_s or 0) * 1e9),
            every_step=every_step,
        )  # fmt: skip
        return TracedWork([found], summarise([found], usable_cpus())), status


def watch_process(
    pid: int, seconds: float = 10.0, threshold_s: float = 0.010, *, every_step: bool = False
) -> TracedWork:
    """Watch a process that runs already for so many seconds, and return what was seen of it.

    `every_step` is that of `trace_program`.

    Raises UsageError where it cannot be watched: it is gone, somebody else's, no Python or one
    before 3.14.
    """
    from asyncbench.analysis.trace.summary import TracedWork, summarise
    from asyncbench.runner import watch as watcher

    with Folder() as folder:
        found = watcher.watch(pid, folder, round(threshold_s * 1e9), seconds, every_step=every_step)
        return TracedWork([found], summarise([found], usable_cpus()))


def traced(
    options: TraceOptions, progress: Callable[[Work, str], None] | None = None
) -> Iterator[TracedWork]:
    """Trace work by work, each yielded as soon as it has been watched.

    Its events lie in a temporary folder until they have been read, once; an interrupt ends the
    trace with the work that it comes in.
    """
    from asyncbench.analysis.trace.summary import TracedWork, summarise
    from asyncbench.record.trace import TraceStatus
    from asyncbench.runner import trace as tracer

    planned = plan.build(RunOptions(**options.arguments(), against="executors", once=True))
    _refuse_empty(planned)
    manner = tracer.Manner(round(options.threshold_s * 1e9), options.rate)
    watch = progress or (lambda work, executor: None)
    for number in range(len(planned.works)):
        with Folder() as folder, ProcessLauncher(clean=planned.clean_env) as launcher:
            traces = tracer.trace(planned, launcher, manner, folder, number, watch)
            summaries = summarise(traces, usable_cpus())
        yield TracedWork(traces, summaries)
        if any(each.status == TraceStatus.INTERRUPTED for each in traces):
            return
