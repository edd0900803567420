"""joblib: `Parallel` with a fixed batch size, over processes of loky or over threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor as Pool
from functools import partial
from typing import Any, ClassVar

from asyncbench.core.executor import Scheduler
from asyncbench.core.workload import Proof, Workload, needs
from asyncbench.executors import _slices
from asyncbench.executors._kit import Sealed
from asyncbench.executors._slices import SlicedPool


class Joblib(SlicedPool):
    """`joblib.Parallel` over loky, with one call a task and a stated batch size.

    joblib's own "auto" goes on changing the size from sample to sample, so that no two would be of
    the same work.
    """

    name = "joblib"
    backend: ClassVar[str] = "loky"

    def unavailable(self) -> str | None:
        """Return that joblib is missing, or None."""
        return needs("joblib", "joblib")

    def load(self) -> None:
        """Import joblib."""
        import joblib  # noqa: F401

    def make_pool(self, members: int) -> Pool:
        """Return what stands in for a pool when lanes are opened and closed."""
        from joblib import Parallel

        self._parallel = Parallel(members, backend=self.backend, pre_dispatch="all", batch_size=1)
        self._parallel.__enter__()
        return _Together(self._parallel, self.backend)

    def start(self, workload: Workload, concurrency: int) -> None:
        """Make the pool and open a lane in each of its members."""
        super().start(workload, concurrency)
        if self._is_alone():
            self._prove = None  # nothing is sent

    def run(self, tasks: int) -> Proof:
        """Run one call a task and add up what they returned."""
        from joblib import delayed

        call, parallel = delayed(self._call()), self._parallel
        parallel.batch_size = self.chunk(tasks)
        answers = parallel(call(index) for index in range(tasks))
        return Proof.total(map(self._prove, answers) if self._prove else answers)

    def _call(self) -> Callable[[int], int]:
        return partial(_slices.one, self._sealed) if self._is_alone() else _slices.only

    def _is_alone(self) -> bool:
        # joblib starts no process for one job at a time.
        return self.lanes == 1

    def stop(self) -> None:
        """Close each lane in its own member, then end them."""
        self._parallel.batch_size = 1
        super().stop()

    def describe(self, tasks: int) -> dict[str, str]:
        """State the size of a batch of joblib's, and its version."""
        from importlib.metadata import version

        alone = {"one job at a time": "in this process: joblib starts no worker for it"}
        return {
            "batch size": str(self.chunk(tasks)),
            "joblib": version("joblib"),
            **(alone if self._is_alone() else {}),
        }

    def _in_every_member(self, action: Callable[[Sealed, str, int], str]) -> list[str]:
        assert isinstance(self._pool, _Together)
        return self._pool.all_at_once(action, self._sealed, self._place(), self.lanes)


class JoblibThreading(Joblib):
    """`joblib.Parallel` over threads, with one call a task and a stated batch size."""

    name = "joblib-threading"
    backend: ClassVar[str] = "threading"
    scheduler = Scheduler.THREADS

    def members(self, concurrency: int) -> int:
        """Return as many as lanes, as threads have."""
        return min(self.workers or concurrency, concurrency)

    def _call(self) -> Callable[[int], int]:
        return partial(_slices.one, self._sealed)


class _Together(Pool):
    """A `Parallel` that has its members make one call each."""

    def __init__(self, parallel: Any, backend: str) -> None:
        self._parallel, self._backend = parallel, backend

    def all_at_once(
        self, action: Callable[[Sealed, str, int], str], sealed: Sealed, place: str, members: int
    ) -> list[str]:
        """Have each member make a call that ends when all are there."""
        from joblib import delayed

        calls = (delayed(action)(sealed, place, members) for _ in range(members))
        answers: list[str] = self._parallel(calls)
        return answers

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the members."""
        self._parallel.__exit__(None, None, None)
        if self._backend == "loky":  # which keeps them for whoever comes next
            from joblib.externals.loky import get_reusable_executor

            get_reusable_executor().shutdown(wait=wait)
