"""The report as one HTML file that opens offline: Jinja2 escapes what it says and draws it."""

from __future__ import annotations

from asyncbench.analysis.comparison import compare
from asyncbench.analysis.result import Result
from asyncbench.report.html import comparison, page
from asyncbench.report.html import run as sections

WHAT = "an HTML report"


def report(*results: Result, margin: float | None = None) -> str:
    """Return the report of one run, or of several that are compared with the first.

    `margin` (0.03: 3 %) is that of the comparison; the first run's unless given.

    Raises UsageError where the extra `report` is not installed.
    """
    named = " beside ".join(sections.named(each.run) for each in results)
    return page.fill(
        "report.html",
        WHAT,
        styles=[
            "report.css",
            *(["axes.css"] if any(each.run.plan.axes for each in results) else []),
        ],
        scripts=["report.js"],
        comparisons=[
            comparison.of_comparison(compare(results[0], other, margin)) for other in results[1:]
        ],
        runs=[sections.of_run(each, len(results)) for each in results],
        title=f"asyncbench: {named}",
        heading=sections.asked(results[0].run) if len(results) == 1 else named,
    )
