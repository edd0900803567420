"""The command line: where errors become one line and an exit status, and nowhere else."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, NoReturn

import click

from asyncbench.cli.completion import completion_command
from asyncbench.cli.export import export_command
from asyncbench.cli.list import list_command
from asyncbench.cli.new import new_command
from asyncbench.cli.run import run_command
from asyncbench.cli.runs import runs_command
from asyncbench.cli.show import show_command
from asyncbench.errors import AsyncbenchError, near_matches

INTERRUPTED = 130


class Group(click.Group):
    """Commands, the nearest ones named where one is misspelt."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command; an unknown one gets near matches in its one line."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self.commands:
            raise click.UsageError(f"no command {name!r}{near_matches(name, self.commands)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `asyncbench run`: half a minute, and it says which one wins and why.",
)
@click.version_option(package_name="asyncbench", message="%(prog)s %(version)s")
def cli() -> None:
    """Tell which one your Python should run on: threads, processes, asyncio or uvloop.

    asyncbench runs identical work under each of them, in turn and many times, and shows where
    cooperative multitasking wins, ties or loses, how sure that is, and why.
    """


cli.add_command(run_command)
cli.add_command(list_command)
cli.add_command(new_command)
cli.add_command(show_command)
cli.add_command(runs_command)
cli.add_command(completion_command)
cli.add_command(export_command)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with its status (README, "Exit status")."""
    for stream in (sys.stdout, sys.stderr):
        # What a terminal's encoding lacks is shown as ?, and costs no table.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        status = cli.main(arguments, prog_name="asyncbench", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        status = 2
    except click.ClickException as error:
        _complain(error.format_message())
        status = 2
    except AsyncbenchError as error:
        _complain(str(error))
        status = error.exit_status
    except (click.Abort, KeyboardInterrupt):
        status = INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python must not complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except OSError as error:
        _complain(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        status = 2
    sys.exit(status if isinstance(status, int) else 0)


def _complain(text: str) -> None:
    from asyncbench.report.text import plain

    line = " ".join(text.split())
    click.echo(f"asyncbench: {plain(line)}", err=True)
