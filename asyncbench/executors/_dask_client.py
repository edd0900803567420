"""A client of Dask and its workers: those of its own, or of a cluster that others started."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

from asyncbench.core.executor import Elsewhere
from asyncbench.core.system import MAXRSS_BYTES
from asyncbench.core.workload import needs
from asyncbench.errors import AsyncbenchError, told

# What connecting and closing may take at the most, and being answered at all.
PATIENCE_S = 15.0
# What starting a cluster may take: less than the half minute after which a cell counts as hanging.
START_S = 25.0
ANSWER_S = 5.0
LOOPBACK = ("127.", "localhost", "[::1]")
BY_TLS = (
    "a scheduler that speaks TLS has an address of the form tls://HOST:PORT, and needs its keys"
)
LONGEST_GREETING = 1 << 20  # bytes
# What must be of one version for calls to arrive as they were sent.
ALIKE = ("python", "dask", "distributed", "asyncbench")


class Cluster:
    """A client and its workers: an embedded cluster on loopback, or the one at an address."""

    def __init__(self, address: str, workers: int) -> None:
        dask: Any = importlib.import_module("dask")
        distributed: Any = importlib.import_module("distributed")
        self._cluster = None
        self.address = address
        if address:
            _has_keys(address)
            _knock(address)
        else:
            self._cluster = _embedded(dask, distributed, workers)
        try:
            self.client = distributed.Client(self._cluster or address, timeout=PATIENCE_S)
            self.client.wait_for_workers(workers if self._cluster else 1, timeout=PATIENCE_S)
            unlike = mismatch(self.client.get_versions(packages=["asyncbench"])) if address else ""
        except Exception as error:
            self.close()
            first = str(error).strip().partition("\n")[0]
            hint = "; a scheduler that speaks TLS needs tls:// and its keys" if address else ""
            raise AsyncbenchError(
                f"no cluster of Dask at {address or 'loopback'}: {type(error).__name__}: {first}"
                f"{hint if isinstance(error, OSError) else ''}"
            ) from error
        if unlike:
            self.close()
            raise AsyncbenchError(unlike)

    @property
    def workers(self) -> list[str]:
        """The addresses of the workers that are there."""
        return sorted(self._workers())

    def described(self, addresses: list[str]) -> str:
        """Return where these workers are: of a cluster elsewhere, each with its threads."""
        if not self.address:
            return f"{len(addresses)} workers on loopback, a thread each"
        threads = {name: each["nthreads"] for name, each in self._workers().items()}
        each_of = ", ".join(f"{each} with {threads.get(each, 0)} threads" for each in addresses)
        return f"{self.address}: {each_of}"

    def submit(self, call: Callable[..., Any], *arguments: Any, **settings: Any) -> Any:
        """Send a call; never `pure`: equal arguments would be computed once, and never again."""
        return self.client.submit(call, *arguments, pure=False, **settings)

    def used(self, addresses: list[str]) -> Elsewhere:
        """Return what workers and scheduler have used since they began, if others started them."""
        if self._cluster:
            return Elsewhere()
        engine = self.client.run_on_scheduler(own_use)
        found = [engine, *self.client.run(own_use, workers=addresses).values()]
        user, system, peak = map(sum, zip(*found, strict=True))
        return Elsewhere(user, system, peak, engine[0] + engine[1], engine[2])

    def close(self) -> None:
        """Close client and cluster, without waiting for ever."""
        client = self.__dict__.get("client")
        for each in filter(None, (client, self._cluster)):
            with contextlib.suppress(Exception):
                each.close(timeout=PATIENCE_S)

    def _workers(self) -> Mapping[str, Mapping[str, Any]]:
        found: Mapping[str, Mapping[str, Any]] = self.client.scheduler_info(n_workers=-1)["workers"]
        return found


class Place:
    """One worker of a cluster, which alone takes what is sent to it."""

    def __init__(self, cluster: Cluster, address: str) -> None:
        self._cluster, self._address = cluster, address

    def submit(self, call: Callable[..., Any], /, *arguments: Any) -> Any:
        """Have it make a call."""
        return self._cluster.submit(call, *arguments, workers=self._address)

    def shutdown(self) -> None:
        """Leave it to its cluster."""


def _embedded(dask: Any, distributed: Any, workers: int) -> Any:
    """Start a cluster on loopback; AsyncbenchError where it does not start."""
    began = time.monotonic()
    try:
        # Workers that are not daemonic may start processes of their own; they end with their
        # nannies all the same.
        with dask.config.set({"distributed.worker.daemon": False}):
            return distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                scheduler_port=0,
                # None would still listen, on a port that another program may have.
                dashboard_address="127.0.0.1:0",
                # Dask would wait for ever for a worker that does not come up.
                death_timeout=START_S,
                # What it logs are its own frames; what has failed is told in a line.
                silence_logs=logging.CRITICAL,
            )
    except Exception as error:
        first: BaseException = error
        while first.__cause__ is not None:
            first = first.__cause__
        late = time.monotonic() - began >= START_S  # which Dask tells in one way or another
        why = f"no answer within {START_S:g} s" if late else told(first)
        raise AsyncbenchError(
            f"the cluster of Dask on this machine did not start ({why}); close other programs, "
            "take fewer workers (workers=1), and see whether Dask is set to something odd: dask "
            "config list"
        ) from error


def lacking(address: str, *, trusted: bool) -> str | None:
    """Return that distributed is missing, or why an address is none to connect to, or None."""
    return needs("dask", "distributed") or refused(address, trusted=trusted)


def refused(address: str, *, trusted: bool) -> str | None:
    """Return why an address is not one to connect to, or None."""
    if not address:
        return None
    scheme, _, place = address.partition("://")
    if scheme not in ("tcp", "tls") or not _port(place):
        return f"{address!r} is no address of a scheduler; write tcp://HOST:PORT"
    if not trusted and scheme != "tls" and not place.startswith(LOOPBACK):
        return (
            f"{address} is another machine: whoever reaches a scheduler runs code, so it needs "
            "tls://HOST:PORT, or -e dask:trusted=yes for a network that is trusted"
        )
    return None


def mismatch(versions: Mapping[str, Any]) -> str:
    """Return what a scheduler or a worker has of another version than the client, '' for nothing.

    `versions` is what `Client.get_versions` gives. Of Python only the first two numbers count.
    """
    mine = _of(versions["client"])
    others = {"its scheduler": versions["scheduler"]} | {
        f"its worker {name}": each for name, each in versions["workers"].items()
    }
    for who, each in others.items():
        for name, theirs in _of(each).items():
            if name == "asyncbench" and who == "its scheduler":
                continue  # which passes on what it cannot read
            if theirs != mine[name]:
                has = f"has {name} {theirs}" if theirs else f"has no {name}"
                return (
                    f"the cluster of Dask is another one than this: {who} {has}, and here it is "
                    f"{mine[name]}; install the same there"
                )
    return ""


def own_use() -> tuple[int, int, int]:
    """Return what this worker has used: user and system time in nanoseconds, peak of bytes."""
    import resource

    both = [resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return (
        round(sum(each.ru_utime for each in both) * 1e9),
        round(sum(each.ru_stime for each in both) * 1e9),
        both[0].ru_maxrss * MAXRSS_BYTES,
    )


def _of(each: Mapping[str, Any]) -> dict[str, str | None]:
    found: dict[str, str | None] = {name: each["packages"].get(name) for name in ALIKE}
    found["python"] = ".".join(each["host"]["python"].split(".")[:2])
    return found


def _port(place: str) -> int:
    port = place.rpartition(":")[2]
    return int(port) if port.isdecimal() and int(port) < 1 << 16 and place[: -len(port) - 1] else 0


def _has_keys(address: str) -> None:
    """Raise AsyncbenchError for a tls:// address without keys that can be read."""
    if not address.startswith("tls://"):
        return
    security: Any = importlib.import_module("distributed").Security
    names = "distributed.comm.tls.ca-file, .client.cert and .client.key"
    try:
        if security().get_connection_args("client")["ssl_context"]:
            return
        why = "and it names none"
    except OSError as error:
        why = f"and these cannot be read: {error}"
    raise AsyncbenchError(f"{address} needs the keys of Dask's configuration ({names}), {why}")


