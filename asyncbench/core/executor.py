"""What an executor is: one concurrency model that runs batches of a workload."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from asyncbench.core.workload import Proof, Workload

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

Form = Literal["blocking", "cooperative", "portable"]


class Family(enum.StrEnum):
    """How an executor hands control from one task to the next."""

    SEQUENTIAL = "sequential"
    PREEMPTIVE = "preemptive"  # the operating system decides: threads, processes
    COOPERATIVE = "cooperative"  # the task decides: event loops
    HYBRID = "hybrid"


class Scheduler(enum.StrEnum):
    """Who decides when a task runs on."""

    NONE = "none"  # nobody: a task ends before the next begins
    THREADS = "threads"  # the operating system
    PROCESSES = "processes"  # the operating system, where each task has an interpreter of its own
    ASYNCIO = "asyncio"  # an event loop of asyncio, or one that stands in for it
    TRIO = "trio"
    GEVENT = "gevent"


def usual_traits(family: Family, form: Form) -> tuple[Scheduler, Family | None]:
    """Return the scheduler and the side of an executor that does not say them itself.

    A loop whose tasks make blocking calls shows a mistake, so it stands for no side.
    """
    cooperative = family == Family.COOPERATIVE
    scheduler = {Family.SEQUENTIAL: Scheduler.NONE, Family.COOPERATIVE: Scheduler.ASYNCIO}
    stands = family == Family.PREEMPTIVE or (cooperative and form != "blocking")
    return scheduler.get(family, Scheduler.THREADS), family if stands else None


class Elsewhere(NamedTuple):
    """What was used so far on other machines, or by processes that somebody else started.

    `engine_ns` and `engine_bytes` are the part of who only hands work out: a scheduler.
    """

    user_ns: int = 0
    system_ns: int = 0
    peak_bytes: int = 0
    engine_ns: int = 0
    engine_bytes: int = 0


class Executor:
    """Base class of all executors; a user's own is made the same way.

    `start` makes the pool or loop and opens every lane (timed as start-up), `run` is the timed
    call, `stop` closes what `start` opened (timed as shut-down). One object lives in one worker
    process and serves one workload.
    """

    name: ClassVar[str] = ""
    family: ClassVar[Family]
    #: Which of a workload's forms it calls.
    form: ClassVar[Form] = "blocking"
    #: Who decides when one of its tasks runs on; `usual_traits` where a class does not say it.
    scheduler: ClassVar[Scheduler]
    #: Which family it stands for where the best of each are compared, None for none of them.
    side: ClassVar[Family | None]
    #: Whether it gives tasks the items of a workload that has some, or else cannot run that.
    gives_items: ClassVar[bool] = False
    #: Whether what a task returns is sent back from another process where a workload wants that.
    sends_results: ClassVar[bool] = False
    #: Whether the process that it is started in hands work out and does none: client and scheduler.
    has_engine: ClassVar[bool] = False
    #: Lanes it really has, known after `start`.
    lanes: int = 0
    #: The most processes it may use; None means the CPUs that this process may use.
    processes: int | None = None

    def __init_subclass__(cls, **arguments: Any) -> None:
        """Give a class that sets `family` or `form` the usual traits that it does not set."""
        super().__init_subclass__(**arguments)
        if vars(cls).keys() & {"family", "form"} and isinstance(
            getattr(cls, "family", None), Family
        ):
            scheduler, side = usual_traits(cls.family, cls.form)
            cls.scheduler = vars(cls).get("scheduler", scheduler)
            cls.side = vars(cls).get("side", side)

    def unavailable(self) -> str | None:
        """Return why it cannot run here and what would mend that, or None."""
        return None

    def load(self) -> None:
        """Import what it needs, in the worker, outside every clock."""

    def start(self, workload: Workload, concurrency: int) -> None:
        """Make the pool or loop and open up to `concurrency` lanes; sets `lanes`."""
        raise NotImplementedError

    def run(self, tasks: int) -> Proof:
        """Run a batch of `tasks` tasks, numbered from 0; return its proof of work."""
        raise NotImplementedError

    def run_part(self, indices: range) -> Proof:
        """Run these tasks of a batch that is dealt out among several executors such as this.

        Only one that has this can be the inner one of a composition, as in `processes+asyncio`.
        """
        raise NotImplementedError

    def cannot(self, error: BaseException) -> str | None:
        """Return what a failure shows that it cannot do at all, or None where the work failed."""
        return None

    def loop(self) -> AbstractEventLoop | None:
        """Return the event loop that it runs on once started, for passes that watch it, or None."""
        return None

    def stop(self) -> None:
        """Close the lanes and shut the pool or loop down."""

    def elsewhere(self) -> Elsewhere:
        """Return what its work has used so far outside this process and those below it."""
        return Elsewhere()

    def peak_bytes(self) -> int | None:
        """Return the most memory that its work held, None where its processes' own peaks tell."""
        return None

    def describe(self, tasks: int) -> dict[str, str]:
        """State what a reader must know to repeat it: versions, start method, chunk size."""
        return {}
