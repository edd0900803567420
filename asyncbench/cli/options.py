"""Options that commands share, and where their defaults come from besides the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

import click

from asyncbench.errors import UsageError, near_matches

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "ASYNCBENCH_"


def option(*names: str, **settings: Any) -> Callable[[Any], Any]:
    """Make an option that an `ASYNCBENCH_*` variable named after it can set too."""
    name = next(each for each in names if each.startswith("--")).split("/")[0]
    variable = PREFIX + name.removeprefix("--").replace("-", "_").upper()
    return click.option(*names, envvar=variable, **settings)


# A journal holds no number beyond this (`lines.LARGEST`).
LARGEST = 2.0**64


class Positive(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4 alone
    """A number above zero, given as seconds, per cent or a count."""

    def __init__(self, kind: type[int] | type[float], name: str, *, zero: bool = False) -> None:
        self.kind = kind
        self.name = name
        self.zero = zero

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Give the number; anything else fails in one line."""
        try:
            number = self.kind(value)
        except (TypeError, ValueError):
            self.fail(f"{value!r} is no {'whole ' if self.kind is int else ''}number", param, ctx)
        if not isfinite(number) or number < 0 or (number == 0 and not self.zero):
            self.fail(f"{value} is not {'at least' if self.zero else 'above'} 0", param, ctx)
        if number >= LARGEST:
            self.fail(f"{value} is too large", param, ctx)
        return number


def with_settings(command: click.Command, ctx: click.Context) -> None:
    """Take the options' defaults from `[tool.asyncbench]` of the nearest pyproject.toml.

    Raises UsageError for a setting that no option has, with near matches.
    """
    # Imported here, since `--help` reads no settings and must not wait for them.
    import tomllib
    from pathlib import Path

    path = next(
        (
            folder / "pyproject.toml"
            for folder in (Path.cwd(), *Path.cwd().parents)
            if (folder / "pyproject.toml").is_file()
        ),
        None,
    )
    if path is None:
        return
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}") from error
    tools = settings.get("tool", {})
    chosen = tools.get("asyncbench", {}) if isinstance(tools, dict) else None
    if not isinstance(chosen, dict):
        raise UsageError(f"{path}: [tool.asyncbench] is no table")
    ctx.default_map = _defaults(command, chosen, path)


def _defaults(command: click.Command, chosen: Mapping[str, Any], path: Path) -> dict[str, Any]:
    known = {}
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name and not parameter.is_eager:
            longest = max(parameter.opts, key=len).removeprefix("--")
            known[longest] = parameter.name
        elif isinstance(parameter, click.Argument) and parameter.name:
            known[parameter.name] = parameter.name
    defaults = {}
    for name, value in chosen.items():
        if name not in known:
            raise UsageError(
                f"{path}: [tool.asyncbench] has no {name!r}{near_matches(name, known)}"
            )
        defaults[known[name]] = _as_typed(name, value)
    return defaults


def _as_typed(name: str, value: Any) -> Any:
    """Give a setting the shape that its option has on the command line."""
    if name in ("param", "variant", "python") and isinstance(value, dict):
        return [f"{key}={each}" for key, each in value.items()]
    if name in ("executor", "workloads", "param", "variant", "python") and isinstance(value, str):
        return [value]
    if name == "gc" and isinstance(value, bool):
        return "on" if value else "off"
    return value
