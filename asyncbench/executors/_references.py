"""What the adapters share: the factory that `MODULE:FACTORY` names, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asyncbench.core import loading
from asyncbench.errors import UsageError, near_matches


def factory(adapter: str, place: str) -> Callable[..., Any]:
    """Return what `MODULE:FACTORY` names; raises UsageError where it names nothing to call."""
    module_name, name = loading.split(place)
    if not name:
        raise UsageError(f"{adapter}:{place} names no factory; write {adapter}:MODULE:FACTORY")
    module = loading.module(module_name)
    found = getattr(module, name, None)
    if found is None:
        known = [each for each, value in vars(module).items() if callable(value)]
        raise UsageError(f"{module_name} has no {name!r}{near_matches(name, known)}")
    if not callable(found):
        raise UsageError(f"{adapter}:{place} is no factory: nothing that can be called")
    made: Callable[..., Any] = found
    return made


def lacking(adapter: str, place: str, install: str = "") -> str | None:
    """Return why there is no such factory here, with what installs it where that is known."""
    module = loading.split(place)[0]
    try:
        factory(adapter, place)
    except UsageError as error:
        if install and f"No module named {module!r}" in str(error):
            return f"{module} is not installed; install it with: pip install {install}"
        return str(error)
    return None


def version(place: str) -> dict[str, str]:
    """Return the version of the package that `MODULE:FACTORY` is of, by its name, if it has one."""
    from importlib import metadata

    module = loading.split(place)[0]
    if loading.is_file(module):
        return {}
    package = module.partition(".")[0]
    try:
        return {package: metadata.version(package)}
    except metadata.PackageNotFoundError:
        return {}


def called(name: str, make: Callable[..., Any], **arguments: Any) -> Any:
    """Return what a factory makes; raises UsageError where it cannot be called like this.

    What it raises by itself goes on, with its own frames.
    """
    try:
        return make(**arguments)
    except TypeError as error:
        if error.__traceback__ and error.__traceback__.tb_next:
            raise  # from within
        given = ", ".join(arguments) or "nothing"
        raise UsageError(f"{name} cannot be called with {given}: {error}") from error
