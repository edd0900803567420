"""What every page has: one file that opens offline, and a policy that lets only its script run.

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

    Style sheets and scripts are files that ship with the package.

    Raises UsageError where the extra `report` is not installed, which `what` needs.
    """
    style, script = ("".join(map(templating.own, names)) for names in (styles, scripts))
    policy = _policy(style, script)
    return templating.render(template, what, policy=policy, style=style, script=script, **said)


def _policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy: what the page may do, all else being forbidden."""
    return "; ".join(
        [
            # No request of any kind, unless a line below allows it.
            "default-src 'none'",
            # This very script and style sheet, by their hashes: nothing that data might bring in.
            f"script-src {_hash(script)}",
            f"style-src {_hash(style)}",
            # The empty icon; nothing can be fetched by it.
            "img-src data:",
            # No base address that would redirect links, and nowhere to send a form to.
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
