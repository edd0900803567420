"""What an executor is: one concurrency model that runs batches of a workload."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, ClassVar, Literal

from asyncbench.core.workload import Proof, Workload

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

Form = Literal["blocking", "cooperative"]


class Family(enum.StrEnum):
    """How an executor hands control from one task to the next."""

    SEQUENTIAL = "sequential"
    PREEMPTIVE = "preemptive"  # the operating system decides: threads, processes
    COOPERATIVE = "cooperative"  # the task decides: event loops
    HYBRID = "hybrid"


class Executor:
    """Base class of all executors; a user's own is made the same way.

    `start` makes the pool or loop and opens every lane (timed as start-up), `run` is the timed
    call, `stop` closes what `start` opened (timed as shut-down). One object lives in one worker
    process and serves one workload.
    """

    name: ClassVar[str] = ""
    family: ClassVar[Family]
    #: Which of a workload's two forms it calls.
    form: ClassVar[Form] = "blocking"
    #: Lanes it really has, known after `start`.
    lanes: int = 0
    #: The most processes it may use; None means the CPUs that this process may use.
    processes: int | None = None

    def unavailable(self) -> str | None:
        """Say why it cannot run here and what would mend that, or None."""
        return None

    def load(self) -> None:
        """Import what it needs, in the worker, outside every clock."""

    def start(self, workload: Workload, concurrency: int) -> None:
        """Make the pool or loop and open up to `concurrency` lanes; sets `lanes`."""
        raise NotImplementedError

    def run(self, tasks: int) -> Proof:
        """Run a batch of `tasks` tasks, numbered from 0, and give its proof of work."""
        raise NotImplementedError

    def loop(self) -> AbstractEventLoop | None:
        """Give the event loop that it runs on, once started, for passes that watch it; or None."""
        return None

    def stop(self) -> None:
        """Close the lanes and shut the pool or loop down."""

    def describe(self, tasks: int) -> dict[str, str]:
        """State what a reader must know to repeat it: versions, start method, chunk size."""
        return {}
