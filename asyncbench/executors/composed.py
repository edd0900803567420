"""An executor inside each member of another: `processes+asyncio`, a loop in each process."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Literal, Protocol

from asyncbench.core.executor import Elsewhere, Executor, Family, Scheduler
from asyncbench.core.system import usable_cpus
from asyncbench.core.values import Count
from asyncbench.core.workload import Proof, Workload
from asyncbench.errors import UsageError
from asyncbench.executors import _dask_client, _kit, any_loop, dask_cluster, interpreters
from asyncbench.executors._kit import Kit
from asyncbench.executors._process_member import ProcessMember
from asyncbench.executors._slices import added


class Answering(Protocol):
    """What a member gives for a call: something to wait for."""

    def result(self) -> Any:
        """Wait for what the call returned or raised."""


class Member(Protocol):
    """One member of the outer pool, which alone takes what is sent to it."""

    def submit(self, call: Callable[..., Any], /, *arguments: Any) -> Answering:
        """Have it make a call."""

    def shutdown(self) -> None:
        """End it."""


class Composed(Executor):
    """Lanes and tasks dealt out evenly to members, each with an executor of its own inside.

    What a member has to do is its own from the start: nobody takes over what another has not yet
    begun, since a task stays on the loop that its lane is on.
    """

    family = Family.HYBRID
    inner: ClassVar[Callable[[], Executor]]

    #: Members at the most; by default the CPUs, or what `--processes` says.
    workers: Count | None = None

    _members: list[Member]

    def make_members(self, count: int) -> Iterable[Member]:
        """Start so many members."""
        return (self.make_member() for _ in range(count))

    def make_member(self) -> Member:
        """Start one member."""
        raise NotImplementedError

    def unavailable(self) -> str | None:
        """Return why the inner executor cannot be used here, or None."""
        return type(self).inner().unavailable()

    def load(self) -> None:
        """Import what the inner executor needs."""
        type(self).inner().load()

    def cannot(self, error: BaseException) -> str | None:
        """Return what the inner executor cannot do, or None."""
        return type(self).inner().cannot(error)

    def start(self, workload: Workload, concurrency: int) -> None:
        """Start every member and have each start its inner executor with its share of the lanes."""
        count = min(self.workers or self.processes or usable_cpus(), concurrency)
        self._kit = kit = _kit.pack(workload, self.form, shared=True)
        self._members = []
        try:
            self._members.extend(self.make_members(count))
            count = len(self._members)
            # An empty share of the tasks, but never of the lanes: there are no more members.
            self._in_each(
                start, [(kit, type(self).inner, len(s)) for s in shares(concurrency, count)]
            )
        except BaseException:
            self._end()
            raise
        self.lanes = concurrency

    def run(self, tasks: int) -> Proof:
        """Have each member run its share, and add up their proofs."""
        return added(self._in_each(part, [(s,) for s in shares(tasks, len(self._members))]))

    def stop(self) -> None:
        """Stop the inner executors, then end the members."""
        try:
            self._in_each(stop, [() for _ in self._members])
        finally:
            self._end()

    def describe(self, tasks: int) -> dict[str, str]:
        """State how lanes are dealt out, and what the inner executor states."""
        lanes = ", ".join(str(len(share)) for share in shares(self.lanes, len(self._members)))
        inside = type(self).inner()
        inside.lanes = len(shares(self.lanes, len(self._members))[0])
        return {"lanes of each": lanes, **inside.describe(tasks)}

    def _in_each(self, call: Callable[..., Any], arguments: list[tuple[Any, ...]]) -> list[Any]:
        sent = [
            member.submit(call, *each)
            for member, each in zip(self._members, arguments, strict=True)
        ]
        answers, error = [], None
        for each in sent:  # all of them, so that none answers a later call
            try:
                answers.append(each.result())
            except BaseException as raised:
                error = error or raised
        if error:
            raise error
        return answers

    def _end(self) -> None:
        self._kit.forget()
        for member in self._members:
            member.shutdown()


class InThreads(Composed):
    """Threads with an executor in each."""

    scheduler = Scheduler.THREADS

    def unavailable(self) -> str | None:
        """Return that the loop inside fails in several threads, or why there is none, or None."""
        inner = type(self).inner()
        loop = inner.place.partition(":")[0] if isinstance(inner, any_loop.AnyLoop) else ""
        if loop in any_loop.ONE_THREAD:
            return f"{loop} fails where several threads have a loop each; use processes+{loop}"
        return super().unavailable()

    def make_member(self) -> Member:
        """Return a pool of one thread."""
        return ThreadPoolExecutor(1, thread_name_prefix="member")


class InProcesses(Composed):
    """Processes with an executor in each."""

    scheduler = Scheduler.PROCESSES

    #: How they start; by default as the platform has it.
    start_method: Literal["fork", "spawn", "forkserver"] | None = None

    def make_member(self) -> Member:
        """Start a process; by `fork` all of them start before this one has a thread."""
        return ProcessMember(multiprocessing.get_context(self.start_method))

    def describe(self, tasks: int) -> dict[str, str]:
        """State the start method, too."""
        method = self.start_method or multiprocessing.get_start_method()
        return {"start method": method, **super().describe(tasks)}


class InInterpreters(Composed):
    """Subinterpreters with an executor in each."""

    scheduler = Scheduler.PROCESSES

    def unavailable(self) -> str | None:
        """Return that this Python has no such pool, or why there is no inner executor."""
        return interpreters.Interpreters().unavailable() or super().unavailable()

    def make_member(self) -> Member:
        """Return a pool of one."""
        return interpreters.interpreter_pool(1)


class InDask(Composed):
    """Workers of Dask with an executor in each."""

    scheduler = Scheduler.PROCESSES
    has_engine = True

    #: The scheduler of a cluster that is there; by default one is started on loopback.
    address: str = ""
    #: Whether the network to that address is trusted, so that it may go without TLS.
    trusted: bool = False

    _cluster: _dask_client.Cluster | None = None

    def unavailable(self) -> str | None:
        """Return why there is no cluster, or no inner executor."""
        return _dask_client.lacking(self.address, trusted=self.trusted) or super().unavailable()

    def load(self) -> None:
        """Import distributed, too."""
        dask_cluster.DaskCluster().load()
        super().load()

    def make_members(self, count: int) -> Iterable[Member]:
        """Start or find the cluster; a member is one of its workers."""
        self._cluster = _dask_client.Cluster(self.address, count)
        self._addresses = self._cluster.workers[:count]
        return [_dask_client.Place(self._cluster, each) for each in self._addresses]

    def describe(self, tasks: int) -> dict[str, str]:
        """State where the workers are, too."""
        where = self._cluster.described(self._addresses) if self._cluster else ""
        return {"cluster": where, **super().describe(tasks)}

    def elsewhere(self) -> Elsewhere:
        """Return what the workers have used, where they are not below this process."""
        return self._cluster.used(self._addresses) if self._cluster else Elsewhere()

    def _end(self) -> None:
        super()._end()
        if self._cluster:
            self._cluster.close()


OUTER: dict[str, type[Composed]] = {
    "processes": InProcesses,
    "threads": InThreads,
    "interpreters": InInterpreters,
    "dask": InDask,
}


def composed(name: str, inner: type[Executor], make: Callable[[], Executor]) -> type[Composed]:
    """Return the executor `OUTER+INNER`; `make` makes an inner one, here and in every member."""
    outer = OUTER[name]
    called = inner.name or inner.__name__
    if inner.run_part is Executor.run_part:
        raise UsageError(
            f"{called} cannot run inside {name}; an event loop or threads can, as in {name}+asyncio"
        )
    return type(
        outer.__name__,
        (outer,),
        {
            "name": f"{name}+{called}",
            "inner": staticmethod(make),
            "form": inner.form,
            "scheduler": outer.scheduler,
            "__doc__": f"`{called}` in each of several {name}, which share the lanes evenly.",
        },
    )


def shares(count: int, members: int) -> list[range]:
    """Deal `count` out evenly, in stretches."""
    ends = [count * number // members for number in range(members + 1)]
    return [range(first, last) for first, last in itertools.pairwise(ends)]


# What follows lives in the members: each has one inner executor.
INNER = "inner executor"


def start(kit: Kit, make: Callable[[], Executor], concurrency: int) -> None:
    """Start the inner executor."""
    made = make()
    made.load()
    made.start(kit.workload(), concurrency)
    _kit.here()[INNER] = made
    if multiprocessing.parent_process():
        gc.collect()  # as a worker does: a collection costs what the workload's own objects cost
        gc.freeze()


def part(indices: range) -> tuple[int, int]:
    """Run a share of a batch."""
    proof = _kit.here()[INNER].run_part(indices)
    return proof.count, proof.checksum


def stop() -> None:
    """Stop the inner executor, if it was started."""
    made = _kit.here().pop(INNER, None)
    if made:
        made.stop()
