"""Options that commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

import click

from asyncbench.cli import completers
from asyncbench.cli.settings import settings
from asyncbench.errors import UsageError

PREFIX = "ASYNCBENCH_"


def option(*names: str, **settings: Any) -> Callable[[Any], Any]:
    """Make an option that an `ASYNCBENCH_*` variable named after it can set too."""
    name = next(each for each in names if each.startswith("--")).split("/")[0]
    variable = PREFIX + name.removeprefix("--").replace("-", "_").upper()
    return click.option(*names, envvar=variable, **settings)


# A journal holds no number beyond this (`record.lines.LARGEST`).
LARGEST = 2.0**63


class Positive(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4 alone
    """A number above zero, given as seconds, per cent or a count."""

    def __init__(self, kind: type[int] | type[float], name: str, *, zero: bool = False) -> None:
        self.kind = kind
        self.name = name
        self.zero = zero

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the number; anything else fails in one line."""
        try:
            number = self.kind(value)
        except (TypeError, ValueError):
            self.fail(
                f"{value!r} is not a {'whole ' if self.kind is int else ''}number", param, ctx
            )
        if not isfinite(number) or number < 0 or (number == 0 and not self.zero):
            self.fail(f"{value} is not {'at least' if self.zero else 'above'} 0", param, ctx)
        if number >= LARGEST:
            self.fail(f"{value} is too large", param, ctx)
        return number


SECONDS = Positive(float, "seconds")
COUNT = Positive(int, "count")
# What `run` and `trace` share: which work under which executors.
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
        "[default: sequential,threads,processes,asyncio,uvloop]",
    ),
    option(
        "-n", "--tasks", type=COUNT, metavar="N", help="Tasks a batch. [default: the workload's]"
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
        help="A parameter of the workload; `asyncbench list` names them.",
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
        "--processes",
        type=COUNT,
        metavar="N",
        help="Most processes a pool may have. [default: the CPUs this process may use]",
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
        workloads: tuple[str, ...],
        executors: tuple[str, ...],
        tasks: int | None,
        concurrency: int | None,
        params: tuple[str, ...],
        blocking: str | None,
        cooperative: str | None,
        processes: int | None,
        timeout: float | None,
        gc: str,
        **others: Any,
    ) -> int:
        from asyncbench.core import functions
        from asyncbench.runner.planning.options import WorkOptions, params_from

        pair = functions.PAIR.join(each for each in (blocking, cooperative) if each)
        work = WorkOptions(
            workloads=[*workloads, *([pair] if pair else [])],
            tasks=tasks,
            concurrency=concurrency,
            params=params_from(params),
            processes=processes,
            timeout_s=timeout,
            gc=gc == "on",
        )
        if executors:
            from asyncbench.executors import written

            work = replace(work, executors=written.executors(executors))
        return command(work=work, **others)

    return decorated(with_work, _WORK)


def decorated(
    command: Callable[..., int], options: Sequence[Callable[[Any], Any]]
) -> Callable[..., int]:
    """Add options to a command, to stand in its help in this order."""
    for each in reversed(options):
        command = each(command)
    return command


class Command(click.Command):
    """A command whose defaults can stand in pyproject.toml.

    The settings are those of `run`; other commands ignore those that they have no option for.
    """

    def __init__(self, *args: Any, strict: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.strict = strict

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the settings before the options that they are defaults of."""
        try:
            kwargs["default_map"] = settings(self, strict=self.strict)
        except UsageError:
            # Shell completion must not fail because of a wrong setting.
            if not kwargs.get("resilient_parsing"):
                raise
        return super().make_context(*args, **kwargs)


def file_option(*names: str, help: str) -> Callable[[Any], Any]:  # noqa: A002 - as click has it
    """Make an option that names a file to write."""
    return click.option(*names, metavar="FILE", shell_complete=completers.files, help=help)


def folder_option(command: Any) -> Any:
    """Add the option that says where saved runs are looked for: where `run` saves them."""
    return click.option(
        "--folder",
        envvar=[f"{PREFIX}FOLDER", f"{PREFIX}SAVE"],
        default="results",
        show_default=True,
        metavar="DIR",
        shell_complete=completers.folders,
        help="Where saved runs are looked for.",
    )(command)


_VIEW = (
    option(
        "--columns",
        multiple=True,
        metavar="NAMES",
        shell_complete=completers.columns,
        help="Columns of the tables, in a comma list; `asyncbench show --help` names them.",
    ),
    option(
        "--why",
        "-v",
        is_flag=True,
        help="Show the reasons, too: why each came out as it did, and how sure that is.",
    ),
    option("--table", is_flag=True, help="Show the tables of every figure instead."),
    option(
        "--all", "everything", is_flag=True, help="Show the answer, the tables and the reasons."
    ),
    option(
        "--color/--no-color",
        "--colour/--no-colour",
        "colour",
        default=None,
        help="Colour the answer. [default: on a terminal, unless NO_COLOR is set]",
    ),
    option(
        "--sort",
        metavar="COLUMN",
        shell_complete=completers.columns,
        help="Sort the tables by a column; -COLUMN sorts from high to low.",
    ),
)


def view_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say how the tables look; the command gets them as one `shown`."""

    @functools.wraps(command)
    def with_view(
        *,
        columns: tuple[str, ...],
        sort: str | None,
        why: bool,
        table: bool,
        everything: bool,
        colour: bool | None,
        filters: tuple[str, ...] = (),
        **others: Any,
    ) -> int:
        from asyncbench.cli.result import Shown
        from asyncbench.report import view

        shown = Shown(
            view.parse(columns, sort, filters),
            why=why or everything,
            table=table or everything or bool(columns),
            answer=everything or not (table or columns),
            colour=colour,
        )
        return command(shown=shown, **others)

    return decorated(with_view, _VIEW)
