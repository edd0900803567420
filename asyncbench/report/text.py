"""Text for a terminal: what it would obey made visible, tables, wrapped lines."""

from __future__ import annotations

import re
import textwrap
from typing import Any


def plain(text: str) -> str:
    """Give text from a run with everything a terminal would obey made visible."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda found: f"\\x{ord(found[0]):02x}", text)


def tabulated(rows: Any, headings: list[str], align: list[str]) -> str:
    """Give a table in text, its columns aligned 'left' or 'right'."""
    import tabulate

    tabulate.MIN_PADDING = 0  # else a heading takes two characters that nothing stands in
    text = tabulate.tabulate(
        rows, headings, tablefmt="simple", colalign=align, disable_numparse=True
    )
    return "\n".join(line.rstrip() for line in text.splitlines())


def wrap(text: str, width: int) -> str:
    """Give text in lines of at most `width` characters; a longer word stays whole."""
    # A path is worth copying, so no word is broken.
    return textwrap.fill(
        plain(text), width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
