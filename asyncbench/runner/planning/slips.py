"""What somebody meant by a word that names nothing where it stands: told in one line."""

from __future__ import annotations

import keyword
import re
import shlex
from collections.abc import Sequence

from asyncbench.core import catalogue, functions, loading, parameters, references
from asyncbench.core.executor import Executor
from asyncbench.core.workload import FORMS, Workload, forms
from asyncbench.errors import UsageError
from asyncbench.executors import registry, settings, written
from asyncbench.runner.planning import program_files
from asyncbench.runner.planning.options import DEFAULT_EXECUTORS, RunOptions

# So many executors are named to be taken instead; more would be longer than what they are for.
MOST_NAMED = 6
# What other tools and modules call what is an executor here.
CALLED = {
    "thread": "threads",
    "threading": "threads",
    "threadpool": "threads",
    "threadpoolexecutor": "threads",
    "process": "processes",
    "multiprocessing": "processes",
    "processpool": "processes",
    "processpoolexecutor": "processes",
    "async": "asyncio",
    "aio": "asyncio",
    "loop": "asyncio",
    "sync": "sequential",
    "serial": "sequential",
    "plain": "sequential",
    "to_thread": "asyncio-to-thread",
    "to-thread": "asyncio-to-thread",
    "eager": "asyncio-eager",
    "gather": "asyncio-gather",
    "semaphore": "asyncio-semaphore",
    "queue": "asyncio-queue",
    "nursery": "trio",
    "greenlet": "gevent",
    "greenlets": "gevent",
    "interpreter": "interpreters",
    "subinterpreters": "interpreters",
    "interpreterpool": "interpreters",
    "interpreterpoolexecutor": "interpreters",
    "distributed": "dask",
}


def of_workload(word: str, options: RunOptions) -> str:
    """Return what a word was meant as that was given as a workload and names none, or ''."""
    name, equals, value = word.partition("=")
    if equals and name.isidentifier():
        return f"{word} is a parameter: -p {name}={value}"
    if written := _as_code(word):
        return written
    stray = [each for each in options.workloads if _is_executor(each.rstrip(","))]
    if word in stray:
        swapped = [each for each in options.executors or () if each in catalogue.names()]
        told = " and ".join(each.rstrip(",") for each in stray)
        if swapped:
            return (
                f"{swapped[0]} is a workload, {told} an executor: "
                f"asyncbench run {swapped[0]} -e {','.join(stray)}"
            )
        chosen = [each.rstrip(",") for each in [*(options.executors or ()), *stray]]
        verb = "is an executor" if len(stray) == 1 else "are executors"
        return f"{told} {verb}: -e {','.join(filter(None, dict.fromkeys(chosen)))}"
    for other in options.workloads if loading.is_file(word) else [word]:
        if found := _in_a_place(other, options.workloads):
            return found
    before = options.workloads[: [*options.workloads].index(word)]
    return _value(word, before) if before else ""


def as_argument(word: str, options: RunOptions) -> str:
    """Return how a word that names nothing is given to the program before it, or ''."""
    before = options.workloads[: [*options.workloads].index(word)]
    return program_files.as_argument(word, before[-1]) if before else ""


def _as_code(word: str) -> str:
    """Return how to name what was given as a list, a call, a line of code or a program, or ''."""
    place, name = loading.split(word)
    each = [one.strip() for one in (name or word).split(",")]
    if len(each) > 1 and all(re.fullmatch(r"[\w./-]+", one) for one in each):
        told = " ".join(f"{place}:{one}" if name else one for one in each)
        return f"several are named with spaces between them: asyncbench run {told}"
    called = re.fullmatch(r"([\w./:-]+)\((.+)\)", word, re.S)
    if called and called[1] in catalogue.names():
        return f"its parameters are given by name: asyncbench run {called[1]} -p NAME={called[2]}"
    if called:
        each = [one.strip() for one in called[2].split(",")]
        # What the quotes of Python are about comes without them.
        each = [re.sub(r"(^|=)(['\"])(.*)\2$", r"\1\3", one) for one in each]
        named = [one.partition("=")[0].isidentifier() and "=" in one for one in each]
        values = "".join(
            f" {'-p' if by_name else '-a'} {shlex.quote(one)}"
            for one, by_name in zip(each, named, strict=True)
        )
        return f"what it is called with is given apart: asyncbench run {called[1]}{values}"
    written_out = re.search(r"[\s=;()]", word.strip()) or keyword.iskeyword(word)
    if written_out and not loading.found_at(place).exists():
        return (
            f"what to measure is named, not written out: put {word!r} into a function of a file, "
            "and run FILE.py:NAME"
        )
    if re.fullmatch(r"(.*/)?python[\d.]*", word):
        return (
            f"{word} is a program: a file is measured whole by --program 'FILE.py ARGUMENTS', any "
            "command by --command NAME='...', a function of a file by FILE.py:NAME"
        )
    return ""


