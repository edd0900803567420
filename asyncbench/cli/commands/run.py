"""`asyncbench run`: measure, save, show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from asyncbench.cli import completers, exporting, signals
from asyncbench.cli.options import SECONDS, Command, Positive, option
from asyncbench.cli.signals import stoppable
from asyncbench.cli.view_options import view_options
from asyncbench.cli.work import work_options

if TYPE_CHECKING:
    from asyncbench.cli.result import Shown
    from asyncbench.runner.planning.options import WorkOptions

PERCENT = Positive(float, "per cent")

EPILOG = """\b
Examples:
  asyncbench run                                  sleep, tcp-echo and cpu under all five
  asyncbench run sleep -n 1000 -c 1000            a thousand sleeps at once
  asyncbench run tcp-echo -e asyncio,uvloop --budget 10
  asyncbench run cpu -p iterations=50000 --csv cpu.csv
  asyncbench run network                          a group of the catalogue
  asyncbench run my_workloads.py:Fetch            your own workload
  asyncbench run app.py:get app.py:get_all        two functions beside each other
  asyncbench run --sync app:get --async app:aget  your own pair of functions
  asyncbench run sleep -e asyncio,asyncio@twin    can this machine tell twins apart?
  asyncbench run bench.py --variant base=../base --variant head=. --fail-on slower:5%

Options can be set in [tool.asyncbench] of pyproject.toml, and all but --sync and --async as
ASYNCBENCH_OPTION.
"""


@click.command("run", cls=Command, strict=True, epilog=EPILOG)
@click.argument("workloads", nargs=-1, metavar="[WORKLOAD]...", shell_complete=completers.workloads)
@work_options
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
    metavar="[NAME=]PATH",
    help="An interpreter to measure in, with its own packages; it needs no asyncbench. "
    "Give two or more.",
)
@option(
    "--against",
    type=click.Choice(["functions", "executors"]),
    help="What is compared. [default: functions where several are named, or else executors]",
)
@option(
    "--proof",
    type=click.Choice(["result", "none"]),
    default="result",
    show_default=True,
    help="Whether what tasks return must be the same for what is compared.",
)
@option(
    "--fail-on",
    metavar="slower:PCT%",
    help="Exit with 1 if a variant is shown to be more than PCT slower than the first, "
    "with 4 if not all were compared.",
)
@option(
    "--budget",
    type=SECONDS,
    metavar="S",
    help="Seconds the run may take; it ends as soon as it has told who is best. [default: 30]",
)
@option(
    "--full",
    is_flag=True,
    help="Use all of --budget, for narrower intervals; a run with --fail-on does.",
)
@option(
    "--precision",
    type=PERCENT,
    metavar="PCT",
    help="Go on until each ratio is known to ± PCT per cent, for --budget (or 300) seconds "
    "at most.",
)
@option(
    "--timeout",
    type=SECONDS,
    metavar="S",
    help="Seconds a sample may take before its cell counts as hanging. "
    "[default: 20 times what calibration expects, 10 at least]",
)
@option(
    "--baseline",
    metavar="NAME",
    shell_complete=completers.baseline,
    help="The executor that ratios refer to. [default: sequential, or else the first] Not "
    "allowed with variants: each ratio refers to the first of them.",
)
@option(
    "--margin",
    type=Positive(float, "per cent", zero=True),
    default=5.0,
    show_default=True,
    metavar="PCT",
    help="Differences up to PCT per cent are ties.",
)
@option(
    "--seed",
    type=Positive(int, "seed", zero=True),
    metavar="N",
    help="Seed of the order in which cells are sampled. [default: random, and shown]",
)
@view_options
@exporting.options
@option(
    "--save",
    default="results",
    show_default=True,
    metavar="DIR",
    shell_complete=completers.folders,
    help="The folder for the journal.",
)
@option("--name", metavar="NAME", help="What `asyncbench show NAME` finds this run by.")
@option("--no-save", is_flag=True, help="Keep no journal.")
@option("--quiet", "-q", is_flag=True, help="Print no progress.")
def run_command(
    work: WorkOptions,
    shown: Shown,
    files: dict[str, str],
    variants: tuple[str, ...],
    pythons: tuple[str, ...],
    against: str | None,
    proof: str,
    fail_on: str | None,
    budget: float | None,
    precision: float | None,
    baseline: str | None,
    margin: float,
    seed: int | None,
    save: str,
    name: str | None,
    *,
    full: bool,
    no_save: bool,
    quiet: bool,
) -> int:
    """Measure workloads under executors, and say which wins, by how much, and why.

    WORKLOAD is a name or a group that `asyncbench list` shows, `all`, a file of your own,
    FILE.py:Name or package.module:Name (a class or a function); sleep, tcp-echo and cpu where
    none is given.
    """
    from asyncbench import api
    from asyncbench.analysis import gate
    from asyncbench.cli import output, progress, result
    from asyncbench.errors import OutputError
    from asyncbench.runner.planning import plan
    from asyncbench.runner.planning.options import DEFAULT_WORKLOADS, RunOptions

    bound = gate.parse(fail_on) if fail_on is not None else None
    if variants or pythons:
        _refuse_baseline()
    work = work if work.workloads else replace(work, workloads=DEFAULT_WORKLOADS)
    options = RunOptions(
        **work.arguments(),
        budget_s=budget,
        precision=precision / 100 if precision else None,
        full=full or bound is not None,
        baseline=baseline,
        margin=margin / 100,
        seed=seed,
        variants=variants,
        pythons=pythons,
        against=against,
        proof=proof == "result",
    )
    planned = plan.build(options)
    if bound:
        gate.require_variants(planned)
    with stoppable() as stopped:
        with progress.watching(planned.budget_s, quiet=quiet) as watch:
            measured = api.measure(planned, None if no_save else Path(save), watch, name)
        status = result.status(measured)
        # Tables of nothing would hide the lines that say why.
        is_empty = status == result.NOTHING_MEASURED and not stopped
        unwritten = output.Unwritten()
        with unwritten.noting():
            if output.STDOUT not in files.values() and not is_empty:
                result.show(measured, shown)
        result.complain(measured.run, whole=shown.why)
        with unwritten.noting():
            exporting.write(measured, files)
        if measured.run.unsaved:
            unwritten.append(OutputError(measured.run.unsaved))
        status = unwritten.told(result.gate(measured, bound) if bound else status)
        return signals.status(stopped) if stopped else status


def _refuse_baseline() -> None:
    """Raise UsageError for `--baseline` on the command line; one set elsewhere is ignored."""
    from click.core import ParameterSource

    from asyncbench.errors import UsageError

    source = click.get_current_context().get_parameter_source("baseline")
    if source is ParameterSource.COMMANDLINE:
        raise UsageError(
            "--baseline does not go with variants: each ratio refers to the first variant under "
            "the same executor; leave it out, or list the variant to compare with before the others"
        )
