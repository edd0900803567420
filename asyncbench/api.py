"""Measuring, tracing and reading from Python, as the command line does it."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from asyncbench.analysis import comparison
from asyncbench.analysis.comparison import Comparison
from asyncbench.analysis.result import Result
from asyncbench.analysis.trace.summary import TracedWork, summarise
from asyncbench.core.system import usable_cpus
from asyncbench.errors import JournalError
from asyncbench.record import journal, store
from asyncbench.record.lines import Line
from asyncbench.record.plan import Plan, Work
from asyncbench.record.run import Run
from asyncbench.record.trace import TraceStatus
from asyncbench.runner import environment, finer, stopping
from asyncbench.runner import trace as tracer
from asyncbench.runner.measure import measure as fill
from asyncbench.runner.planning import discovery, plan
from asyncbench.runner.planning.options import (
    DEFAULT_EXECUTORS,
    DEFAULT_MARGIN,
    DEFAULT_WORKLOADS,
    RunOptions,
    TraceOptions,
)
from asyncbench.runner.processes.launcher import ProcessLauncher
from asyncbench.runner.progress import Moment


def run(
    *workloads: str,
    executors: Sequence[str] = DEFAULT_EXECUTORS,
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
    variants: Sequence[str] = (),
    pythons: Sequence[str] = (),
    vary: Sequence[str] = (),
    save: str | Path | None = None,
    name: str | None = None,
    progress: Callable[[Moment], None] | None = None,
) -> Result:
    """Measure workloads under executors and return the judged run; nothing is printed.

    `workloads` and `executors` are names or references as the command line takes them (sleep,
    tcp-echo and cpu where no workload is given). `tasks` are a batch, of which up to `concurrency`
    are in flight at once; None leaves both to the workload. `params` are texts by name. The run
    ends as soon as it has told who is best, after `budget_s` seconds (30) at the latest; with
    `full` it takes all of them, and with `precision` it goes on until each ratio is known so well
    (0.02: 2 %). Ratios refer to `baseline`; differences up to `margin` (0.05: 5 %) are ties.
    `variants` are `NAME=FOLDER` and `pythons` `[NAME=]PATH`. `vary` has one text `NAME=VALUES` as
    the command line takes it, for a sweep, or two for a map. The journal goes to a new file in the
    folder `save`, by default to none; `name` is what it can be found by. `progress` is called
    before each sample.

    Raises UsageError for what does not exist or does not fit, before anything is measured.
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
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    measured = Run(planned, environment.describe(gc=planned.gc), started, name or "")
    rule = stopping.rule_for(planned)
    between = finer.Between(discovery.work_like)
    if save is None:
        return Result(fill(measured, ProcessLauncher(), rule, watch=progress, finer=between))
    writer = journal.JournalWriter(journal.new_path(save, started, measured.name))
    measured.path = writer.path
    try:
        writer.begin(measured)
    except BaseException:
        writer.close()
        raise

    def record(line: Line) -> None:
        # A disk that fills up costs the journal, not what is being measured.
        if measured.path is None:
            return
        try:
            writer.add(line)
        except JournalError as error:
            measured.warnings.append(f"{error}; the journal ends there")
            measured.path = None

    try:
        return Result(fill(measured, ProcessLauncher(), rule, record, progress, finer=between))
    finally:
        writer.close()


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
    executors: Sequence[str] = DEFAULT_EXECUTORS,
    tasks: int | None = None,
    concurrency: int | None = None,
    params: Mapping[str, str] | None = None,
    processes: int | None = None,
    timeout_s: float | None = None,
    gc: bool = True,
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
        rate=rate,
        threshold_s=threshold_s,
    )
    return list(traced(options, progress))


def traced(
    options: TraceOptions, progress: Callable[[Work, str], None] | None = None
) -> Iterator[TracedWork]:
    """Trace work by work, each yielded as soon as it has been watched.

    Its events lie in a temporary folder until they have been read, once; an interrupt ends the
    trace with the work that it comes in.
    """
    planned = plan.build(RunOptions(**options.arguments()))
    manner = tracer.Manner(round(options.threshold_s * 1e9), options.rate)
    watch = progress or (lambda work, executor: None)
    for number in range(len(planned.works)):
        with tempfile.TemporaryDirectory(prefix="asyncbench-trace-") as folder:
            traces = tracer.trace(planned, ProcessLauncher(), manner, Path(folder), number, watch)
            summaries = summarise(traces, usable_cpus())
        yield TracedWork(traces, summaries)
        if any(each.status == TraceStatus.INTERRUPTED for each in traces):
            return
