"""What a workload is: a kind of work, written once in each form that it is to run in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asyncbench.core.system import has
from asyncbench.errors import NotAProofError

if TYPE_CHECKING:
    from asyncbench.core.target import Target

# The forms that a workload can be written in, and the methods of each: they open a lane, do a task
# in it, and close it.
FORMS = {
    "blocking": ("open", "task", "close"),
    "cooperative": ("aopen", "atask", "aclose"),
    "portable": ("anyopen", "anytask", "anyclose"),
}

CHECKSUM_MASK = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof of work of one batch, the same under every executor that did the same work.

    `count` is the number of tasks that returned; `checksum` is the sum of what they returned, so
    the order in which tasks finish does not change it.
    """

    count: int
    checksum: int

    @classmethod
    def of(cls, count: int, total: int) -> Proof:
        """Return the proof of a number of tasks and the plain sum of what they returned.

        Raises NotAProofError where the sum is no int.
        """
        if not isinstance(total, int):  # a number of numpy's can be masked, and is none
            raise NotAProofError(type(total).__name__)
        return cls(count, total & CHECKSUM_MASK)

    @classmethod
    def total(cls, proofs: Iterable[int]) -> Proof:
        """Return the proof of the tasks that returned these; NotAProofError where one is no int."""
        # Taken in before they are added up: a TypeError that a task raises is not about proofs.
        values = proofs if isinstance(proofs, list) else list(proofs)
        try:
            return cls.of(len(values), sum(values))
        except (TypeError, NotAProofError) as error:
            kinds = (type(value).__name__ for value in values if not isinstance(value, int))
            raise NotAProofError(next(kinds, "something else")) from error


@dataclass(frozen=True, slots=True)
class Demand:
    """What one task asks of a machine, from which follows the time that no executor can beat.

    `wait_s`: seconds in which the task waits and needs no CPU. `cpu_s`: seconds of CPU, or None
    where only a measurement can tell. `holds_gil`: whether that CPU time holds the GIL. Where
    tasks differ, these are of the shortest, and `longest_s` is what the longest takes at least.
    """

    wait_s: float = 0.0
    cpu_s: float | None = None
    holds_gil: bool = True
    longest_s: float = 0.0


class Workload:
    """Base class of all workloads: subclass it as a dataclass whose fields are the parameters.

    Write `task`, `atask`, or both. `open`/`close` (`aopen`/`aclose`) make and release what one
    lane owns, such as a connection; they run outside the clock, in the lane's own thread or
    process. A task returns an int that depends on the work it did: its proof of work.

    `anytask` is a cooperative form that uses anyio alone, and so runs under trio as well. Where
    there is no `atask`, it is that, too.
    """

    #: The workload's name in commands and tables; the class's name in kebab-case unless given.
    name: str = ""
    #: How many tasks a batch has, and how many may be in flight at once, unless the user says; in
    #: an object that a run works with, what the user said.
    tasks: int = 100
    concurrency: int = 100
    #: How many tasks a pool of processes is handed at a time; None leaves it to the executor.
    chunk_size: int | None = None
    #: Where the workload's target listens; set before the first lane opens.
    address: Any = None
    #: Whether the order in which its tasks end is what a run of it is to show.
    shows_order: bool = False
    #: Whether `result` goes back from another process, and `prove` makes the proof of it there.
    sends_result: bool = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" not in cls.__dict__:
            cls.name = _kebab(cls.__name__)
        if cls.anytask is not Workload.anytask and cls.atask is Workload.atask:
            for own, portable in zip(FORMS["cooperative"], FORMS["portable"], strict=True):
                setattr(cls, own, getattr(cls, portable))

    def unavailable(self) -> str | None:
        """Return why it cannot run here and what would mend that, or None; `needs` helps."""
        return None

    def lacks(self, form: str) -> str | None:
        """Return why one of its FORMS alone cannot run here, or None."""
        return None

    def unsuited(self, executor: Any) -> str | None:
        """Return why it makes no sense under an executor that calls a form that it has, or None.

        `executor` is the class of one; its `scheduler` and `sends_results` tell what it is like.
        """
        return None

    def load(self, form: str) -> None:
        """Import what one of its FORMS needs, outside every clock."""

    def label(self, index: int) -> str:
        """Return what task number `index` is called where a trace shows it."""
        return str(index)

    def open(self) -> Any:
        """Make the resource of one lane; None where a lane needs none."""
        return None

    def task(self, lane: Any, index: int) -> int:
        """Do task number `index` in the blocking form and return its proof of work."""
        raise TypeError(f"{type(self).__name__} has no blocking form (no method 'task')")

    def close(self, lane: Any) -> None:
        """Release what `open` made."""

    def items(self) -> Any:
        """Return what tasks are given in the place of their numbers, a sequence; None for numbers.

        `task` and `atask` get one each, over and over where there are more tasks. It goes to
        whichever process its task runs in, as an argument would.
        """
        return None

    def result(self, lane: Any, index: int) -> Any:
        """Do task number `index` in the blocking form and return what its proof is made of."""
        return self.task(lane, index)

    def prove(self, returned: Any) -> int:
        """Return the proof of work that what `result` returned comes to."""
        proof: int = returned
        return proof

    async def aopen(self) -> Any:
        """Make the resource of one lane, in the cooperative form."""
        return None

    async def atask(self, lane: Any, index: int) -> int:
        """Do task number `index` in the cooperative form and return its proof of work."""
        raise TypeError(f"{type(self).__name__} has no cooperative form (no method 'atask')")

    async def aclose(self, lane: Any) -> None:
        """Release what `aopen` made."""

    async def anyopen(self) -> Any:
        """Make the resource of one lane, in the portable form."""
        return None

    async def anytask(self, lane: Any, index: int) -> int:
        """Do task number `index` by anyio alone and return its proof of work."""
        raise TypeError(f"{type(self).__name__} has no portable form (no method 'anytask')")

    async def anyclose(self, lane: Any) -> None:
        """Release what `anyopen` made."""

    def hide(self) -> dict[str, Any]:
        """Return, by parameter that holds a secret, what records and tables show instead."""
        return {}

    def target(self) -> Target | None:
        """Return the server that this workload talks to, or None."""
        return None

    def demand(self) -> Demand:
        """Return what one task asks for, as far as it is known beforehand."""
        return Demand()


def forms(workload: type[Workload]) -> frozenset[str]:
    """Return the FORMS that a workload class is written in."""
    return frozenset(
        form
        for form, (_, task, _) in FORMS.items()
        if getattr(workload, task) is not getattr(Workload, task)
    )


def needs(extra: str, *packages: str) -> str | None:
    """Return which of `packages` is missing and which extra of asyncbench brings it, or None."""
    for package in packages:
        if not has(package):
            return f"{package} is not installed; install it with: pip install 'asyncbench[{extra}]'"
    return None


def _kebab(name: str) -> str:
    out = []
    for position, letter in enumerate(name):
        if letter.isupper() and position and not name[position - 1].isupper():
            out.append("-")
        out.append(letter.lower())
    return "".join(out).replace("_", "-")
