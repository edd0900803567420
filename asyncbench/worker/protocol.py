"""What runner and worker say to each other: requests and answers."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from asyncbench.errors import AsyncbenchError


class MessageError(AsyncbenchError):
    """What came over a connection is no message, or not the one that was due."""


class Message:
    """What goes over a connection: a request, or an answer."""

    __slots__ = ()


class Answer(Message):
    """What a worker says to a request."""

    __slots__ = ()


A = TypeVar("A", bound=Answer)


class Request(Message, Generic[A]):
    """What a worker is asked; `A` answers it, or else `Failed` does."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Failed(Answer):
    """The user's code failed: why, in one line, and where.

    `unsuited`: nothing failed, but its executor cannot do what its tasks ask for.
    """

    reason: str
    traceback: str
    unsuited: bool = False


@dataclass(frozen=True, slots=True)
class Loaded(Answer):
    """The code is imported; `facts` are what the interpreter says of itself."""

    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Load(Request[Loaded]):
    """Import one cell's workload and executor; `path` goes first on the import path.

    `call` is how a function is called, empty where the workload is a class. Without `proof` what
    tasks return may be another in each batch.
    """

    path: list[str]
    workload: str
    params: dict[str, Any]
    tasks: int
    concurrency: int
    executor: str
    address: Any
    processes: int | None
    gc: bool
    call: dict[str, Any] = dataclasses.field(default_factory=dict)
    proof: bool = True


@dataclass(frozen=True, slots=True)
class Started(Answer):
    """The lanes are open; `facts` are what the executor says of itself."""

    startup_ns: int
    lanes: int
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Start(Request[Started]):
    """Start the executor."""


@dataclass(frozen=True, slots=True)
class DemandMeasured(Answer):
    """What a task asks for; `gil_share` of its CPU time holds the GIL (None: not known).

    What it returns has `result_bytes` when pickled, and pickling and unpickling it take `result_s`
    of CPU time; 0 where nothing of a task goes back.
    """

    wait_s: float
    cpu_s: float
    gil_share: float | None
    longest_s: float = 0.0
    result_bytes: int = 0
    result_s: float = 0.0


@dataclass(frozen=True, slots=True)
class MeasureDemand(Request[DemandMeasured]):
    """Measure what a task asks for; the worker does nothing else."""


@dataclass(frozen=True, slots=True)
class Observed(Answer):
    """What a batch did to its event loop, with the fields of `record.lines.LoopObservation`.

    It began at `began_ns` of the clock that all processes share; a thread `looker` only looked.
    """

    began_ns: int
    wall_ns: int
    held_ns: int
    longest_ns: int
    steps: int
    suspends: int
    by: str
    order: list[int] | None
    blocked_ns: int
    hold_p99_ns: int
    lag_p99_ns: int
    lag_max_ns: int
    jain: float | None
    starved: int
    awaits: bool
    spawned: int
    hops: int
    pool_most: int
    pool_size: int
    task_p50_ns: int
    task_max_ns: int
    used_ns: int | None = None
    delay_ns: int | None = None
    waited_ns: int = 0
    queued_ns: int = 0
    queued: str = ""
    strays: int = 0
    stray_errors: int = 0
    stray_error: str = ""
    pool_members: str = ""
    pool: str = ""
    stray_threads: int = 0
    unawaited: int = 0
    unawaited_at: str = ""
    looker: int = 0


@dataclass(frozen=True, slots=True)
class Observe(Request[Observed]):
    """Watch a batch; `order`: note in which order tasks end; `warmup`: another comes before it."""

    order: bool
    warmup: bool


@dataclass(frozen=True, slots=True)
class Traced(Answer):
    """What a traced batch took and did; its events are in the folder."""

    wall_ns: int
    startup_ns: int
    lanes: int
    count: int
    checksum: int
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Trace(Request[Traced]):
    """Trace one batch, under an executor of its own: its events go to `folder`.

    `rate` is tasks a second, None for as fast as they go; a step that holds a loop for longer than
    `threshold_ns` is looked into.
    """

    folder: str
    rate: float | None
    threshold_ns: int


@dataclass(frozen=True, slots=True)
class Ran(Answer):
    """What one sample took and used, and the proof of work of one batch.

    `engine_ns` is the part of the CPU time of who handed the work out, None where nobody only does.
    """

    wall_ns: int
    user_ns: int
    system_ns: int
    voluntary: int
    involuntary: int
    count: int
    checksum: int
    engine_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Run(Request[Ran]):
    """Take a sample of so many batches; `cpu` is where it starts, None for wherever it is."""

    batches: int
    warmup: bool
    cpu: int | None


@dataclass(frozen=True, slots=True)
class Stopped(Answer):
    """The executor is stopped; `used_ns` is the CPU time of the worker's whole life.

    Whether the GIL and the JIT are on is as it was in the end.
    """

    shutdown_ns: int
    used_ns: int
    peak_rss_bytes: int
    gil: bool
    jit: bool
    engine_rss_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Stop(Request[Stopped]):
    """Close the lanes and stop the executor."""
