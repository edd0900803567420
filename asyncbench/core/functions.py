"""Makes a workload of plain functions: one blocking, one cooperative, or one of the two."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from asyncbench.core import loading
from asyncbench.core.workload import Workload
from asyncbench.errors import UsageError, near_matches

PAIR = "|"  # stands between the references of a blocking and a cooperative function


def is_pair(reference: str) -> bool:
    """Return whether a reference names two functions."""
    return PAIR in reference


INDEX = "index"  # the parameter that is given the task's number


class FunctionWorkload(Workload):
    """What workloads made of functions share."""

    reference: ClassVar[str] = ""
    blocking: ClassVar[Callable[..., Any] | None] = None
    cooperative: ClassVar[Callable[..., Any] | None] = None

    def __reduce__(self) -> tuple[Any, ...]:
        # The class has no name that a spawned process could import: it makes its own.
        return build, (self.reference, self.arguments())

    def __post_init__(self) -> None:
        self.given = self.arguments()

    def label(self, index: int) -> str:
        """Return the function's name for a task that is the only one, or else its number."""
        return self.name if self.tasks == 1 else super().label(index)

    def arguments(self) -> dict[str, Any]:
        """Return the functions' keyword arguments."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}  # type: ignore[arg-type]


def is_program(workload: Workload) -> bool:
    """Return whether it is an async function that asks for no `index`: a whole program, mostly."""
    cooperative = getattr(workload, "cooperative", None)
    if not isinstance(workload, FunctionWorkload) or cooperative is None:
        return False
    return INDEX not in inspect.signature(cooperative).parameters


def workload_of(reference: str, *found: Callable[..., Any]) -> type[Workload]:
    """Make a workload class of one function, or of a blocking and a cooperative one.

    A parameter `index` is given the task's number; all others are the workload's parameters. The
    proof of work is what a function returns where that is an int, its length where it has one, and
    0 otherwise.
    """
    blocking = next((each for each in found if not inspect.iscoroutinefunction(each)), None)
    cooperative = next((each for each in found if inspect.iscoroutinefunction(each)), None)
    both = [each for each in (blocking, cooperative) if each]
    if len(both) < len(found):
        kind = "cooperative (async def)" if cooperative else "blocking (def)"
        raise UsageError(f"{reference} is two {kind} functions; a pair has one of each kind")
    parameters = _parameters(both[0])
    if any(_parameters(each) != parameters for each in both):
        raise UsageError(f"the two functions of {reference} take different parameters")
    members: dict[str, Any] = {
        "__doc__": inspect.getdoc(both[0]) or f"The function {both[0].__name__}.",
        "name": both[0].__name__.strip("_").replace("_", "-"),
        "reference": reference,
    }
    if blocking:
        members |= {"blocking": staticmethod(blocking), "task": _task(_indexed(blocking))}
    if cooperative:
        members |= {
            "cooperative": staticmethod(cooperative),
            "atask": _atask(_indexed(cooperative)),
        }
    fields = [(name, kind, _field(default)) for name, (kind, default) in parameters.items()]
    return dataclasses.make_dataclass(
        "FunctionWorkload", fields, bases=(FunctionWorkload,), namespace=members
    )


def load(reference: str) -> type[Workload]:
    """Make the workload of the function, or the pair of functions, that a reference means."""
    return workload_of(reference, *(function(each) for each in reference.split(PAIR)))


def build(reference: str, params: Mapping[str, Any]) -> Workload:
    """Make the workload with these parameters."""
    return load(reference)(**params)


def function(reference: str) -> Callable[..., Any]:
    """Return the function that `module:name` or `file.py:name` means."""
    place, name = loading.split(reference)
    if not name:
        raise UsageError(f"{reference!r} names no function; write MODULE:FUNCTION")
    module = loading.module(place)
    found = getattr(module, name, None)
    if not inspect.isfunction(found):
        known = [each for each, value in vars(module).items() if inspect.isfunction(value)]
        what = f"has no {name!r}" if found is None else f"has {name!r}, which is not a function"
        raise UsageError(f"{place} {what}{near_matches(name, known)}")
    return found


def _parameters(called: Callable[..., Any]) -> dict[str, tuple[Any, Any]]:
    found = {}
    for name, parameter in inspect.signature(called, eval_str=True).parameters.items():
        if name == INDEX or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        default, kind = parameter.default, parameter.annotation
        if kind is parameter.empty:
            kind = type(default) if isinstance(default, int | float | str) else str
        found[name] = (kind, dataclasses.MISSING if default is parameter.empty else default)
    return found


def _field(default: Any) -> Any:
    if default is dataclasses.MISSING:
        return dataclasses.field(kw_only=True)
    return dataclasses.field(default_factory=lambda: default, kw_only=True)


def _indexed(called: Callable[..., Any]) -> bool:
    return INDEX in inspect.signature(called).parameters


def _task(indexed: bool) -> Callable[[Any, Any, int], int]:
    def task(self: Any, lane: None, index: int) -> int:
        more = {INDEX: index} if indexed else {}
        return _proof(self.blocking(**self.given, **more))

    return task


def _atask(indexed: bool) -> Callable[[Any, Any, int], Any]:
    async def atask(self: Any, lane: None, index: int) -> int:
        more = {INDEX: index} if indexed else {}
        return _proof(await self.cooperative(**self.given, **more))

    return atask


def _proof(returned: Any) -> int:
    if isinstance(returned, int):
        return returned
    try:
        return len(returned)
    except TypeError:
        return 0
