"""Makes a workload of what can be called: one callable, or a blocking and a cooperative one."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field
from typing import Any, ClassVar

from asyncbench.core import callables, items, loading, references, signatures, values
from asyncbench.core.callables import (
    ASYNC_GENERATOR,
    BLOCKING,
    CONTEXT_MANAGER,
    COOPERATIVE,
    GENERATOR,
)
from asyncbench.core.shown import shown
from asyncbench.core.signatures import Takes
from asyncbench.core.tasks import atask_of, caller, consumer, proof_of, task_of
from asyncbench.core.workload import Workload
from asyncbench.errors import UsageError, near_matches

FORM_OF = {
    BLOCKING: BLOCKING,
    GENERATOR: BLOCKING,
    COOPERATIVE: COOPERATIVE,
    ASYNC_GENERATOR: COOPERATIVE,
}


def is_pair(reference: str) -> bool:
    """Return whether a reference names two functions."""
    return loading.PAIR in reference


@dataclass(frozen=True, slots=True)
class Call:
    """How functions are called: everything that a process needs to make the same workload.

    `params` are texts by name and `args` texts by position; `kinds` is what each function's calls
    come to, empty as long as nobody has asked. `consume`: run generators to their end;
    `sends`: what a task returns goes back from another process. `items` is the reference of what
    tasks are given, one each, as their first argument that nothing else is given for; '' for none.
    """

    params: Mapping[str, str] = field(default_factory=dict)
    args: Sequence[str] = ()
    kinds: Sequence[str] = ()
    consume: bool = False
    sends: bool = True
    items: str = ""


class FunctionWorkload(Workload):
    """What workloads made of functions share: their parameters live apart, in `named`."""

    reference: ClassVar[str] = ""
    found: ClassVar[tuple[Callable[..., Any], ...]] = ()
    blocking: ClassVar[Callable[..., Any] | None] = None
    cooperative: ClassVar[Callable[..., Any] | None] = None
    takes: ClassVar[Takes] = Takes()

    def __init__(self, call: Call = Call()) -> None:
        self.call = call
        self.taken = taken(type(self), call)
        self.named, self.positional = read(type(self), call)
        self.sends_result = call.sends
        self._items: list[Any] | None = None
        if self.blocking:
            do = self._caller(self.blocking)
            do = consumer(do) if GENERATOR in call.kinds else do
            self._do = do
            self.task = task_of(do)  # type: ignore[method-assign, assignment]
        if self.cooperative:
            do = self._caller(self.cooperative)
            self.atask = atask_of(do, consume=ASYNC_GENERATOR in call.kinds)  # type: ignore[method-assign, assignment]

    def _caller(self, called: Callable[..., Any]) -> Callable[[Any], Any]:
        return caller(called, self.named, self.positional, _taken(called, self.taken, self.call))

    def items(self) -> list[Any] | None:
        """Return what tasks are given, made anew in each process that asks; None for numbers."""
        if self.call.items and self._items is None:
            self._items = items.load(self.call.items)
        return self._items

    def load(self, form: str) -> None:
        """Make what tasks are given, outside every clock."""
        self.items()

    def __reduce__(self) -> tuple[Any, ...]:
        # The class has no name that a spawned process could import: it makes its own.
        pair = loading.absolute(self.reference, loading.PAIR)
        return build, (pair, dataclasses.asdict(self.call))

    def result(self, lane: None, index: int) -> Any:
        """Do a task in the blocking form and return what the function does."""
        return self._do(index)

    def prove(self, returned: Any) -> int:
        """Return the proof of work of what a task returned."""
        return proof_of(returned)

    def label(self, index: int) -> str:
        """Return the function's name for a task that is the only one, or else its number."""
        return self.name if self.tasks == 1 else super().label(index)

    def shown(self) -> dict[str, Any]:
        """Return the parameters as records keep and tables show them."""
        defaults = {each.name: each.default for each in self.taken.parameters}
        found = {name: shown(value) for name, value in (defaults | self.named).items()}
        if self.positional:
            found["*"] = shown(self.positional)
        return found


