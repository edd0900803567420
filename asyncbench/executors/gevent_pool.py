"""gevent: greenlets, and the standard library's blocking calls patched to hand over."""

from __future__ import annotations

import warnings
from typing import Any

from asyncbench.core.executor import Executor, Family, Scheduler
from asyncbench.core.workload import Proof, Workload, needs


class GeventPool(Executor):
    """`gevent.pool.Pool` of greenlets that call the blocking form, after `monkey.patch_all()`.

    The worker is patched before the workload is imported. What waits in C (a driver of a database,
    a file) is not, and holds all greenlets.
    """

    name = "gevent"
    family = Family.COOPERATIVE
    scheduler = Scheduler.GEVENT
    side = Family.COOPERATIVE

    _workload: Workload
    _lanes: list[Any]

    def unavailable(self) -> str | None:
        """Return that gevent is missing, or None."""
        return needs("gevent", "gevent")

    def load(self) -> None:
        """Patch this process, which is a worker of this executor's alone."""
        from gevent import monkey

        with warnings.catch_warnings():
            # Of ssl, which may be there before; nothing has made a context of it yet.
            warnings.simplefilter("ignore", monkey.MonkeyPatchWarning)
            monkey.patch_all()

    def start(self, workload: Workload, concurrency: int) -> None:
        """Make the pool and open every lane."""
        from gevent.pool import Pool

        self._workload, self._lanes = workload, []
        self._pool = Pool(concurrency)
        self._leave_errors_to_us()
        try:
            for _ in range(concurrency):
                self._lanes.append(workload.open())
        except BaseException:
            self.stop()
            raise
        self.lanes = concurrency

    def run(self, tasks: int) -> Proof:
        """Run one greenlet a task where there is a lane for each, else one a lane."""
        from gevent import joinall

        task, lanes, spawn = self._workload.task, self._lanes, self._pool.spawn
        if tasks <= len(lanes):
            made = [spawn(task, lanes[index], index) for index in range(tasks)]
            joinall(made, raise_error=True)
            return Proof.total([each.value for each in made])
        left, proofs = iter(range(tasks)), list[int]()

        def in_turn(lane: Any) -> None:
            for index in left:
                proofs.append(task(lane, index))

        joinall([spawn(in_turn, lane) for lane in lanes], raise_error=True)
        return Proof.total(proofs)

    def _leave_errors_to_us(self) -> None:
        """Keep the hub from printing what fails a task, which is told with its cell.

        What fails a greenlet of the user's own is still printed, since nobody else tells it.
        """
        from gevent import get_hub

        hub, pool = get_hub(), self._pool
        handle = hub.handle_error

        def handle_error(context: Any, kind: type[BaseException], *rest: Any) -> None:
            if context not in pool or issubclass(kind, hub.SYSTEM_ERROR):
                handle(context, kind, *rest)

        hub.handle_error = handle_error

    def stop(self) -> None:
        """Close the lanes."""
        self._pool.kill()
        for lane in self._lanes:
            self._workload.close(lane)

    def describe(self, tasks: int) -> dict[str, str]:
        """State gevent's version."""
        from importlib.metadata import version

        return {"gevent": version("gevent")}
