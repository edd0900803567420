"""Each cell of a run in numbers: pure, from the record alone."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import isfinite, log
from operator import add, truediv
from statistics import median
from typing import Any

from asyncbench.record.lines import MeasuredDemand, WorkerLife
from asyncbench.record.plan import Cell, Work
from asyncbench.record.run import Run
from asyncbench.record.samples import Columns
from asyncbench.stats import anytime, intervals
from asyncbench.stats.distances import Rounds
from asyncbench.stats.intervals import Interval

# Blocks of a round in the order they came, and what a batch took in each: arrays, since a run
# can have a million samples.
BlockTimes = tuple["array[int]", "array[float]"]
# A target busier than this is what is measured, not its clients.
TARGET_BOUND = 0.85


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one cell; times in seconds a batch, medians over its samples.

    `time` has an interval where there are rounds enough for one. `voluntary` and `involuntary`
    count context switches of the worker's whole process tree, `cpus` the CPUs it kept busy on
    average and `busiest` in the sample where that was most, and `target_share` is the share of the
    time that its target was busy. `engine_cpu_s` and `engine_rss_bytes` are the parts of who only
    handed work out, None where nobody did.
    """

    samples: int
    rounds: int
    lanes: int
    time: Interval
    tasks_per_s: float
    cpu_s: float
    voluntary: float
    involuntary: float
    cpus: float
    busiest: float
    peak_rss_bytes: float
    startup_s: float
    shutdown_s: float
    target_share: float | None
    engine_cpu_s: float | None
    engine_rss_bytes: float | None
    facts: dict[str, Any]

    @property
    def target_bound(self) -> bool:
        """Whether its target was too busy for the times to be its own."""
        return self.target_share is not None and self.target_share > TARGET_BOUND