def _knock(address: str) -> None:
    """Raise AsyncbenchError where nothing answers: Dask itself would go on trying for long."""
    place = address.partition("://")[2]
    host = place.rpartition(":")[0].strip("[]")
    try:
        with socket.create_connection((host, _port(place)), ANSWER_S) as connection:
            if address.startswith("tcp://"):  # with TLS it is the client that speaks first
                _is_scheduler(connection, address)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise AsyncbenchError(
            f"nothing answers at {address} ({why}); start a cluster there (dask scheduler, "
            "dask worker), or leave the address out for one of this machine"
        ) from error


def _is_scheduler(connection: socket.socket, address: str) -> None:
    """Raise AsyncbenchError where no scheduler greets, which begins with the length of that."""
    what = f"what answers at {address} is no scheduler of Dask: "
    try:
        begin = connection.recv(8, socket.MSG_WAITALL)
    except TimeoutError:
        raise AsyncbenchError(f"{what}it says nothing for {ANSWER_S:g} s; {BY_TLS}") from None
    except ConnectionError:
        begin = b""
    if not begin:
        raise AsyncbenchError(f"{what}it hangs up; {BY_TLS}")
    if len(begin) < 8 or int.from_bytes(begin, "little") > LONGEST_GREETING:
        raise AsyncbenchError(f"{what}it speaks another language; give the address of a scheduler")
