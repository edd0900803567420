"""`asyncbench run`: measure, save, show."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from asyncbench.cli import completers, exporting
from asyncbench.cli.measuring import measuring_options
from asyncbench.cli.options import Command, Positive, is_typed, option
from asyncbench.cli.signals import stoppable
from asyncbench.cli.view_options import relative_option, view_options
from asyncbench.cli.work import work_options

if TYPE_CHECKING:
    from asyncbench.cli.measuring import Measuring
    from asyncbench.cli.result import Shown
    from asyncbench.runner.planning.options import WorkOptions

PERCENT = Positive(float, "per cent")

EPILOG = """\b
Examples:
  asyncbench run                                  sleep, tcp-echo and cpu
  asyncbench run sleep -n 1000 -c 1000            a thousand sleeps at once
  asyncbench run tcp-echo -e asyncio,uvloop --budget 10
  asyncbench run cpu -p iterations=50000 --csv cpu.csv
  asyncbench run network                          a group of the catalogue
  asyncbench run my_workloads.py:Fetch            your own workload
  asyncbench run app.py:get app.py:get_all        two functions compared
  asyncbench run --sync app:get --async app:aget  your own pair of functions
  asyncbench run sleep -e asyncio,asyncio@twin    are twins told apart here?
  asyncbench run --command base='./old args' --command head='./new args'
  asyncbench run --program 'app.py --port 0' -e asyncio,uvloop
  asyncbench run mine.py --variant a=../old --variant b=. --fail-on slower:5%

Options can be set in [tool.asyncbench] of pyproject.toml, and all but --sync and --async as
ASYNCBENCH_OPTION.
"""


@click.command("run", cls=Command, strict=True, epilog=EPILOG)
@click.argument("workloads", nargs=-1, metavar="[WORKLOAD]...", shell_complete=completers.workloads)
@work_options
@click.option(
    "--command",
    "commands",
    multiple=True,
    metavar="NAME=COMMAND",
    help="A command to measure instead of workloads, in a new process each time. Give two or more "
    "to compare them.",
)
@click.option(
    "--program",
    metavar="'FILE.py ARGS'",
    help="A whole program to measure under each loop of -e, in a new process each time: FILE.py or "
    "-m MODULE with its arguments. [-e default: asyncio,uvloop]",
)
@option(
    "--variant",
    "variants",
    multiple=True,
    metavar="NAME=FOLDER",
    help="A version of your code: FOLDER goes first on its workers' import path. Give two or more.",
)
@option(
    "--python",
    "pythons",
    multiple=True,
    metavar="[NAME=]PYTHON",
    help="An interpreter to measure in, by path or version (3.13, 3.13t), with its own packages; "
    "it needs no asyncbench. Give two or more.",
)
@option(
    "--with",
    "packages",
    multiple=True,
    metavar="PACKAGE",
    help="A package to install for each --python, in an environment of its own, which uv (or venv "
    "and pip) makes once and which is kept; repeat for more.",
)
@option(
    "--against",
    type=click.Choice(["functions", "executors"]),
    help="What is compared. [default: functions where several are named, or else executors]",
)
@option(
    "--fail-on",
    metavar="slower:PCT%",
    help="Exit with 1 if a variant is shown to be more than PCT slower than the first, "
    "with 4 if not all were compared.",
)
@option(
    "--full",
    is_flag=True,
    help="Use all of --budget, for narrower intervals; a run with --fail-on always does.",
)
@option(
    "--precision",
    type=PERCENT,
    metavar="PCT",
    help="Go on until each ratio is known to ± PCT per cent, for --budget (or 300) seconds "
    "at most.",
)
@option(
    "--baseline",
    metavar="NAME",
    shell_complete=completers.baseline,
    help="The executor that ratios refer to. [default: sequential, or else the first] Not "
    "allowed with --variant, --command or --program: each ratio refers to the first of them.",
)
@measuring_options(None)
@view_options
@relative_option
@exporting.options
def run_command(
    work: WorkOptions,
    measuring: Measuring,
    shown: Shown,
    files: dict[str, str],
    variants: tuple[str, ...],
    pythons: tuple[str, ...],
    packages: tuple[str, ...],
    commands: tuple[str, ...],
    program: str | None,
    against: str | None,
    fail_on: str | None,
    precision: float | None,
    baseline: str | None,
    *,
    full: bool,
) -> int:
    """Measure workloads under executors, and say which wins, by how much, and why.

    WORKLOAD is a name or a group that `asyncbench list` shows, `all`, a file of your own,
    FILE.py:Name or package.module:Name (a class or a function); sleep, tcp-echo and cpu where
    none is given.
    """
    from asyncbench.analysis import gate
    from asyncbench.runner.planning import environments, plan, program_files
    from asyncbench.runner.planning.options import DEFAULT_WORKLOADS, RunOptions

    bound = gate.parse(fail_on) if fail_on is not None else None
    shown.check(by_interpreter=len(pythons) > 1 and not variants)
    if variants or commands or program:
        _refuse_baseline()
    if commands or program:
        work = _typed_alone(work)
    work = (
        work
        if work.workloads or commands or program
        else replace(work, workloads=DEFAULT_WORKLOADS)
    )
    if packages:
        tell = functools.partial(click.echo, err=True)
        pythons = tuple(environments.with_packages(pythons, packages, tell))
    options = RunOptions(
        **work.arguments(),
        **measuring.rules,
        precision=precision / 100 if precision else None,
        full=full or bound is not None,
        baseline=baseline,
        variants=variants,
        pythons=pythons,
        packages=environments.names(packages),
        against=against,
        commands=commands,
        program=program or "",
        programs=True,
    )
    planned = plan.build(options)
    if planned.of_commands and work.workloads:
        told = program_files.instead(work.workloads[0])
        click.echo(told, err=True, nl=bool(told))
    if bound:
        gate.require_variants(planned)
    with stoppable() as stopped:
        measured = measuring.measured(planned)
        return measuring.told(measured, shown, files, stopped, bound)


def _typed_alone(work: WorkOptions) -> WorkOptions:
    """Return the options without what settings say of workloads: commands are none."""
    defaults: dict[str, Any] = {
        "executors": None,
        "params": {},
        "processes": None,
        "args": (),
        "consume": False,
    }
    return replace(
        work,
        **{name: value for name, value in defaults.items() if not is_typed(name)},
    )


def _refuse_baseline() -> None:
    """Raise UsageError for `--baseline` on the command line; one set elsewhere is ignored."""
    from asyncbench.errors import UsageError

    if is_typed("baseline"):
        raise UsageError(
            "--baseline does not go with variants: each ratio refers to the first variant under "
            "the same executor; leave it out, or list the variant to compare with before the others"
        )
