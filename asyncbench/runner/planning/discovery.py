"""What options come to in one interpreter: which works, which executors, and what cannot run."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import platform
import signal
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata

# Each for itself, since code of a user's can replace them in their module.
from json import dumps, loads
from typing import Any

from asyncbench.core import catalogue, items, loading
from asyncbench.core.executor import Executor
from asyncbench.core.system import gil_enabled
from asyncbench.core.workload import Workload, forms
from asyncbench.errors import AsyncbenchError, ImportFailedError, UsageError, told
from asyncbench.executors import registry, written
from asyncbench.record.plan import Work
from asyncbench.runner.planning import broken, last_words, offered, slips, varied
from asyncbench.runner.planning.broken import BrokenExecutor
from asyncbench.runner.planning.options import DEFAULT_EXECUTORS, RunOptions
from asyncbench.runner.planning.works import EXECUTOR, Note, asking, function, like, made

LEFT_OUT = ""
# Loops whose version tells times apart.
LOOPS = ("uvloop",)


@dataclass(frozen=True, slots=True)
class ExecutorChoice:
    """One executor as it was asked for: the label that it is shown under, and what it is.

    `broken` says why its code cannot be imported or asked, '' where it can.
    """

    label: str
    reference: str
    family: str
    form: str
    scheduler: str
    side: str
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What options come to; `lacking` has why a work cannot run, or None, by work and executor.

    It has LEFT_OUT where nobody asked for an executor, and the work has no form for it. `functions`
    has the name of the function that a work is made of, '' where it is made of none.
    """

    works: list[Work]
    chosen: list[ExecutorChoice]
    lacking: list[list[str | None]]
    functions: list[str]
    facts: dict[str, Any]


def _unheard(kind: str, reference: str, done: str) -> None:
    """Let a note go."""


def discover(
    options: RunOptions,
    lost: Mapping[str, str] = {},
    note: Note = _unheard,
) -> Discovery:
    """Return what the options come to here; raises UsageError for what does not exist or fit.

    `lost` has why executors are not to be touched, as they are written; `note` is told what is
    about to be done with which code of the user's.
    """
    # What is ours is looked up before the user's folder is on the import path.
    facts = _facts() | {"packages": _versions(options.packages)}
    given = DEFAULT_EXECUTORS if options.executors is None else options.executors
    asked, optional = _expanded(given)
    ours = [each for each in asked if registry.is_ours(each)]
    _executors(DEFAULT_EXECUTORS)  # those that are named where a work cannot run under others
    lacks: dict[str, str | None] = {
        name: _lacking(name, executor) for _, name, executor in _executors(ours)
    }
    works, workloads = made(options, note)
    executors = _executors(asked, note, lost)
    if not executors:
        raise UsageError("no executor is given")
    for text, (_, reference, executor) in zip(asked, executors, strict=True):
        if reference not in lacks:
            note(EXECUTOR, text, "asked")
            lacks[reference] = _lacking(reference, executor)
    known = [
        each
        for _, name, each in executors
        if not (issubclass(each, BrokenExecutor) or (name in optional and lacks[name]))
    ]
    lacking = [
        [
            LEFT_OUT
            if (options.executors is None and executor.form not in forms(type(workload)))
            or (name in optional and lacks[name])
            else lacks[name] or _unavailable(executor, workload, known, work.reference)
            for _, name, executor in executors
        ]
        for work, workload in zip(works, workloads, strict=True)
    ]
    if options.vary:
        able = zip(executors, zip(*lacking, strict=True), strict=True)
        varied.check(
            options.vary, [each for each, reasons in able if None in reasons and each[2] in known]
        )
    return Discovery(
        works,
        [
            ExecutorChoice(
                label,
                reference,
                executor.family.value,
                executor.form,
                executor.scheduler.value,
                executor.side.value if executor.side else "",
                executor.why if issubclass(executor, BrokenExecutor) else "",
            )
            for label, reference, executor in executors
        ],
        lacking,
        [function(work, workload) for work, workload in zip(works, workloads, strict=True)],
        facts,
    )


