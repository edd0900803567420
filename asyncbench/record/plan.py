"""What a run sets out to measure: works, variants, cells, and the rules of judging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from asyncbench import units
from asyncbench.core.executor import Family, Form, Scheduler, usual_traits
from asyncbench.core.loading import COMMAND, PROGRAM


@dataclass(frozen=True, slots=True)
class Work:
    """What is the same for every cell of a table: a workload, its parameters, how much of it.

    `wait_s`, `cpu_s` (None where only measuring tells), `holds_gil` and `longest_s` (the least time
    of its longest task) are its demand a task, which means nothing unless `demand_known`.
    `shows_order`: the order in which its tasks end is what it is about.
    `params` are as they may be shown; `secrets` are the true values of those that may not, which
    are in no journal. `call` is how a function is called (`core.functions.Call`), and empty where
    the workload is a class. `processes` is how many a pool of it may have, None for what the plan
    says. `at` is the point of a sweep that it is: its value on each axis, by name; an axis such as
    `threads:workers` is a parameter of an executor. `broken` says why none of it can be measured,
    where its code fails before it says anything of itself; '' otherwise.
    """

    workload: str
    reference: str
    params: dict[str, Any]
    tasks: int
    concurrency: int
    wait_s: float = 0.0
    cpu_s: float | None = None
    holds_gil: bool = True
    longest_s: float = 0.0
    has_target: bool = False
    demand_known: bool = True
    shows_order: bool = False
    secrets: dict[str, Any] = field(default_factory=dict, repr=False)
    call: dict[str, Any] = field(default_factory=dict)
    processes: int | None = None
    at: dict[str, float] = field(default_factory=dict)
    broken: str = ""

    @property
    def settings(self) -> str:
        """Its parameters in one line, '' where it has none."""
        return ", ".join(f"{name}={value}" for name, value in self.params.items())

    @property
    def given(self) -> dict[str, Any]:
        """Its parameters, and what else was given to it alone."""
        of_executors = {
            name: round(value) if value == round(value) else value
            for name, value in self.at.items()
            if ":" in name
        }
        pool = {"processes": self.processes} if self.processes else {}
        return self.params | pool | of_executors

    @property
    def size(self) -> str:
        """How much of it there is."""
        kept = "" if self.call.get("sends", True) else "; results are not sent back"
        items = self.call.get("items")
        given = f"; each is given one of {items}" if items else ""
        pool = f"; pools of up to {self.processes}" if self.processes else ""
        tasks = units.counted(self.tasks, "task")
        return f"{tasks} a batch; up to {self.concurrency:,} at once{given}{pool}{kept}"

    def describe(self) -> str:
        """Return what it is in one line: its workload, its parameters, and how much of it."""
        return f"{self.workload}: {'; '.join(filter(None, [self.settings, self.size]))}"


@dataclass(frozen=True, slots=True)
class Axis:
    """What a sweep varies; `log`: from one value to the next it grows by a factor."""

    name: str
    log: bool = False

    @property
    def called(self) -> str:
        """How it is called where it is shown; `processes` is an executor's name, too."""
        return "workers" if self.name == "processes" else self.name


@dataclass(frozen=True, slots=True)
class Variant:
    """A version of the code under test.

    `folder` stands first on its workers' import path, `python` is the interpreter that they run in;
    None for either means what the run itself has. `facts` are what that interpreter says of itself.
    A function beside others has a `reference` of its own in the place of its work's, and the
    parameters that the others do not have; `call` is how it is called, but for the parameters that
    its work has for all.
    """

    name: str
    folder: str | None = None
    python: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    reference: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    call: dict[str, Any] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """Whether nothing was imported from the folder when the variant was asked for its work."""
        return self.facts.get("folder used") is False

    @property
    def path(self) -> list[str]:
        """What goes first on its workers' import path."""
        return [self.folder] if self.folder else []


