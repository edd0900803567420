"""What a user asks for, checked on its own: before it is known what there is."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from asyncbench.errors import UsageError

DEFAULT_WORKLOADS = ("sleep", "tcp-echo", "cpu")
# The models to choose between; the others show what a mistake costs, or are asked for by name.
DEFAULT_EXECUTORS = ("sequential", "threads", "processes", "asyncio", "uvloop")
DEFAULT_MARGIN = 0.05
# For less than this nobody rewrites a program.
ADVICE_MARGIN = 0.10
DEFAULT_BUDGET_S = 30.0
SWEEP_BUDGET_S, MAP_BUDGET_S, ADVICE_BUDGET_S = 60.0, 120.0, 60.0
# A task that takes longer is not measured; every batch would.
LONGEST_S = 24 * 3600.0
# Of tasks in a batch, of what may be in flight at once, and of processes.
MOST = 10_000_000


@dataclass(frozen=True, slots=True)
class WorkOptions:
    """Which work is to be done under which executors, in a run or a trace.

    `workloads` and `executors` are names or references, `params` texts by name (a list
    of them where several are to be measured beside each other); `tasks` are a batch, of which
    `concurrency` may be in flight at once. None means the default, which can depend on the
    workload. For functions: `args` are texts by position, `consume` runs generators to their end,
    and without `sends` what a task returns stays in the process that did it; `items`
    is the reference of what tasks are given, one each, '' for none. `proof` is what must agree in
    all that is compared: "result" or "none", of commands one of `core.commands.PROOFS`; '' for the
    usual. `clean_env`: workers are without what the environment sets Python to. `forms` has the
    form that a function is given as, by its reference in `workloads`.
    """

    workloads: Sequence[str] = DEFAULT_WORKLOADS
    executors: Sequence[str] | None = None
    tasks: int | None = None
    concurrency: int | None = None
    params: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    processes: int | None = None
    timeout_s: float | None = None
    gc: bool = True
    args: Sequence[str] = ()
    consume: bool = False
    sends: bool = True
    items: str = ""
    proof: str = ""
    clean_env: bool = False
    forms: Mapping[str, str] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        """Return these options by name, to make more particular ones of."""
        return {each.name: getattr(self, each.name) for each in fields(WorkOptions)}


@dataclass(frozen=True, slots=True)
class TraceOptions(WorkOptions):
    """How one batch of each cell is traced.

    `rate` tasks are due a second, None for the next when one is done; a step that keeps control
    for longer than `threshold_s` seconds holds the loop.
    """

    rate: float | None = None
    threshold_s: float = 0.010


@dataclass(frozen=True, slots=True)
class RunOptions(WorkOptions):
    """How work is measured, and by which rules it is judged.

    A run ends as soon as it has told who is best, at `budget_s` the latest; with `full` it takes
    all of its time, and with `precision` it goes on until every ratio is known so well.
    `variants` are texts `NAME=FOLDER`, `pythons` interpreters as `PATH` or `NAME=PATH`, of which
    the versions of `packages` are noted, by their names. `vary` are
    the axes of a sweep as texts `NAME=VALUES` (`planning.points`); `by_side` asks of each point
    which side wins. With `finer` a sweep measures between its points where executors cross.
    `once`: an async function that asks for no `index` makes one task, unless `tasks` says.
    `commands` are texts `NAME=COMMAND`, which are measured in the place of workloads;
    `program` is a whole program and its arguments in one text, to run under event loops, and with
    `programs` a file that can be nothing else is one, too;
    `against` is what is compared: "functions" or "executors", None for what suits the works.
    """

    budget_s: float | None = None
    precision: float | None = None
    full: bool = False
    baseline: str | None = None
    margin: float = DEFAULT_MARGIN
    seed: int | None = None
    variants: Sequence[str] = ()
    pythons: Sequence[str] = ()
    packages: Sequence[str] = ()
    vary: Sequence[str] = ()
    by_side: bool = False
    advises: bool = False
    finer: bool = False
    against: str | None = None
    commands: Sequence[str] = ()
    program: str = ""
    programs: bool = False
    once: bool = False

    def check(self) -> None:
        """Raise UsageError for what no machine could do."""
        for name, seconds in (("budget", self.budget_s), ("timeout", self.timeout_s)):
            if seconds is not None and not (_is_number(seconds) and 0 < seconds < math.inf):
                raise UsageError(f"the {name} is a number of seconds above 0, not {seconds!r}")
        if (self.timeout_s or 0.0) > LONGEST_S:
            raise UsageError(
                f"the timeout is a day at most ({LONGEST_S:g}), not {self.timeout_s:g}"
            )
        if not (_is_number(self.margin) and 0 <= self.margin < math.inf):
            raise UsageError(f"the margin is a share, 0 or more, not {self.margin!r}")
        precision = self.precision
        if precision is not None and not (_is_number(precision) and 0 < precision < math.inf):
            raise UsageError(f"the precision is a share above 0, not {precision!r}")
        if self.processes is not None:
            at_least_one("processes", self.processes)
        for name, references in (
            ("workloads", self.workloads),
            ("executors", self.executors or ()),
            ("variants", self.variants),
            ("pythons", self.pythons),
            ("varied values", self.vary),
            ("commands", self.commands),
        ):
            if isinstance(references, str):
                raise UsageError(f"{name} are a list of names, not the text {references!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def params_from(assignments: Sequence[str]) -> dict[str, Any]:
    """Return `name=value` texts as a dict; raises UsageError for what has no `=`.

    A name that is given several times has a list of its values.
    """
    params: dict[str, Any] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals or not name:
            wrong = re.fullmatch(r"([A-Za-z_]\w*)(?:[:\s]\s*(.*))?", text)
            meant = f"; write -p {wrong[1]}={wrong[2] or 'VALUE'}" if wrong else ""
            raise UsageError(f"--param takes NAME=VALUE, not {text!r}{meant}")
        several = params.get(name, ())
        before = [several] if isinstance(several, str) else [*several]
        params[name] = [*before, value] if before else value
    return params


def none_of(given: Mapping[str, object], what: str) -> None:
    """Raise UsageError for the first of the named options that was given, beside `what`."""
    for name, value in given.items():
        if value:
            raise UsageError(f"{name} does not go with {what}")


def duration(what: str, seconds: Any) -> None:
    """Raise UsageError for what is no number of seconds that a machine could wait or work."""
    if type(seconds) not in (int, float) or not 0 <= seconds <= LONGEST_S:
        raise UsageError(
            f"{what} is a number of seconds, 0 or more and at most a day's, not {seconds!r}"
        )


def at_least_one(name: str, count: Any) -> None:
    """Raise UsageError for what is not a count, or one that no machine could work off."""
    if not isinstance(count, int) or count < 1:
        raise UsageError(f"{name} is a whole number, at least 1, and not {count!r}")
    if count > MOST:
        raise UsageError(f"{name} is {count:,}; more than {MOST:,} are not measured")
