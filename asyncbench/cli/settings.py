"""Defaults of options that stand in `[tool.asyncbench]` of the nearest pyproject.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from asyncbench.errors import UsageError, near_matches

if TYPE_CHECKING:
    from pathlib import Path


def settings(command: click.Command, *, strict: bool) -> dict[str, Any]:
    """Return the options' defaults from `[tool.asyncbench]` of the nearest pyproject.toml.

    Raises UsageError for a setting that no option has, with near matches, where it is `strict`.
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
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"cannot read {path}: {error}") from error
    tools = found.get("tool", {})
    chosen = tools.get("asyncbench", {}) if isinstance(tools, dict) else None
    if not isinstance(chosen, dict):
        raise UsageError(f"{path}: [tool.asyncbench] is not a table")
    return _defaults(command, chosen, path, strict=strict)


def _defaults(
    command: click.Command, chosen: Mapping[str, Any], path: Path, *, strict: bool
) -> dict[str, Any]:
    known: dict[str, click.Parameter] = {}
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name and not parameter.is_eager:
            longest = max(parameter.opts, key=len).removeprefix("--")
            known[longest] = parameter
            if longest == "folder":
                known["save"] = parameter
        elif isinstance(parameter, click.Argument) and parameter.name:
            known[parameter.name] = parameter
    defaults: dict[str, Any] = {}
    for name, value in chosen.items():
        if name not in known and not strict:
            continue
        if name not in known:
            raise UsageError(
                f"{path}: [tool.asyncbench] has no {name!r}{near_matches(name, known)}"
            )
        defaults[str(known[name].name)] = _as_typed(name, known[name], value)
    return defaults


def _as_typed(name: str, parameter: click.Parameter, value: Any) -> Any:
    """Return a setting in the form that its option has on the command line."""
    if name in ("param", "variant", "python") and isinstance(value, dict):
        return [f"{key}={each}" for key, each in value.items()]
    if isinstance(value, str) and (parameter.multiple or parameter.nargs == -1):
        return [value]  # of what can be given more than once
    if name == "gc" and isinstance(value, bool):
        return "on" if value else "off"
    return value
