"""What every page has: one file that opens offline, and a policy that lets only its scripts run.

Nothing in the file is loaded from elsewhere, and its Content-Security-Policy forbids that, so that
even a text that got through unescaped could neither run nor fetch anything.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

from asyncbench.report.html import templating


def fill(
    template: str, what: str, styles: Iterable[str], scripts: Iterable[str], **said: Any
) -> str:
    """Return a page: a template that extends `page.html`, with what it has to say.

    Style sheets and scripts are files that ship with the package; plotly.js is put before them.

    Raises UsageError where the extra `report` is not installed, which `what` needs.
    """
    library = templating.needed("plotly.offline", what).get_plotlyjs()
    code = [library, *map(templating.own, scripts)]
    style = "".join(map(templating.own, styles))
    return templating.render(
        template, what, policy=_policy(code), style=style, scripts=code, **said
    )


def _policy(scripts: Iterable[str]) -> str:
    """Return the Content-Security-Policy: what the page may do, all else being forbidden."""
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
