"""`asyncbench trace PROGRAM ARGS`: where a program's own words begin, and what goes with them."""

from __future__ import annotations

from collections.abc import Sequence

import click

from asyncbench.cli.options import Command, is_typed
from asyncbench.errors import UsageError

# Where the words of a program are kept, and the options that go with one.
WORDS = "asyncbench program"
OWN = frozenset(
    {
        "block_threshold", "last", "every_step", "events", "speedscope", "html", "table", "colour",
        "quiet",
    }
)  # fmt: skip


every_step_option = click.option(
    "--every-step",
    is_flag=True,
    help="Note every step of a program, however many there are. [default: of one that takes many, "
    "a part of the time, and what holds its loop all the time]",
)


class ProgramCommand(Command):
    """A command whose last words may be a program's own: after `--`, `-m` or a program's file."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words before the program; those of the program are not looked at."""
        own, words = split(self, args)
        if words is not None:
            ctx.meta[WORDS] = words
        return super().parse_args(ctx, own)


def split(command: click.Command, args: Sequence[str]) -> tuple[list[str], list[str] | None]:
    """Return the command's own words and those of a program, None where there is none.

    Raises UsageError for a file that is a program and more.
    """
    from asyncbench.runner.planning import program_files

    options = [each for each in command.params if isinstance(each, click.Option)]
    takes_value = {name for option in options if not option.is_flag for name in option.opts}
    of_workloads = {name for each in options if each.name not in OWN for name in each.opts}
    place = 0
    while place < len(args):
        word = args[place]
        if word == "--":
            return [*args[:place]], [*args[place + 1 :]]
        if word == "-m":
            return [*args[:place]], [*args[place:]]
        if word.startswith("-") and len(word) > 1:
            place += 2 if word in takes_value else 1
            continue
        after = program_files.arguments(args[place + 1 :])
        doubted = not of_workloads.isdisjoint(each.partition("=")[0] for each in args)
        if program_files.is_program(word, "asyncbench trace -- ", after, doubted=doubted):
            return [*args[:place]], [*args[place:]]
        place += 1
    return [*args], None


def words() -> list[str] | None:
    """Return the words of the program that the command is to trace, None where there is none.

    Raises UsageError where there are workloads beside it, or options that are for workloads.
    """
    context = click.get_current_context()
    found: list[str] | None = context.meta.get(WORDS)
    if found is None:
        return None
    if context.params.get("workloads"):
        raise UsageError(
            f"{context.params['workloads'][0]} is a workload, and a program is traced by itself"
        )
    for option in context.command.params:
        if option.name not in OWN and is_typed(str(option.name)):
            raise UsageError(
                f"{option.opts[0]} does not go with a program, which is traced as it is, under its "
                "own loop"
            )
    return found
