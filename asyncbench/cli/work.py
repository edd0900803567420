"""Options that say which work is to be done under which executors: of all that measures."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from asyncbench.cli import completers
from asyncbench.cli.options import COUNT, decorated, is_typed, option
from asyncbench.core.commands import PROOFS
from asyncbench.errors import UsageError

if TYPE_CHECKING:
    from asyncbench.runner.planning.options import WorkOptions

# What all commands that measure share: which work under which executors.
_WORK = (
    option(
        "-e",
        "--executor",
        "executors",
        multiple=True,
        metavar="NAMES",
        shell_complete=completers.executors,
        help="Executors, comma-separated or one per -e; NAME:PARAMETER=VALUE,... sets parameters, "
        "NAME@LABEL measures one again. "
        "[default: sequential,threads,processes,asyncio,uvloop, where they can run it]",
    ),
    option(
        "--dask",
        metavar="ADDRESS",
        help="The scheduler of a cluster that runs already, tcp://HOST:PORT, for executors that "
        "run on Dask (-e dask, dask+asyncio). [default: a small one is started on this machine]",
    ),
    option(
        "-n", "--tasks", type=COUNT, metavar="N", help="Tasks in a batch. [default: the workload's]"
    ),
    option(
        "-c",
        "--concurrency",
        type=COUNT,
        metavar="N",
        help="How many tasks may be in flight at once. [default: the workload's]",
    ),
    option(
        "-p",
        "--param",
        "params",
        multiple=True,
        metavar="NAME=VALUE",
        shell_complete=completers.params,
        help="A parameter of the workload; `asyncbench list WORKLOAD` shows which it has. "
        "For a number, NAME=1,2,5 measures each of these values, as NAME=A and NAME=B, one per -p, "
        "do for a text.",
    ),
    click.option(
        "--sync",
        "blocking",
        metavar="MODULE:FUNCTION",
        help="A function of yours to measure in the blocking form.",
    ),
    click.option(
        "--async",
        "cooperative",
        metavar="MODULE:FUNCTION",
        help="A coroutine function of yours; with --sync, the two are one workload.",
    ),
    option(
        "-a",
        "--arg",
        "args",
        multiple=True,
        metavar="VALUE",
        help="A value by position for a function, before its other parameters; repeat for more.",
    ),
    click.option(
        "--args-from",
        "items",
        default="",
        metavar="MODULE:ITEMS",
        help="A list of yours, or a function that returns one: each task is given one item, as by "
        "map(), and the item is sent to the process that the task runs in.",
    ),
    option("--consume", is_flag=True, help="Run generator functions to their end."),
    option(
        "--return",
        "returns",
        type=click.Choice(["all", "none"]),
        default="all",
        show_default=True,
        help="Whether what a function returns is sent back from other processes.",
    ),
    option(
        "--proof",
        type=click.Choice(["result", *PROOFS]),
        help="What must agree in all that is compared: what tasks return (result), or what a "
        "command prints (stdout); exit: only that a command ends with status 0; none: nothing, "
        "for what returns or prints something else each time. [default: result, or stdout for "
        "commands]",
    ),
    option(
        "--processes",
        type=COUNT,
        metavar="N",
        help="The most processes that a pool may have. [default: the CPUs this process may use]",
    ),
    option(
        "--clean-env",
        is_flag=True,
        help="Start workers without the environment variables that change how Python runs: "
        "debugging, tracing, coverage, warnings.",
    ),
    option(
        "--gc",
        type=click.Choice(["on", "off"]),
        default="on",
        show_default=True,
        help="Garbage collection during samples, the same for all.",
    ),
)


def work_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say which work is to be done; the command gets them as one `work`.

    Its `workloads` are empty where none was named.
    """

    @functools.wraps(command)
    def with_work(
        *,
        executors: tuple[str, ...],
        dask: str | None,
        tasks: int | None,
        concurrency: int | None,
        params: tuple[str, ...],
        blocking: str | None,
        cooperative: str | None,
        args: tuple[str, ...],
        items: str,
        consume: bool,
        returns: str,
        proof: str | None,
        processes: int | None,
        clean_env: bool,
        timeout: float | None,
        gc: str,
        workloads: tuple[str, ...] = (),
        **others: Any,
    ) -> int:
        from asyncbench.core.loading import PAIR
        from asyncbench.runner.planning.options import WorkOptions, params_from

        _refuse_commands(workloads)
        pair = PAIR.join(each for each in (blocking, cooperative) if each)
        # Of a pair its halves tell; what is given alone may be of the other form.
        given = {"blocking": blocking, "cooperative": cooperative}
        alone = {each: form for form, each in given.items() if each == pair}
        work = WorkOptions(
            workloads=[*workloads, *([pair] if pair else [])],
            forms=alone,
            tasks=tasks,
            concurrency=concurrency,
            params=params_from(params),
            processes=processes,
            timeout_s=timeout,
            gc=gc == "on",
            args=args,
            consume=consume,
            sends=returns == "all",
            items=items,
            proof=proof or "",
            clean_env=clean_env,
        )
        if executors:
            from asyncbench.executors import written

            work = replace(work, executors=written.executors(executors))
        if dask:
            from asyncbench.executors import written

            found = written.on_dask(work.executors or (), dask, needed=is_typed("dask"))
            work = replace(work, executors=found or None)
        return command(work=work, **others)

    return decorated(with_work, _WORK)


def one_of(work: WorkOptions) -> WorkOptions:
    """Return the options, which name one workload; UsageError for none, or for more."""
    from asyncbench.cli import slips

    given = [*work.workloads]
    if not given:
        raise UsageError(
            "name one workload, such as sleep, or a function of yours by --sync or --async"
        )
    if len(given) > 1:
        command = click.get_current_context().info_name or ""
        raise UsageError(slips.of_several(command, given, list(work.executors or ())))
    return work


def _refuse_commands(workloads: Sequence[str]) -> None:
    """Raise UsageError where a command stands where something to measure should."""
    from asyncbench.cli import slips
    from asyncbench.cli.main import COMMANDS

    command = click.get_current_context().info_name or "run"
    meant = slips.of_workload(command, workloads, COMMANDS)
    if meant:
        raise UsageError(meant)
