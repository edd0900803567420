"""The formats a run can be written in: what each is called, what makes it, what it needs."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from asyncbench.errors import UsageError

if TYPE_CHECKING:
    from asyncbench.analysis.result import Result


@dataclass(frozen=True, slots=True)
class Format:
    """One format of a run.

    `function` is `module:function`, from a `Result` to text or bytes, imported when it is needed.
    A file whose name ends in one of `suffixes` is of this format where nothing else is said.
    `packages` are modules that it imports, which come with `extra`.
    """

    name: str
    does: str
    function: str
    suffixes: tuple[str, ...] = ()
    extra: str = ""
    packages: tuple[str, ...] = ()

    def require(self) -> None:
        """Raise UsageError where a package that it needs is not installed."""
        missing = [name for name in self.packages if importlib.util.find_spec(name) is None]
        if missing:
            raise UsageError(
                f"{self.name} needs {' and '.join(missing)}: pip install 'asyncbench[{self.extra}]'"
            )

    def make(self, result: Result) -> str | bytes:
        """Return a run in this format; raises EmptyRunError where it cannot hold an empty run."""
        self.require()
        module, _, function = self.function.partition(":")
        made: str | bytes = getattr(importlib.import_module(module), function)(result)
        return made


FORMATS = {
    each.name: each
    for each in (
        Format("csv", "one row for each cell", "asyncbench.report.export.csv:cells", (".csv",)),
        Format("samples-csv", "one row for each sample", "asyncbench.report.export.csv:samples"),
        Format(
            "json",
            "figures and verdicts, as docs/run.schema.json says",
            "asyncbench.report.export.json:text",
            (".json",),
        ),
        Format(
            "markdown",
            "the answers and one table, for a README",
            "asyncbench.report.export.markdown:brief",
            (".md", ".markdown"),
        ),
        Format(
            "markdown-full",
            "all tables and reasons as Markdown",
            "asyncbench.report.export.markdown:text",
        ),
        Format("latex", "booktabs tables", "asyncbench.report.export.latex:text", (".tex",)),
        Format(
            "html",
            "a report to look at",
            "asyncbench.report.html:report",
            (".html", ".htm"),
            "report",
            ("jinja2",),
        ),
        Format(
            "svg",
            "a picture of the verdicts",
            "asyncbench.report.html.picture:svg",
            (".svg",),
            "report",
            ("jinja2",),
        ),
        Format(
            "png",
            "the same picture as pixels",
            "asyncbench.report.html.picture:png",
            (".png",),
            "report",
            ("jinja2", "resvg_py"),
        ),
        Format("pyperf", "what `python -m pyperf` reads", "asyncbench.report.export.pyperf:text"),
        Format(
            "pytest-benchmark",
            "what `pytest-benchmark compare` reads",
            "asyncbench.report.export.pytest_benchmark:text",
        ),
        Format(
            "hyperfine",
            "what `hyperfine --export-json` writes",
            "asyncbench.report.export.hyperfine:text",
        ),
    )
}


def guess(path: str) -> Format:
    """Return the format that a file's name tells; raises UsageError where it tells none."""
    suffix = PurePath(path).suffix.lower()
    for each in FORMATS.values():
        if suffix in each.suffixes:
            return each
    raise UsageError(f"{path!r} does not tell its format; say --format {'|'.join(FORMATS)}")
