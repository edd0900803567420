"""Measuring, tracing and reading from Python, as the command line does it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from asyncbench.analysis import comparison
from asyncbench.analysis.comparison import Comparison
from asyncbench.analysis.result import Result
from asyncbench.analysis.trace.summary import TracedWork, summarise
from asyncbench.core.system import usable_cpus
from asyncbench.errors import EmptyRunError
from asyncbench.record import journal, keeping, store
from asyncbench.record.lines import RunStatus
from asyncbench.record.plan import Plan, Work
from asyncbench.record.run import Run
from asyncbench.record.trace import TraceStatus
from asyncbench.runner import environment, finer, stopping
from asyncbench.runner import program as programs
from asyncbench.runner import trace as tracer
from asyncbench.runner.measure import measure as fill
from asyncbench.runner.planning import asking, plan
from asyncbench.runner.planning.options import (
    DEFAULT_MARGIN,
    DEFAULT_WORKLOADS,
    RunOptions,
    TraceOptions,
)
from asyncbench.runner.processes.launcher import ProcessLauncher
from asyncbench.runner.progress import Moment
from asyncbench.targets.folder import Folder


def run(
    *workloads: str,
    executors: Sequence[str] | None = None,
    tasks: int | None = None,
    concurrency: int | None = None,
    params: Mapping[str, str] | None = None,
    processes: int | None = None,
    budget_s: float | None = None,
    precision: float | None = None,
    full: bool = False,
    timeout_s: float | None = None,
    baseline: str | None = None,
    margin: float = DEFAULT_MARGIN,
    seed: int | None = None,
    gc: bool = True,
    args: Sequence[str] = (),
    consume: bool = False,
    sends: bool = True,
    against: str | None = None,
    proof: bool = True,
    variants: Sequence[str] = (),
    pythons: Sequence[str] = (),
    vary: Sequence[str] = (),
    save: str | Path | None = None,
    name: str | None = None,
    progress: Callable[[Moment], None] | None = None,
) -> Result:
    """Measure workloads under executors and return the judged run; nothing is printed.

    `workloads` and `executors` are names or references as the command line takes them (sleep,
    tcp-echo and cpu where no workload is given; the five usual executors that can run the work
    where no executor is). `tasks` are a batch, of which up to `concurrency`
    are in flight at once; None leaves both to the workload. `params` are texts by name, and for
    functions `args` texts by position; `consume` runs generators to their end, and without `sends`
    what a function returns stays in the process that called it. The run
    ends as soon as it has told who is best, after `budget_s` seconds (30) at the latest; with
    `full` it takes all of them, and with `precision` it goes on until each ratio is known so well
    (0.02: 2 %). Ratios refer to `baseline`; differences up to `margin` (0.05: 5 %) are ties.
    Functions that are named are compared with each other, or executors for each (`against`:
    "functions" or "executors"); without `proof` they may return different things.
    `variants` are `NAME=FOLDER` and `pythons` `[NAME=]PATH`. `vary` has one text `NAME=VALUES` as
    the command line takes it, for a sweep, or two for a map. The journal goes to a new file in the
    folder `save`, by default to none; `name` is what it can be found by. `progress` is called
    before each sample.

    Raises UsageError for what does not exist or does not fit, and EmptyRunError where nothing can
    run, before anything is measured. A run that failed everywhere keeps no journal.
    """
    options = RunOptions(
        workloads=workloads or DEFAULT_WORKLOADS,
        executors=executors,
        tasks=tasks,
        concurrency=concurrency,
        params=params or {},
        processes=processes,
        budget_s=budget_s,
        precision=precision,
        full=full,
        timeout_s=timeout_s,
        baseline=baseline,
        margin=margin,
        seed=seed,
        gc=gc,
        args=args,
        consume=consume,
        sends=sends,
        against=against,
        proof=proof,
        variants=variants,
        pythons=pythons,
        vary=vary,
        finer=True,
    )
    return measure(plan.build(options), Path(save) if save else None, progress, name)


def measure(
    planned: Plan,
    save: Path | None = None,
    progress: Callable[[Moment], None] | None = None,
    name: str | None = None,
) -> Result:
    """Measure a plan, with a journal in the folder `save` written as it happens.

    `name` is what the run can be found by later; UsageError where it cannot be one.
    """
    if name is not None:
        store.check_name(name)
    _refuse_empty(planned)
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    measured = Run(planned, environment.describe(gc=planned.gc), started, name or "")
    journal.head(measured)  # what could not be told is not measured
    rule = stopping.rule_for(planned)
    keeper = keeping.Keeper(measured, save) if save else None
    between = finer.Between(asking.like)
    try:
        with ProcessLauncher() as launcher:
            record = keeper.add if keeper else None
            fill(measured, launcher, rule, record, progress, finer=between)
    finally:
        if keeper:
            keeper.close()
            if measured.status is RunStatus.COMPLETE and not measured.samples.any_count():
                # What failed everywhere is told once; nobody looks for it among the saved runs.
                keeper.discard()
    return Result(measured)


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
    return comparison.compare(first, other, margin)


def trace(
    *workloads: str,
    executors: Sequence[str] | None = None,
    tasks: int | None = None,
    concurrency: int | None = None,
    params: Mapping[str, str] | None = None,
    processes: int | None = None,
    timeout_s: float | None = None,
    gc: bool = True,
    args: Sequence[str] = (),
    consume: bool = False,
    sends: bool = True,
    rate: float | None = None,
    threshold_s: float = 0.010,
    progress: Callable[[Work, str], None] | None = None,
) -> list[TracedWork]:
    """Watch one batch of each workload under each executor, and return what was seen, by workload.

    A trace is not timed as a run is: watching takes about a microsecond a step. With `rate` tasks
    a second, each is due at its time instead of when another is done. A step that keeps control of
    an event loop for more than `threshold_s` seconds is looked into. `progress` is called before
    each cell with its work and its executor; the rest is as in `run`.

    Raises UsageError for what does not exist or does not fit.
    """
    options = TraceOptions(
        workloads=workloads or DEFAULT_WORKLOADS,
        executors=executors,
        tasks=tasks,
        concurrency=concurrency,
        params=params or {},
        processes=processes,
        timeout_s=timeout_s,
        gc=gc,
        args=args,
        consume=consume,
        sends=sends,
        rate=rate,
        threshold_s=threshold_s,
    )
    return list(traced(options, progress))


def trace_program(
    words: Sequence[str], threshold_s: float = 0.010, last_s: float | None = None
) -> tuple[TracedWork, int]:
    """Run a whole Python program as it is, and return what was seen of it and its exit status.

    `words` are what is typed: a file or `-m` and a module, or a command that is a Python script,
    and arguments. With `last_s` the last so many seconds are kept alone. Its streams and signals
    are its own. Raises UsageError where there is no such program.
    """
    with Folder() as folder:
        found, status = programs.trace(
            programs.find(words), folder, round(threshold_s * 1e9), round((last_s or 0) * 1e9)
        )
        return TracedWork([found], summarise([found], usable_cpus())), status


def traced(
    options: TraceOptions, progress: Callable[[Work, str], None] | None = None
) -> Iterator[TracedWork]:
    """Trace work by work, each yielded as soon as it has been watched.

    Its events lie in a temporary folder until they have been read, once; an interrupt ends the
    trace with the work that it comes in.
    """
    planned = plan.build(RunOptions(**options.arguments(), against="executors", once=True))
    _refuse_empty(planned)
    manner = tracer.Manner(round(options.threshold_s * 1e9), options.rate)
    watch = progress or (lambda work, executor: None)
    for number in range(len(planned.works)):
        with Folder() as folder, ProcessLauncher() as launcher:
            traces = tracer.trace(planned, launcher, manner, folder, number, watch)
            summaries = summarise(traces, usable_cpus())
        yield TracedWork(traces, summaries)
        if any(each.status == TraceStatus.INTERRUPTED for each in traces):
            return