def main() -> None:
    """Read an order from stdin and write what it comes to in this interpreter to stdout.

    The order has the `options`, or a `work` to be asked anew (`works.like`), or the place of which
    is asked what is `offered` there, and the `path` that
    goes first on the import path; what does not exist or fit is answered with `error`, and with the
    reference in `broken` where that is code that fails. What is about to be done with which code
    is told before it, in lines with `at` alone; where code ends this process, the file `words` has
    the place.
    """
    # Ctrl-C ends this process, too, and without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # The answer alone goes to stdout: what imported code writes there, by whatever way, does not.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    asked = sys.stdin.readline()
    if not asked:
        return  # whoever was to ask is gone
    order = loads(asked)
    answer: dict[str, Any]
    at: list[str] = []

    def note(*what: str) -> None:
        at[:] = what
        out.write(dumps({"at": what}) + "\n")
        out.flush()

    last_words.be_ready(order["words"])
    try:
        loading.start_from(os.getcwd())  # noqa: PTH109
        _versions()
        loading.prefer(order["path"])
        answer = _answer(order, note)
    except ImportFailedError as error:
        answer = {"error": str(error), "broken": at[:2]}
    except AsyncbenchError as error:
        answer = {"error": str(error)}
    except Exception as error:  # imported code can break anything, which is no reason for a trace
        answer = {"error": f"the work cannot be asked: {told(error)}"}
    except SystemExit as error:
        who = at[1] if at else "the work"
        answer = {"error": f"{who} called sys.exit({error.code!r})", "broken": at[:2]}
    with contextlib.suppress(BrokenPipeError):  # whoever asked may have been killed
        out.write(dumps(answer) + "\n")
        out.flush()
    # At once: threads that go on and exit handlers that hang are the imported code's own.
    with contextlib.suppress(Exception):
        sys.stderr.flush()
    os._exit(0)


def _answer(order: Mapping[str, Any], note: Note) -> dict[str, Any]:
    if "offered" in order:
        return {"offered": offered.own(order["offered"])}
    if "work" in order:
        return {"work": dataclasses.asdict(like(Work(**order["work"])))}
    found = discover(RunOptions(**order["options"]), order["lost"], note)
    answer = dataclasses.asdict(found)
    if order["path"]:
        answer["facts"]["folder used"] = any(map(loading.has_used, order["path"]))
    return answer


def from_answer(answer: Mapping[str, Any]) -> Discovery:
    """Return what another interpreter answered; raises UsageError for its error."""
    if "error" in answer:
        raise UsageError(answer["error"])
    return Discovery(
        [Work(**work) for work in answer["works"]],
        [ExecutorChoice(**each) for each in answer["chosen"]],
        answer["lacking"],
        answer["functions"],
        answer["facts"],
    )


def _expanded(texts: Sequence[str]) -> tuple[list[str], set[str]]:
    """Return executors with every one of ours in the place of `all`, and those that came by it.

    Of these the ones that are not installed are left out, in each interpreter by itself.
    """
    named = {written.read(text).name for text in texts}
    others = [name for name in registry.BUILT_IN if name not in named]
    if catalogue.ALL not in named:
        return [*texts], set()
    found = [each for text in texts for each in (others if text == catalogue.ALL else [text])]
    return found, {registry.find(name)[0] for name in others}


def _executors(
    texts: Sequence[str], note: Note = _unheard, lost: Mapping[str, str] = {}
) -> list[tuple[str, str, type[Executor]]]:
    chosen: list[tuple[str, str, type[Executor]]] = []
    for text in texts:
        shown, reference, executor = (
            broken.executor(text, lost[text]) if text in lost else _chosen(text, note)
        )
        if shown in [other for other, _, _ in chosen]:
            raise UsageError(
                f"executor {shown} is given twice; a second measurement needs a label: "
                f"-e {shown.partition('@')[0]}@again"
            )
        chosen.append((shown, reference, executor))
    return chosen


def _chosen(text: str, note: Note) -> tuple[str, str, type[Executor]]:
    if not registry.is_ours(text):
        note(EXECUTOR, text, "imported")
    try:
        return registry.choose(text)
    except UsageError as error:
        meant = slips.of_executor(written.read(text).name)
        raise UsageError(meant) if meant else error from None


def _lacking(reference: str, executor: type[Executor]) -> str | None:
    if issubclass(executor, BrokenExecutor):
        return None  # it fails, which is another thing
    with asking(f"executor {executor.name or executor.__name__} cannot be asked"):
        return registry.make(reference).unavailable()


def _unavailable(
    executor: type[Executor], workload: Workload, chosen: Sequence[type[Executor]], reference: str
) -> str | None:
    if issubclass(executor, BrokenExecutor):
        return None
    with asking(f"workload {workload.name} cannot be asked"):
        reason = workload.unavailable() or workload.lacks(executor.form)
    if reason is None and items.of(workload) is not None and not executor.gives_items:
        reason = (
            f"{executor.name} gives tasks their numbers alone, and those of {workload.name} are "
            "given items"
        )
    if reason is None and executor.form not in forms(type(workload)):
        reason = slips.formless(executor, workload, chosen, reference)
    if reason is None:
        with asking(f"workload {workload.name} cannot be asked"):
            reason = workload.unsuited(executor)
    return reason


def _versions(packages: Sequence[str] = ()) -> dict[str, str]:
    versions = {}
    for package in (*LOOPS, *packages):
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return versions


def _facts() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "gil": gil_enabled(),
        "free threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    }


if __name__ == "__main__":
    main()