def of_executor(name: str) -> str:
    """Return what a name was meant as that was given as an executor and names none, or ''."""
    meant = CALLED.get(name.casefold().replace(" ", "").replace("concurrent.futures.", ""))
    if meant:
        return f"no executor {name!r}: it is called {meant} here: -e {meant}"
    own = re.fullmatch(r"([\w-]+)[^\w+]([\w.]+)\)?", name)
    if own and own[1] in registry.BUILT_IN:
        return (
            f"a parameter of {own[1]} is given by name: -e {own[1]}:NAME={own[2]}; how many tasks "
            f"may be in flight at once is -c {own[2]}"
        )
    if name in catalogue.built_in() or loading.is_file(name):
        return f"{name} is no executor; what to measure comes without -e: asyncbench run {name}"
    return ""


def having(parameter: str, options: RunOptions) -> list[str]:
    """Return the executors of a run, among ours, that have a parameter of this name."""
    asked = [written.read(each).name for each in options.executors or DEFAULT_EXECUTORS]
    ours = [each for each in dict.fromkeys(asked) if each in registry.BUILT_IN]
    return [each for each in ours if parameter in settings.settings(registry.find(each)[1])]


def _is_executor(word: str) -> bool:
    try:
        return written.read(word).name in registry.BUILT_IN
    except UsageError:
        return False


def formless(
    executor: type[Executor], workload: Workload, chosen: Sequence[type[Executor]], reference: str
) -> str:
    """Return that a work has no form for an executor, and what can be done about it."""
    blocking = executor.form == "blocking"
    kind, method = ("async", "task") if blocking else ("blocking", "atask")
    name, need = workload.name, f"its method {method!r}"
    if isinstance(workload, functions.FunctionWorkload):
        place, name = loading.split(reference)
        need = f"--{'sync' if blocking else 'async'} {place}:F"
    known = forms(type(workload))
    able = [each.name for each in chosen if each.form in known]
    usual = [each for each in DEFAULT_EXECUTORS if registry.find(each)[1].form in known]
    others = able or usual
    leave = "leave them out" + (f" with -e {','.join(others)}" if len(others) <= MOST_NAMED else "")
    if executor.form == "portable":
        need = f"a class with the method {FORMS['portable'][1]!r}"
        return f"{name} has no form on anyio: these need {need}, or {leave}"
    return f"{name} is {kind} only: these need {need}, or {leave}"


def _in_a_place(word: str, given: Sequence[str]) -> str:
    """Return how to name a function of a file that was given beside it, '' where there is none."""
    for place in given:
        if word.isidentifier() and loading.is_file(place):
            try:
                known = catalogue.functions_in(place).keys() | catalogue.workloads_in(place).keys()
            except UsageError:
                continue
            if word in known:
                return f"{word} is in {place}: asyncbench run {place}:{word}"
    return ""


def _value(word: str, before: Sequence[str]) -> str:
    """Return how to give a value that follows a workload, '' where it can be none of it."""
    for position in reversed(range(len(before))):
        try:
            [(_, workload)] = catalogue.find(before[position])
        except (UsageError, ValueError):  # another value, or a group
            continue
        named = [*parameters.parameters(workload)][len(before) - position - 1 :]
        is_own = bool(loading.split(references.normal(before[position]))[1])
        if not named or (word[:1].isalpha() and not is_own):
            return ""  # a misspelt workload, as likely as not
        also = f", a number of tasks as -n {word}" if word.isdecimal() and not is_own else ""
        return f"{word} is no workload; a parameter is given by name, as -p {named[0]}={word}{also}"
    return ""