@dataclass(frozen=True, slots=True)
class Cell:
    """One work under one executor, in one variant of the code where the run has variants.

    `scheduler` is who decides when a task runs on, `side` the family that it stands for, '' for
    none; both are as the executor states them (`core.executor`), or the usual ones in a journal
    without these fields.

    `id` and `work` are positions in the plan's lists; `executor` is the label shown; `form` is the
    form of the workload that it calls; `variant` is a variant's name, '' where the run has none. A
    cell with `unavailable` was never run and says why; one with `broken` fails, since code of its
    executor's or its work's fails before it says anything; a cell with `control_of` is a twin of
    that cell, measured to learn whether the machine tells equals apart.
    """

    id: int
    work: int
    executor: str
    reference: str
    family: str
    form: str = "blocking"
    unavailable: str | None = None
    control_of: int | None = None
    variant: str = ""
    scheduler: str = ""
    side: str = ""
    broken: str = ""

    def __post_init__(self) -> None:
        """Fill in the traits that an older journal does not have."""
        if not self.scheduler:
            family = Family(self.family) if self.family in set(Family) else Family.HYBRID
            form: Form = "blocking" if self.form == "blocking" else "cooperative"
            scheduler, side = usual_traits(family, form)
            if self.reference.endswith(":Processes"):
                scheduler = Scheduler.PROCESSES
            object.__setattr__(self, "scheduler", str(scheduler))
            object.__setattr__(self, "side", str(side or ""))

    @property
    def is_tried(self) -> bool:
        """Whether it is begun at all, as far as was known beforehand."""
        return not (self.unavailable or self.broken)

    @property
    def has_loop(self) -> bool:
        """Whether its tasks run as steps of an event loop."""
        return self.scheduler in (Scheduler.ASYNCIO, Scheduler.TRIO)

    @property
    def blocks_loop(self) -> bool:
        """Whether its tasks wait inside a step of their loop, where nobody else can go on."""
        return self.has_loop and self.form == "blocking"

    @property
    def is_threaded(self) -> bool:
        """Whether its tasks run in threads of one process, which share a GIL where there is one."""
        return self.scheduler == Scheduler.THREADS

    @property
    def one_by_one(self) -> bool:
        """Whether a task ends before the next begins."""
        return self.scheduler == Scheduler.NONE


@dataclass(frozen=True)
class Plan:
    """What a run sets out to measure, and by which rules it will judge.

    `until_decided`: it was looked at after every round and might have ended with any of them.
    `proof`: what tasks return must agree, where cells are compared.
    `axes` are what a sweep (one) or a map (two) varies, each work being a point of it; `by_side`:
    of a point it is asked which side wins, and not which executor. `points` share the level: its
    works, and the `finer` that may at most be added where executors cross. `advises`: it ends with
    an advice, which may be had before every point is told. `clean_env`: workers are without what
    the environment sets Python to (debugging, tracing, warnings).

    Its lists stay as they are: look-ups in them are remembered.
    """

    works: list[Work]
    cells: list[Cell]
    baseline: str
    seed: int
    margin: float
    budget_s: float
    precision: float | None = None
    timeout_s: float | None = None
    processes: int | None = None
    gc: bool = True
    variants: list[Variant] = field(default_factory=list)
    until_decided: bool = False
    proof: bool = True
    axes: list[Axis] = field(default_factory=list)
    by_side: bool = False
    advises: bool = False
    points: int = 1
    finer: int = 0
    clean_env: bool = False

    def with_work(self, work: Work, cells: Sequence[Cell]) -> Plan:
        """Return the plan with a work more, and its cells."""
        return replace(self, works=[*self.works, work], cells=[*self.cells, *cells])

    @property
    def of_functions(self) -> bool:
        """Whether its variants are functions beside each other, not versions of the code."""
        return any(variant.reference for variant in self.variants)

    @property
    def of_interpreters(self) -> bool:
        """Whether its variants are interpreters, each with the same code."""
        return bool(self.variants) and all(
            variant.python and not variant.folder for variant in self.variants
        )

    @property
    def of_commands(self) -> bool:
        """Whether its variants are commands beside each other."""
        return any(work.reference in (COMMAND, PROGRAM) for work in self.works)

    def variant_of(self, cell: Cell) -> Variant:
        """Return a cell's variant; where the run has none, one that changes nothing."""
        return self._variants.get(cell.variant) or Variant("")

    def cells_of(self, work: int) -> Sequence[Cell]:
        """Return the cells of one work, its controls left out, in the order they are shown."""
        return self._cells.get(work, ())

    @cached_property
    def _variants(self) -> dict[str, Variant]:
        return {variant.name: variant for variant in self.variants}

    @cached_property
    def _cells(self) -> dict[int, list[Cell]]:
        cells: dict[int, list[Cell]] = {}
        for cell in self.cells:
            if cell.control_of is None:
                cells.setdefault(cell.work, []).append(cell)
        return cells
