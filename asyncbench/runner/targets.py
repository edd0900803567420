"""The targets of a run: each lives as long as a work that talks to it is being measured."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from contextlib import ExitStack

from asyncbench.record.lines import Line, TargetStarted, TargetUsage
from asyncbench.record.plan import Plan, Variant, Work
from asyncbench.runner.processes.failures import CellFailure
from asyncbench.runner.processes.launcher import Launcher
from asyncbench.runner.processes.target import TargetProcess


class Targets:
    """The targets that live, by the works that talk to them; equal works share one.

    `elapsed` returns the seconds since the run began.
    """

    def __init__(
        self,
        plan: Plan,
        launcher: Launcher,
        record: Callable[[Line], None],
        elapsed: Callable[[], float],
    ) -> None:
        self.plan = plan
        self._launcher = launcher
        self._record = record
        self._elapsed = elapsed
        self._by_work: dict[int, TargetProcess] = {}

    def of(self, work: int) -> TargetProcess | None:
        """Return the target that a work talks to; None where it has none, or none is started."""
        return self._by_work.get(work)

    def start(self, work: int) -> None:
        """Start a work's target where it has one and no equal one lives.

        Raises CellFailure where it does not start.
        """
        wanted = self.plan.works[work]
        if not wanted.has_target:
            return
        target = next(
            (
                target
                for other, target in self._by_work.items()
                if _key(self.plan.works[other]) == _key(wanted)
            ),
            None,
        )
        if target is None:
            # All variants talk to one server: it is the first's.
            variant = next(iter(self.plan.variants), Variant(""))
            params = wanted.params | wanted.secrets
            target = self._launcher.target(wanted.reference, params, variant)
        self._by_work[work] = target
        self._record(TargetStarted(work, target.facts))

    def end_unused(self, works: Collection[int]) -> None:
        """End the targets that none of these works talks to; record what they have used."""
        for work in [work for work in self._by_work if work not in works]:
            target = self._by_work[work]
            try:
                peak, used = target.peak_rss(), target.cpu_ns()
            except CellFailure:
                pass  # it died on the way, which its cells have told
            else:
                self._record(TargetUsage(work, int(self._elapsed() * 1e9), used, peak))
            if [*self._by_work.values()].count(target) == 1:
                target.close()
            del self._by_work[work]

    def close(self) -> None:
        """End all targets, whatever comes between."""
        with ExitStack() as stack:
            for target in self._by_work.values():
                stack.callback(target.close)


def _key(work: Work) -> str:
    """Return a key that is equal for works with equal targets."""
    return json.dumps([work.reference, work.params | work.secrets], sort_keys=True)
