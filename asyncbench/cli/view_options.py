"""The options that say what of a run is shown, and how."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from asyncbench.cli import completers
from asyncbench.cli.options import colour_option, decorated, is_typed, option

_VIEW = (
    option(
        "--columns",
        multiple=True,
        metavar="NAMES",
        shell_complete=completers.columns,
        help="Columns of the tables, comma-separated; `asyncbench show --help` names them.",
    ),
    option(
        "--why",
        "-v",
        is_flag=True,
        help="Show the reasons, too: why each came out as it did, and how sure that is.",
    ),
    option("--table", is_flag=True, help="Show the tables with every figure instead."),
    option(
        "--all", "everything", is_flag=True, help="Show the answer, the tables and the reasons."
    ),
    colour_option,
    option(
        "--sort",
        metavar="COLUMN",
        shell_complete=completers.columns,
        help="Sort the tables by a column; -COLUMN sorts from high to low.",
    ),
)


_RELATIVE = option(
    "--relative-to",
    type=click.Choice(["executor", "python"]),
    help="With several interpreters, show only one ratio: to the baseline executor of the same "
    "interpreter, or to the same executor under the first interpreter. [default: both]",
)


def relative_option(command: Callable[..., int]) -> Callable[..., int]:
    """Add the option that chooses between the ratios of interpreters; `view_options` reads it."""
    return decorated(command, [_RELATIVE])


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
        relative_to: str | None = None,
        **others: Any,
    ) -> int:
        from asyncbench.cli.result import Shown
        from asyncbench.report import view

        shown = Shown(
            view.parse(columns, sort, filters, relative_to or ""),
            why=why or everything,
            table=table or everything or bool(columns),
            answer=everything or not (table or columns),
            colour=colour,
            relative=is_typed("relative_to"),
        )
        return command(shown=shown, **others)

    return decorated(with_view, _VIEW)
