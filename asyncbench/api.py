"""Measuring and reading from Python: `asyncbench.run` and `asyncbench.load`."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asyncbench.errors import JournalError
from asyncbench.record import journal, store
from asyncbench.record.plan import Plan
from asyncbench.record.run import Line, Run
from asyncbench.runner import environment, stopping
from asyncbench.runner.measure import measure as fill
from asyncbench.runner.planning import plan
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.processes.launcher import ProcessLauncher
from asyncbench.runner.progress import Moment


def run(*workloads: str, **options: Any) -> Run:
    """Measure workloads and give what was measured; nothing is printed or saved.

    `workloads` are names or references as the command line takes them; `options` are the fields
    of `runner.planning.options.RunOptions`. Raises UsageError for what does not exist or fit.
    """
    if workloads:
        options["workloads"] = workloads
    return measure(plan.build(RunOptions(**options)))


def measure(
    planned: Plan,
    save: Path | None = None,
    watch: Callable[[Moment], None] | None = None,
    name: str | None = None,
) -> Run:
    """Measure a plan, with a journal in the folder `save` written as it happens.

    `name` is what the run can be found by later; UsageError where it cannot be one.
    """
    if name is not None:
        store.check_name(name)
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    measured = Run(planned, environment.describe(gc=planned.gc), started, name or "")
    rule = stopping.rule_for(planned)
    if save is None:
        return fill(measured, ProcessLauncher(), rule, watch=watch)
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
        return fill(measured, ProcessLauncher(), rule, record, watch)
    finally:
        writer.close()


def load(path: str | Path) -> Run:
    """Read a saved run; raises JournalError where it cannot be read."""
    return journal.read(Path(path))
