"""`asyncbench compare`: saved runs side by side, and a gate on what became slower."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from asyncbench.cli import completers
from asyncbench.cli.options import Command, Positive, file_option, folder_option, option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncbench.analysis.comparison import Comparison

EPILOG = """\b
Examples:
  asyncbench compare                      the newest run beside the one before
  asyncbench compare main head --fail-on slower:5%
  asyncbench compare main a.jsonl b.jsonl each beside the first

Runs made at different times also differ by drift. To see smaller differences between two versions
of code, measure both in one run: asyncbench run --variant before=OLD --variant after=NEW
"""


@click.command("compare", cls=Command, epilog=EPILOG)
@click.argument("references", nargs=-1, metavar="[REF]...", shell_complete=completers.references)
@option(
    "--margin",
    type=Positive(float, "per cent", zero=True),
    metavar="PCT",
    help="Differences up to PCT per cent are ties. [default: the first run's]",
)
@option(
    "--fail-on",
    metavar="slower:PCT%",
    help="Exit with 1 if a cell is shown to be more than PCT slower, 4 if not all were compared.",
)
@click.option(
    "--across-machines",
    is_flag=True,
    help="Let --fail-on decide even if the machines or interpreters differ.",
)
@folder_option
@file_option("--csv", help="Write one row for each cell ('-' is stdout, instead of the tables).")
@file_option("--json", help="Write the comparison as JSON ('-' is stdout).")
@file_option("--html", help="Write the report of all the runs ('-' is stdout).")
def compare_command(
    references: tuple[str, ...],
    margin: float | None,
    fail_on: str | None,
    across_machines: bool,
    folder: str,
    csv: str | None,
    json: str | None,
    html: str | None,
) -> int:
    """Compare saved runs cell by cell, each later REF beside the first.

    REF is a file, the name of a run, @ for the newest, or @-1 for the one before it; without any,
    the newest run is compared with the one before it; with one REF, the newest is compared with
    that. Cells are matched by workload, parameters, tasks, concurrency, executor and variant;
    cells that only one run has are listed. Without --fail-on the exit status is 0.
    """
    from pathlib import Path

    from asyncbench.analysis import comparison, gate
    from asyncbench.analysis.result import Result
    from asyncbench.cli import output, terminal
    from asyncbench.errors import UsageError
    from asyncbench.record import journal, store
    from asyncbench.report import formats
    from asyncbench.report import html as report_page
    from asyncbench.report.export import comparison as comparison_data
    from asyncbench.report.terminal import comparison as report
    from asyncbench.report.text import plain

    bound = gate.parse(fail_on) if fail_on is not None else None
    output.check_all(csv=csv, json=json, html=html)
    if html:
        formats.FORMATS["html"].require()
    try:
        paths = [store.find(ref, Path(folder)) for ref in _chosen(references)]
    except UsageError as error:
        from asyncbench.cli import slips
        from asyncbench.core import catalogue

        meant = slips.of_compared(references, catalogue.names())
        raise UsageError(meant) if meant else error from None
    if len(references) == 1 and paths[0].resolve() == paths[1].resolve():
        raise UsageError(
            f"{references[0]} is the newest run, and would be compared with itself; "
            f"to see it beside the one before it: asyncbench compare @-1 @"
        )
    results = [Result(journal.read(path)) for path in paths]
    share = None if margin is None else margin / 100
    found = [comparison.compare(results[0], other, share) for other in results[1:]]
    if bound and not across_machines:
        _refuse_other_machines(found)
    if output.STDOUT not in (csv, json, html):
        output.say("\n".join(report.tables(each, terminal.width()) for each in found))
    if csv:
        output.write(csv, comparison_data.cells(found))
    if json:
        output.write(json, comparison_data.text(found))
    if html:
        output.write(html, report_page.report(*results, margin=share))
    if bound is None:
        return 0
    outcome = comparison.hold(bound, found)
    for line in outcome.lines:
        click.echo(plain(line), err=True)
    return outcome.status


def _chosen(references: tuple[str, ...]) -> tuple[str, ...]:
    """Return the runs to compare: where fewer than two are named, the newest is one of them."""
    if len(references) > 1:
        return references
    return (*references, "@") if references else ("@-1", "@")


def _refuse_other_machines(found: Sequence[Comparison]) -> None:
    """Raise UsageError where machines or interpreters differ, which no gate can judge by."""
    from asyncbench.analysis.comparison import label
    from asyncbench.errors import UsageError
    from asyncbench.report.text import plain

    for each in found:
        if each.warnings:
            raise UsageError(
                plain(
                    f"--fail-on refuses {label(each.first)} and {label(each.other)}, "
                    f"which differ in {'; '.join(each.warnings)}; "
                    "--across-machines lets it decide anyway"
                )
            )
