"""A launcher whose workers run no code and a clock that only they move: exact and instant."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from asyncbench.record.lines import Sample
from asyncbench.record.plan import Axis, Cell, Plan, Variant, Work
from asyncbench.record.run import Run
from asyncbench.runner import finer, stopping
from asyncbench.runner.processes.failures import CellFailure
from asyncbench.worker import protocol
from tests.support.whole import measure

ENVIRONMENT = {"python": "3.11.0", "cpus": 2}
Seconds = Callable[[int, int], float]  # round, samples taken so far -> seconds a batch


class FakeClock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeLauncher:
    """Gives workers that take the seconds a batch that `times` names for their executor."""

    times: dict[str, Seconds]
    # Or the seconds that follow from what is asked for, by executor.
    sized: dict[str, Callable[[protocol.Load], float]] = field(default_factory=dict)
    clock: FakeClock = field(default_factory=FakeClock)
    proofs: dict[str, tuple[int, int]] = field(default_factory=dict)
    # The target answers as long as this gives True for the round and the questions asked in it.
    target_lives: Callable[[int, int], bool] | None = None
    targets: list[FakeTarget] = field(default_factory=list)
    factories: int = 0
    alive: int = 0

    def factory(self, python: str | None) -> FakeFactory:
        self.factories += 1
        self.clock.now += 0.1
        return FakeFactory(self)

    def target(self, workload: str, params: dict[str, Any], variant: Variant) -> Any:
        if self.target_lives is None:
            raise CellFailure("its target did not start: there is none here")
        self.targets.append(FakeTarget(self))
        return self.targets[-1]


class FakeTarget:
    address = None
    facts: ClassVar[dict[str, str]] = {}

    def __init__(self, launcher: FakeLauncher) -> None:
        self.launcher = launcher
        self.round = self.asked = 0
        self.closed = False

    def cpu_ns(self) -> int:
        assert not self.closed
        if self.launcher.factories - 1 > self.round:
            self.round, self.asked = self.launcher.factories - 1, 0
        self.asked += 1
        assert self.launcher.target_lives
        if not self.launcher.target_lives(self.round, self.asked):
            raise CellFailure("its target died")
        return 0

    def peak_rss(self) -> int:
        return self.cpu_ns()

    def close(self) -> None:
        self.closed = True


class FakeFactory:
    def __init__(self, launcher: FakeLauncher) -> None:
        self.launcher = launcher

    def worker(self) -> FakeWorker:
        self.launcher.alive += 1
        return FakeWorker(self.launcher)

    def close(self) -> None:
        pass


class FakeWorker:
    def __init__(self, launcher: FakeLauncher) -> None:
        self.launcher = launcher
        self.samples = 0
        self.pid = 1 << 30  # of no process, so that nothing is seen of its threads

    def send(self, request: protocol.Load) -> None:
        self.load = request
        self.executor = request.executor

    def answer(self, request: protocol.Load, timeout_s: float) -> protocol.Loaded:
        return protocol.Loaded({})

    def ask(self, request: protocol.Request[Any], timeout_s: float) -> protocol.Answer:
        match request:
            case protocol.Start():
                self.launcher.clock.now += 0.001
                return protocol.Started(startup_ns=1_000_000, lanes=4, facts={})
            case protocol.Load():
                return protocol.Loaded({})
            case protocol.MeasureDemand():
                return protocol.DemandMeasured(0.0, 0.001, None)
            case protocol.Observe():
                return self._observed()
            case protocol.Run():
                return self._ran(request, timeout_s)
            case protocol.Stop():
                return protocol.Stopped(2_000_000, 0, 8_000_000, gil=True, jit=False)
        raise AssertionError(f"nobody here answers {request}")

    def _seconds(self, samples: int) -> float:
        if self.executor in self.launcher.sized:
            return self.launcher.sized[self.executor](self.load)
        return self.launcher.times[self.executor](self.launcher.factories - 1, samples)

    def _observed(self) -> protocol.Observed:
        seconds = self._seconds(0)
        wall = round(min(seconds, 100.0) * 1e9)
        return protocol.Observed(
            began_ns=0,
            wall_ns=wall,
            held_ns=wall // 10,
            longest_ns=wall // 100,
            steps=8,
            suspends=4,
            by="Wait.atask (fake.py:1)",
            order=None,
            blocked_ns=0,
            hold_p99_ns=0,
            lag_p99_ns=0,
            lag_max_ns=0,
            jain=None,
            starved=0,
            awaits=True,
            spawned=0,
            hops=0,
            pool_most=0,
            pool_size=0,
            task_p50_ns=wall,
            task_max_ns=wall,
        )

    def _ran(self, request: protocol.Run, timeout_s: float) -> protocol.Ran:
        seconds = self._seconds(self.samples)
        self.samples += 1
        if seconds == float("inf"):
            self.launcher.clock.now += timeout_s
            raise CellFailure(f"timed out after {timeout_s:.3g} s")
        wall = round(seconds * request.batches * 1e9)
        self.launcher.clock.now += wall / 1e9
        count, checksum = self.launcher.proofs.get(self.executor, (4, 6))
        return protocol.Ran(
            wall_ns=wall,
            user_ns=wall // 2,
            system_ns=0,
            voluntary=3,
            involuntary=1,
            count=count,
            checksum=checksum,
        )

    def end(self) -> None:
        self.launcher.alive -= 1


def plan(*executors: str, variants: Sequence[str] = (), **changes: Any) -> Plan:
    """Make a plan of one work; families follow from the names.

    With variants, a launcher's times are named `executor variant`.
    """
    families = {
        "sequential": "sequential",
        "threads": "preemptive",
        "processes": "preemptive",
        "asyncio": "cooperative",
        "uvloop": "cooperative",
    }
    work = Work("wait", "fake:Wait", {"seconds": 0.01}, 4, 4, wait_s=0.0, cpu_s=0.0)
    cells = [
        Cell(
            number,
            0,
            name,
            f"{name} {variant}".strip(),
            family,
            "cooperative" if family == "cooperative" else "blocking",
            variant=variant,
        )
        for number, (name, variant) in enumerate(itertools.product(executors, variants or [""]))
        for family in [families.get(name.split("@")[0], "preemptive")]
    ]
    settings: dict[str, Any] = {
        "works": [work],
        "cells": cells,
        "baseline": executors[0],
        "seed": 7,
        "margin": 0.03,
        "budget_s": 10.0,
        "variants": [Variant(name, f"/{name}") for name in variants],
    }
    return Plan(**(settings | changes))


def swept(
    axes: Mapping[str, Sequence[float]], *executors: str, log: bool = True, **changes: Any
) -> Plan:
    """Make the plan of a sweep or a map over tasks, concurrency or anything else."""
    points = [dict(zip(axes, each, strict=True)) for each in itertools.product(*axes.values())]
    works, cells = [], []
    for number, at in enumerate(points):
        counts = {name: round(at.get(name, 4)) for name in ("tasks", "concurrency")}
        params = {name: value for name, value in at.items() if name not in counts}
        works.append(Work("wait", "fake:Wait", params, **counts, cpu_s=0.0, at=at))
        cells += [
            replace(cell, id=number * len(executors) + cell.id, work=number)
            for cell in plan(*executors).cells
        ]
    settings = {
        "works": works,
        "cells": cells,
        "axes": [Axis(name, log) for name in axes],
        "points": len(points),
        "until_decided": True,
        "margin": 0.05,
        "budget_s": 60.0,
    }
    return plan(*executors, **(settings | changes))


def measured(planned: Plan, launcher: FakeLauncher) -> Run:
    """Measure a plan with a fake launcher."""
    run = Run(planned, dict(ENVIRONMENT), "2026-11-22T12:00:00+00:00")
    between = finer.Between(lambda work: work)
    rule = stopping.rule_for(planned)
    return measure(run, launcher, rule, clock=launcher.clock, finer=between)


def steady(**seconds: float) -> FakeLauncher:
    """Make a launcher whose executors always take the same time."""
    return FakeLauncher({name: lambda *_, s=s: s for name, s in seconds.items()})


def counted(run: Run) -> list[Sample]:
    """Give the samples that are no warm-ups."""
    return [sample for sample in run.samples if not sample.warmup]
