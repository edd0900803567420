"""`asyncbench run`: measure, save, show."""

from __future__ import annotations

from typing import Any

import click

from asyncbench.cli import completers, exporting
from asyncbench.cli.options import (
    SECONDS,
    Command,
    Positive,
    option,
    view_options,
    wished_work,
    work_options,
)
from asyncbench.cli.signals import stoppable

PERCENT = Positive(float, "per cent")

EPILOG = """\b
Examples:
  asyncbench run                                  sleep, tcp-echo and cpu under all five
  asyncbench run sleep -n 1000 -c 1000            a thousand sleeps at once
  asyncbench run tcp-echo -e asyncio,uvloop --budget 10
  asyncbench run cpu -p iterations=50000 --csv cpu.csv
  asyncbench run network                          a group of the catalogue
  asyncbench run my_workloads.py:Fetch            your own workload
  asyncbench run --sync app:get --async app:aget  your own pair of functions
  asyncbench run sleep -e asyncio,asyncio@twin    can this machine tell twins apart?
  asyncbench run bench.py --variant base=../base --variant head=. --fail-on slower:5%

Every option can be set as ASYNCBENCH_OPTION, or in [tool.asyncbench] of pyproject.toml.
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
    "--fail-on",
    metavar="slower:PCT%",
    help="Exit with 1 where a variant is shown to be slower than the first by more than PCT, "
    "with 4 where not all was compared.",
)
@option("--budget", type=SECONDS, metavar="S", help="Seconds the run takes. [default: 30]")
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
    help="The executor that ratios refer to. [default: sequential, or else the first] With "
    "variants it has no use: each ratio refers to the first of them.",
)
@option(
    "--margin",
    type=Positive(float, "per cent", zero=True),
    default=3.0,
    show_default=True,
    metavar="PCT",
    help="Differences up to PCT per cent are ties.",
)
@option(
    "--seed",
    type=Positive(int, "seed", zero=True),
    metavar="N",
    help="Seed of the order in which cells are sampled. [default: drawn, and told]",
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
@option("--quiet", "-q", is_flag=True, help="Say nothing on stderr meanwhile.")
def run_command(**options: Any) -> int:
    """Measure workloads under executors, and say which wins, by how much, and why.

    WORKLOAD is a name or a group that `asyncbench list` shows, `all`, a file of your own,
    FILE.py:Name or package.module:Name (a class or a function); sleep, tcp-echo and cpu where
    none is given.
    """
    from pathlib import Path

    from asyncbench import api
    from asyncbench.analysis import gate
    from asyncbench.cli import output, progress, result
    from asyncbench.report import view
    from asyncbench.runner.planning import plan
    from asyncbench.runner.planning.options import RunOptions

    files = exporting.wanted(options)
    exporting.check(files)
    chosen = view.parse(options["columns"], options["sort"], ())
    wished = wished_work(options) | {
        "budget_s": options["budget"],
        "precision": options["precision"] / 100 if options["precision"] else None,
        "baseline": options["baseline"],
        "margin": options["margin"] / 100,
        "seed": options["seed"],
        "variants": options["variants"],
        "pythons": options["pythons"],
    }
    bound = gate.parse(options["fail_on"]) if options["fail_on"] is not None else None
    _refuse_baseline_of_variants(wished)
    planned = plan.build(RunOptions(**wished))
    if bound:
        gate.require_variants(planned)
    save = None if options["no_save"] else Path(options["save"])
    with stoppable() as stopped:
        with progress.watching(planned.budget_s, quiet=options["quiet"]) as watch:
            run = api.measure(planned, save, watch, options["name"])
        if output.STDOUT not in files.values():
            result.show(run, chosen)
        result.complain(run)
        exporting.write(run, files)
        outcome = result.gate(run, bound) if bound else None
        if stopped:
            return 128 + stopped[0]
        return result.status(run) if outcome is None else outcome


def _refuse_baseline_of_variants(wished: dict[str, Any]) -> None:
    """Raise UsageError where both were asked for; a baseline that is set for all runs is none."""
    from click.core import ParameterSource

    from asyncbench.errors import UsageError

    source = click.get_current_context().get_parameter_source("baseline")
    if source is ParameterSource.COMMANDLINE and (wished["variants"] or wished["pythons"]):
        raise UsageError(
            "--baseline has no use beside variants: each ratio refers to the first variant under "
            "the same executor; leave it out, or give the variant to compare with first"
        )
