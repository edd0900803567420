"""trio: tasks in a nursery, under a scheduler of its own."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from asyncbench.core.executor import Executor, Family, Form, Scheduler
from asyncbench.core.workload import Proof, Workload, needs

if TYPE_CHECKING:
    import trio


class TrioRun(Executor):
    """A nursery of trio, over lanes, for tasks that are written on anyio.

    One `trio.run` from start to stop, in a thread of its own, since lanes live longer than a batch;
    a batch is sent there by `trio.from_thread`.
    """

    name = "trio"
    family = Family.COOPERATIVE
    form: ClassVar[Form] = "portable"
    scheduler = Scheduler.TRIO

    _workload: Workload
    _token: trio.lowlevel.TrioToken
    _end: trio.Event

    def unavailable(self) -> str | None:
        """Return which package is missing, or None."""
        return needs("trio", "trio", "anyio")

    def load(self) -> None:
        """Import trio, and what anyio needs of its own to run on it."""
        import anyio._backends._trio  # noqa: F401

    def start(self, workload: Workload, concurrency: int) -> None:
        """Start the run and open every lane in it."""
        self._workload = workload
        ready: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._main, args=(ready,), name="trio")
        with contextlib.suppress(RuntimeError):  # a subinterpreter has no such threads
            self._thread.daemon = True
        self._thread.start()
        self._token, self._end = ready.get()
        try:
            self._in_trio(self._open, concurrency)
        except BaseException:
            self._finish()
            raise
        self.lanes = concurrency

    def run(self, tasks: int) -> Proof:
        """Run the lanes until every task is done."""
        return self.run_part(range(tasks))

    def run_part(self, indices: range) -> Proof:
        """Run the lanes until these tasks are done."""
        proof: Proof = self._in_trio(self._batch, indices)
        return proof

    def stop(self) -> None:
        """Close the lanes, then end the run."""
        try:
            self._in_trio(self._close)
        finally:
            self._finish()

    def describe(self, tasks: int) -> dict[str, str]:
        """State the versions of trio and anyio."""
        from importlib.metadata import version

        return {"trio": version("trio"), "anyio": version("anyio")}

    def _in_trio(self, call: Callable[..., Any], *arguments: Any) -> Any:
        import trio

        return trio.from_thread.run(call, *arguments, trio_token=self._token)

    def _main(self, ready: queue.SimpleQueue[Any]) -> None:
        import trio

        async def until_the_end() -> None:
            end = trio.Event()
            ready.put((trio.lowlevel.current_trio_token(), end))
            await end.wait()

        trio.run(until_the_end)

    def _finish(self) -> None:
        import trio

        with contextlib.suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self._end.set)
        self._thread.join()

    async def _open(self, concurrency: int) -> None:
        self._lanes: list[Any] = []
        try:
            for _ in range(concurrency):
                self._lanes.append(await self._workload.anyopen())
        except BaseException:
            await self._close()
            raise

    async def _close(self) -> None:
        for lane in self._lanes:
            await self._workload.anyclose(lane)

    async def _batch(self, indices: range) -> Proof:
        import trio

        task, lanes, proofs = self._workload.anytask, self._lanes, list[int]()
        each = len(indices) <= len(lanes)
        left = iter(indices)

        # A nursery keeps no results: whatever runs in it has to.
        async def one(lane: Any, index: int) -> None:
            proofs.append(await task(lane, index))

        async def in_turn(lane: Any) -> None:
            for index in left:
                proofs.append(await task(lane, index))

        async with trio.open_nursery() as nursery:
            if each:
                for lane, index in zip(lanes, indices, strict=False):
                    nursery.start_soon(one, lane, index)
            else:
                for lane in lanes:
                    nursery.start_soon(in_turn, lane)
        return Proof.total(proofs)
