"""`%load_ext asyncbench`: the magic that measures what a notebook defines."""

from __future__ import annotations

import argparse
import inspect
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from asyncbench.core import catalogue
from asyncbench.errors import AsyncbenchError, UsageError, near_matches
from asyncbench.python import calls
from asyncbench.python.references import Work
from asyncbench.python.result import Result
from asyncbench.runner.planning.options import params_from

NAME = "asyncbench"
USAGE = (
    "%asyncbench NAME... [-e EXECUTORS] [-n TASKS] [-c CONCURRENCY] [-p NAME=VALUE] [--budget S]"
)


def load_ipython_extension(shell: Any) -> None:
    """Add the magics to an IPython shell, which `%load_ext asyncbench` asks for.

    `%asyncbench fetch afetch -e threads,uvloop` measures functions of the notebook, or what else
    `asyncbench.run` takes by name; `%%asyncbench` runs a cell and measures the functions that it
    defines. What both give is the run.
    """

    def magic(line: str, cell: str | None = None) -> Result:
        from IPython.core.error import UsageError as Told

        try:
            return _measured(shell, line, cell)
        except AsyncbenchError as error:
            # The shell shows an error of this kind in one line.
            raise Told(str(error)) from None

    magic.__doc__ = f"Measure under executors what runs best, and say why.\n\n{USAGE}"
    shell.register_magic_function(magic, magic_kind="line_cell", magic_name=NAME)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Raise what was wrong instead of ending the process."""
        raise UsageError(f"{message.removeprefix('argument ')}; {USAGE}")

    def read(self, words: Sequence[str]) -> dict[str, Any]:
        """Return what the words of a line set; UsageError where one is no option."""
        given, unknown = self.parse_known_args(words)
        for word in unknown:
            if word.startswith("-"):
                name = word.partition("=")[0]
                raise UsageError(
                    f"there is no option {name}{near_matches(name, self._option_string_actions)}"
                )
        if unknown:  # a word after an option that takes none
            raise UsageError(f"names come before the options: {unknown[0]!r}; {USAGE}")
        return vars(given)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def _seconds(text: str) -> float:
    try:
        return float(text.removesuffix("s"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from None


def _parser() -> _Parser:
    parser = _Parser(prog=f"%{NAME}", add_help=False, allow_abbrev=False)
    parser.add_argument("works", nargs="*")
    parser.add_argument("-e", "--executor", dest="executors", action="append")
    parser.add_argument("-n", "--tasks", type=_whole)
    parser.add_argument("-c", "--concurrency", type=_whole)
    parser.add_argument("-p", "--param", dest="params", action="append", default=[])
    parser.add_argument("--budget", type=_seconds)
    parser.add_argument("--full", action="store_true", default=False)
    return parser


def _measured(shell: Any, line: str, cell: str | None) -> Result:
    try:
        given = _parser().read(shlex.split(line))
    except ValueError as error:  # a quotation mark without its other
        raise UsageError(f"{line!r} cannot be read: {error}") from error
    names = given.pop("works")
    if cell is not None:
        names = names or _defined(shell, cell)
    elif not names:
        raise UsageError(f"name what to measure; {USAGE}")
    works = [_named(shell.user_ns, name) for name in names]
    executors = given.pop("executors")
    return calls.run(
        *works,
        **{
            **given,
            "params": params_from(given["params"]),
            "executors": ",".join(executors) if executors else None,
        },
    )


def _named(namespace: Mapping[str, Any], name: str) -> Work:
    """Return what a name means in the notebook, or else the name: `run` knows others.

    Raises UsageError for a misspelt function of the notebook.
    """
    found: Work | None = namespace.get(name)
    if callable(found):
        return found
    own = [each for each, value in namespace.items() if _is_own(each, value)]
    near = near_matches(name, own)
    if near.startswith(" (did you mean") and name not in catalogue.names():
        raise UsageError(f"no function {name!r} here{near}")
    return name


def _defined(shell: Any, cell: str) -> Sequence[str]:
    """Run a cell and return the names of the functions that it defines."""
    before = dict(shell.user_ns)
    ran = shell.run_cell(cell)
    ran.raise_error()
    found = [name for name, value in shell.user_ns.items() if _is_new(before, name, value)]
    if not found:
        raise UsageError(
            "the cell defines no function to measure; put what is to be done into `def work():` "
            "or `async def work():`"
        )
    return found


def _is_new(before: Mapping[str, Any], name: str, value: Callable[..., Any]) -> bool:
    return _is_own(name, value) and before.get(name) is not value


def _is_own(name: str, value: object) -> bool:
    is_own = inspect.isfunction(value) and value.__module__ == "__main__"
    return is_own and not name.startswith("_")