def is_program(workload: Workload) -> bool:
    """Return whether it is an async function that asks for no `index`: a whole program, mostly."""
    if not isinstance(workload, FunctionWorkload) or workload.cooperative is None:
        return False
    return not workload.call.items and signatures.takes(workload.cooperative).index is None


def load(reference: str, kinds: Sequence[str] = ()) -> type[FunctionWorkload]:
    """Make the workload class of the function, or the pair, that a reference means.

    `kinds` is what each function's calls come to, where that is known.
    """
    found = [references.function(each) for each in reference.split(loading.PAIR)]
    return workload_of(reference, found, kinds)


def workload_of(
    reference: str, found: Sequence[Callable[..., Any]], kinds: Sequence[str] = ()
) -> type[FunctionWorkload]:
    """Make a workload class of one callable, or of a blocking and a cooperative one.

    A parameter `index` is given the task's number; all others are the workload's parameters. The
    proof of work is what a function returns where that is an int, its length where it has one, and
    0 otherwise. What nobody knows of a function before it is called is taken for blocking.
    """
    told: list[str | None] = list(kinds) or [callables.kind(each) for each in found]
    if len(found) == 2 and None in told:
        # The first of a pair is said to be the blocking one; a call will tell.
        told = [kind or usual for kind, usual in zip(told, (BLOCKING, COOPERATIVE), strict=True)]
    forms = [FORM_OF.get(kind or BLOCKING, BLOCKING) for kind in told]
    if len(set(forms)) < len(forms):
        raise UsageError(f"{reference}: --sync takes a blocking function, --async an async one")
    first, *others = map(signatures.takes, found)
    for other in others:
        if names := _unlike(first, other):
            raise UsageError(
                f"the two functions of {reference} take different parameters: {names}; the two "
                "forms of one work take the same, with the same defaults"
            )
    name = loading.split(reference.split(loading.PAIR)[0])[1].rpartition(".")[2]
    members: dict[str, Any] = {
        "__doc__": _doc(found[0]) or f"The function {name}.",
        "name": name.strip("_").replace("_", "-") or name,
        "reference": reference,
        "found": tuple(found),
        "takes": first,
    }
    for form, called in zip(forms, found, strict=True):
        method = "task" if form == BLOCKING else "atask"
        members |= {form: staticmethod(called), method: _unmade}
    return type("FunctionWorkload", (FunctionWorkload,), members)


def settle(workload: type[FunctionWorkload], call: Call) -> tuple[type[FunctionWorkload], Call]:
    """Find out what calls come to, by one call where nothing else tells; return both again.

    Raises UsageError for a function whose body would never run.
    """
    kinds = []
    named, positional = read(workload, call)
    for each in workload.found:
        known = callables.kind(each)
        if known is None:
            takes = _taken(each, taken(workload, call), call)
            first = items.load(call.items)[0] if call.items else 0
            call_it = functools.partial(caller(each, named, positional, takes), first)
            known, error = callables.probed(call_it)
            if isinstance(error, TypeError) and not signatures.takes(each).told:
                raise UsageError(
                    f"{workload.name} cannot be called like this: {error}; --arg VALUE gives it "
                    "values by position"
                )
        name = loading.split(workload.reference)[1]
        never = callables.never_runs(known, told=bool(callables.kind(each)))
        if never and not (call.consume and known != CONTEXT_MANAGER):
            raise UsageError(f"{name} {never}")
        kinds.append(known)
    again = workload_of(workload.reference, workload.found, kinds)
    again.name = workload.name
    return again, dataclasses.replace(call, kinds=kinds)


def build(reference: str, call: Mapping[str, Any]) -> FunctionWorkload:
    """Make the workload that is called in this way."""
    made = Call(**call)
    return load(reference, made.kinds)(made)


