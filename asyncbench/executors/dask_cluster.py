"""Dask: slices of lanes over the workers of a `LocalCluster`, or of a cluster that is there."""

from __future__ import annotations

import contextlib
import importlib
import itertools
from collections.abc import Callable
from typing import Any

from asyncbench.core.executor import Executor, Family, Scheduler
from asyncbench.core.system import usable_cpus
from asyncbench.core.values import Count
from asyncbench.core.workload import Proof, Workload, needs
from asyncbench.executors import _kit, _slices
from asyncbench.executors._kit import Sealed

# What connecting and closing may take at the most.
PATIENCE_S = 15.0
LOOPBACK = ("127.", "localhost", "[::1]")


class Cluster:
    """A client and its workers: an embedded cluster on loopback, or the one at an address."""

    def __init__(self, address: str, workers: int) -> None:
        dask: Any = importlib.import_module("dask")
        distributed: Any = importlib.import_module("distributed")
        self._cluster = None
        if not address:
            # Workers that are not daemonic may start processes of their own; they end with their
            # nannies all the same.
            with dask.config.set({"distributed.worker.daemon": False}):
                self._cluster = distributed.LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    host="127.0.0.1",
                    scheduler_port=0,
                    # None would still listen, on a port that another program may have.
                    dashboard_address="127.0.0.1:0",
                )
        try:
            self.client = distributed.Client(self._cluster or address, timeout=PATIENCE_S)
            self.client.wait_for_workers(workers if self._cluster else 1, timeout=PATIENCE_S)
            if address:
                self.client.get_versions(check=True)
        except Exception as error:
            self.close()
            raise RuntimeError(f"no cluster of Dask: {type(error).__name__}: {error}") from error

    @property
    def workers(self) -> list[str]:
        """The addresses of the workers that are there."""
        return sorted(self.client.scheduler_info(n_workers=-1)["workers"])

    def submit(self, call: Callable[..., Any], *arguments: Any, **settings: Any) -> Any:
        """Send a call; never `pure`: equal arguments would be computed once, and never again."""
        return self.client.submit(call, *arguments, pure=False, **settings)

    def close(self) -> None:
        """Close client and cluster, without waiting for ever."""
        client = self.__dict__.get("client")
        for each in filter(None, (client, self._cluster)):
            with contextlib.suppress(Exception):
                each.close(timeout=PATIENCE_S)


class Place:
    """One worker of a cluster, which alone takes what is sent to it."""

    def __init__(self, cluster: Cluster, address: str) -> None:
        self._cluster, self._address = cluster, address

    def submit(self, call: Callable[..., Any], /, *arguments: Any) -> Any:
        """Have it make a call."""
        return self._cluster.submit(call, *arguments, workers=self._address)

    def shutdown(self) -> None:
        """Leave it to its cluster."""


def lacking(address: str, *, trusted: bool) -> str | None:
    """Return that distributed is missing, or why an address is none to connect to, or None."""
    return needs("dask", "distributed") or refused(address, trusted=trusted)


def refused(address: str, *, trusted: bool) -> str | None:
    """Return why an address is not one to connect to, or None."""
    if not address:
        return None
    scheme, separator, place = address.partition("://")
    if not separator or ":" not in place:
        return f"{address!r} is no address of a scheduler; write tcp://HOST:PORT"
    if not trusted and scheme != "tls" and not place.startswith(LOOPBACK):
        return (
            f"{address} is another machine: whoever reaches a scheduler runs code, so it needs "
            "tls://HOST:PORT, or trusted=yes for a network that is trusted"
        )
    return None


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
        sent = {
            key: self._cluster.submit(
                run_slice, call, sealed, range(first, min(first + size, tasks)), key=key,
                workers=place, allow_other_workers=True,
            )
            for first, place in zip(
                range(0, tasks, size), itertools.cycle(self._addresses), strict=False
            )
            for key in [f"asyncbench-{sealed[0]}-{batch}-{first}"]
        }  # fmt: skip
        answers = self._cluster.client.gather(list(sent.values()))
        lost = set(self._addresses) - set(self._cluster.workers)
        again = sum(where not in self._addresses for where, _ in answers)
        if lost or again:
            raise RuntimeError(
                f"{len(lost) or 'some'} of {len(self._addresses)} workers of Dask were lost and "
                f"{again} of {len(sent)} slices ran on others; no task is missing, but the time is "
                "not that of the work"
            )
        parts = (part for _, part in answers)
        return _slices.sent_back(parts, self._prove) if self._prove else _slices.added(parts)

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

        where = self.address or "workers on loopback, a thread each"
        return {
            "chunk size": str(self.chunk(tasks)),
            "distributed": version("distributed"),
            "cluster": f"{len(self._addresses)} {where}",
        }

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
