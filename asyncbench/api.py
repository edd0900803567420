"""Measuring and reading from Python: `asyncbench.run`, `asyncbench.load`, `asyncbench.compare`."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from asyncbench.analysis import comparison
from asyncbench.analysis.comparison import Comparison
from asyncbench.analysis.result import Result
from asyncbench.errors import JournalError
from asyncbench.record import journal, store
from asyncbench.record.plan import Plan
from asyncbench.record.run import Line, Run
from asyncbench.runner import environment, stopping
from asyncbench.runner.measure import measure as fill
from asyncbench.runner.planning import plan
from asyncbench.runner.planning.options import (
    DEFAULT_EXECUTORS,
    DEFAULT_MARGIN,
    DEFAULT_WORKLOADS,
    RunOptions,
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
    timeout_s: float | None = None,
    baseline: str | None = None,
    margin: float = DEFAULT_MARGIN,
    seed: int | None = None,
    gc: bool = True,
    variants: Sequence[str] = (),
    pythons: Sequence[str] = (),
    save: str | Path | None = None,
    name: str | None = None,
    progress: Callable[[Moment], None] | None = None,
) -> Result:
    """Measure workloads under executors and return the judged run; nothing is printed.

    `workloads` and `executors` are names or references as the command line takes them (sleep,
    tcp-echo and cpu where no workload is given). `tasks` are a batch, of which up to `concurrency`
    are in flight at once; None leaves both to the workload. `params` are texts by name. The run
    takes `budget_s` seconds (30), or goes on until each ratio is known to within `precision`
    (0.02: 2 %). Ratios refer to `baseline`; differences up to `margin` (0.03: 3 %) are ties.
    `variants` are `NAME=FOLDER` and `pythons` `[NAME=]PATH`. The journal goes to a new file in the
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
        timeout_s=timeout_s,
        baseline=baseline,
        margin=margin,
        seed=seed,
        gc=gc,
        variants=variants,
        pythons=pythons,
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
    if save is None:
        return Result(fill(measured, ProcessLauncher(), rule, watch=progress))
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
        return Result(fill(measured, ProcessLauncher(), rule, record, progress))
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
