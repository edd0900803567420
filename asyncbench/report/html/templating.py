"""Jinja2 templates that ship with the package, and the packages of an extra that they need."""

from __future__ import annotations

import importlib
import importlib.util
from importlib import resources
from typing import Any

from asyncbench.errors import UsageError

EXTRA = "report"


def needed(module: str, what: str) -> Any:
    """Import and give a module of the extra `report`; UsageError where `what` lacks it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise UsageError(
            f"{what} needs {error.name}, which is not installed: pip install 'asyncbench[{EXTRA}]'"
        ) from error


def own(name: str) -> str:
    """Read a template, style sheet or script that ships with the package."""
    folder = resources.files("asyncbench.report.html") / "templates"
    return (folder / name).read_text(encoding="utf-8")


def render(name: str, what: str, **values: Any) -> str:
    """Fill in a template; every value is escaped unless the template says that it is safe."""
    jinja2 = needed("jinja2", what)
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(own),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    text: str = environment.get_template(name).render(values)
    return text


def is_there() -> bool:
    """Return whether the extra that templates need is installed."""
    return importlib.util.find_spec("jinja2") is not None
