"""Text that nobody vouches for, for a terminal: hidden characters made visible, tables, lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Unicode categories that a terminal, a browser or an eye obeys or passes over: control and format
# characters (the latter turn writing direction round and take no room), line and paragraph
# separators, halves of surrogate pairs.
HIDDEN = ("Cc", "Cf", "Zl", "Zp", "Cs")
# As many characters are shown of a name in a table, of a word in a sentence, of a paragraph.
LONGEST_NAME = 40
LONGEST_WORD = 400
LONGEST_PARAGRAPH = 4000


def plain(text: str) -> str:
    r"""Return a text with every hidden character written as an escape (`\x1b`, `\u202e`)."""
    if text.isprintable():
        return text
    import unicodedata

    return "".join(
        _escape(char) if not char.isprintable() and unicodedata.category(char) in HIDDEN else char
        for char in text
    )


def name(text: str) -> str:
    """Return a name for a table: plain, its middle left out where it is long."""
    return _shortened(plain(text), LONGEST_NAME)


def cells(text: str) -> int:
    """Return how many cells of a terminal a text takes: two for most signs of East Asia."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth

    taken = wcswidth(text)
    return taken if taken >= 0 else len(text)


def padded(text: str, width: int) -> str:
    """Return a text with blanks after it, so that it takes `width` cells."""
    return text + " " * (width - cells(text))


def listed(names: Sequence[str], word: str = "and") -> str:
    """Return names as a sentence lists them: with commas, and `word` before the last."""
    return f" {word} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def as_sentence(text: str) -> str:
    """Return a clause as a sentence: with a capital letter, and a full stop unless it has one."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")


def tabulated(rows: Sequence[Sequence[str]], headings: Sequence[str], align: Sequence[str]) -> str:
    """Return a table in text, its columns aligned 'left' or 'right'."""
    import tabulate

    columns = zip(headings, *rows, strict=True)
    rule = ["-" * max(map(cells, column)) for column in columns]
    # As rows, since a heading would take two cells more than its text.
    text = tabulate.tabulate(
        [headings, rule, *rows],
        tablefmt="plain",
        colalign=align,
        disable_numparse=True,
        preserve_whitespace=True,
    )
    return "\n".join(line.rstrip() for line in text.splitlines())


def wrap(text: str, width: int) -> str:
    """Return text in lines of at most `width` cells; a longer word stays whole.

    Only what nobody would read loses its middle: a word or a paragraph of unheard-of length.
    """
    text = _shortened(plain(text), LONGEST_PARAGRAPH)
    text = re.sub(rf"\S{{{LONGEST_WORD},}}", lambda found: _shortened(found[0], LONGEST_WORD), text)
    lines = [""]
    # A path is worth copying, so no word is broken.
    for word in text.split():
        line = f"{lines[-1]} {word}" if lines[-1].strip() else lines[-1] + word
        if cells(line) > width and lines[-1].strip():
            lines.append(f"  {word}")
        else:
            lines[-1] = line
    return "\n".join(lines)


def in_lines(words: Sequence[str], width: int, gap: str = "  ") -> list[str]:
    """Return words, none of them parted, in lines of at most `width` cells; colours take none."""
    lines: list[str] = []
    taken = width
    for word in words:
        length = cells(re.sub("\x1b\\[[^m]*m", "", word))
        if taken + len(gap) + length > width:
            lines.append(word)
            taken = length
        else:
            lines[-1] += gap + word
            taken += len(gap) + length
    return lines


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
