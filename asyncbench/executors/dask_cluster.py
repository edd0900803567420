"""Dask: slices of lanes over the workers of a `LocalCluster`, or of a cluster that is there."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from asyncbench.core.executor import Elsewhere, Executor, Family, Scheduler
from asyncbench.core.system import usable_cpus
from asyncbench.core.values import Count
from asyncbench.core.workload import Proof, Workload
from asyncbench.errors import AsyncbenchError
from asyncbench.executors import _kit, _slices
from asyncbench.executors._dask_client import PATIENCE_S, Cluster, lacking
from asyncbench.executors._kit import Sealed


class DaskCluster(Executor):
    """Slices of a batch as futures of Dask, over workers of one thread each.

    Slices and not tasks, since a future costs the scheduler about a millisecond. A slice's proof is
    summed where it ran and counted once for its key. A batch in which workers were lost, so that
    slices ran again, says so instead of being a sample.
    """

    name = "dask"
    family = Family.PREEMPTIVE
    scheduler = Scheduler.PROCESSES
    sends_results = True
    has_engine = True

    #: Workers at the most; by default the CPUs, or what `--processes` says.
    workers: Count | None = None
    #: Tasks a slice; by default the workload's, or an even share.
    chunk_size: Count | None = None
    #: The scheduler of a cluster that is there; by default one is started on loopback.
    address: str = ""
    #: Whether the network to that address is trusted, so that it may go without TLS.
    trusted: bool = False

    _sealed: Sealed
    _cluster: Cluster
    _prove: Callable[[Any], int] | None

    def unavailable(self) -> str | None:
        """Return that distributed is missing, or why the address is none, or None."""
        return lacking(self.address, trusted=self.trusted)

    def load(self) -> None:
        """Import distributed."""
        import distributed  # noqa: F401

    def start(self, workload: Workload, concurrency: int) -> None:
        """Start or find the cluster and open a lane on each worker."""
        self._size = self.chunk_size or workload.chunk_size
        count = min(self.workers or self.processes or usable_cpus(), concurrency)
        self._sealed = _kit.pack(workload, self.form, shared=False).seal()
        self._cluster = cluster = Cluster(self.address, count)
        self._batches = itertools.count()
        self._prove = _slices.proof_of_sent(workload, self.scheduler)
        try:
            self._addresses = cluster.workers[:count]
            self._on_each(_slices.enter)
        except BaseException:
            cluster.close()
            raise
        self.lanes = len(self._addresses)

    def run(self, tasks: int) -> Proof:
        """Send the slices and add up their proofs, each key once."""
        size, batch, sealed = self.chunk(tasks), next(self._batches), self._sealed
        call = _slices.returned if self._prove else _slices.work
        places = [
            (first, place)
            for first, place in zip(
                range(0, tasks, size), itertools.cycle(self._addresses), strict=False
            )
        ]
        sent = [
            self._cluster.submit(
                run_slice, call, sealed, range(first, min(first + size, tasks)),
                key=f"asyncbench-{sealed[0]}-{batch}-{first}",
                workers=place, allow_other_workers=True,
            )
            for first, place in places
        ]  # fmt: skip
        answers = self._cluster.client.gather(sent)
        parts = [part for _, part in answers]
        proof = _slices.sent_back(parts, self._prove) if self._prove else _slices.added(parts)
        # Only where another worker has done a slice is the scheduler asked who is left, which takes
        # as long as a slice.
        moved = any(where != place for (where, _), (_, place) in zip(answers, places, strict=True))
        lost = set(self._addresses) - set(self._cluster.workers) if moved else set()
        if lost:
            again = sum(
                place in lost and where != place
                for (where, _), (_, place) in zip(answers, places, strict=True)
            )
            kept = "each task counts once" if proof.count == tasks else f"{proof.count} tasks count"
            raise AsyncbenchError(
                f"{len(lost)} of {len(self._addresses)} workers of Dask were lost, and {again} of "
                f"{len(sent)} slices were sent again to others; {kept}, but the time is not that "
                "of the work"
            )
        return proof

    def stop(self) -> None:
        """Close the lanes, then client and cluster."""
        try:
            self._on_each(_slices.leave)
        finally:
            self._cluster.close()

    def chunk(self, tasks: int) -> int:
        """Return how many tasks a slice has: an even share, since a slice is dear."""
        return self._size or max(1, -(-tasks // self.lanes))

    def describe(self, tasks: int) -> dict[str, str]:
        """State the size of a slice, Dask's version and where its workers are."""
        from importlib.metadata import version

        return {
            "chunk size": str(self.chunk(tasks)),
            "distributed": version("distributed"),
            "cluster": self._cluster.described(self._addresses),
        }

    def elsewhere(self) -> Elsewhere:
        """Return what the workers have used, where they are not below this process."""
        return self._cluster.used(self._addresses)

    def _on_each(self, action: Callable[[Sealed, str, int], str]) -> None:
        sent = [
            self._cluster.submit(action, self._sealed, "", 1, workers=place)
            for place in self._addresses
        ]
        for each in sent:
            each.result(timeout=PATIENCE_S)


def run_slice(
    call: Callable[[Sealed, range], Any], sealed: Sealed, indices: range
) -> tuple[str, Any]:
    """Do a slice on a worker; return the worker's address and what the call gave."""
    from distributed import get_worker

    return get_worker().address, call(sealed, indices)
