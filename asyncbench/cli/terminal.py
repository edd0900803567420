"""How wide a line may be: for help and for results, without the time that `shutil` takes."""

from __future__ import annotations

import os
import sys
from typing import TextIO

# Tables have this width where no terminal tells one: a file or a pipe has no edge.
UNBOUNDED = 200
MOST_DIGITS = 4  # of a width that anybody means
LEAST, USUAL = 40, 80


def width(stream: TextIO | None = None, elsewhere: int = UNBOUNDED) -> int:
    """Return how many characters a line may have, on stdout or another stream.

    COLUMNS says it, or else the terminal; `elsewhere` is the width where there is none.
    """
    asked = os.environ.get("COLUMNS", "")
    if asked.isascii() and asked.isdigit() and len(asked) <= MOST_DIGITS:
        return max(LEAST, int(asked))
    try:
        columns = os.get_terminal_size((stream or sys.stdout).fileno()).columns
    except (OSError, ValueError):  # it is no terminal, or it is closed
        return elsewhere
    return max(LEAST, columns or USUAL)  # some terminals do not say