def taken(workload: type[FunctionWorkload], call: Call) -> Takes:
    """Return what a function takes besides what each task is given.

    Raises UsageError where items are given, and there is nothing that they could be.
    """
    if not call.items:
        return workload.takes
    if workload.takes.index is not None:
        raise UsageError(
            f"{workload.name} takes the task's number as `index`, and --args-from gives it an item "
            "in its place; leave one of them out"
        )
    try:
        return workload.takes.with_item(call.params)
    except LookupError:
        raise UsageError(f"{workload.name} has no parameter left for --args-from") from None


def _taken(called: Callable[..., Any], first: Takes, call: Call) -> Takes:
    """Return what one of a pair takes besides what tasks are given: as `first` has it, by name."""
    own = signatures.takes(called)
    others = {each.name for each in own.parameters if each.name != first.number}
    return own.with_item(others) if call.items else own


def read(workload: type[FunctionWorkload], call: Call) -> tuple[dict[str, Any], list[Any]]:
    """Return the values of the parameters that are given, and of more by position.

    Raises UsageError for what there is no parameter for, and for a value of the wrong type.
    """
    takes, owner = taken(workload, call), f"workload {workload.name}"
    known, given = {each.name: each for each in takes.parameters}, dict(call.params)
    free = [each.name for each in takes.parameters if not each.by_name]
    extra, others, more = list(call.args)[len(free) :], takes.more_positional, takes.more_named
    if extra and not others:
        by_name = [each for each in known if each not in free]
        instead = f"; by name: --param {by_name[0]}=VALUE" if by_name else ""
        most = f"{len(free)} --arg values at most" if free else "no --arg values"
        raise UsageError(f"{owner} takes {most}, not {len(call.args)}{instead}")
    for name, text in zip(free, call.args, strict=False):
        if name in given:
            raise UsageError(f"parameter {name} of {owner} is given twice: by --arg and by --param")
        given[name] = text
    found = {}
    for name, text in given.items():
        parameter = known.get(name, more)
        if not parameter:
            raise UsageError(f"{owner} has no parameter {name!r}{near_matches(name, known)}")
        found[name] = typed(owner, name, parameter.kinds, text)
    for name, parameter in known.items():
        if parameter.default is MISSING and name not in found:
            raise UsageError(f"{owner} needs --param {name}=VALUE{takes.filled}")
    rest = [typed(owner, f"*{others.name}", others.kinds, text) for text in extra if others]
    return found, rest


def typed(owner: str, name: str, kinds: tuple[Any, ...], text: Any) -> Any:
    """Return what a text means for a parameter; raises UsageError where it is of no type of it."""
    try:
        return values.read(kinds, text if isinstance(text, str) else repr(text))
    except ValueError as error:
        words = values.words(kinds)
        near = near_matches(text, words) if words and isinstance(text, str) else ""
        near = near or values.instead(kinds, str(text))
        told = text.removeprefix(values.EXACT) if isinstance(text, str) else text
        raise UsageError(
            f"parameter {name} of {owner} takes {values.told(kinds)}, not {told!r}{near}"
        ) from error


def _doc(called: Callable[..., Any]) -> str | None:
    inner = callables.body(called)
    return inspect.getdoc(called if inspect.isroutine(called) else inner)


def _unlike(one: Takes, other: Takes) -> str:
    """Return the parameters in which two functions differ, whatever their order; '' for none."""
    ours, theirs = ({each.name: each for each in takes.parameters} for takes in (one, other))

    def same(name: str) -> bool:
        if name not in ours or name not in theirs:
            return False
        mine, its = ours[name], theirs[name]
        # One that says no type, or a wider one, takes what the other takes.
        fit = {*mine.kinds} & {*its.kinds} or {*mine.kinds, *its.kinds} & {*values.ANYTHING}
        return bool(fit) and shown(mine.default) == shown(its.default)

    return ", ".join(name for name in dict.fromkeys([*ours, *theirs]) if not same(name))


def _unmade(self: Any, lane: None, index: int) -> Any:
    raise TypeError("each object has its own")
