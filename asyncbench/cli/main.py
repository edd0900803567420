"""The command line: where errors become one line and an exit status, and nowhere else."""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import Any, NoReturn

import click

from asyncbench.cli.signals import INTERRUPTED
from asyncbench.errors import AsyncbenchError, near_matches

# Set by the scripts of `completion`, to what a shell wants to know.
COMPLETION = "_ASYNCBENCH_COMPLETE"


# What `--help` says of each command: the first sentence of its own help. A command is imported
# from the file of its name when it is used, so that none waits for the others.
COMMANDS = {
    "compare": "Compare saved runs cell by cell, each later REF beside the first.",
    "completion": "Print the script that completes workloads, executors, saved runs and options.",
    "export": "Write a saved run in a format that other tools, documents or people read.",
    "list": "List workloads and executors with their parameters; say why one cannot run here.",
    "new": "Write a commented starter file for a workload of your own.",
    "run": "Measure workloads under executors, and say which wins, by how much, and why.",
    "runs": "List the saved runs of a folder, newest first, by names that `show` accepts.",
    "show": "Show a saved run as `run` showed it.",
    "trace": "Watch one batch under each executor, and draw who had control when.",
}


class Group(click.Group):
    """Commands, the nearest ones named where one is misspelt."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"asyncbench.cli.commands.{cmd_name}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command does, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command; an unknown one gets near matches in its one line."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            raise click.UsageError(f"no command {name!r}{near_matches(name, COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `asyncbench run`: half a minute, and it says which one wins and why.",
)
@click.version_option(package_name="asyncbench", message="%(prog)s %(version)s")
def cli() -> None:
    """Find out what your Python should run on: threads, processes, asyncio or uvloop.

    asyncbench runs identical work under each of them, in turn and many times, and shows where
    cooperative multitasking wins, ties or loses, how sure that is, and why.
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with its status (README, "Exit status")."""
    _open_closed()
    if sys.stderr is sys.__stderr__ and sys.platform != "win32":  # whose consoles are no files
        sys.stderr = _forgiving_stderr()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What the terminal's encoding has no sign for is shown as ?, and shifts no column.
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
    except SystemExit:
        # Completion ends like this, and what click makes of a pipe whose reader has seen enough.
        if COMPLETION in os.environ:
            raise
        status = 0
    except OSError as error:
        _complain(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        status = 2
    _let_go_of_stdout()
    sys.exit(status if isinstance(status, int) else 0)


def _open_closed() -> None:
    """Open stdin, stdout or stderr on the null device where one is closed, as with `>&-`.

    Otherwise a file or pipe of ours could get its number, and a worker would use it as that.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # It takes the lowest number that is free, and workers are to have it, too.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123


def _let_go_of_stdout() -> None:
    """Drop what stdout cannot take: Python would try again, and end with a status of its own."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Forgiving(io.FileIO):
    """A file that takes whatever it is given, and leaves out what cannot be written."""

    def write(self, data: Any, /) -> int:
        """Write as much as there is room for."""
        try:
            return super().write(data) or len(data)
        except OSError:  # the disk is full, or the reader is gone
            return len(data)


def _forgiving_stderr() -> io.TextIOWrapper:
    """Return a stderr whose faults end no run and change no exit status."""
    return io.TextIOWrapper(
        io.BufferedWriter(_Forgiving(2, "w", closefd=False)),
        encoding=sys.stderr.encoding,
        line_buffering=True,
    )


def _complain(text: str) -> None:
    from asyncbench.report.text import plain

    line = " ".join(text.split())
    click.echo(f"asyncbench: {plain(line)}", err=True)
