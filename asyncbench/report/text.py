"""Text that nobody vouches for, for a terminal: hidden characters made visible, tables, lines."""

from __future__ import annotations

import re
import textwrap
from typing import Any

# Unicode categories that a terminal, a browser or an eye obeys or passes over: control and format
# characters (the latter turn writing direction round and take no room), line and paragraph
# separators, halves of surrogate pairs.
HIDDEN = ("Cc", "Cf", "Zl", "Zp", "Cs")
# As many characters are shown of a name in a table, of a word in a sentence, of a paragraph.
LONGEST_NAME = 40
LONGEST_WORD = 400
LONGEST_PARAGRAPH = 4000


def plain(text: str) -> str:
    r"""Give a text with every hidden character written as an escape (`\x1b`, `\u202e`)."""
    if text.isprintable():
        return text
    import unicodedata

    return "".join(
        _escape(char) if not char.isprintable() and unicodedata.category(char) in HIDDEN else char
        for char in text
    )


def name(text: str) -> str:
    """Give a name for a table: plain, its middle left out where it is long."""
    return _shortened(plain(text), LONGEST_NAME)


def tabulated(rows: Any, headings: list[str], align: list[str]) -> str:
    """Give a table in text, its columns aligned 'left' or 'right'."""
    import tabulate

    tabulate.MIN_PADDING = 0  # else a heading takes two characters that nothing stands in
    text = tabulate.tabulate(
        rows, headings, tablefmt="simple", colalign=align, disable_numparse=True
    )
    return "\n".join(line.rstrip() for line in text.splitlines())


def wrap(text: str, width: int) -> str:
    """Give text in lines of at most `width` characters; a longer word stays whole.

    Only what nobody would read loses its middle: a word or a paragraph of unheard-of length.
    """
    text = _shortened(plain(text), LONGEST_PARAGRAPH)
    text = re.sub(rf"\S{{{LONGEST_WORD},}}", lambda found: _shortened(found[0], LONGEST_WORD), text)
    # A path is worth copying, so no word is broken.
    return textwrap.fill(
        text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _shortened(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    head = (most - 3) * 2 // 3
    return f"{text[:head]}...{text[len(text) - (most - 3 - head) :]}"


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
