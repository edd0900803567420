"""Options that commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import click
from click.core import ParameterSource

from asyncbench.cli import completers, headings
from asyncbench.cli.settings import settings
from asyncbench.errors import UsageError

PREFIX = "ASYNCBENCH_"


def option(*names: str, **settings: Any) -> Callable[[Any], Any]:
    """Make an option that an `ASYNCBENCH_*` variable named after it can set too."""
    name = next(each for each in names if each.startswith("--")).split("/")[0]
    variable = PREFIX + name.removeprefix("--").replace("-", "_").upper()
    return click.option(*names, envvar=variable, **settings)


# Options that say what is measured, and against what; others refuse to be empty by themselves.
NAMING = frozenset(
    {"baseline", "blocking", "cooperative", "dask", "executors", "items", "program", "save"}
)
# A journal holds no number beyond this (`record.lines.LARGEST`).
LARGEST = 2.0**63


class Positive(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4 alone
    """A number above zero, given as seconds, per cent or a count."""

    def __init__(self, kind: type[int] | type[float], name: str, *, zero: bool = False) -> None:
        self.kind = kind
        self.name = name
        self.zero = zero

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the number; anything else fails in one line."""
        try:
            number = self.kind(value)
        except (TypeError, ValueError):
            kind = "whole number" if self.kind is int else "number"
            self.fail(f"{value!r} is not a {kind}{self._meant(str(value))}", param, ctx)
        if not isfinite(number):
            self.fail(f"{value} is no finite number", param, ctx)
        if number < 0 or (number == 0 and not self.zero):
            self.fail(f"{value} is not {'at least' if self.zero else 'above'} 0", param, ctx)
        if number >= LARGEST:
            self.fail(f"{value} is too large", param, ctx)
        return number

    def _meant(self, text: str) -> str:
        """Return how to write a number that stands beside its unit, or with an exponent; or ''."""
        units = "%" if self.name == "per cent" else "s"
        try:
            number = float(text.strip().rstrip(units))
        except ValueError:
            return ""
        whole = number.is_integer()
        if not isfinite(number) or (self.kind is int and not whole):
            return ""
        return f"; write {int(number) if whole else number}"


SECONDS = Positive(float, "seconds")
COUNT = Positive(int, "count")


# What is drawn of control says which steps were too long, by whatever command it was watched.
block_threshold_option = click.option(
    "--block-threshold",
    type=Positive(float, "milliseconds"),
    default=10.0,
    show_default=True,
    metavar="MS",
    help="A step that keeps control for longer than MS holds the loop; its code is named.",
)


colour_option = option(
    "--color/--no-color",
    "--colour/--no-colour",
    "colour",
    default=None,
    help="Colour what is shown. [default: on a terminal, unless NO_COLOR is set]",
)


def is_typed(name: str) -> bool:
    """Return whether an option was given on the command line, and is not merely set for all."""
    source = click.get_current_context().get_parameter_source(name)
    return source is ParameterSource.COMMANDLINE


def decorated(
    command: Callable[..., int], options: Sequence[Callable[[Any], Any]]
) -> Callable[..., int]:
    """Add options to a command, to stand in its help in this order."""
    for each in reversed(options):
        command = each(command)
    return command


class Command(click.Command):
    """A command whose defaults can stand in pyproject.toml.

    The settings are those of `run`; other commands ignore those that they have no option for.
    """

    def __init__(self, *args: Any, strict: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.strict = strict

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the settings before the options that they are defaults of."""
        try:
            kwargs["default_map"] = settings(self, strict=self.strict)
        except UsageError:
            # Shell completion must not fail because of a wrong setting.
            if not kwargs.get("resilient_parsing"):
                raise
        return super().make_context(*args, **kwargs)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words; an option that it does not have is told what it was meant as."""
        given = [*args]
        try:
            left = super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            from asyncbench.cli import slips
            from asyncbench.report.formats import FORMATS

            known = [name for each in self.params for name in each.opts if name[:1] == "-"]
            formats = {name: " ".join(each.suffixes) for name, each in FORMATS.items()}
            meant = slips.of_option(str(self.name), error.option_name, given, known, formats)
            if meant:
                raise click.UsageError(meant) from error
            raise
        if not ctx.resilient_parsing:
            self._refuse_empty(ctx)
        return left

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings."""
        options = [each for each in self.get_params(ctx) if isinstance(each, click.Option)]
        for heading, under in headings.sections(options).items():
            records = [each.get_help_record(ctx) for each in under]
            if shown := [each for each in records if each]:
                with formatter.section(heading):
                    formatter.write_dl(shown)

    def _refuse_empty(self, ctx: click.Context) -> None:
        """Raise UsageError for an option that names nothing, as an unset variable of a shell does.

        It would else be as if it were not there, and something else would be measured.
        """
        for param in self.params:
            if param.name not in NAMING or not is_typed(str(param.name)):
                continue
            value = ctx.params[param.name]
            if all(text == "" for text in (value if isinstance(value, tuple) else (value,))):
                raise click.UsageError(
                    f"{param.opts[-1]} is empty, as an unset variable is: name something, or leave "
                    "the option out"
                )


def file_option(*names: str, help: str) -> Callable[[Any], Any]:  # noqa: A002 - as click has it
    """Make an option that names a file to write."""
    return click.option(
        *names, metavar="FILE", callback=named_file, shell_complete=completers.files, help=help
    )


def named_file(_: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the file that an option names; UsageError where that is the next option instead."""
    if value and value.startswith("-") and value != "-":
        raise click.UsageError(f"{param.opts[-1]} takes a FILE, not {value!r}; name it first")
    return value


def folder_option(command: Any) -> Any:
    """Add the option that says where saved runs are looked for: where `run` saves them."""
    return click.option(
        "--folder",
        envvar=[f"{PREFIX}FOLDER", f"{PREFIX}SAVE"],
        default="results",
        show_default=True,
        metavar="DIR",
        shell_complete=completers.folders,
        help="Where saved runs are looked for.",
    )(command)
