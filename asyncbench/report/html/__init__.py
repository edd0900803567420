"""The report as one HTML file that opens offline: Jinja2 escapes what it says, Plotly draws it.

Nothing in the file is loaded from elsewhere, and its Content-Security-Policy forbids that, so that
even a text that got through unescaped could neither run nor fetch anything.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from asyncbench.comparison import compare
from asyncbench.record import Run
from asyncbench.report import rendering
from asyncbench.report.html import beside, sections

WHAT = "an HTML report"


def report(*runs: Run, margin: float | None = None) -> str:
    """Give the report of one run, or of several that are compared with the first.

    `margin` (0.03: 3 %) is that of the comparison; the first run's unless given.

    Raises UsageError where the extra `report` is not installed.
    """
    library = rendering.needed("plotly.offline", WHAT).get_plotlyjs()
    script = rendering.own("report.js")
    return rendering.render(
        "report.html",
        WHAT,
        comparisons=[beside.of_comparison(compare(runs[0], other, margin)) for other in runs[1:]],
        runs=[sections.of_run(run) for run in runs],
        title="asyncbench: " + " beside ".join(sections.named(run) for run in runs),
        policy=_policy([library, script]),
        style=rendering.own("report.css"),
        library=library,
        script=script,
    )


def _policy(scripts: Iterable[str]) -> str:
    """Give the Content-Security-Policy: what the page may do, all else being forbidden."""
    hashes = [base64.b64encode(hashlib.sha256(each.encode()).digest()) for each in scripts]
    allowed = " ".join(f"'sha256-{each.decode()}'" for each in hashes)
    return "; ".join(
        [
            # No request of any kind, unless a line below allows it.
            "default-src 'none'",
            # These very scripts, by their hashes: none that data might bring in.
            f"script-src {allowed}",
            # Plotly sets styles on what it draws and adds rules of its own; styles run nothing.
            "style-src 'unsafe-inline'",
            # The empty icon, and an empty image of Plotly's; nothing can be fetched by them.
            "img-src data:",
            # No base address that would redirect links, and nowhere to send a form to.
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
