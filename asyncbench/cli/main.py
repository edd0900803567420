"""The command line: where errors become one line and an exit status, and nowhere else."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from typing import Any, NoReturn

import click

from asyncbench.cli import failing, signals, terminal
from asyncbench.cli.signals import stoppable
from asyncbench.errors import AsyncbenchError, OutputError

# Help is no wider than this on any terminal.
MOST_COLUMNS = 100
# Set by the scripts of `completion`, to what a shell wants to know.
COMPLETION = "_ASYNCBENCH_COMPLETE"


# What `--help` says of each command: the first sentence of its own help. A command is imported
# from the file of its name when it is used, so that none waits for the others.
COMMANDS = {
    "advise": "Say what to run a function of yours on, how many at once, and what that gains.",
    "compare": "Compare saved runs cell by cell, each later REF beside the first.",
    "completion": "Print the script that completes workloads, executors, saved runs and options.",
    "export": "Write a saved run in a format that other tools, documents or people read.",
    "list": "List workloads and executors, or describe one; say why one cannot run here.",
    "loops": "Measure every event loop that is installed, and say which is the quickest on what.",
    "map": "Vary two things, and draw who wins where.",
    "new": "Write a commented starter file for a workload of your own.",
    "run": "Measure workloads under executors, and say which wins, by how much, and why.",
    "runs": "List the saved runs of a folder, newest first, by names that `show` accepts.",
    "show": "Show a saved run as `run` showed it.",
    "sweep": "Vary one thing, and say from which value on another executor is quicker.",
    "trace": "Watch one batch, or a whole program, and draw who had control when.",
    "watch": "Watch a running process for some seconds: who held its loop, and who waited.",
}


class Group(click.Group):
    """Commands, the nearest ones named where one is misspelt."""

    def make_context(self, *given: Any, **more: Any) -> click.Context:
        """Return the context of a command line, which knows how wide its help may be."""
        width = min(terminal.width(elsewhere=terminal.USUAL), MOST_COLUMNS)
        return super().make_context(*given, terminal_width=width - 2, **more)

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

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words; options before a command are told where they belong."""
        given = [*args]
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            from asyncbench.cli import slips

            raise click.UsageError(slips.before_command(given, COMMANDS)) from error

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command: `run` where something to measure stands in its place."""
        name = args[0] if args else ""
        if name == "help":
            args = [*args[1:2], "--help"]
            if len(args) == 1:
                click.echo(ctx.get_help())
                ctx.exit()
            name = args[0]
        if name and not name.startswith("-") and name not in COMMANDS:
            from asyncbench.cli import slips

            if name in slips.VERBS or not _is_work(name):
                from asyncbench.core import catalogue

                raise click.UsageError(slips.of_command(args, COMMANDS, catalogue.names()))
            args = ["run", *args]
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a broken pipe that nobody saw to is an error like any other."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            # Click would end such a command with a status that says something else here.
            raise OutputError(_told(error)) from error


def _is_work(name: str) -> bool:
    """Return whether a word names something to measure, as far as can be told without running it.

    What is misspelt in a file's name is told by `run`, whose words fit it better.
    """
    from asyncbench.core import catalogue

    return name.endswith(".py") or bool({":", ".", "/"} & {*name}) or name in catalogue.names()


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `asyncbench run`: in half a minute at most, it says which one wins.",
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
    signals.hear_of_children()
    failing.keep_apart(sys.argv[1:] if arguments is None else arguments)
    status = signals.INTERRUPTED
    with contextlib.suppress(KeyboardInterrupt), stoppable() as came:
        status = _status(arguments, came)
    _let_go_of_stdout()
    sys.exit(status)


def _status(arguments: list[str] | None, came: list[int]) -> int:
    """Run the command line and return its status; `came` has the signals that have come."""
    try:
        status = cli.main(arguments, prog_name="asyncbench", standalone_mode=False)
        sys.stdout.flush()
        return int(status)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
    except click.ClickException as error:
        _complain(error.format_message())
    except AsyncbenchError as error:
        if came:  # what failed for that says less than that it was asked to stop
            return signals.status(came)
        _complain(str(error))
        return error.exit_status
    except (click.Abort, KeyboardInterrupt):
        return signals.status(came)
    except SystemExit as error:
        # Completion ends like this, and what click makes of a pipe whose reader has seen enough
        # of a help text: no command ran. Anything else is code of the user's that wants to leave.
        if COMPLETION in os.environ:
            return 2 if error.code else 0
        if _raised_by_click(error):
            return 0
        _complain(f"what was asked for called sys.exit({error.code!r})")
    except OSError as error:
        _complain(_told(error))
    except Exception as error:
        if COMPLETION in os.environ:
            return 2  # what is asked for is no question of a shell's
        _complain(failing.report(error))
        return failing.OWN_ERROR
    return 2


def _raised_by_click(error: SystemExit) -> bool:
    """Return whether click itself ended the command: it does so where nobody reads its help."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__") == "click.core"


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


def _told(error: OSError) -> str:
    return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"


def _complain(text: str) -> None:
    from asyncbench.report.text import plain

    line = " ".join(text.split())
    click.echo(f"asyncbench: {plain(line)}", err=True)