class Summary:
    """A run's cells in numbers, and the paired times that verdicts are made of."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.cells = {cell.id: cell for cell in [*run.plan.cells, *run.controls]}
        self._rows: dict[int, list[Cell]] = {}
        for cell in run.plan.cells:
            if cell.control_of is None:
                self._rows.setdefault(cell.work, []).append(cell)
        self.observations = {look.cell: look for look in run.observations}
        self._lives: dict[int, list[WorkerLife]] = {}
        for life in run.lives:
            self._lives.setdefault(life.cell, []).append(life)
        # Round 0 calibrates, and watches a batch: what that takes is not the work's.
        for lives in self._lives.values():
            lives[:] = [life for life in lives if life.round] or lives
        self._figures: dict[int, Figures | None] = {}
        self._times: dict[int, dict[int, BlockTimes]] = {}
        self._measured: dict[int, dict[int, BlockTimes]] = {}

    @property
    def test(self) -> intervals.Test:
        """The test that intervals come from: one that allows for looks where the run took any."""
        return anytime.p_value if self.run.plan.until_decided else intervals.sign_flip_p

    def cells_of(self, work: int) -> list[Cell]:
        """Return the cells of one work, its controls left out, in the order they are shown."""
        return self._rows.get(work, [])

    def figures(self, cell: Cell) -> Figures | None:
        """Return a cell's figures, None where it has no sample."""
        if cell.id not in self._figures:
            self._figures[cell.id] = self._figured(cell)
        return self._figures[cell.id]

    def ratios(self, cell: Cell, other: Cell) -> list[list[float]]:
        """Return log(time / other's time), a list a round, a value a block that has both."""
        own, others = self._block_times(cell), self._block_times(other)
        paired = []
        for number in sorted(own.keys() & others.keys()):
            blocks, seconds = own[number]
            beside = dict(zip(*others[number], strict=True))
            ratios = [
                each / beside[block]
                for block, each in zip(blocks, seconds, strict=True)
                if block in beside
            ]
            if ratios:
                paired.append(list(map(log, ratios)))
        return paired

    def as_shown(self, ratio: Interval | None, cell: Cell, other: Cell) -> Interval | None:
        """Return a ratio, of rounds too few for an interval that of the times beside it.

        Both are guesses then, and two that contradict each other help nobody.
        """
        if ratio is None or isfinite(ratio.high):
            return ratio
        own, others = self.figures(cell), self.figures(other)
        if not own or not others:
            return ratio
        return replace(ratio, estimate=own.time.estimate / others.time.estimate)

    def cpu_ratios(self, cell: Cell, other: Cell) -> list[list[float]]:
        """Return log(CPU time / other's CPU time), a list a round, of samples of one block."""
        own, others = self._cpu_times(cell), self._cpu_times(other)
        shared: dict[int, list[float]] = {}
        for key in own.keys() & others.keys():
            shared.setdefault(key[0], []).append(log(own[key] / others[key]))
        return [ratios for _, ratios in sorted(shared.items())]

    def _cpu_times(self, cell: Cell) -> dict[tuple[int, int], float]:
        """Return the CPU time a batch of each of a cell's samples, by round and block."""
        return {
            (each.round, each.block): used / each.batches
            for each in self.run.samples.counted(cell.id)
            if (used := each.user_ns + each.system_ns)
        }

    def log_times(self, cell: Cell) -> list[list[float]]:
        """Return log(seconds a batch), a list a round, a value a block."""
        return [
            list(map(log, seconds)) for _, (_, seconds) in sorted(self._block_times(cell).items())
        ]

    def log_medians(self, cell: Cell) -> dict[int, float]:
        """Return log(seconds a batch) by round, the median of its blocks."""
        return {
            number: log(median(seconds)) for number, (_, seconds) in self._block_times(cell).items()
        }

    def demanded(self, number: int) -> MeasuredDemand | None:
        """Return what was measured of a work's demand, None where the workload says it itself."""
        return next((each for each in self.run.demands if each.work == number), None)

    def unequal(self, number: int) -> dict[int, str]:
        """Return the cells of a work whose proof differs from most cells' proof, and how."""
        proofs = {
            cell.id: taken.proofs()
            for cell in self.cells_of(number)
            if (taken := self.run.samples.counted(cell.id))
        }
        if not self.run.plan.proof:  # that all tasks were done is held against each cell anyway
            proofs = {
                cell: frozenset((count, 0) for count, _ in mine) for cell, mine in proofs.items()
            }
        seen = [proof for mine in proofs.values() for proof in mine]
        if len(set(seen)) < 2:
            return {}
        usual = max(sorted(set(seen)), key=seen.count)
        if seen.count(usual) * 2 <= len(seen):
            # With no majority nobody can tell who did the work that was asked for.
            what = "they printed" if self.run.plan.of_commands else "the tasks returned"
            return dict.fromkeys(proofs, f"what {what} differs too much to tell who did the work")
        if self.run.plan.of_commands:
            return {
                cell: "it printed something else than the others"
                for cell, mine in proofs.items()
                if mine != {usual}
            }
        return {
            cell: f"what its {_told(min(mine - {usual}))}; of the others, what {_told(usual)}"
            for cell, mine in proofs.items()
            if mine != {usual}
        }

    def _figured(self, cell: Cell) -> Figures | None:
        samples = self.run.samples.counted(cell.id)
        if not samples:
            return None
        work = self.run.plan.works[cell.work]
        lives = self._lives.get(cell.id, [])
        rounds = [list(map(log, seconds)) for _, seconds in self._rounds(cell, samples).values()]
        walls, batches = samples.column("wall_ns"), samples.column("batches")
        used = list(map(add, samples.column("user_ns"), samples.column("system_ns")))
        done = sum(batches)
        time = _interval_or_estimate(rounds, intervals.ALPHA, self.test).of_logarithm()
        return Figures(
            samples=len(samples),
            rounds=len(rounds),
            lanes=lives[0].lanes if lives else 0,
            time=time,
            tasks_per_s=work.tasks / time.estimate,
            cpu_s=median(map(truediv, used, batches)) / 1e9,
            # Counters of the kernel move in steps longer than some samples: only sums are exact.
            voluntary=sum(samples.column("voluntary")) / done,
            involuntary=sum(samples.column("involuntary")) / done,
            cpus=sum(used) / sum(walls),
            busiest=max(map(truediv, used, walls)),
            peak_rss_bytes=_median(life.peak_rss_bytes for life in lives),
            startup_s=_median(life.startup_ns for life in lives) / 1e9,
            shutdown_s=_median(life.shutdown_ns for life in lives) / 1e9,
            target_share=_target_share(samples.column("target_ns"), sum(walls)),
            engine_cpu_s=_engine_cpu(samples.column("engine_ns"), batches),
            engine_rss_bytes=_known_median(life.engine_rss_bytes for life in lives),
            facts=lives[0].facts if lives else {},
        )

    def _block_times(self, cell: Cell) -> dict[int, BlockTimes]:
        """Return a cell's blocks and their seconds a batch, none below its floor, by round."""
        if cell.id not in self._times:
            floor = self._floor(cell)
            self._times[cell.id] = {
                number: (blocks, _at_least(seconds, floor))
                for number, (blocks, seconds) in self._rounds(
                    cell, self.run.samples.counted(cell.id)
                ).items()
            }
        return self._times[cell.id]

    def _rounds(self, cell: Cell, samples: Columns) -> dict[int, BlockTimes]:
        """Return a cell's blocks and their seconds a batch as measured, by round."""
        if cell.id not in self._measured:
            times: dict[int, BlockTimes] = {}
            blocks, seconds, start = samples.column("block"), samples.seconds(), 0
            for number, stretch in itertools.groupby(samples.column("round")):
                end = start + len(list(stretch))
                known = times.setdefault(number, (array("q"), array("d")))
                known[0].extend(blocks[start:end])
                known[1].extend(seconds[start:end])
                start = end
            self._measured[cell.id] = times
        return self._measured[cell.id]

    def _floor(self, cell: Cell) -> float:
        """Return the waiting that a batch over this cell's lanes must take.

        A sleep that ends early did less than was asked for; it must not win by that.
        """
        work: Work = self.run.plan.works[cell.work]
        lives = self._lives.get(cell.id)
        lanes = max(1, min(lives[0].lanes if lives else work.concurrency, work.tasks))
        return -(-work.tasks // lanes) * work.wait_s


def _interval_or_estimate(rounds: Rounds, level: float, test: intervals.Test) -> Interval:
    if len(rounds) < intervals.LEAST_ROUNDS:
        middle = intervals.estimate(rounds)
        return Interval(middle, float("-inf"), float("inf"), level)
    return intervals.interval(rounds, level, test)


def _median(values: Iterable[float]) -> float:
    known = list(values)
    return median(known) if known else 0.0


def _at_least(seconds: array[float], floor: float) -> array[float]:
    if min(seconds) >= floor:
        return seconds
    return array("d", [max(floor, each) for each in seconds])


def _engine_cpu(engine_ns: array[int], batches: array[int]) -> float | None:
    return median(map(truediv, engine_ns, batches)) / 1e9 if min(engine_ns) >= 0 else None


def _known_median(values: Iterable[int | None]) -> float | None:
    known = [each for each in values if each is not None]
    return median(known) if known else None


def _target_share(target_ns: array[int], wall_ns: int) -> float | None:
    known = [each for each in target_ns if each >= 0]
    return sum(known) / wall_ns if known else None


def _told(proof: tuple[int, int]) -> str:
    return f"{proof[0]} tasks returned adds up to {proof[1]}"
